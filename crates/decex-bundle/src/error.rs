//! Why a bundle is not included.

use crate::verdict::Fault;
use decex_core::id::{DomainId, OperatorId, ReceiptHash, Weight, Window};
use decex_election::{InvalidElection, InvalidOdds, InvalidSignature, InvalidWindow};

/// The rule that a bundle breaks. Deterministic: every honest farmer finds the same one on the same chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBundle {
    /// B1: a header version that these rules do not know.
    #[error("header version {found}, expected {expected}")]
    Version {
        /// [`VERSION`](crate::VERSION).
        expected: u8,
        /// The header's.
        found: u8,
    },
    /// B2: no such domain.
    #[error("no domain {}", domain.0)]
    UnknownDomain {
        /// The domain that the header names.
        domain: DomainId,
    },
    /// B3: the domain takes no transactions now.
    #[error("domain {} is paused", domain.0)]
    Paused {
        /// The domain that the header names.
        domain: DomainId,
    },
    /// B4: no such operator of this domain.
    #[error("no operator {} in this domain", operator.0)]
    UnknownOperator {
        /// The operator that the header names.
        operator: OperatorId,
    },
    /// B5: the operator may not bundle: slashed or leaving.
    #[error("operator {} may not bundle", operator.0)]
    Ineligible {
        /// The operator that the header names.
        operator: OperatorId,
    },
    /// B6: the window lies in the future or is too old.
    #[error(transparent)]
    Window(InvalidWindow),
    /// B7: the operator has submitted for this window already.
    #[error("window {} is used up", window.0)]
    WindowUsed {
        /// The window of the election proof.
        window: Window,
    },
    /// B8: neither transactions nor receipts, in a domain that does not count bundles.
    #[error("the bundle carries nothing, and the domain does not count bundles")]
    Empty,
    /// B9: the block has as many bundles with transactions of this domain as it may.
    #[error("the block already has {limit} bundles of this domain")]
    BlockFull {
        /// Bundles with transactions per block.
        limit: u32,
    },
    /// B10: too many transactions.
    #[error("{found} transactions exceed the limit of {limit}")]
    Count {
        /// Transactions per bundle.
        limit: u32,
        /// Transactions committed to.
        found: u32,
    },
    /// B11: too many bytes of transactions.
    #[error("{found} bytes of transactions exceed the limit of {limit}")]
    Bytes {
        /// Bytes per bundle.
        limit: u32,
        /// Bytes committed to.
        found: u32,
    },
    /// B12: too much weight.
    #[error("a weight of {} exceeds the limit of {}", found.0, limit.0)]
    Weight {
        /// Weight per bundle.
        limit: Weight,
        /// Weight committed to.
        found: Weight,
    },
    /// B13: not as many transactions as the header says.
    #[error("{found} transactions, the header says {expected}")]
    BodyCount {
        /// Transactions committed to.
        expected: u32,
        /// Transactions carried.
        found: usize,
    },
    /// B14: the host does not know the window's randomness.
    #[error("the randomness of window {} is not known", window.0)]
    Randomness {
        /// The window of the election proof.
        window: Window,
    },
    /// B15: the election was not won, or the proof does not hold.
    #[error(transparent)]
    Election(InvalidElection),
    /// B16: the seal is not the operator's signature over this header.
    #[error(transparent)]
    Seal(InvalidSignature),
    /// B17: a transaction of a sender outside this operator's portion of the pool.
    #[error("transaction {index} is outside the operator's portion")]
    Portion {
        /// The first such transaction.
        index: u32,
    },
    /// B18: not as many receipts as the header says.
    #[error("{found} receipts, the header says {expected}")]
    ReceiptCount {
        /// Receipts committed to.
        expected: u32,
        /// Receipts carried.
        found: usize,
    },
    /// B19: other receipts than the header commits to.
    #[error("the receipts are not the ones that the header commits to")]
    Receipts,
    /// B20: transactions although too many domain blocks are unexecuted.
    #[error("{found} domain blocks are unexecuted, transactions are taken up to {limit}")]
    Gap {
        /// The domain's `max_gap`.
        limit: u32,
        /// Domain blocks without receipt.
        found: u64,
    },
    /// B21: the base is not on the receipt chain.
    #[error("the receipt chain does not hold the base")]
    UnknownBase {
        /// The base that the header names.
        base: ReceiptHash,
    },
    /// B22: the base lies too far behind the head.
    #[error("the base lies {found} blocks behind the head, at most {limit} are allowed")]
    BaseLag {
        /// The domain's `max_base_lag`.
        limit: u32,
        /// Head minus base.
        found: u64,
    },
    /// B23: a transaction that is too long.
    #[error("transaction {index} has {found} bytes, at most {limit} are allowed")]
    TransactionBytes {
        /// Which one.
        index: u32,
        /// Bytes per transaction.
        limit: u32,
        /// Its length.
        found: u32,
    },
    /// B24: not strictly ascending by (sender, nonce, hash).
    #[error("transaction {index} does not follow the one before it")]
    Order {
        /// The first that is not greater than its predecessor.
        index: u32,
    },
    /// B25: too many transactions of one sender.
    #[error("transaction {index} is one more than the {limit} allowed of one sender")]
    SenderCount {
        /// The first that is one too many.
        index: u32,
        /// Transactions per sender.
        limit: u32,
    },
    /// B26: the lengths do not sum up to what the header says.
    #[error("{found} bytes of transactions, the header says {expected}")]
    BodyBytes {
        /// Bytes committed to.
        expected: u32,
        /// Bytes carried.
        found: u64,
    },
    /// B27: the weights do not sum up to what the header says.
    #[error("the claimed weights do not sum up to {}", expected.0)]
    BodyWeight {
        /// Weight committed to.
        expected: Weight,
        /// Sum of the claims, `None` if it passes the range.
        found: Option<Weight>,
    },
    /// B28: other transactions than the header commits to.
    #[error("the transactions are not the ones that the header commits to")]
    Body,
    /// B29: an illegal transaction (domains in the Enforced mode).
    #[error("transaction {} breaks rule {:?}", fault.index, fault.rule)]
    Illegal {
        /// The first fault.
        fault: Fault,
    },
}

impl InvalidBundle {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Version { .. } => 1,
            Self::UnknownDomain { .. } => 2,
            Self::Paused { .. } => 3,
            Self::UnknownOperator { .. } => 4,
            Self::Ineligible { .. } => 5,
            Self::Window(_) => 6,
            Self::WindowUsed { .. } => 7,
            Self::Empty => 8,
            Self::BlockFull { .. } => 9,
            Self::Count { .. } => 10,
            Self::Bytes { .. } => 11,
            Self::Weight { .. } => 12,
            Self::BodyCount { .. } => 13,
            Self::Randomness { .. } => 14,
            Self::Election(_) => 15,
            Self::Seal(_) => 16,
            Self::Portion { .. } => 17,
            Self::ReceiptCount { .. } => 18,
            Self::Receipts => 19,
            Self::Gap { .. } => 20,
            Self::UnknownBase { .. } => 21,
            Self::BaseLag { .. } => 22,
            Self::TransactionBytes { .. } => 23,
            Self::Order { .. } => 24,
            Self::SenderCount { .. } => 25,
            Self::BodyBytes { .. } => 26,
            Self::BodyWeight { .. } => 27,
            Self::Body => 28,
            Self::Illegal { .. } => 29,
        }
    }
}

/// What is wrong with the host's own set-up. Says nothing about the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The domain enforces legality, and the host brought nothing to enforce it with.
    #[error("the domain enforces legality, but there is no engine to judge with")]
    NoEngine,
    /// The adaptive factor that the operator stands at is below 1.0.
    #[error(transparent)]
    Odds(InvalidOdds),
    /// The terms' windows are none.
    #[error("the domain's windows are out of range")]
    Windows,
}

/// Why a bundle is not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncludeError<H> {
    /// The host could not answer. Says nothing about the bundle.
    #[error("the host failed")]
    Host(H),
    /// The host cannot judge this domain's bundles as it is set up. Says nothing about the bundle.
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
    /// The bundle breaks a rule.
    #[error(transparent)]
    Invalid(InvalidBundle),
}

impl<H> From<InvalidBundle> for IncludeError<H> {
    fn from(invalid: InvalidBundle) -> Self {
        Self::Invalid(invalid)
    }
}
