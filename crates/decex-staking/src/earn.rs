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

/// Gives back to the storage fund what users paid for the blockspace of a bundle whose receipt is final: `amount`, possibly nothing, where
/// the operator had paid `paid`. The money is in custody already. Returns `None` as [`reward`] does.
///
/// To be called once for each bundle that [`pay_blockspace`] was called for with `outstanding`, whatever became of it.
///
/// # Errors
/// When there is no such pool (T1), or the host fails.
pub fn refund<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    paid: Balance,
    amount: Balance,
) -> Result<Option<Changes>, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T26: likewise.
    if desk.pool.status.is_over() {
        return Ok(None);
    }
    let taken = desk.pool.fund.take_back(paid, amount);
    desk.some(taken)?;
    desk.finish(None).map(Some)
}

/// Pays for the blockspace of a bundle that is included: from the operator's storage fund to the farmer, at once. `outstanding`: whether
/// the bundle has transactions, whose users may pay for it once its receipt is final.
///
/// # Errors
/// When there is no such pool (T1), it was slashed or left (T5), or the fund does not cover the amount (T13), or the host fails.
pub fn pay_blockspace<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    farmer: AccountId,
    amount: Balance,
    outstanding: bool,
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
    if desk.pool.fund.pay(amount, outstanding).is_none() {
        let found = amount;
        return Err(RefusedStaking::Fund { limit, found }.into());
    }
    if amount > Balance::ZERO {
        desk.pay(Payment::Release {
            account: farmer,
            amount,
        });
    }
    desk.finish(None)
}
