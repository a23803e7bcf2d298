//! What a run can find.

use core::fmt;

/// The invariants of the protocol (design, section 14), and what else a run must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A wrong receipt is never confirmed.
    Safety,
    /// An honest operator is never slashed.
    Innocence,
    /// What is included becomes final, and within the bound.
    Liveness,
    /// Value is neither made nor lost, and nobody leaves with a stake that is forfeit.
    Conservation,
    /// The same inputs give the same bytes.
    Determinism,
    /// Every wrong receipt is refuted by whoever follows the chain, no right one is, and exactly the guilty pay.
    Refutation,
    /// A refused call changes nothing.
    Atomicity,
    /// The host or an operator failed where nothing may fail.
    Fault,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub seen: String,
}

impl Failure {
    /// Puts together what was seen.
    #[must_use]
    pub fn new(invariant: Invariant, seen: impl Into<String>) -> Self {
        Self {
            invariant,
            seen: seen.into(),
        }
    }

    /// Says that something failed that may not.
    #[must_use]
    pub fn fault(what: &str, error: &dyn fmt::Debug) -> Self {
        Self::new(Invariant::Fault, format!("{what}: {error:?}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.seen)
    }
}

impl std::error::Error for Failure {}
