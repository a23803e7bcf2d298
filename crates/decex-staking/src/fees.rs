//! What a confirmed receipt pays: to whom, how much, and never more than the domain has.

use crate::ratio::scale;
use alloc::vec::Vec;
use decex_core::execution::Fees;
use decex_core::{Balance, OperatorId};

/// What a confirmed receipt pays out of its domain's balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "money that is not paid is lost from the books"]
pub struct Settlement {
    /// What the domain has left.
    pub balance: Balance,
    /// To the storage funds of those whose valid bundles users paid for.
    pub refunds: Vec<(OperatorId, Balance)>,
    /// To the pools of those who vouched for the receipt.
    pub rewards: Vec<(OperatorId, Balance)>,
    /// To the treasury: what rounding left, and what nobody is there for.
    pub treasury: Balance,
    /// Destroyed.
    pub burned: Balance,
    /// What the receipt says was paid as fees and the domain does not have.
    pub missing: Balance,
}

/// Divides what a confirmed receipt's block collected. `authors`: the valid bundles of the block, with the bytes of their
/// bodies; `backers`: who vouched for the receipt.
///
/// The order is burned, storage, execution. For a domain that is in order it does not matter, because its balance covers
/// everything; one that is corrupt pays what it has and no more (T27).
pub fn settle(
    balance: Balance,
    fees: &Fees,
    authors: &[(OperatorId, u32)],
    backers: &[OperatorId],
) -> Settlement {
    let mut settlement = Settlement {
        balance,
        ..Settlement::default()
    };
    settlement.burned = settlement.take(fees.burned);
    let storage = settlement.take(fees.storage);
    let (refunds, dust) = by_bytes(storage, authors);
    settlement.refunds = refunds;
    let execution = settlement.take(fees.execution);
    let (rewards, rest) = in_equal_parts(execution, backers);
    settlement.rewards = rewards;
    // Two parts of one balance: no overflow.
    settlement.treasury = Balance(dust.0.saturating_add(rest.0));
    settlement
}

impl Settlement {
    /// Takes what there is of `amount`, and notes what there is not.
    fn take(&mut self, amount: Balance) -> Balance {
        // T27: no more leaves a domain than consensus knows to be in it.
        let taken = amount.min(self.balance);
        self.balance = Balance(self.balance.0.saturating_sub(taken.0));
        let missing = amount.0.saturating_sub(taken.0);
        self.missing = Balance(self.missing.0.saturating_add(missing));
        taken
    }
}

/// T28: by bytes, each part rounded down. Returns the parts and what is left.
fn by_bytes(amount: Balance, authors: &[(OperatorId, u32)]) -> (Vec<(OperatorId, Balance)>, Balance) {
    let sum = |sum: u128, (_, bytes): &(OperatorId, u32)| sum.saturating_add(u128::from(*bytes));
    let all = authors.iter().fold(0, sum);
    let part = |(operator, bytes): &(OperatorId, u32)| {
        // T28: rounded down.
        let part = scale(amount.0, u128::from(*bytes), all).unwrap_or_default();
        (*operator, Balance(part))
    };
    with_rest(amount, authors.iter().map(part))
}

/// T29: in equal parts, rounded down. Returns the parts and what is left.
fn in_equal_parts(amount: Balance, backers: &[OperatorId]) -> (Vec<(OperatorId, Balance)>, Balance) {
    let count = u128::try_from(backers.len()).unwrap_or(u128::MAX);
    // T29: rounded down.
    let part = amount.0.checked_div(count).unwrap_or_default();
    with_rest(amount, backers.iter().map(|operator| (*operator, Balance(part))))
}

fn with_rest(
    amount: Balance,
    parts: impl Iterator<Item = (OperatorId, Balance)>,
) -> (Vec<(OperatorId, Balance)>, Balance) {
    let parts: Vec<_> = parts.filter(|(_, part)| *part > Balance::ZERO).collect();
    let given = parts
        .iter()
        .fold(0_u128, |sum, (_, part)| sum.saturating_add(part.0));
    (parts, Balance(amount.0.saturating_sub(given)))
}
