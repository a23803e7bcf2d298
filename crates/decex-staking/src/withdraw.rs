//! Ask for money back, and claim it when nothing can be held against it any more.

use crate::desk::{Desk, Result};
use crate::error::RefusedStaking;
use crate::host::{Changes, Now, Payment, StakingRules, StakingView};
use crate::pool::PoolStatus;
use crate::position::{MAX_WITHDRAWALS, Position, Value, Withdrawal};
use crate::ratio::scale;
use crate::register::value;
use alloc::vec::Vec;
use decex_core::{AccountId, Balance, BoundedVec, ConsensusNumber, OperatorId};
use parity_scale_codec::{Decode, Encode};

/// How much of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Extent {
    /// This many shares.
    Shares(u128),
    /// Every share. A deposit that waits for the end of its epoch stays.
    All,
}

/// Asks for shares to be paid back. They count, earn and answer until the epoch's end, are priced there, and can be claimed when
/// the unlock period is over. Their part of the fund is taken out at once, and answers with them.
///
/// # Errors
/// When there is no such pool or nothing of the account in it (T1, T8), no share is asked for (T4), the pool was left or
/// slashed (T5), more shares are asked for than there are (T8), what remains is below a minimum (T3, T6), or too many
/// withdrawals wait (T9), or the host fails.
pub fn withdraw<V: StakingView>(
    view: &V,
    now: Now,
    rules: &StakingRules,
    operator: OperatorId,
    account: AccountId,
    extent: Extent,
) -> Result<Changes, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T5: of a pool that takes part or may do so again. One that is left is claimed whole.
    if !desk.pool.status.is_standing() {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    }
    let mut position = desk.position(&account)?.unwrap_or_default();
    let shares = match extent {
        Extent::Shares(shares) => shares,
        Extent::All => position.shares,
    };
    // T4: something.
    if shares == 0 {
        return Err(RefusedStaking::Nothing.into());
    }
    // T8: no more than there is.
    let Some(left) = position.shares.checked_sub(shares) else {
        return Err(RefusedStaking::Shares {
            limit: position.shares,
            found: shares,
        }
        .into());
    };
    let fund = take_out_units(&mut desk, &mut position, shares)?;
    position.shares = left;
    check_rest(&desk, rules, &account, &position)?;
    let unlock = ConsensusNumber(now.block.0.saturating_add(rules.unlock_period.max(1)));
    queue(&mut desk, &mut position, shares, fund, unlock)?;
    desk.finish(Some((account, Some(position))))
}

/// Takes the units that go with `shares` out of the fund; returns their worth, which is locked from now on.
fn take_out_units<V: StakingView>(
    desk: &mut Desk<'_, V>,
    position: &mut Position,
    shares: u128,
) -> Result<Balance, V::Error> {
    // Units of the deposit that waits stay with it.
    let waiting = position.deposit.map_or(0, |deposit| deposit.units);
    let held = desk.some(position.units.checked_sub(waiting))?;
    // T21: the part of the units is rounded down.
    let units = desk.some(scale(held, shares, position.shares))?;
    position.units = desk.some(position.units.checked_sub(units))?;
    let fund = desk.pool.fund.redeem(units);
    let fund = desk.some(fund)?;
    desk.pool.locked = desk.some(desk.pool.locked.checked_add(fund))?;
    Ok(fund)
}

/// What remains is nothing, or enough. Rewards of this epoch are not counted.
fn check_rest<V: StakingView>(
    desk: &Desk<'_, V>,
    rules: &StakingRules,
    account: &AccountId,
    rest: &Position,
) -> Result<(), V::Error> {
    if *account == desk.pool.owner {
        // T3: the operator's own stake stays above the floor as long as it takes part, or may do so again.
        let limit = rules.minimum_stake.max(Balance(1));
        let found = desk.pool.price().worth(rest.shares).unwrap_or_default();
        if found < limit {
            return Err(RefusedStaking::OwnStake { limit, found }.into());
        }
        return Ok(());
    }
    if rest.shares == 0 && rest.deposit.is_none() {
        return Ok(());
    }
    // T6: a nominator withdraws everything, or keeps the minimum.
    let (limit, found) = (desk.pool.terms.minimum_nomination, desk.some(value(desk, rest))?);
    if found < limit {
        return Err(RefusedStaking::Minimum { limit, found }.into());
    }
    Ok(())
}

/// Puts the withdrawal behind the others, or to the one of this epoch, whose lock then begins anew.
fn queue<V: StakingView>(
    desk: &mut Desk<'_, V>,
    position: &mut Position,
    shares: u128,
    fund: Balance,
    unlock: ConsensusNumber,
) -> Result<(), V::Error> {
    let epoch = desk.now.epoch;
    desk.pool.leaving = desk.some(desk.pool.leaving.checked_add(shares))?;
    let mut waiting = core::mem::take(&mut position.withdrawals).into_inner();
    match waiting.last_mut() {
        Some(Withdrawal {
            epoch: of,
            unlock: at,
            value: Value::Shares(before),
            fund: part,
        }) if *of == epoch => {
            *before = desk.some(before.checked_add(shares))?;
            *part = desk.some(part.checked_add(fund))?;
            *at = unlock;
        }
        _ => {
            desk.pool.waiting = desk.some(desk.pool.waiting.checked_add(1))?;
            waiting.push(Withdrawal {
                epoch,
                unlock,
                value: Value::Shares(shares),
                fund,
            });
        }
    }
    // T9: few enough to be dealt with in one call.
    let limit = RefusedStaking::Withdrawals {
        limit: MAX_WITHDRAWALS,
    };
    position.withdrawals = BoundedVec::new(waiting).ok_or(limit)?;
    Ok(())
}

/// Pays out whatever of `account` can be claimed. Anybody may ask; the money goes to the account.
///
/// From a pool that takes part: withdrawals whose unlock period is over and whose epochs are settled. From one that is left: all,
/// under the same condition. From one that was slashed: what was deposited in the epoch of the slash.
///
/// # Errors
/// When there is no such pool (T1) or nothing can be claimed (T10), or the host fails.
pub fn claim<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    account: AccountId,
) -> Result<Changes, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    if let PoolStatus::Slashed { epoch } = desk.pool.status {
        return claim_refund(desk, account, epoch);
    }
    let Some(mut position) = desk.position(&account)? else {
        return Err(RefusedStaking::NothingDue { unlock: None }.into());
    };
    let settled = desk.settled_through()?;
    let first = position.withdrawals.first().map(|withdrawal| withdrawal.unlock);
    let mut due = take_withdrawals(&mut desk, &mut position, settled)?;
    let mut unlock = first;
    if let PoolStatus::Leaving { epoch, unlock: at } = desk.pool.status {
        unlock = Some(first.map_or(at, |first| first.min(at)));
        if at <= now.block && epoch <= settled && epoch < now.epoch {
            let rest = take_rest(&mut desk, &mut position)?;
            due = desk.some(due.checked_add(rest))?;
        }
    }
    // T10: something is due, or the position is worth nothing and goes.
    if due == Balance::ZERO && !position.is_empty() {
        return Err(RefusedStaking::NothingDue { unlock }.into());
    }
    if due > Balance::ZERO {
        desk.pay(Payment::Release { account, amount: due });
    }
    close(desk, account, position)
}

/// Takes the withdrawals that are due, and returns their sum.
fn take_withdrawals<V: StakingView>(
    desk: &mut Desk<'_, V>,
    position: &mut Position,
    settled: u64,
) -> Result<Balance, V::Error> {
    let (mut due, mut kept) = (Balance::ZERO, Vec::new());
    for withdrawal in core::mem::take(&mut position.withdrawals).into_inner() {
        match withdrawal.value {
            // T10: the period is over, and nothing that the stake stood for can be refuted any more.
            Value::Amount(amount) if withdrawal.unlock <= desk.now.block && withdrawal.epoch <= settled => {
                let sum = due
                    .checked_add(amount)
                    .and_then(|sum| sum.checked_add(withdrawal.fund));
                due = desk.some(sum)?;
            }
            Value::Amount(_) | Value::Shares(_) => kept.push(withdrawal),
        }
    }
    position.withdrawals = desk.some(BoundedVec::new(kept))?;
    desk.pool.locked = desk.some(desk.pool.locked.checked_sub(due))?;
    Ok(due)
}

/// Takes shares and units out of a pool that is left, at the present price.
fn take_rest<V: StakingView>(desk: &mut Desk<'_, V>, position: &mut Position) -> Result<Balance, V::Error> {
    let stake = match position.shares {
        0 => Balance::ZERO,
        shares => desk.some(desk.pool.price().worth(shares))?,
    };
    desk.pool.stake = desk.some(desk.pool.stake.checked_sub(stake))?;
    desk.pool.shares = desk.some(desk.pool.shares.checked_sub(position.shares))?;
    let fund = desk.pool.fund.redeem(position.units);
    let fund = desk.some(fund)?;
    (position.shares, position.units) = (0, 0);
    desk.some(stake.checked_add(fund))
}

/// Pays back what was deposited in the epoch of the slash, and forgets the rest of the position.
fn claim_refund<V: StakingView>(
    mut desk: Desk<'_, V>,
    account: AccountId,
    slashed: u64,
) -> Result<Changes, V::Error> {
    // T10: something is there; be it only to be forgotten.
    let Some(mut position) = desk.stored_position(&account)? else {
        return Err(RefusedStaking::NothingDue { unlock: None }.into());
    };
    if let Some(deposit) = position.deposit {
        // T22: it gave no power to who was slashed. What was deposited before is gone.
        if deposit.epoch == slashed {
            let fund = desk.pool.fund.redeem(deposit.units);
            let due = desk.some(fund)?.checked_add(deposit.amount);
            let due = desk.some(due)?;
            desk.pool.joining = desk.some(desk.pool.joining.checked_sub(deposit.amount))?;
            desk.pay(Payment::Release { account, amount: due });
        } else {
            desk.take_price(deposit.epoch)?;
        }
    }
    for withdrawal in &position.withdrawals {
        // The price that it waits for; a slash makes none for its own epoch.
        if matches!(withdrawal.value, Value::Shares(_)) && withdrawal.epoch < slashed {
            desk.take_price(withdrawal.epoch)?;
        }
    }
    position = Position::default();
    close(desk, account, position)
}

/// Writes the position, or closes it; with the last one closed, what rounding left goes to the treasury.
fn close<V: StakingView>(
    mut desk: Desk<'_, V>,
    account: AccountId,
    position: Position,
) -> Result<Changes, V::Error> {
    if !position.is_empty() {
        return desk.finish(Some((account, Some(position))));
    }
    desk.pool.holders = desk.some(desk.pool.holders.checked_sub(1))?;
    if desk.pool.holders == 0 {
        let dust = desk.some(desk.pool.money())?;
        desk.pool.clear();
        if !matches!(desk.pool.status, PoolStatus::Slashed { .. }) {
            desk.pool.status = PoolStatus::Left;
        }
        if dust > Balance::ZERO {
            desk.pay(Payment::Treasury { amount: dust });
        }
    }
    desk.finish(Some((account, None)))
}
