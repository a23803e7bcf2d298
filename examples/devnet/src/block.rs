//! Blocks of the demonstration chain.

use decex_consensus::BlockInfo;
use decex_core::hash::Hash;
use decex_core::label::{LEDGER_KEY, LEDGER_TRANSACTION};
use decex_core::{AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, Randomness, Slot, Timestamp};
use decex_election::{InvalidSignature, Keypair, OperatorKey, Signature, verify_signature};
use decex_farmer::archive::SegmentHeader;
use decex_receipt::Bundle;
use decex_storage_audit::{FarmerId, Solution};
use parity_scale_codec::{Decode, Encode};

/// What a byte of blockspace costs, in wei of the domain.
pub const BYTE_PRICE: Balance = Balance(1_000_000_000);

/// Milliseconds of a slot.
pub const SLOT_MILLISECONDS: u64 = 1_000;

/// The time of slot 0: 2026-01-01, so that contracts see a plausible clock.
const GENESIS_TIME: u64 = 1_767_225_600_000;

/// A block: who won it on top of what, and what it contains. A block with anything in it that the chain refuses is
/// invalid as a whole; an honest farmer leaves such things out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// Height.
    pub number: u64,
    /// Hash of the block before.
    pub parent: ConsensusHash,
    /// The slot that the farmer won.
    pub slot: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// Headers of the segments of history that became due with this block: all of them, in order.
    pub headers: Vec<SegmentHeader>,
    /// Fraud proofs, SCALE-encoded; applied first.
    pub proofs: Vec<Vec<u8>>,
    /// Validity proofs, SCALE-encoded, each domain's in the order of its receipts; applied after the fraud proofs.
    pub validity: Vec<Vec<u8>>,
    /// Messages that domains have sent, each a SCALE-encoded `Relayed`; applied after all proofs.
    pub messages: Vec<Vec<u8>>,
    /// Bundles.
    pub bundles: Vec<Bundle>,
    /// The farmer's signature over all of the above; zeros in genesis.
    pub seal: Signature,
}

/// Where a block comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Origin {
    /// Nobody won it: the chain begins with it. It holds what the domain begins with, and enough besides for a segment of
    /// history, so that there is something to plot before the first slot.
    Genesis(Vec<u8>),
    /// A farmer won the slot.
    Won {
        /// The farmer's key.
        farmer: OperatorKey,
        /// What it won with.
        solution: Box<Solution>,
    },
    /// An engine ordered what is in it, and this is final. Which body that was is not told: of it the chain took what is in the block.
    Ordered {
        /// The node that proposed it.
        leader: u32,
        /// The engine's name of its block.
        digest: Digest,
    },
}

/// Returns the farmer with this key: the key itself.
#[must_use]
pub fn farmer_id(key: &OperatorKey) -> FarmerId {
    FarmerId(Digest(*key.as_bytes()))
}

impl Block {
    /// Hashes the block, seal included: only its farmer could seal it in another way.
    #[must_use]
    pub fn hash(&self) -> ConsensusHash {
        ConsensusHash(Hash::new(&LEDGER_KEY).chain([15]).chain_encoded(self).finish())
    }

    /// Returns who made the block, after checking that it did.
    ///
    /// # Errors
    /// When the seal is not the signature of the farmer that is named.
    pub fn author(&self) -> Result<Option<FarmerId>, InvalidSignature> {
        let Origin::Won { farmer, .. } = &self.origin else {
            return Ok(None);
        };
        verify_signature(farmer, &LEDGER_TRANSACTION, &self.unsealed(), &self.seal)?;
        Ok(Some(farmer_id(farmer)))
    }

    /// Seals a block that is complete.
    pub fn sign(&mut self, keypair: &Keypair) {
        self.seal = keypair.sign(&LEDGER_TRANSACTION, &self.unsealed());
    }

    /// What the seal signs.
    fn unsealed(&self) -> Digest {
        let Self {
            number,
            parent,
            slot,
            origin,
            headers,
            proofs,
            validity,
            messages,
            bundles,
            seal: _,
        } = self;
        let contents = (proofs, validity, messages, bundles);
        let fields = (number, parent, slot, origin, headers, contents);
        Hash::new(&LEDGER_KEY).chain([22]).chain_encoded(&fields).finish()
    }

    /// Returns the account that the blockspace is paid to: the farmer's key itself, an account of the leader's; nobody's in genesis.
    fn payee(&self) -> AccountId {
        match &self.origin {
            Origin::Genesis(_) => AccountId::default(),
            Origin::Won { farmer, .. } => AccountId(farmer_id(farmer).0),
            Origin::Ordered { leader, .. } => {
                let hash = Hash::new(&LEDGER_KEY).chain([27]).chain(leader.to_le_bytes());
                AccountId(hash.finish())
            }
        }
    }

    /// Returns what the chain is told when the block begins, with the randomness that it brings.
    #[must_use]
    pub fn info(&self, randomness: Randomness) -> BlockInfo {
        BlockInfo {
            number: ConsensusNumber(self.number),
            parent_hash: self.parent,
            slot: Slot(self.slot),
            timestamp: Timestamp(GENESIS_TIME.saturating_add(self.slot.saturating_mul(SLOT_MILLISECONDS))),
            randomness,
            byte_price: BYTE_PRICE,
            farmer: self.payee(),
        }
    }
}
