//! What consensus keeps of included bundles until their domain block is final.

use crate::header::BodyCommitment;
use alloc::vec::Vec;
use decex_core::codec::BoundedVec;
use decex_core::execution::{Context, InputCounts};
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{
    Balance, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, HeaderHash, ListRoot, OperatorId,
    ReceiptHash, RuleSet, Seed, Slot, StateRoot, Timestamp,
};
use decex_core::message::{MAX_MESSAGES_PER_BLOCK, Message};
use decex_core::params::MAX_BUNDLES_PER_BLOCK;
use decex_core::{label, list};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The receipt at whose state a bundle's transactions are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Base {
    /// Its number.
    pub number: DomainNumber,
    /// Its hash.
    pub hash: ReceiptHash,
    /// The state after it.
    pub root: StateRoot,
    /// What a byte of blockspace cost in its block: the price that legality uses.
    pub byte_price: Balance,
}

/// One included bundle, as consensus remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Inboxed {
    /// Names the bundle.
    pub header: HeaderHash,
    /// Who is accountable for it.
    pub operator: OperatorId,
    /// Where legality is judged, resolved at inclusion.
    pub base: Base,
    /// Its transactions.
    pub body: BodyCommitment,
}

impl Inboxed {
    /// Returns the leaf of this bundle in the inbox.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        digest_encoded(&label::INBOX, self)
    }
}

/// The inbox of one domain block, closed: its bundles in canonical order (strictly ascending by header hash, so the
/// order of inclusion plays no part) and what the block is executed in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Inbox {
    /// The domain.
    pub domain: DomainId,
    /// The domain block it makes.
    pub number: DomainNumber,
    /// The rules in force for it.
    pub rules: RuleSet,
    /// The consensus block that included the bundles.
    pub consensus_number: ConsensusNumber,
    /// Its hash.
    pub consensus_hash: ConsensusHash,
    /// Its slot.
    pub slot: Slot,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// What a byte of blockspace cost in it.
    pub byte_price: Balance,
    /// Seed of the schedule.
    pub seed: Seed,
    /// Messages of other chains, in the order in which consensus took them in. Whole, so that a proof need not show them.
    pub messages: BoundedVec<Message, MAX_MESSAGES_PER_BLOCK>,
    /// The bundles with transactions; bundles without any leave no trace here.
    pub bundles: BoundedVec<Inboxed, MAX_BUNDLES_PER_BLOCK>,
}

impl Inbox {
    /// Returns what the domain block is executed in: the one function that operator, prover and verifier use.
    #[must_use]
    pub const fn context(&self, parent: ReceiptHash) -> Context {
        Context {
            domain: self.domain,
            number: self.number,
            parent,
            consensus_number: self.consensus_number,
            consensus_hash: self.consensus_hash,
            slot: self.slot,
            timestamp: self.timestamp,
            seed: self.seed,
            byte_price: self.byte_price,
        }
    }

    /// Returns how many inputs the domain block has whose schedule has so many entries.
    #[must_use]
    pub fn input_counts(&self, scheduled: u32) -> InputCounts {
        InputCounts {
            // Bounded by its type.
            messages: u32::try_from(self.messages.len()).unwrap_or(u32::MAX),
            transactions: scheduled,
        }
    }
}

/// Returns the root over an inbox's bundles, given in canonical order.
#[must_use]
pub fn inbox_root(bundles: &[Inboxed]) -> ListRoot {
    let leaves: Vec<Digest> = bundles.iter().map(Inboxed::leaf).collect();
    list::root(&leaves)
}
