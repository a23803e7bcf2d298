//! Why a call is refused.

use crate::pool::PoolStatus;
use decex_core::{AccountId, Balance, ConsensusNumber, OperatorId};

/// Which rule a call breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedStaking {
    /// T1: there is no such pool.
    #[error("no pool of operator {}", found.0)]
    UnknownPool {
        /// The operator named.
        found: OperatorId,
    },
    /// T2: the tax is more than all.
    #[error("a tax of {found} basis points is more than {limit}")]
    Tax {
        /// All: 10 000 basis points.
        limit: u16,
        /// The tax given.
        found: u16,
    },
    /// T3: too little of the operator's own.
    #[error("an operator's own stake of {} is below {}", found.0, limit.0)]
    OwnStake {
        /// The least.
        limit: Balance,
        /// What it is, or would be.
        found: Balance,
    },
    /// T30: the pool would take nominations below the host's minimum.
    #[error("a least nomination of {} is below the host's of {}", found.0, limit.0)]
    Nomination {
        /// The host's minimum.
        limit: Balance,
        /// What the pool would ask.
        found: Balance,
    },
    /// T4: an amount that buys, or returns, nothing.
    #[error("the amount is worth no share, or no money")]
    Nothing,
    /// T5: the pool's status does not allow it.
    #[error("the pool is {found:?}")]
    Status {
        /// Its status.
        found: PoolStatus,
    },
    /// T6: the account would have less than the pool's minimum.
    #[error("{} in the pool is below its minimum of {}", found.0, limit.0)]
    Minimum {
        /// The pool's minimum.
        limit: Balance,
        /// What the account would have.
        found: Balance,
    },
    /// T7: a sum would pass its range.
    #[error("a sum passes the range of balances")]
    Range,
    /// T8: more shares than the account has.
    #[error("{found} shares are more than the {limit} there are")]
    Shares {
        /// What the account has.
        limit: u128,
        /// What it asked for.
        found: u128,
    },
    /// T9: too many withdrawals wait.
    #[error("{limit} withdrawals wait already")]
    Withdrawals {
        /// [`MAX_WITHDRAWALS`](crate::MAX_WITHDRAWALS).
        limit: u32,
    },
    /// T10: nothing can be claimed yet, or nothing is there.
    #[error("nothing can be claimed")]
    NothingDue {
        /// The block in which the first withdrawal unlocks, if there is one.
        unlock: Option<ConsensusNumber>,
    },
    /// T11: only the operator's account.
    #[error("not the operator's account")]
    NotOwner {
        /// The operator's account.
        expected: AccountId,
        /// Who called.
        found: AccountId,
    },
    /// T12: it was absent, and may not return yet.
    #[error("the operator may return in epoch {expected}, not in {found}")]
    TooEarly {
        /// The first epoch in which it may.
        expected: u64,
        /// The present epoch.
        found: u64,
    },
    /// T13: the fund does not cover the blockspace.
    #[error("the storage fund has {}, the blockspace costs {}", limit.0, found.0)]
    Fund {
        /// What is in the fund.
        limit: Balance,
        /// What is to be paid.
        found: Balance,
    },
}

impl RefusedStaking {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownPool { .. } => 1,
            Self::Tax { .. } => 2,
            Self::OwnStake { .. } => 3,
            Self::Nothing => 4,
            Self::Status { .. } => 5,
            Self::Minimum { .. } => 6,
            Self::Range => 7,
            Self::Shares { .. } => 8,
            Self::Withdrawals { .. } => 9,
            Self::NothingDue { .. } => 10,
            Self::NotOwner { .. } => 11,
            Self::TooEarly { .. } => 12,
            Self::Fund { .. } => 13,
            Self::Nomination { .. } => 30,
        }
    }
}

/// Why a call has no changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StakingError<H> {
    /// The host could not answer. Says nothing about the call.
    #[error("the host failed")]
    Host(H),
    /// The call breaks a rule.
    #[error(transparent)]
    Refused(RefusedStaking),
    /// The view answered with what no accepted call wrote: a price that is missing, sums that do not add up. Says nothing about
    /// the call.
    #[error("the books of operator {} contradict themselves", operator.0)]
    Books {
        /// Whose books.
        operator: OperatorId,
    },
}

impl<H> From<RefusedStaking> for StakingError<H> {
    fn from(refused: RefusedStaking) -> Self {
        Self::Refused(refused)
    }
}
