//! Take everything that an operator and its nominators have at stake: one step, however many they are.

use crate::desk::{Desk, Result};
use crate::host::{Changes, Now, Payment, StakingView};
use crate::pool::{Pool, PoolStatus};
use crate::ratio::portion;
use decex_core::{AccountId, Balance, OperatorId};

/// Who gets what of a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// Who showed the offence, if anybody did.
    pub reporter: Option<AccountId>,
    /// The reporter's part of the *operator's own* stake, in basis points.
    pub reporter_share: u16,
    /// The treasury's part of what the reporter does not get, in basis points. The rest is burned.
    pub treasury_share: u16,
}

/// What a slash came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slashed {
    /// What is to be written, payments included.
    pub changes: Changes,
    /// All that was taken.
    pub taken: Balance,
    /// The reporter's part.
    pub reward: Balance,
    /// The treasury's part.
    pub treasury: Balance,
    /// What was burned.
    pub burned: Balance,
    /// What was deposited in this epoch, with its part of the fund: paid back when it is claimed.
    pub refunded: Balance,
}

/// Takes the whole pool: shares, rewards of the epoch, withdrawals that are not claimed, and the fund. Only what was deposited in
/// this epoch is paid back, as far as its part of the fund is left. Positions find out when they are claimed.
///
/// Returns `None` for a pool that was slashed or left before: nobody pays twice.
///
/// # Errors
/// When there is no such pool (T1), or the host fails.
pub fn slash<V: StakingView>(
    view: &V,
    now: Now,
    operator: OperatorId,
    division: &Division,
) -> Result<Option<Slashed>, V::Error> {
    let mut desk = Desk::open(view, operator, now)?;
    // T23: once.
    if desk.pool.status.is_over() {
        return Ok(None);
    }
    let owner = desk.pool.owner;
    let position = desk.position(&owner)?;
    let own = match &position {
        Some(position) if position.shares > 0 => desk.some(desk.pool.price().worth(position.shares))?,
        _ => Balance::ZERO,
    };
    let emptied = empty(&mut desk.pool);
    let (taken, refunded) = desk.some(emptied)?;
    desk.pool.status = PoolStatus::Slashed { epoch: now.epoch };
    // T24: of the operator's own stake alone, rounded down. A part of the nominators' would pay for fraud on oneself.
    let reward = match division.reporter {
        Some(_) => Balance(portion(own.0, division.reporter_share).min(taken.0)),
        None => Balance::ZERO,
    };
    let rest = desk.some(taken.checked_sub(reward))?;
    // T25: the treasury's part is rounded down; the rest is burned.
    let treasury = Balance(portion(rest.0, division.treasury_share));
    let burned = desk.some(rest.checked_sub(treasury))?;
    if let Some(account) = division.reporter.filter(|_| reward > Balance::ZERO) {
        desk.pay(Payment::Release {
            account,
            amount: reward,
        });
    }
    if treasury > Balance::ZERO {
        desk.pay(Payment::Treasury { amount: treasury });
    }
    if burned > Balance::ZERO {
        desk.pay(Payment::Burn { amount: burned });
    }
    let changes = desk.finish(position.map(|position| (owner, Some(position))))?;
    Ok(Some(Slashed {
        changes,
        taken,
        reward,
        treasury,
        burned,
        refunded,
    }))
}

/// Empties a pool but for what was deposited in this epoch. Returns what was taken and what is left.
fn empty(pool: &mut Pool) -> Option<(Balance, Balance)> {
    // T22: deposits of this epoch gave no power to the offender. Their part of the fund is what it is worth now.
    let kept = pool.fund.worth(pool.joining_units);
    let refunded = pool.joining.checked_add(kept)?;
    let taken = pool
        .stake
        .checked_add(pool.rewards)?
        .checked_add(pool.locked)?
        .checked_add(pool.fund.balance.checked_sub(kept)?)?;
    pool.fund.balance = kept;
    pool.fund.outstanding = Balance::ZERO;
    pool.fund.units = pool.joining_units;
    (pool.stake, pool.rewards, pool.locked) = Default::default();
    (pool.shares, pool.leaving, pool.waiting) = (0, 0, 0);
    (pool.owed_shares, pool.owed_units) = (0, 0);
    Some((taken, refunded))
}
