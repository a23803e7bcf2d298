//! Why a call did nothing. Each call has its own enum of broken rules; the host's own faults stand apart.

use decex_bundle::{InvalidBundle, InvalidEquivocation};
use decex_core::params::UnsafeParams;
use decex_core::{AccountId, Balance, ConsensusNumber, DecodeError, DomainId, OperatorId, Slot};
use decex_election::InvalidSignature;
use decex_fraud::InvalidProof;
use decex_receipt::{InvalidReceipt, InvalidReceiptEquivocation, NotConsecutive};

/// A call that did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<I, E> {
    /// A rule is broken. The store and the ledger are untouched.
    #[error(transparent)]
    Refused(I),
    /// The host failed. It discards what the call may have written.
    #[error("the host failed")]
    Host(StoreError<E>),
}

impl<I, E> From<StoreError<E>> for CallError<I, E> {
    fn from(error: StoreError<E>) -> Self {
        Self::Host(error)
    }
}

/// A fault of the host. Says nothing about the message that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError<E> {
    /// The host's own error, passed through.
    #[error("the host failed")]
    Host(E),
    /// The store holds what no accepted call wrote: it was damaged, or written to by somebody else.
    #[error("the store is corrupt at a key of kind {kind}")]
    Corrupt {
        /// The kind of the key: its first byte, see [`keys`](crate::keys).
        kind: u8,
    },
}

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
    /// K4: the parameters are unsafe as a set (P1–P8).
    #[error("the parameters are unsafe: {0}")]
    Params(UnsafeParams),
    /// K5: the host has no engine for the domain's rules, so no fraud in it could ever be judged.
    #[error("the host has no engine for these rules")]
    NoEngine,
    /// K6: the owner cannot cover the deposit.
    #[error("the owner cannot cover the deposit of {}", required.0)]
    Deposit {
        /// The host's deposit for a domain.
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
    /// K11: the stake is below the host's minimum.
    #[error("a stake of {} is below the minimum of {}", found.0, limit.0)]
    Stake {
        /// The minimum.
        limit: Balance,
        /// The stake offered.
        found: Balance,
    },
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
    /// K15: the account cannot cover the stake, or the domain's total would pass the range of balances.
    #[error("the account cannot cover the stake of {}", required.0)]
    Funds {
        /// The stake offered.
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
            Self::Stake { .. } => 11,
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
    /// K18: it has left or was slashed already, or is an offender that is about to be.
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
    /// K28: its stake is gone: slashed, or released after the unlock period.
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
