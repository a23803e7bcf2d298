//! Why a call about a channel does nothing.

use decex_core::{AccountId, Balance, DecodeError, DomainId};
use decex_messaging::RefusedMessage;

/// Why a channel is not opened or closed, or a message not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedChannel {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K8: no such domain.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// K9: only the owner of the domain that asks for a channel, or of one of those at its ends.
    #[error("not the owner of the domain")]
    NotOwner {
        /// Who called.
        found: AccountId,
    },
    /// K60: a rule of channels is broken (N rules).
    #[error(transparent)]
    Rule(RefusedMessage),
    /// K61: the account cannot cover the deposit, or what goes with the message.
    #[error("the account cannot cover {}", required.0)]
    Funds {
        /// What is needed.
        required: Balance,
    },
}

impl RefusedChannel {
    /// Returns the stable code of this error. The code of the rule within a `K60` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::UnknownDomain { .. } => 8,
            Self::NotOwner { .. } => 9,
            Self::Rule(_) => 60,
            Self::Funds { .. } => 61,
        }
    }
}

/// Why a message is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedRelay {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K19: the bytes are not a message with its proof (C1–C3).
    #[error("not a message with its proof: {0}")]
    Bytes(DecodeError),
    /// K60: a rule of channels is broken (N rules).
    #[error(transparent)]
    Rule(RefusedMessage),
}

impl RefusedRelay {
    /// Returns the stable code of this error. The code of the rule within a `K19` or `K60` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::Bytes(_) => 19,
            Self::Rule(_) => 60,
        }
    }
}
