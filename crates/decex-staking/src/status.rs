//! Leave, be taken out for absence, return.

use crate::desk::{Desk, Result};
use crate::error::RefusedStaking;
use crate::host::{Changes, Now, StakingRules, StakingView};
use crate::pool::PoolStatus;
use decex_core::{AccountId, ConsensusNumber, OperatorId};

/// Takes an operator out for good: its stake does not count from the next epoch on, and everybody's money can be claimed when the
/// unlock period is over and the epoch is settled.
///
/// # Errors
/// When there is no such pool (T1), `caller` is not the operator's account (T11), or it has left or was slashed (T5), or
/// the host fails.
pub fn leave<V: StakingView>(
    view: &V,
    now: Now,
    rules: &StakingRules,
    operator: OperatorId,
    caller: AccountId,
) -> Result<Changes, V::Error> {
    let mut desk = open_as_owner(view, now, operator, caller)?;
    // T5: it has not left before: a second time would put the claims off.
    if !desk.pool.status.is_standing() {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    }
    let unlock = ConsensusNumber(now.block.0.saturating_add(rules.unlock_period.max(1)));
    desk.pool.status = PoolStatus::Leaving {
        epoch: now.epoch,
        unlock,
    };
    desk.finish(None)
}

/// Takes an operator that was absent out of the elections from the next epoch on. Whether it was absent is the caller's to show.
///
/// # Errors
/// When there is no such pool (T1) or it does not take part (T5), or the host fails.
pub fn deactivate<V: StakingView>(view: &V, now: Now, operator: OperatorId) -> Result<Changes, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T5: it takes part.
    if desk.pool.status != PoolStatus::Active {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    }
    desk.pool.status = PoolStatus::Inactive { since: now.epoch };
    desk.finish(None)
}

/// Takes an operator back from the next epoch on.
///
/// # Errors
/// When there is no such pool (T1), `caller` is not the operator's account (T11), it was not taken out (T5) or may not return
/// yet (T12), or the host fails.
pub fn reactivate<V: StakingView>(
    view: &V,
    now: Now,
    rules: &StakingRules,
    operator: OperatorId,
    caller: AccountId,
) -> Result<Changes, V::Error> {
    let mut desk = open_as_owner(view, now, operator, caller)?;
    // T5: it is out, and has neither left nor been slashed.
    let PoolStatus::Inactive { since } = desk.pool.status else {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    };
    // T12: going and coming back costs something, or nobody would mind being absent.
    let expected = since.saturating_add(rules.return_after);
    if now.epoch < expected {
        return Err(RefusedStaking::TooEarly {
            expected,
            found: now.epoch,
        }
        .into());
    }
    desk.pool.status = PoolStatus::Active;
    desk.finish(None)
}

fn open_as_owner<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    caller: AccountId,
) -> Result<Desk<'_, V>, V::Error> {
    let desk = Desk::open(view, operator, now)?;
    // T11: only the operator's account.
    if desk.pool.owner != caller {
        return Err(RefusedStaking::NotOwner {
            expected: desk.pool.owner,
            found: caller,
        }
        .into());
    }
    Ok(desk)
}
