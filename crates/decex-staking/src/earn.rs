//! Money that comes and goes while an operator works.

use crate::desk::{Desk, Result};
use crate::error::RefusedStaking;
use crate::host::{Changes, Now, Payment, StakingView};
use decex_core::{AccountId, Balance, OperatorId};

/// Adds to the epoch's rewards, for work that is confirmed. The money is in custody already. Returns `None` if nobody is left that
/// it would belong to: the caller gives it to the treasury.
///
/// # Errors
/// When there is no such pool (T1), or the host fails.
pub fn reward<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    amount: Balance,
) -> Result<Option<Changes>, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T26: a pool that was slashed, or that everybody has claimed from, earns nothing.
    if desk.pool.status.is_over() || desk.pool.shares == 0 {
        return Ok(None);
    }
    desk.pool.rewards = desk.some(desk.pool.rewards.checked_add(amount))?;
    desk.finish(None).map(Some)
}

/// Gives back to the storage fund what users paid for the blockspace of confirmed bundles. The money is in custody already. Returns
/// `None` as [`reward`] does.
///
/// # Errors
/// When there is no such pool (T1), or the host fails.
pub fn refund<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    amount: Balance,
) -> Result<Option<Changes>, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T26: likewise.
    if desk.pool.status.is_over() {
        return Ok(None);
    }
    desk.pool.fund.balance = desk.some(desk.pool.fund.balance.checked_add(amount))?;
    desk.finish(None).map(Some)
}

/// Pays for the blockspace of a bundle that is included: from the operator's storage fund to the farmer, at once.
///
/// # Errors
/// When there is no such pool (T1), it was slashed or left (T5), or the fund does not cover the amount (T13), or the host fails.
pub fn pay_blockspace<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    farmer: AccountId,
    amount: Balance,
) -> Result<Changes, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T5: what a slash left in the fund is for those who are paid back.
    if desk.pool.status.is_over() {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    }
    let limit = desk.pool.fund.balance;
    // T13: the fund covers it. Nobody lends.
    let Some(left) = limit.checked_sub(amount) else {
        return Err(RefusedStaking::Fund { limit, found: amount }.into());
    };
    desk.pool.fund.balance = left;
    if amount > Balance::ZERO {
        desk.pay(Payment::Release {
            account: farmer,
            amount,
        });
    }
    desk.finish(None)
}
