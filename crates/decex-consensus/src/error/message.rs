//! Why a bundle, a proof or evidence does nothing.

use decex_bundle::{InvalidBundle, InvalidEquivocation};
use decex_core::{DecodeError, DomainId, OperatorId};
use decex_fraud::InvalidProof;
use decex_receipt::{InvalidReceipt, InvalidReceiptEquivocation, NotConsecutive};
use decex_staking::RefusedStaking;
use decex_validity::NotProven;

/// Why a bundle is not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedBundle {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K19: the bytes are not a bundle (C1–C3).
    #[error("not a bundle: {0}")]
    Bytes(DecodeError),
    /// K20: a rule of inclusion is broken (B and L rules).
    #[error(transparent)]
    Bundle(InvalidBundle),
    /// K21: a receipt that it carries is not acceptable (R rules).
    #[error("receipt {index}: {invalid}")]
    Receipt {
        /// Which of the bundle's receipts.
        index: u32,
        /// What is wrong with it.
        invalid: InvalidReceipt,
    },
    /// K29: the receipts that it carries do not follow one another (R27).
    #[error(transparent)]
    Receipts(NotConsecutive),
    /// K34: the operator's storage fund does not cover the blockspace (T13).
    #[error(transparent)]
    Fund(RefusedStaking),
    /// K22: the domain enforces legality, and the call brought no accounts or the host has no engine for the domain.
    #[error("legality cannot be enforced: no accounts or no engine at hand")]
    Unenforceable,
}

impl RefusedBundle {
    /// Returns the stable code of this error. The code of the rule within is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::Bytes(_) => 19,
            Self::Bundle(_) => 20,
            Self::Receipt { .. } => 21,
            Self::Unenforceable => 22,
            Self::Receipts(_) => 29,
            Self::Fund(_) => 34,
        }
    }
}

/// Why a fraud proof removes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedProof {
    /// K19: the bytes are not a proof (C1–C3).
    #[error("not a fraud proof: {0}")]
    Bytes(DecodeError),
    /// K8: no such domain.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// K23: it names no pending receipt (F1). Nothing of its evidence was looked at.
    #[error("no such receipt is pending")]
    NotPending,
    /// K24: the host has no engine for the rules that the receipt was made under.
    #[error("the host has no engine for the receipt's rules")]
    NoEngine,
    /// K25: the evidence does not refute (F2 and following). F4 is checked before the evidence is decoded.
    #[error(transparent)]
    Proof(InvalidProof),
}

impl RefusedProof {
    /// Returns the stable code of this error. The code of the rule within a `K19` or `K25` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownDomain { .. } => 8,
            Self::Bytes(_) => 19,
            Self::NotPending => 23,
            Self::NoEngine => 24,
            Self::Proof(_) => 25,
        }
    }
}

/// Why a validity proof marks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedValidity {
    /// K3: no block has begun.
    #[error("no block has begun")]
    NotBegun,
    /// K19: the bytes are more than the host carries (C1).
    #[error("not a validity proof: {0}")]
    Bytes(DecodeError),
    /// K41: it does not show a pending receipt to be right (Z1–Z14).
    #[error(transparent)]
    Proof(NotProven),
}

impl RefusedValidity {
    /// Returns the stable code of this error. The code of the rule within a `K19` or `K41` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotBegun => 3,
            Self::Bytes(_) => 19,
            Self::Proof(_) => 41,
        }
    }
}

/// Why evidence of equivocation slashes nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedEquivocation {
    /// K16: no such operator.
    #[error("no operator {}", found.0)]
    UnknownOperator {
        /// The operator named.
        found: OperatorId,
    },
    /// K19: the bytes are not evidence (C1–C3).
    #[error("not evidence of equivocation: {0}")]
    Bytes(DecodeError),
    /// K26: the two headers do not show it.
    #[error(transparent)]
    Equivocation(InvalidEquivocation),
    /// K30: the two receipts do not show it.
    #[error(transparent)]
    Receipts(InvalidReceiptEquivocation),
    /// K27: the headers are for a domain that the operator is not registered for.
    #[error("the operator belongs to domain {}, not {}", expected.0, found.0)]
    Domain {
        /// The operator's domain.
        expected: DomainId,
        /// The headers' domain.
        found: DomainId,
    },
    /// K28: its stake is gone: slashed, or claimed after the unlock period.
    #[error("the operator has no stake left")]
    NoStake,
}

impl RefusedEquivocation {
    /// Returns the stable code of this error. The code of the rule within a `K19`, `K26` or `K30` is its own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownOperator { .. } => 16,
            Self::Bytes(_) => 19,
            Self::Equivocation(_) => 26,
            Self::Domain { .. } => 27,
            Self::NoStake => 28,
            Self::Receipts(_) => 30,
        }
    }
}
