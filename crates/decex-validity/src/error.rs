//! Why a proof does not show that a receipt is right.

use crate::transition::InvalidTransition;
use decex_core::codec::DecodeError;
use decex_core::id::{DomainId, DomainNumber};
use decex_core::state::InvalidWitness;

/// Why bytes show no receipt of this host to be right. None of these says that the receipt is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// Z2: there is no such domain, so none of its receipts is pending.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// Z2: no such receipt is pending: it is final, was removed, or is of another domain. Nothing else was looked at.
    #[error("no such receipt is pending")]
    NotPending,
    /// Z3: a proof showed it before.
    #[error("the receipt is proven already")]
    Repeated,
    /// Z4: the receipt before it is neither final nor proven.
    #[error("receipt {} before it is not proven", missing.0)]
    OutOfOrder {
        /// The number of the receipt before it.
        missing: DomainNumber,
    },
    /// Z5: the bytes are more than any proof of the domain takes, or are not one canonical proof (C1–C3).
    #[error("not a validity proof: {0}")]
    Bytes(DecodeError),
    /// Z7: the host has no engine for the receipt's rules, or not the domain's verifier.
    #[error("the host lacks the engine or the verifier")]
    NoVerifier,
    /// Z1, Z6–Z14: the proof does not show it.
    #[error(transparent)]
    Proof(InvalidValidity),
}

impl NotProven {
    /// Returns the stable code of this error: the number of the rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownDomain { .. } | Self::NotPending => 2,
            Self::Repeated => 3,
            Self::OutOfOrder { .. } => 4,
            Self::Bytes(_) => 5,
            Self::NoVerifier => 7,
            Self::Proof(invalid) => invalid.code(),
        }
    }
}

/// Why a proof does not show the claimed receipt to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValidity {
    /// Z1: receipts of this domain are not proven.
    #[error("the domain's receipts are not proven")]
    Optimistic,
    /// Z6: the proof is for another receipt or another domain.
    #[error("the proof is for another receipt")]
    Foreign,
    /// Z7: engine or verifier are not those of receipt and domain.
    #[error("the engine or the verifier is another one")]
    Rules,
    /// Z8: not one body per bundle.
    #[error("{found} bodies for {expected} bundles")]
    BodyCount {
        /// The bundles of the inbox.
        expected: usize,
        /// The bodies shown.
        found: usize,
    },
    /// Z8: a body is not the one that the inbox commits to.
    #[error("the body of bundle {bundle} is another one")]
    Body {
        /// Which bundle.
        bundle: usize,
    },
    /// Z9: not one witness per base.
    #[error("not one witness for each base")]
    Bases,
    /// Z9: a witness does not show its base's state.
    #[error("a witness shows another state: {0}")]
    Witness(InvalidWitness),
    /// Z9: a witness does not cover an account that a verdict depends on.
    #[error("a witness does not cover an account")]
    IncompleteWitness,
    /// Z10: another verdict than the receipt's follows.
    #[error("the verdicts are others")]
    Verdicts,
    /// Z11: another schedule than the receipt's follows.
    #[error("the schedule is another one")]
    Schedule,
    /// Z12: the states shown are not the receipt's trace, or it does not end in the receipt's state.
    #[error("the trace is another one")]
    Trace,
    /// Z13: the proof does not show the transition.
    #[error("the transition is not shown: {0}")]
    Transition(InvalidTransition),
    /// Z14: the block's effects are not the receipt's.
    #[error("the effects are others")]
    Effects,
}

impl InvalidValidity {
    /// Returns the stable code of this error: the number of the rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Optimistic => 1,
            Self::Foreign => 6,
            Self::Rules => 7,
            Self::BodyCount { .. } | Self::Body { .. } => 8,
            Self::Bases | Self::Witness(_) | Self::IncompleteWitness => 9,
            Self::Verdicts => 10,
            Self::Schedule => 11,
            Self::Trace => 12,
            Self::Transition(_) => 13,
            Self::Effects => 14,
        }
    }
}
