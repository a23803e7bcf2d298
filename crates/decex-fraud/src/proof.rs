//! What a fraud proof is made of.

use alloc::vec::Vec;
use decex_bundle::{Fault, Item};
use decex_core::codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
use decex_core::execution::SYSTEM_ALLOWANCE;
use decex_core::hash::Digest;
use decex_core::id::{AccountId, DomainId, ReceiptHash, StateRoot};
use decex_core::list::RunProof;
use decex_core::params::{MAX_SENDER_TRANSACTIONS, MAX_TRACE_INTERVAL};
use decex_core::schedule::Entry;
use decex_core::transaction::Summary;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Longest witness that a proof may carry, in bytes. What the default state commitment opens at most.
pub const MAX_WITNESS: u32 = 4 * 1024 * 1024;
/// Most leaves that evidence about one sender's fees may show: the sender's, and the one before them.
pub const MAX_SENDER_LEAVES: u32 = MAX_SENDER_TRANSACTIONS + 1;

/// A claim that a receipt is wrong, with everything needed to see it. One message, no dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FraudProof {
    /// The receipt's domain.
    pub domain: DomainId,
    /// The receipt that is wrong.
    pub receipt: ReceiptHash,
    /// Who gets the reporter's share. Not authenticated: whoever copies a public proof can put another name here.
    pub reporter: AccountId,
    /// What shows it.
    pub evidence: Evidence,
}

impl FraudProof {
    /// Decodes a proof of at most `limit` bytes: the host's message limit. Nothing over the limit is looked at.
    ///
    /// # Errors
    /// When the bytes are over the limit, are not one canonical proof, or go on after it (C1–C3).
    pub fn decode_bounded(bytes: &[u8], limit: usize) -> Result<Self, DecodeError> {
        decode_exact(bytes, limit)
    }

    /// Decodes what a proof is about, which stands before its evidence. The rest is not looked at.
    ///
    /// # Errors
    /// When the bytes are too short for a name (C2).
    pub fn peek(mut bytes: &[u8]) -> Result<ProofName, DecodeError> {
        ProofName::decode(&mut bytes).map_err(|_| DecodeError::Malformed)
    }

    /// Returns what the proof is about.
    #[must_use]
    pub const fn name(&self) -> ProofName {
        ProofName {
            domain: self.domain,
            receipt: self.receipt,
            reporter: self.reporter,
        }
    }
}

/// What a proof is about: its first 68 bytes, the same for every family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ProofName {
    /// The receipt's domain.
    pub domain: DomainId,
    /// The receipt that is said to be wrong.
    pub receipt: ReceiptHash,
    /// Who gets the reporter's share.
    pub reporter: AccountId,
}

/// Evidence of one of the three families, in the order of what they cost to check.
#[allow(clippy::large_enum_variant, reason = "decoded once, judged, dropped")]
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Evidence {
    /// What went in: a verdict is wrong.
    Inbox(InboxEvidence),
    /// In what order: the schedule is wrong.
    Schedule(decex_shuffle::Refutation),
    /// With what result: a trace entry or the outcome is wrong.
    Transition(TransitionEvidence),
}

/// Shows whether one transaction of one bundle breaks one legality rule.
///
/// Either it breaks the rule and the receipt says that the bundle is valid or that its first fault is a later one, or it
/// does not and the receipt says that exactly this is the bundle's first fault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct InboxEvidence {
    /// Which bundle of the inbox.
    pub bundle: u16,
    /// Which transaction, and which rule.
    pub fault: Fault,
    /// What the rule reads.
    pub shown: Shown,
}

/// What a legality rule reads.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Shown {
    /// L1–L3: the transaction and its author's claims.
    Transaction {
        /// The transaction with its claims.
        item: Item,
        /// Proves its leaf in the body.
        proof: RunProof,
    },
    /// L4, L5: what the author claims, and the sender's account at the bundle's base.
    Account {
        /// L4: the transaction's leaf alone. L5: the sender's leaves from its first up to the transaction, and before
        /// them the preceding sender's last leaf, unless the sender's first leaf is the body's.
        leaves: BoundedVec<Summary, MAX_SENDER_LEAVES>,
        /// Proves the leaves in the body.
        proof: RunProof,
        /// Covers the account in the base's state.
        witness: BoundedBytes<MAX_WITNESS>,
    },
}

/// Shows one step of the block: what it started from, what it was given, and where the receipt says it led.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TransitionEvidence {
    /// Index of the trace entry that is wrong.
    pub step: u32,
    /// The trace entry before it; `None` for the first step, which starts from the parent's state.
    pub before: Option<StateRoot>,
    /// The trace entry that the receipt claims.
    pub after: StateRoot,
    /// Proves both in the claimed trace.
    pub trace: RunProof,
    /// What the step was given; `None` for the first and the last step, which take no inputs.
    pub chunk: Option<Chunk>,
    /// Covers what the step touches, in the state before it.
    pub witness: BoundedBytes<MAX_WITNESS>,
}

/// The inputs of one step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Chunk {
    /// The inputs in the order of the schedule.
    pub inputs: BoundedVec<ScheduledInput, MAX_TRACE_INTERVAL>,
    /// Proves their entries in the claimed schedule.
    pub schedule: RunProof,
}

/// One input of a step: the schedule's entry and the transaction it names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ScheduledInput {
    /// The entry.
    pub entry: Entry,
    /// The transaction with its author's claims.
    pub item: Item,
    /// Sibling nodes of its leaf in the body, bottom level first. Place and length follow from entry and inbox.
    pub siblings: BoundedVec<Digest, 32>,
}

impl ScheduledInput {
    /// Returns the proof of the input's leaf in a body of `count` transactions.
    pub(crate) fn body_proof(&self, count: u32) -> RunProof {
        let siblings: Vec<Digest> = self.siblings.to_vec();
        RunProof {
            start: self.entry.leaf,
            length: count,
            // 32 fit in 64.
            siblings: BoundedVec::new(siblings).unwrap_or_default(),
        }
    }
}

/// Witness bytes that reading one account may take.
pub(crate) const ACCOUNT_ALLOWANCE: u32 = SYSTEM_ALLOWANCE;
