//! What a final receipt brings to those who made it: authors of invalid bundles lose their stake, the others are paid.

use crate::books::sure;
use crate::config::Config;
use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::keys;
use crate::state::{Payee, State};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_bundle::{Inbox, Verdict};
use decex_core::{Balance, OperatorId};
use decex_receipt::{Confirmed, Receipt};
use decex_staking::{Now, Settlement, refund, reward, settle};

/// Returns whether the receipt calls any bundle invalid.
pub(crate) fn has_invalid(receipt: &Receipt) -> bool {
    let mut verdicts = receipt.verdicts.iter();
    verdicts.any(|verdict| matches!(verdict, Verdict::Invalid(_)))
}

/// Returns the authors of the bundles that the receipt calls invalid.
pub(crate) fn invalid_authors(receipt: &Receipt, inbox: &Inbox) -> Vec<OperatorId> {
    let judged = inbox.bundles.iter().zip(receipt.verdicts.iter());
    let invalid = judged.filter(|(_, verdict)| matches!(verdict, Verdict::Invalid(_)));
    invalid.map(|(bundle, _)| bundle.operator).collect()
}

/// Punishes and pays for a receipt that has just become final.
pub(super) fn pay<H: Store>(
    state: &mut State<'_, H>,
    config: &Config,
    confirmed: &Confirmed,
) -> Result<(), StoreError<H::Error>> {
    let receipt = confirmed.receipt();
    let domain = receipt.domain;
    let inbox: Inbox = state.expect(&keys::inbox(domain, receipt.number))?;
    // K36: before anybody is paid, so that nothing is paid to who loses it.
    for author in invalid_authors(receipt, &inbox) {
        state.slash_operator(author, config, None, confirmed.hash().0)?;
    }
    let settlement = settle(
        state.balance(domain)?,
        &receipt.effects.fees,
        &valid_authors(receipt, &inbox),
        confirmed.backers(),
    );
    let paid: Vec<Balance> = state.expect(&keys::paid(domain, receipt.number))?;
    pay_out(state, receipt, settlement, &paid_for(&inbox, &paid))
}

/// The authors of the valid bundles, with the bytes of their transactions.
fn valid_authors(receipt: &Receipt, inbox: &Inbox) -> Vec<(OperatorId, u32)> {
    let judged = inbox.bundles.iter().zip(receipt.verdicts.iter());
    let valid = judged.filter(|(_, verdict)| matches!(verdict, Verdict::Valid));
    valid
        .map(|(bundle, _)| (bundle.operator, bundle.body.bytes))
        .collect()
}

/// What each author had paid for its bundles of the block, whatever became of them.
fn paid_for(inbox: &Inbox, paid: &[Balance]) -> BTreeMap<OperatorId, Balance> {
    let mut sums = BTreeMap::new();
    for (bundle, paid) in inbox.bundles.iter().zip(paid) {
        let sum: &mut Balance = sums.entry(bundle.operator).or_default();
        *sum = add(*sum, *paid);
    }
    sums
}

/// Moves the money where the settlement says.
fn pay_out<H: Store>(
    state: &mut State<'_, H>,
    receipt: &Receipt,
    settlement: Settlement,
    paid: &BTreeMap<OperatorId, Balance>,
) -> Result<(), StoreError<H::Error>> {
    let Settlement {
        balance,
        refunds,
        rewards,
        mut treasury,
        burned,
        missing,
    } = settlement;
    let domain = receipt.domain;
    let now = state.staking_now(domain)?;
    state.set(keys::balance(domain), &balance);
    let (storage, execution) = (sum(&refunds), sum(&rewards));
    for (operator, paid) in paid {
        let parts = refunds.iter().filter(|(author, _)| author == operator);
        let amount = parts.fold(Balance::ZERO, |sum, (_, part)| add(sum, *part));
        treasury = add(treasury, give_back(state, now, *operator, *paid, amount)?);
    }
    for (operator, amount) in rewards {
        treasury = add(treasury, give_reward(state, now, operator, amount)?);
    }
    state.pay(Payee::Treasury, treasury);
    state.pay(Payee::Nobody, burned);
    state.emit(Event::FeesPaid {
        domain,
        number: receipt.number,
        storage,
        execution,
        treasury,
        burned,
        missing,
    });
    Ok(())
}

/// Settles with an operator's storage fund for its bundles of a block. Returns what nobody is there for.
fn give_back<H: Store>(
    state: &mut State<'_, H>,
    now: Now,
    operator: OperatorId,
    paid: Balance,
    amount: Balance,
) -> Result<Balance, StoreError<H::Error>> {
    match sure(operator, refund(&*state, now, operator, paid, amount))? {
        Some(changes) => {
            state.book(changes)?;
            Ok(Balance::ZERO)
        }
        None => Ok(amount),
    }
}

/// Pays into an operator's pool. Returns what nobody is there for.
fn give_reward<H: Store>(
    state: &mut State<'_, H>,
    now: Now,
    operator: OperatorId,
    amount: Balance,
) -> Result<Balance, StoreError<H::Error>> {
    match sure(operator, reward(&*state, now, operator, amount))? {
        Some(changes) => {
            state.book(changes)?;
            Ok(Balance::ZERO)
        }
        None => Ok(amount),
    }
}

fn sum(parts: &[(OperatorId, Balance)]) -> Balance {
    parts.iter().fold(Balance::ZERO, |sum, (_, part)| add(sum, *part))
}

/// Parts of one balance: their sum is in range.
const fn add(one: Balance, other: Balance) -> Balance {
    Balance(one.0.saturating_add(other.0))
}
