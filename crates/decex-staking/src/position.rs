//! What one account has in one pool.

use decex_core::{Balance, BoundedVec, ConsensusNumber};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Most withdrawals of one position that wait at a time.
pub const MAX_WITHDRAWALS: u32 = 32;

/// What one account has in one pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Position {
    /// Its shares.
    pub shares: u128,
    /// Its units of the fund, those of its waiting deposit included.
    pub units: u128,
    /// The era of the fund that the units are of.
    pub era: u32,
    /// What it deposited in the last epoch in which it did, if that waits to become shares.
    pub deposit: Option<Deposit>,
    /// Withdrawals, oldest first; only the last can be of the present epoch.
    pub withdrawals: BoundedVec<Withdrawal, MAX_WITHDRAWALS>,
}

/// A deposit that waits for the end of its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Deposit {
    /// The epoch.
    pub epoch: u64,
    /// What will be turned into shares.
    pub amount: Balance,
    /// Its units of the fund.
    pub units: u128,
}

/// A withdrawal that is not claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Withdrawal {
    /// The epoch in which it was asked for: the last in which the shares counted.
    pub epoch: u64,
    /// The first block in which it can be claimed.
    pub unlock: ConsensusNumber,
    /// What the shares come to.
    pub value: Value,
    /// The part of the fund.
    pub fund: Balance,
}

/// What withdrawn shares come to: known when their epoch has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Value {
    /// So many shares, at the price of the epoch's end.
    Shares(u128),
    /// This much.
    Amount(Balance),
}

impl Position {
    /// Returns whether nothing is left of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares == 0 && self.units == 0 && self.deposit.is_none() && self.withdrawals.is_empty()
    }
}
