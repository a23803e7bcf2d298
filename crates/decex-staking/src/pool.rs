//! What the host keeps of an operator's money: its own and its nominators' together.

use crate::fund::Fund;
use crate::ratio::scale;
use crate::snapshot::Stakes;
use decex_core::{AccountId, Balance, ConsensusNumber, DomainId};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// What an operator offers to nominators. Fixed for life: nobody who nominated is surprised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct PoolTerms {
    /// The operator's part of the rewards, in basis points; at most 10 000.
    pub tax: u16,
    /// The least that a nominator has in the pool, deposits that wait included.
    pub minimum_nomination: Balance,
}

/// Where a pool is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum PoolStatus {
    /// Its stake counts in elections.
    Active,
    /// Its operator was absent. The stake does not count until the operator returns.
    Inactive {
        /// The epoch in which it was taken out.
        since: u64,
    },
    /// Its operator leaves. The stake does not count any more, and is claimed after the unlock period.
    Leaving {
        /// The last epoch in which the stake counted.
        epoch: u64,
        /// The first block in which it can be claimed.
        unlock: ConsensusNumber,
    },
    /// Everybody has claimed.
    Left,
    /// The stake was taken. What was deposited in the epoch of the slash is paid back.
    Slashed {
        /// That epoch.
        epoch: u64,
    },
}

impl PoolStatus {
    /// Returns whether the operator takes part, or may do so again.
    #[must_use]
    pub const fn is_standing(&self) -> bool {
        matches!(self, Self::Active | Self::Inactive { .. })
    }

    /// Returns whether nobody has shares any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Left | Self::Slashed { .. })
    }
}

/// Everybody's money behind one operator. Money stands in exactly one of `stake`, `rewards`, `joining`, `locked` and
/// `fund.balance`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Pool {
    /// The operator's domain.
    pub domain: DomainId,
    /// The operator's account: its position is the operator's own stake.
    pub owner: AccountId,
    /// What was offered.
    pub terms: PoolTerms,
    /// Where it is in its life.
    pub status: PoolStatus,
    /// The epoch that everything here is as of: all before is settled.
    pub epoch: u64,
    /// The money that the shares own.
    pub stake: Balance,
    /// The shares: those of positions, those owed to the owner, and fractions that rounding left to all.
    pub shares: u128,
    /// Rewards of this epoch, shared out at its end.
    pub rewards: Balance,
    /// Deposits of this epoch, turned into shares at its end.
    pub joining: Balance,
    /// Units of the fund that belong to the deposits of this epoch.
    pub joining_units: u128,
    /// Shares whose withdrawal was asked for in this epoch, priced at its end.
    pub leaving: u128,
    /// How many deposits and withdrawals of this epoch will need its price.
    pub waiting: u64,
    /// Withdrawals that are priced and not claimed, and their parts of the fund.
    pub locked: Balance,
    /// What pays for the blockspace of the operator's bundles.
    pub fund: Fund,
    /// Shares that the owner's tax bought and its position has not taken up.
    pub owed_shares: u128,
    /// Units of the fund likewise.
    pub owed_units: u128,
    /// How many positions there are.
    pub holders: u64,
    /// What counts in elections.
    pub snapshot: Stakes,
}

impl Pool {
    /// Returns all the money in the pool; `None` only for a pool that no accepted call made (T7).
    #[must_use]
    pub fn money(&self) -> Option<Balance> {
        self.stake
            .checked_add(self.rewards)?
            .checked_add(self.joining)?
            .checked_add(self.locked)?
            .checked_add(self.fund.balance)
    }

    /// Takes all money out: nobody is left that it belongs to.
    pub(crate) fn clear(&mut self) {
        (self.stake, self.rewards, self.joining, self.locked) = Default::default();
        (self.shares, self.leaving, self.waiting) = (0, 0, 0);
        (self.joining_units, self.owed_shares, self.owed_units) = (0, 0, 0);
        self.fund = Fund {
            era: self.fund.era,
            ..Fund::default()
        };
    }

    /// Returns the price of a share as of now, rewards of this epoch not counted.
    #[must_use]
    pub const fn price(&self) -> Price {
        Price {
            stake: self.stake,
            shares: self.shares,
            waiting: self.waiting,
        }
    }
}

/// What shares cost at the end of an epoch: `stake / shares` each. Kept as long as a position waits to be converted at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Price {
    /// The money that `shares` own.
    pub stake: Balance,
    /// The shares.
    pub shares: u128,
    /// Deposits and withdrawals that wait to be converted.
    pub waiting: u64,
}

impl Price {
    /// Returns the shares that `amount` buys, rounded down (T15). `None` where there are no shares to price it by.
    #[must_use]
    pub fn shares_for(&self, amount: Balance) -> Option<u128> {
        // T15: less than a share is left to all.
        scale(amount.0, self.shares, self.stake.0)
    }

    /// Returns what `shares` are worth, rounded down (T16). `None` where there are no shares.
    #[must_use]
    pub fn worth(&self, shares: u128) -> Option<Balance> {
        // T16: less than a unit is left to all.
        scale(shares, self.stake.0, self.shares).map(Balance)
    }
}
