//! Take an offender's stake: whole, once.

use crate::error::StoreError;
use crate::event::Event;
use crate::host::{Slash, Store};
use crate::keys;
use crate::model::{Operator, Status};
use crate::state::State;
use decex_core::{AccountId, Balance, Digest, OperatorId};

/// Basis points of a whole.
const WHOLE: u128 = 10_000;

impl<H: Store + ?Sized> State<'_, H> {
    /// Slashes an operator unless its stake is gone. The reporter gets the domain's share of it, rounded down.
    pub(crate) fn slash_operator(
        &mut self,
        id: OperatorId,
        reporter: AccountId,
        evidence: Digest,
    ) -> Result<(), StoreError<H::Error>> {
        let mut operator: Operator = self.expect(&keys::operator(id))?;
        match operator.status {
            Status::Left | Status::Slashed { .. } => return Ok(()),
            Status::Active => self.leave_stakes(&operator)?,
            // Its stake left the totals when it did.
            Status::Leaving { .. } => {}
        }
        let share = self.expect_params(operator.domain)?.reporter_share;
        let (amount, reward) = (operator.stake, reward(operator.stake, share));
        operator.status = Status::Slashed { evidence };
        self.set_operator(id, &operator);
        self.slash(Slash {
            account: operator.account,
            amount,
            reporter,
            reward,
        });
        let burned = Balance(amount.0.saturating_sub(reward.0));
        self.emit(Event::OperatorSlashed {
            operator: id,
            amount,
            reward,
            burned,
            reporter,
            evidence,
        });
        Ok(())
    }

    /// Takes an operator's stake out of the totals, from the next epoch on: the current snapshot stays what it is.
    pub(crate) fn leave_stakes(&mut self, operator: &Operator) -> Result<(), StoreError<H::Error>> {
        let epoch = self.expect_epoch(operator.domain)?;
        let mut stakes = self.stakes(operator.domain, epoch)?;
        // The stake was added to `next` at registration.
        stakes.next = Balance(stakes.next.0.saturating_sub(operator.stake.0));
        self.set(keys::stakes(operator.domain), &stakes);
        Ok(())
    }
}

/// `stake · share / 10 000`, rounded down, without passing the range.
fn reward(stake: Balance, share: u16) -> Balance {
    let (share, whole) = (u128::from(share), WHOLE);
    let (units, rest) = (stake.0.div_euclid(whole), stake.0.rem_euclid(whole));
    // Both products are at most `stake`, because `share` is at most MAX_REPORTER_SHARE < 10 000.
    let parts = rest.saturating_mul(share).div_euclid(whole);
    Balance(units.saturating_mul(share).saturating_add(parts).min(stake.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reward_rounds_down_and_never_passes_the_stake() {
        assert_eq!(reward(Balance(9_999), 1_000), Balance(999));
        assert_eq!(reward(Balance(10_000), 1_000), Balance(1_000));
        assert_eq!(reward(Balance(u128::MAX), 10_000), Balance(u128::MAX));
        assert_eq!(reward(Balance(u128::MAX), 1_000).0, u128::MAX / 10);
        assert_eq!(reward(Balance(5), 0), Balance::ZERO);
    }
}
