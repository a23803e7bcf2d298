//! The randomness of slots: what audits ask and who is elected. Made of what earlier solutions yielded.
//!
//! Slots are divided into epochs. What an epoch draws from is the chain's solutions up to `LEAD` slots before it, so that every
//! node knows it when the epoch begins, and a late re-organisation seldom changes it.
//!
//! This is a demonstration and no beacon. Whoever wins a block may withhold it, or try what its next block would lead to, and a
//! farmer alone can extend a chain of its own as far as it likes at no cost (costless simulation): a proof of time between
//! the output of a block and the challenges made of it prevents that, and this chain has none.

use decex_core::hash::Hash;
use decex_core::label::LEDGER_KEY;
use decex_core::{Digest, Randomness};
use parity_scale_codec::{Decode, Encode};

/// Slots of an epoch.
pub const EPOCH: u64 = 16;
/// Slots between the last block that an epoch draws from and the epoch: some three blocks.
const LEAD: u64 = 16;

/// What all solutions so far come to, and up to which epoch that is settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Entropy {
    /// All outputs so far, in order.
    gathered: Digest,
    /// Epochs whose entropy cannot change any more on this branch.
    settled: u64,
}

/// Returns the epoch that a slot belongs to.
#[must_use]
pub const fn epoch_of(slot: u64) -> u64 {
    // A constant that is not zero.
    slot.wrapping_div(EPOCH)
}

/// Returns the first slot whose block no longer counts for an epoch.
#[must_use]
pub const fn cut_off(epoch: u64) -> u64 {
    epoch.saturating_mul(EPOCH).saturating_sub(LEAD)
}

/// Returns the randomness of a slot in an epoch with this entropy.
#[must_use]
pub fn of_slot(entropy: &Digest, slot: u64) -> Randomness {
    let hash = Hash::new(&LEDGER_KEY)
        .chain([23])
        .chain(entropy)
        .chain(slot.to_le_bytes());
    Randomness(hash.finish())
}

/// Returns the entropy of an epoch that draws from these outputs.
#[must_use]
pub fn of_epoch(epoch: u64, gathered: &Digest) -> Digest {
    let hash = Hash::new(&LEDGER_KEY).chain([24]).chain(epoch.to_le_bytes());
    hash.chain(gathered).finish()
}

/// Returns what is gathered after one more output.
#[must_use]
pub fn gather(gathered: &Digest, output: &Randomness) -> Digest {
    let hash = Hash::new(&LEDGER_KEY).chain([25]).chain(gathered);
    hash.chain(output.0).finish()
}

impl Entropy {
    /// Starts with what the chain's genesis brings.
    #[must_use]
    pub const fn new(genesis: Digest) -> Self {
        Self {
            gathered: genesis,
            settled: 0,
        }
    }

    /// Settles the epochs that a block at `slot` comes too late for, and returns their entropies. The slots between two blocks
    /// are no more than have passed: blocks of the future are refused.
    pub fn settle(&mut self, slot: u64) -> Vec<(u64, Digest)> {
        let mut settled = Vec::new();
        while cut_off(self.settled) <= slot {
            settled.push((self.settled, self.of_open(self.settled)));
            self.settled = self.settled.saturating_add(1);
        }
        settled
    }

    /// Takes the output of a block, after [`settle`](Self::settle) for its slot.
    pub fn gather(&mut self, output: &Randomness) {
        self.gathered = gather(&self.gathered, output);
    }

    /// Returns the entropy that an epoch will have that is not settled, if no further block counts for it.
    #[must_use]
    pub fn of_open(&self, epoch: u64) -> Digest {
        of_epoch(epoch, &self.gathered)
    }
}
