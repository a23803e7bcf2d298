//! Why a block does not begin, and why a call about a domain does nothing.

use decex_core::params::UnsafeParams;
use decex_core::{AccountId, Balance, ConsensusNumber, DomainId, Slot};

/// Why a block does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedBlock {
    /// K1: blocks are begun one after the other.
    #[error("block {} begins after block {}", found.0, previous.0)]
    Number {
        /// The block before.
        previous: ConsensusNumber,
        /// The block given.
        found: ConsensusNumber,
    },
    /// K2: slots ascend strictly.
    #[error("slot {} does not follow slot {}", found.0, previous.0)]
    Slot {
        /// The slot of the block before.
        previous: Slot,
        /// The slot given.
        found: Slot,
    },
}

impl RefusedBlock {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Number { .. } => 1,
            Self::Slot { .. } => 2,
        }
    }
}

/// Why a domain is not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedDomain {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K4: the parameters are unsafe as a set (P1–P9).
    #[error("the parameters are unsafe: {0}")]
    Params(UnsafeParams),
    /// K5: the host has no engine for the domain's rules, so no fraud in it could ever be judged.
    #[error("the host has no engine for these rules")]
    NoEngine,
    /// K42: the host lacks the domain's verifier, so no receipt of it could ever become final.
    #[error("the host has no such verifier")]
    NoVerifier,
    /// K6: the owner cannot cover deposit and backing, or their sum passes the range of balances.
    #[error("the owner cannot cover deposit and backing of {}", required.0)]
    Deposit {
        /// The host's deposit for a domain and the backing, saturating.
        required: Balance,
    },
    /// K7: every id is taken.
    #[error("no id is left")]
    NoId,
}

impl RefusedDomain {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::Params(_) => 4,
            Self::NoEngine => 5,
            Self::Deposit { .. } => 6,
            Self::NoId => 7,
            Self::NoVerifier => 42,
        }
    }
}

/// Why an owner's call does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedOwnerCall {
    /// K8: no such domain.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// K9: only the owner.
    #[error("not the owner of the domain")]
    NotOwner {
        /// The owner.
        expected: AccountId,
        /// Who called.
        found: AccountId,
    },
}

impl RefusedOwnerCall {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownDomain { .. } => 8,
            Self::NotOwner { .. } => 9,
        }
    }
}

/// Why a domain's balance is not added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedEndowment {
    /// K8: no such domain.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// K32: the account cannot cover the amount, or the domain's balance would pass the range of balances.
    #[error("the account cannot cover {}", required.0)]
    Funds {
        /// The amount.
        required: Balance,
    },
}

impl RefusedEndowment {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownDomain { .. } => 8,
            Self::Funds { .. } => 32,
        }
    }
}
