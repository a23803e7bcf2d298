//! Blocks of the demonstration chain.

use crate::chance::{Draw, draw};
use decex_consensus::BlockInfo;
use decex_core::hash::Hash;
use decex_core::label::LEDGER_KEY;
use decex_core::{Balance, ConsensusHash, ConsensusNumber, Randomness, Slot, Timestamp};
use decex_receipt::Bundle;
use parity_scale_codec::{Decode, Encode};

/// What a byte of blockspace costs, in wei of the domain.
pub const BYTE_PRICE: Balance = Balance(1_000_000_000);

/// Milliseconds of a slot.
pub const SLOT_MILLISECONDS: u64 = 1_000;

/// The time of slot 0: 2026-01-01, so that contracts see a plausible clock.
const GENESIS_TIME: u64 = 1_767_225_600_000;

/// A block: who made it on top of what, and what it contains. A block with anything in it that the chain refuses is
/// invalid as a whole; an honest farmer leaves such things out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// Height.
    pub number: u64,
    /// Hash of the block before.
    pub parent: ConsensusHash,
    /// The slot that the farmer won.
    pub slot: u64,
    /// Which farmer.
    pub farmer: u32,
    /// Fraud proofs, SCALE-encoded; applied first.
    pub proofs: Vec<Vec<u8>>,
    /// Bundles.
    pub bundles: Vec<Bundle>,
}

impl Block {
    /// Hashes the block.
    #[must_use]
    pub fn hash(&self) -> ConsensusHash {
        ConsensusHash(Hash::new(&LEDGER_KEY).chain([15]).chain_encoded(self).finish())
    }

    /// Returns what the chain is told when the block begins.
    #[must_use]
    pub fn info(&self, seed: u64) -> BlockInfo {
        let randomness = draw(seed, Draw::Block, self.slot, self.farmer.into());
        // Another parent, another output: a real audit's solution depends on the chain it extends.
        let randomness = Hash::keyed(&randomness).chain(self.parent.0).finish();
        BlockInfo {
            number: ConsensusNumber(self.number),
            parent_hash: self.parent,
            slot: Slot(self.slot),
            timestamp: Timestamp(GENESIS_TIME.saturating_add(self.slot.saturating_mul(SLOT_MILLISECONDS))),
            randomness: Randomness(randomness),
            byte_price: BYTE_PRICE,
        }
    }
}
