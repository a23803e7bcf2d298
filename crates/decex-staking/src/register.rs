//! Open a pool, add to it.

use crate::desk::{Desk, Result};
use crate::error::RefusedStaking;
use crate::fund::{FUND_SHARE, Fund};
use crate::host::{Changes, Now, Payment, StakingRules, StakingView};
use crate::pool::{Pool, PoolStatus, PoolTerms};
use crate::position::{Deposit, Position};
use crate::ratio::{WHOLE, portion};
use crate::snapshot::Stakes;
use decex_core::{AccountId, Balance, BoundedVec, DomainId, OperatorId};

/// What an operator registers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its id, never used before.
    pub operator: OperatorId,
    /// Its domain.
    pub domain: DomainId,
    /// Its account.
    pub owner: AccountId,
    /// What it offers to nominators.
    pub terms: PoolTerms,
    /// Its first deposit.
    pub deposit: Balance,
}

/// Opens the pool of an operator that registers, with a deposit of its own. The stake counts from the next epoch on.
///
/// Who may register, and with which key, is the caller's to check; that `operator` is new too.
///
/// # Errors
/// When the tax is more than all (T2), the least nomination below the host's (T30), the part of the deposit that is stake is below the host's minimum (T3), or a sum
/// passes its range (T7), or the host fails.
pub fn register<V: StakingView>(
    view: &V,
    now: Now,
    rules: &StakingRules,
    registration: &Registration,
) -> Result<Changes, V::Error> {
    let Registration {
        operator,
        domain,
        owner,
        terms,
        deposit,
    } = *registration;
    // T2: a tax is a part of the rewards.
    if terms.tax > WHOLE {
        return Err(RefusedStaking::Tax {
            limit: WHOLE,
            found: terms.tax,
        }
        .into());
    }
    // T30: positions are worth the room that they take.
    if terms.minimum_nomination < rules.minimum_nomination {
        let (limit, found) = (rules.minimum_nomination, terms.minimum_nomination);
        return Err(RefusedStaking::Nomination { limit, found }.into());
    }
    let (stake, storage) = split(deposit);
    // T3: enough of its own at stake; never nothing.
    let limit = rules.minimum_stake.max(Balance(1));
    if stake < limit {
        return Err(RefusedStaking::OwnStake { limit, found: stake }.into());
    }
    let snapshot = Stakes {
        epoch: now.epoch,
        ..Stakes::default()
    };
    let pool = Pool {
        domain,
        owner,
        terms,
        status: PoolStatus::Active,
        epoch: now.epoch,
        // The first shares are one to a unit; there is no price that they could be bought at.
        stake,
        shares: stake.0,
        rewards: Balance::ZERO,
        joining: Balance::ZERO,
        joining_units: 0,
        leaving: 0,
        waiting: 0,
        locked: Balance::ZERO,
        fund: Fund::default(),
        owed_shares: 0,
        owed_units: 0,
        holders: 1,
        snapshot,
    };
    let mut desk = Desk::begin(view, operator, now, pool)?;
    let units = desk.join_fund(storage)?;
    desk.pay(Payment::Hold {
        account: owner,
        amount: deposit,
    });
    let position = Position {
        shares: stake.0,
        units,
        era: 0,
        deposit: None,
        withdrawals: BoundedVec::default(),
    };
    desk.finish(Some((owner, Some(position))))
}

/// Adds a deposit of `account` to a pool: a nomination, or more of the operator's own. It becomes shares at the price of the
/// epoch's end; its part of the fund can be used at once.
///
/// # Errors
/// When there is no such pool (T1), the deposit buys nothing (T4), the pool is not active (T5), a nominator would have less
/// than the pool's minimum (T6) or a sum passes its range (T7), or the host fails.
pub fn nominate<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    account: AccountId,
    deposit: Balance,
) -> Result<Changes, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T5: the operator takes part.
    if desk.pool.status != PoolStatus::Active {
        return Err(RefusedStaking::Status {
            found: desk.pool.status,
        }
        .into());
    }
    let (stake, storage) = split(deposit);
    // T4: it buys a share at the present price. The epoch's end may raise the price, by its rewards.
    if desk
        .pool
        .price()
        .shares_for(stake)
        .is_none_or(|shares| shares == 0)
    {
        return Err(RefusedStaking::Nothing.into());
    }
    let mut position = match desk.position(&account)? {
        Some(position) => position,
        None => {
            desk.pool.holders = desk.some(desk.pool.holders.checked_add(1))?;
            Position {
                era: desk.pool.fund.era,
                ..Position::default()
            }
        }
    };
    let units = desk.join_fund(storage)?;
    if position.era != desk.pool.fund.era {
        // T19: the fund has begun anew just now.
        (position.era, position.units) = (desk.pool.fund.era, 0);
        if let Some(deposit) = &mut position.deposit {
            deposit.units = 0;
        }
    }
    join(&mut desk, &mut position, stake, units)?;
    // T6: a nominator has something to lose. The operator's own minimum is T3.
    let held = desk.some(value(&desk, &position))?;
    if account != desk.pool.owner && held < desk.pool.terms.minimum_nomination {
        let limit = desk.pool.terms.minimum_nomination;
        return Err(RefusedStaking::Minimum { limit, found: held }.into());
    }
    desk.pay(Payment::Hold {
        account,
        amount: deposit,
    });
    desk.finish(Some((account, Some(position))))
}

/// Puts a deposit, already split, with what else waits for the end of this epoch.
fn join<V: StakingView>(
    desk: &mut Desk<'_, V>,
    position: &mut Position,
    stake: Balance,
    units: u128,
) -> Result<(), V::Error> {
    let range = RefusedStaking::Range;
    let waiting = match position.deposit {
        Some(deposit) => deposit,
        None => {
            desk.pool.waiting = desk.some(desk.pool.waiting.checked_add(1))?;
            Deposit {
                epoch: desk.now.epoch,
                amount: Balance::ZERO,
                units: 0,
            }
        }
    };
    // T7: sums stay within their range.
    position.units = position.units.checked_add(units).ok_or(range)?;
    position.deposit = Some(Deposit {
        amount: waiting.amount.checked_add(stake).ok_or(range)?,
        units: waiting.units.checked_add(units).ok_or(range)?,
        ..waiting
    });
    desk.pool.joining = desk.pool.joining.checked_add(stake).ok_or(range)?;
    desk.pool.joining_units = desk.pool.joining_units.checked_add(units).ok_or(range)?;
    desk.pool.money().ok_or(range)?;
    Ok(())
}

/// Returns what a position is worth, withdrawals not counted: shares at the present price, the deposit that waits, and its part of
/// the fund.
pub(crate) fn value<V: StakingView>(desk: &Desk<'_, V>, position: &Position) -> Option<Balance> {
    let shares = match position.shares {
        0 => Balance::ZERO,
        shares => desk.pool.price().worth(shares)?,
    };
    let waiting = position.deposit.map_or(Balance::ZERO, |deposit| deposit.amount);
    shares
        .checked_add(waiting)?
        .checked_add(desk.pool.fund.worth(position.units))
}

/// Splits a deposit into stake and storage fund. T20: the fund's part is rounded down.
fn split(deposit: Balance) -> (Balance, Balance) {
    // T20: at least four fifths are stake.
    let storage = portion(deposit.0, FUND_SHARE);
    (Balance(deposit.0.saturating_sub(storage)), Balance(storage))
}
