//! The storage fund: what a pool pays blockspace from. Part of every deposit goes there; units say whose it is.

use crate::ratio::scale;
use decex_core::Balance;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The part of a deposit that goes to the storage fund, in basis points.
pub const FUND_SHARE: u16 = 2_000;

/// A fund is begun anew when a unit is worth less than `2^-UNIT_BITS`.
const UNIT_BITS: u32 = 32;

/// Money for blockspace, and whose it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Fund {
    /// The money.
    pub balance: Balance,
    /// The units that own it.
    pub units: u128,
    /// What was paid for bundles whose receipts are not final: some of it comes back.
    pub outstanding: Balance,
    /// How often the fund was spent and begun anew: units of an earlier era own nothing.
    pub era: u32,
}

impl Fund {
    /// Returns what there is and what may come back, saturating.
    const fn most(&self) -> u128 {
        self.balance.0.saturating_add(self.outstanding.0)
    }

    /// Returns whether what is left is too little to price units by: less than 2^-32 each.
    pub(crate) const fn is_spent(&self) -> bool {
        self.most() < self.units >> UNIT_BITS || (self.most() == 0 && self.units > 0)
    }

    /// Begins anew: the units so far own nothing any more.
    pub(crate) const fn restart(&mut self) {
        // Ends at the last era: more funds were spent than a chain can spend.
        self.era = self.era.saturating_add(1);
        self.units = 0;
    }

    /// Adds `amount` and returns the units that it buys, rounded down; `None` if the sums pass their range.
    ///
    /// A deposit neither pays for blockspace that was used before it, nor has a part in refunds of it: it buys as if all that is
    /// outstanding were to come back.
    pub(crate) fn join(&mut self, amount: Balance) -> Option<u128> {
        let bought = if self.units == 0 {
            amount.0
        } else {
            // T18: less than a unit is left to all.
            scale(amount.0, self.units, self.most())?
        };
        let (balance, units) = (self.balance.checked_add(amount)?, self.units.checked_add(bought)?);
        (self.balance, self.units) = (balance, units);
        Some(bought)
    }

    /// Returns what `units` are worth, rounded down. What is outstanding is not counted: who goes does not wait for it.
    #[must_use]
    pub fn worth(&self, units: u128) -> Balance {
        // T18: what rounding leaves stays with the others.
        scale(units, self.balance.0, self.units).map_or(Balance::ZERO, Balance)
    }

    /// Pays `amount`; `None` if there is not so much. `outstanding`: whether users may pay it back.
    pub(crate) fn pay(&mut self, amount: Balance, outstanding: bool) -> Option<()> {
        let balance = self.balance.checked_sub(amount)?;
        if outstanding {
            self.outstanding = self.outstanding.checked_add(amount)?;
        }
        self.balance = balance;
        Some(())
    }

    /// Takes back what came of `paid`.
    pub(crate) fn take_back(&mut self, paid: Balance, refund: Balance) -> Option<()> {
        let balance = self.balance.checked_add(refund)?;
        // Of an earlier era, or of a fund that was slashed since: nothing is outstanding any more.
        self.outstanding = Balance(self.outstanding.0.saturating_sub(paid.0));
        self.balance = balance;
        Some(())
    }

    /// Takes `units` out and returns their worth; `None` if there are not so many.
    pub(crate) fn redeem(&mut self, units: u128) -> Option<Balance> {
        let worth = self.worth(units);
        let (balance, units) = (self.balance.checked_sub(worth)?, self.units.checked_sub(units)?);
        (self.balance, self.units) = (balance, units);
        Some(worth)
    }
}
