//! Why a pool does not take a proof.

use crate::intake::NotRefuted;
use decex_core::id::DomainId;

/// Why a pool does not take a proof. None of these says that the receipt is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPooled {
    /// F1–F4, F21, F22 and the rules of the families: it refutes no pending receipt of this host.
    #[error(transparent)]
    NotRefuted(NotRefuted),
    /// F23: the pool holds a proof against this receipt, and one is enough.
    #[error("a proof against this receipt is held")]
    Held,
    /// F24: the domain has its share of the pool, each against a receipt at least as urgent.
    #[error("the pool holds {limit} more urgent proofs of domain {}", domain.0)]
    Share {
        /// The domain.
        domain: DomainId,
        /// How many proofs of one domain the pool holds at most.
        limit: u32,
    },
    /// F25: the pool is full of proofs that come first.
    #[error("the pool is full of proofs that come first")]
    Full,
    /// F26: the same bytes failed against the same inclusion before.
    #[error("the same bytes failed before")]
    FailedBefore,
}

impl NotPooled {
    /// Returns the stable code of this error: the number of the rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotRefuted(refusal) => refusal.code(),
            Self::Held => 23,
            Self::Share { .. } => 24,
            Self::Full => 25,
            Self::FailedBefore => 26,
        }
    }
}

impl From<NotRefuted> for NotPooled {
    fn from(refusal: NotRefuted) -> Self {
        Self::NotRefuted(refusal)
    }
}
