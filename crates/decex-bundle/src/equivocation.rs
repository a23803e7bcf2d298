//! Evidence that an operator sealed two different bundles for one window.

use crate::header::SealedHeader;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{DomainId, OperatorId, Window};
use decex_core::label;
use decex_election::{InvalidSignature, OperatorKey};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Two sealed headers, claimed to equivocate. Complete evidence: nothing else is needed but the operator's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Equivocation {
    /// One header.
    pub first: SealedHeader,
    /// The other.
    pub second: SealedHeader,
}

/// An equivocation that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct EquivocationProven {
    domain: DomainId,
    operator: OperatorId,
    window: Window,
    evidence: Digest,
}

impl EquivocationProven {
    /// Returns the domain of both headers.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the offender.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.operator
    }

    /// Returns the window that was sealed for twice.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// Returns what names the offence. All pairs of headers for one window name the same offence, whatever their order,
    /// so it is punished once.
    #[must_use]
    pub const fn evidence(&self) -> Digest {
        self.evidence
    }
}

/// Why two headers do not prove equivocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEquivocation {
    /// B30: for different domains.
    #[error("the headers are for domains {} and {}", first.0, second.0)]
    Domain {
        /// The first header's.
        first: DomainId,
        /// The second header's.
        second: DomainId,
    },
    /// B31: of different operators.
    #[error("the headers are of operators {} and {}", first.0, second.0)]
    Operator {
        /// The first header's.
        first: OperatorId,
        /// The second header's.
        second: OperatorId,
    },
    /// B32: for different windows.
    #[error("the headers are for windows {} and {}", first.0, second.0)]
    Window {
        /// The first header's.
        first: Window,
        /// The second header's.
        second: Window,
    },
    /// B33: the same header twice. Sealing again what was sealed is no offence.
    #[error("the headers are the same")]
    Same,
    /// B34: the first is not sealed under this key.
    #[error("the first seal: {0}")]
    FirstSeal(InvalidSignature),
    /// B35: the second is not sealed under this key.
    #[error("the second seal: {0}")]
    SecondSeal(InvalidSignature),
}

impl InvalidEquivocation {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Domain { .. } => 30,
            Self::Operator { .. } => 31,
            Self::Window { .. } => 32,
            Self::Same => 33,
            Self::FirstSeal(_) => 34,
            Self::SecondSeal(_) => 35,
        }
    }
}

impl Equivocation {
    /// Checks the evidence against `key`, which the host has looked up for the operator that the headers name.
    ///
    /// Neither election needs to have been won: who seals twice has broken the rule, whether or not either bundle could
    /// ever be included.
    ///
    /// # Errors
    /// The first of B30 to B35 that does not hold.
    pub fn verify(&self, key: &OperatorKey) -> Result<EquivocationProven, InvalidEquivocation> {
        let (first, second) = (&self.first.header, &self.second.header);
        // B30: one domain.
        if first.domain != second.domain {
            return Err(InvalidEquivocation::Domain {
                first: first.domain,
                second: second.domain,
            });
        }
        // B31: one operator.
        if first.operator != second.operator {
            return Err(InvalidEquivocation::Operator {
                first: first.operator,
                second: second.operator,
            });
        }
        // B32: one window.
        let window = first.election.window;
        if window != second.election.window {
            return Err(InvalidEquivocation::Window {
                first: window,
                second: second.election.window,
            });
        }
        // B33: two headers.
        if first.compute_hash() == second.compute_hash() {
            return Err(InvalidEquivocation::Same);
        }
        // B34, B35: both sealed by the operator.
        let (one, other) = (&self.first, &self.second);
        one.verify_seal(key).map_err(InvalidEquivocation::FirstSeal)?;
        other.verify_seal(key).map_err(InvalidEquivocation::SecondSeal)?;
        let (domain, operator) = (first.domain, first.operator);
        let evidence = digest_encoded(&label::EVIDENCE, &("equivocation", domain, operator, window));
        Ok(EquivocationProven {
            domain,
            operator,
            window,
            evidence,
        })
    }
}
