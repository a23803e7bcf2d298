//! Why a receipt is not accepted.

use decex_core::id::{ConsensusHash, ConsensusNumber, DomainId, DomainNumber, ReceiptHash, RuleSet, Seed};
use decex_shuffle::InvalidOpenings;

/// The rule that a submitted receipt breaks. Deterministic: every honest node finds the same one on the same chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReceipt {
    /// R1: a receipt version that these rules do not know.
    #[error("receipt version {found}, expected {expected}")]
    Version {
        /// [`VERSION`](crate::VERSION).
        expected: u8,
        /// The receipt's.
        found: u8,
    },
    /// R2: of another domain than the bundle that carries it.
    #[error("a receipt of domain {} in a bundle of domain {}", found.0, expected.0)]
    Domain {
        /// The bundle's.
        expected: DomainId,
        /// The receipt's.
        found: DomainId,
    },
    /// R3: the domain has no receipt chain.
    #[error("domain {} has no receipt chain", domain.0)]
    UnknownDomain {
        /// The domain.
        domain: DomainId,
    },
    /// R4: final so long ago that the chain has forgotten its hash.
    #[error("receipt {} was final long ago", number.0)]
    Forgotten {
        /// Its number.
        number: DomainNumber,
    },
    /// R5: another receipt stands at this number. Refute the present one first.
    #[error("another receipt stands at {}: refute the present one first", number.0)]
    Conflict {
        /// The number.
        number: DomainNumber,
        /// The receipt that stands there.
        held: ReceiptHash,
    },
    /// R6: this very receipt was removed by a proof, and is not swept yet.
    #[error("this receipt was removed")]
    Removed {
        /// Its number.
        number: DomainNumber,
    },
    /// R7: it does not follow the head.
    #[error("receipt {}, expected {}", found.0, expected.0)]
    Number {
        /// The number after the head.
        expected: DomainNumber,
        /// The receipt's.
        found: DomainNumber,
    },
    /// R8: its parent is not the head.
    #[error("the parent is not the head")]
    Parent {
        /// The head.
        expected: ReceiptHash,
        /// The receipt's parent.
        found: ReceiptHash,
    },
    /// R9: there is no such domain block yet, or its inbox is still open.
    #[error("domain block {} has no closed inbox", number.0)]
    NoInbox {
        /// The domain block.
        number: DomainNumber,
    },
    /// R10: made under other rules than those of its block.
    #[error("the rule set is not the block's")]
    Rules {
        /// The inbox's.
        expected: RuleSet,
        /// The receipt's.
        found: RuleSet,
    },
    /// R11: derived from another consensus block, by number.
    #[error("consensus block {}, expected {}", found.0, expected.0)]
    ConsensusNumber {
        /// The inbox's.
        expected: ConsensusNumber,
        /// The receipt's.
        found: ConsensusNumber,
    },
    /// R12: derived from another consensus block, by hash.
    #[error("the consensus hash is not the block's")]
    ConsensusHash {
        /// The inbox's.
        expected: ConsensusHash,
        /// The receipt's.
        found: ConsensusHash,
    },
    /// R33: scheduled by another seed, such as that of another branch of the consensus chain.
    #[error("the seed is not the block's")]
    Seed {
        /// The inbox's.
        expected: Seed,
        /// The receipt's.
        found: Seed,
    },
    /// R43: beside a receipt that the chain holds stands something that is no opening of it.
    #[error("openings of {found:?} entries, the receipt commits to {expected:?}")]
    OpeningsLength {
        /// Schedule and trace entries that the receipt claims.
        expected: (u32, u32),
        /// Those beside it.
        found: (u32, u32),
    },
    /// R13: not one verdict per inboxed bundle.
    #[error("{found} verdicts for {expected} bundles")]
    VerdictCount {
        /// Bundles of the inbox.
        expected: usize,
        /// Verdicts.
        found: usize,
    },
    /// R14: a verdict blames a transaction that the bundle does not have.
    #[error("verdict {bundle} blames transaction {found} of {limit}")]
    VerdictIndex {
        /// Which verdict.
        bundle: usize,
        /// Transactions of the bundle.
        limit: u32,
        /// The index blamed.
        found: u32,
    },
    /// R15: a verdict says `BaseRemoved` of a bundle whose base is an ancestor of this block (rule L0).
    #[error("verdict {bundle}: the base was not removed")]
    BasePresent {
        /// Which verdict.
        bundle: usize,
    },
    /// R16: a verdict judges a bundle whose base is no ancestor of this block (rule L0).
    #[error("verdict {bundle}: the base was removed")]
    BaseRemoved {
        /// Which verdict.
        bundle: usize,
    },
    /// R17: more scheduled than all valid bundles hold.
    #[error("{found} scheduled, the valid bundles hold {limit}")]
    ScheduleCount {
        /// Transactions of all bundles that the receipt calls valid.
        limit: u64,
        /// Entries claimed.
        found: u32,
    },
    /// R18: the trace's length does not follow from the counts of messages and of the schedule.
    #[error("a trace of {found}, expected {expected}")]
    TraceLength {
        /// What follows from the counts and the domain's trace interval.
        expected: u32,
        /// What is claimed.
        found: u32,
    },
    /// R21: a new receipt without openings.
    #[error("a new receipt needs its openings")]
    NoOpenings,
    /// R22: the published schedule is not the one that the receipt commits to.
    #[error("schedule openings: {0}")]
    ScheduleOpenings(InvalidOpenings),
    /// R23: not as many trace entries published as the receipt commits to.
    #[error("{found} trace entries opened, {expected} are claimed")]
    TraceCount {
        /// What the receipt claims.
        expected: u32,
        /// What was published.
        found: usize,
    },
    /// R24: the published trace is not the one that the receipt commits to.
    #[error("the trace entries hash to another root")]
    TraceRoot,
    /// R25: the trace ends in another state than the receipt.
    #[error("the trace does not end in the claimed state")]
    FinalState,
}

impl InvalidReceipt {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Version { .. } => 1,
            Self::Domain { .. } => 2,
            Self::UnknownDomain { .. } => 3,
            Self::Forgotten { .. } => 4,
            Self::Conflict { .. } => 5,
            Self::Removed { .. } => 6,
            Self::Number { .. } => 7,
            Self::Parent { .. } => 8,
            Self::NoInbox { .. } => 9,
            Self::Rules { .. } => 10,
            Self::ConsensusNumber { .. } => 11,
            Self::ConsensusHash { .. } => 12,
            Self::VerdictCount { .. } => 13,
            Self::VerdictIndex { .. } => 14,
            Self::BasePresent { .. } => 15,
            Self::BaseRemoved { .. } => 16,
            Self::ScheduleCount { .. } => 17,
            Self::TraceLength { .. } => 18,
            Self::NoOpenings => 21,
            Self::ScheduleOpenings(_) => 22,
            Self::TraceCount { .. } => 23,
            Self::TraceRoot => 24,
            Self::FinalState => 25,
            Self::Seed { .. } => 33,
            Self::OpeningsLength { .. } => 43,
        }
    }
}

/// Why a receipt is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError<H> {
    /// The host could not answer. Says nothing about the receipt.
    #[error("the host failed")]
    Host(H),
    /// The receipt breaks a rule.
    #[error(transparent)]
    Invalid(InvalidReceipt),
}

impl<H> From<InvalidReceipt> for SubmitError<H> {
    fn from(invalid: InvalidReceipt) -> Self {
        Self::Invalid(invalid)
    }
}
