//! The end of an epoch, applied when a pool is next touched. Nothing else happens at an epoch's end.

use crate::fund::FUND_SHARE;
use crate::pool::{Pool, PoolStatus, Price};
use crate::ratio::portion;
use decex_core::Balance;

/// A sum or a difference that no sequence of accepted calls makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl Pool {
    /// Brings the pool to `epoch`. Returns the price of the epoch that ended, if somebody waits for it.
    ///
    /// One step however many epochs have passed: in those after the first nothing happened, or the pool would have been touched.
    pub(crate) fn settle(&mut self, epoch: u64) -> Result<Option<(u64, Price)>, Broken> {
        if epoch <= self.epoch {
            return Ok(None);
        }
        let ended = self.epoch;
        let price = match self.status {
            PoolStatus::Active | PoolStatus::Inactive { .. } | PoolStatus::Leaving { .. } => {
                Some(self.end_epoch()?)
            }
            PoolStatus::Left | PoolStatus::Slashed { .. } => None,
        };
        self.epoch = epoch;
        self.snapshot = self.snapshot.at(epoch);
        Ok(price
            .filter(|price| price.waiting > 0)
            .map(|price| (ended, price)))
    }

    /// Shares out the epoch's rewards, then prices its withdrawals and deposits at what a share is worth after them (T14).
    fn end_epoch(&mut self) -> Result<Price, Broken> {
        let ending = self.compute_ending()?;
        (self.stake, self.shares) = (ending.stake, ending.shares);
        self.locked = self.locked.checked_add(ending.withdrawn).ok_or(Broken)?;
        self.owed_shares = self.owed_shares.checked_add(ending.tax_shares).ok_or(Broken)?;
        self.restart_spent_fund();
        match self.fund.join(ending.tax_fund) {
            Some(units) => self.owed_units = self.owed_units.checked_add(units).ok_or(Broken)?,
            // Too many units: it goes to all.
            None => self.refill(ending.tax_fund)?,
        }
        (self.rewards, self.joining) = (Balance::ZERO, Balance::ZERO);
        (self.joining_units, self.leaving, self.waiting) = (0, 0, 0);
        Ok(ending.price)
    }

    fn compute_ending(&self) -> Result<Ending, Broken> {
        // T17: the tax is rounded down, and so is its part for the fund: it is a deposit of the owner's.
        let tax = Balance(portion(self.rewards.0, self.terms.tax));
        let tax_fund = Balance(portion(tax.0, FUND_SHARE));
        let tax_stake = tax.checked_sub(tax_fund).ok_or(Broken)?;
        let net = self.rewards.checked_sub(tax).ok_or(Broken)?;
        // T14: the price of an epoch is that after its rewards; withdrawals and deposits of the epoch have the same.
        let price = Price {
            stake: self.stake.checked_add(net).ok_or(Broken)?,
            ..self.price()
        };
        // Where all shares are claimed there is no price: late rewards are nobody's, and go to the treasury with the rest.
        let bought = |amount: Balance| price.shares_for(amount).unwrap_or_default();
        let withdrawn = match self.leaving {
            0 => Balance::ZERO,
            shares => price.worth(shares).ok_or(Broken)?,
        };
        let (joined, tax_shares) = (bought(self.joining), bought(tax_stake));
        let stake = price.stake.checked_sub(withdrawn);
        let stake = stake
            .and_then(|stake| stake.checked_add(self.joining))
            .and_then(|stake| stake.checked_add(tax_stake))
            .ok_or(Broken)?;
        let shares = self.shares.checked_sub(self.leaving);
        let shares = shares
            .and_then(|shares| shares.checked_add(joined))
            .and_then(|shares| shares.checked_add(tax_shares))
            .ok_or(Broken)?;
        Ok(Ending {
            price,
            withdrawn,
            tax_fund,
            tax_shares,
            stake,
            shares,
        })
    }

    /// Returns what counts from the next epoch on, as far as is known.
    pub(crate) fn project(&self) -> Result<Balance, Broken> {
        match self.status {
            PoolStatus::Active => Ok(self.compute_ending()?.stake),
            PoolStatus::Inactive { .. }
            | PoolStatus::Leaving { .. }
            | PoolStatus::Left
            | PoolStatus::Slashed { .. } => Ok(Balance::ZERO),
        }
    }

    /// Begins the fund anew if it is spent: all units so far own nothing (T19).
    pub(crate) fn restart_spent_fund(&mut self) {
        // T19: units that are worth less than 2^-32 each could only be multiplied until they pass their range.
        if self.fund.is_spent() {
            self.fund.restart();
            (self.joining_units, self.owed_units) = (0, 0);
        }
    }

    /// Adds to the fund for all who have units in it.
    pub(crate) fn refill(&mut self, amount: Balance) -> Result<(), Broken> {
        self.fund.balance = self.fund.balance.checked_add(amount).ok_or(Broken)?;
        Ok(())
    }
}

/// What the end of an epoch comes to.
struct Ending {
    price: Price,
    withdrawn: Balance,
    tax_fund: Balance,
    tax_shares: u128,
    stake: Balance,
    shares: u128,
}
