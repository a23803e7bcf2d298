//! What the rules read, and what they answer with.

use crate::pool::{Pool, Price};
use crate::position::Position;
use crate::snapshot::Stakes;
use alloc::vec::Vec;
use decex_core::{AccountId, Balance, ConsensusNumber, DomainId, Host, OperatorId};

/// Read access to the books.
///
/// # Contract
/// Answers for the chain that the call is made on, everything before it in the same block counted; returns exactly what the
/// [`Changes`] of the last accepted call put there.
pub trait StakingView: Host {
    /// Returns an operator's pool, `None` if there is no such operator.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Self::Error>;
    /// Returns what `account` has in the pool, `None` if nothing.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn position(&self, operator: OperatorId, account: &AccountId) -> Result<Option<Position>, Self::Error>;
    /// Returns the price of the end of `epoch`, if it is kept.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn price(&self, operator: OperatorId, epoch: u64) -> Result<Option<Price>, Self::Error>;
    /// Returns the total stake of a domain, all zero if nothing was ever staked in it.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn totals(&self, domain: DomainId) -> Result<Stakes, Self::Error>;
    /// Returns the last epoch such that nothing the operator did by a stake of it, or of an earlier one, can still be held
    /// against it; `u64::MAX` if nothing at all can.
    ///
    /// Asked for claims only. It must not answer for an epoch as long as a proof against a receipt that the operator backs, or a
    /// confirmed verdict against a bundle that it made by a stake of that epoch, may still come.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn settled_through(&self, operator: OperatorId) -> Result<u64, Self::Error>;
}

impl<V: StakingView + ?Sized> StakingView for &V {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Self::Error> {
        (**self).pool(operator)
    }
    fn position(&self, operator: OperatorId, account: &AccountId) -> Result<Option<Position>, Self::Error> {
        (**self).position(operator, account)
    }
    fn price(&self, operator: OperatorId, epoch: u64) -> Result<Option<Price>, Self::Error> {
        (**self).price(operator, epoch)
    }
    fn totals(&self, domain: DomainId) -> Result<Stakes, Self::Error> {
        (**self).totals(domain)
    }
    fn settled_through(&self, operator: OperatorId) -> Result<u64, Self::Error> {
        (**self).settled_through(operator)
    }
}

/// When a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The stake epoch of the pool's domain.
    pub epoch: u64,
    /// The consensus block.
    pub block: ConsensusNumber,
}

/// What the host fixes for all pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakingRules {
    /// The least stake of an operator's own, the part of its deposits in the fund not counted. Zero counts as one.
    pub minimum_stake: Balance,
    /// The least that a pool may ask of a nominator: each position is a few hundred bytes that the host keeps.
    pub minimum_nomination: Balance,
    /// Consensus blocks between asking for a withdrawal, or leaving, and the claim. P3 ties it to what a stake answers for.
    pub unlock_period: u64,
    /// Epochs that an operator which was absent stays out at least.
    pub return_after: u64,
}

/// Money that moves between the host's accounts and its custody. The books say what in custody is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// Free money of the account goes into custody. The host refuses the call if there is not enough.
    Hold {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Money in custody becomes free money of the account.
    Release {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Money in custody goes to the treasury.
    Treasury {
        /// How much.
        amount: Balance,
    },
    /// Money in custody is destroyed.
    Burn {
        /// How much.
        amount: Balance,
    },
}

/// What an accepted call changes. The host writes all of it, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an accepted call that is not applied did nothing"]
pub struct Changes {
    /// The operator.
    pub operator: OperatorId,
    /// Its pool.
    pub pool: Pool,
    /// The total stake of the pool's domain.
    pub totals: Stakes,
    /// A position that changed, `None` in it if it goes.
    pub position: Option<(AccountId, Option<Position>)>,
    /// Prices by epoch, ascending, `None` where one goes.
    pub prices: Vec<(u64, Option<Price>)>,
    /// Money that moves, in order; at most one [`Payment::Hold`], and it comes first.
    pub payments: Vec<Payment>,
}
