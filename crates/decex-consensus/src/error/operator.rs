//! Why a call about an operator does nothing.

use decex_core::{AccountId, Balance, DomainId, OperatorId};
use decex_election::{InvalidAbsence, InvalidSignature};
use decex_staking::RefusedStaking;

/// Why an operator is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedRegistration {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K8: no such domain.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// K10: the domain keeps a list, and the account is not on it.
    #[error("the account is not on the domain's list")]
    NotListed,
    /// K11: the deposit opens no pool (T2, T3, T7, T30).
    #[error(transparent)]
    Deposit(RefusedStaking),
    /// K12: the bytes are no operator's key (E1, E2).
    #[error("not an operator's key: {0}")]
    Key(decex_election::InvalidKey),
    /// K13: the key is registered.
    #[error("the key belongs to operator {}", operator.0)]
    KeyTaken {
        /// Whose key it is.
        operator: OperatorId,
    },
    /// K14: the signature does not show possession of the key.
    #[error("possession of the key is not shown: {0}")]
    Possession(InvalidSignature),
    /// K15: the account cannot cover the deposit.
    #[error("the account cannot cover the deposit of {}", required.0)]
    Funds {
        /// The deposit.
        required: Balance,
    },
    /// K7: every id is taken.
    #[error("no id is left")]
    NoId,
}

impl RefusedRegistration {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::NoId => 7,
            Self::UnknownDomain { .. } => 8,
            Self::NotListed => 10,
            Self::Deposit(_) => 11,
            Self::Key(_) => 12,
            Self::KeyTaken { .. } => 13,
            Self::Possession(_) => 14,
            Self::Funds { .. } => 15,
        }
    }
}

/// Why an operator does not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedDeregistration {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K16: no such operator.
    #[error("no operator {}", found.0)]
    UnknownOperator {
        /// The operator named.
        found: OperatorId,
    },
    /// K17: only the operator's account.
    #[error("not the operator's account")]
    NotAccount {
        /// The operator's account.
        expected: AccountId,
        /// Who called.
        found: AccountId,
    },
    /// K18: it has left or was slashed already, or something is held against it: a removed receipt, or a bundle that a pending
    /// receipt calls invalid.
    #[error("the operator does not take part any more")]
    NotActive,
}

impl RefusedDeregistration {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::UnknownOperator { .. } => 16,
            Self::NotAccount { .. } => 17,
            Self::NotActive => 18,
        }
    }
}

/// Why a call on a pool does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedStake {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K15: the account cannot cover the deposit.
    #[error("the account cannot cover the deposit of {}", required.0)]
    Funds {
        /// The deposit.
        required: Balance,
    },
    /// K16: no such operator.
    #[error("no operator {}", found.0)]
    UnknownOperator {
        /// The operator named.
        found: OperatorId,
    },
    /// K18: something is held against the operator: what is nominated now would be lost.
    #[error("something is held against the operator")]
    NotClean,
    /// K38: a rule of pools is broken (T3 and following).
    #[error(transparent)]
    Pool(RefusedStaking),
}

impl RefusedStake {
    /// Returns the stable code of this error. The code of the rule within a `K38` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::Funds { .. } => 15,
            Self::UnknownOperator { .. } => 16,
            Self::NotClean => 18,
            Self::Pool(_) => 38,
        }
    }
}

/// Why an operator is not taken out for absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedAbsence {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K16: no such operator.
    #[error("no operator {}", found.0)]
    UnknownOperator {
        /// The operator named.
        found: OperatorId,
    },
    /// K18: something is held against it: it could not bundle.
    #[error("something is held against the operator")]
    NotClean,
    /// K38: it does not take part (T5).
    #[error(transparent)]
    Pool(RefusedStaking),
    /// K39: it is not absent (E24).
    #[error(transparent)]
    Present(InvalidAbsence),
}

impl RefusedAbsence {
    /// Returns the stable code of this error. The code of the rule within a `K38` or `K39` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::UnknownOperator { .. } => 16,
            Self::NotClean => 18,
            Self::Pool(_) => 38,
            Self::Present(_) => 39,
        }
    }
}
