//! The whole story of a domain, told to a chain through its own front door: founding, work, three lies and their refutations,
//! equivocation, leaving.
//!
//! [`Story::write`] plays it on a host in memory, with operators and liars, and keeps every block, call, outcome, account and key.
//! [`Story::play`] gives the same blocks to a chain under test and compares everything after each of them. The story
//! fixes all that it depends on, so every host ends with the same store, byte for byte, and the same [digest](Story::digest).

mod acts;
mod play;
mod setting;
mod stage;

pub use play::{Differs, Report, Unlike};
pub use setting::{beacon, config, params};

use crate::chain::{Made, Request};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_consensus::BlockInfo;
use decex_core::hash::Hash;
use decex_core::{AccountId, Balance, Digest, label};

/// A block of the story, and how everything is after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happens in it, in words.
    pub about: &'static str,
    /// The block.
    pub block: BlockInfo,
    /// Its calls.
    pub calls: Vec<Request>,
    /// What becomes of it.
    pub made: Made,
    /// What the accounts can spend after it.
    pub free: BTreeMap<AccountId, Balance>,
    /// What the host holds for the consensus object after it.
    pub custody: Balance,
    /// What was burned until then.
    pub burned: Balance,
    /// The keys that it wrote with their new values, `None` where it removed them.
    pub writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// A story: what is there before the first block, and the blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What the accounts have to begin with.
    pub endowed: Vec<(AccountId, Balance)>,
    /// Its blocks.
    pub steps: Vec<Step>,
    /// What the store holds in the end.
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// The story cannot be told: the SDK itself does something else than the story says. A fault here, never of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// The block of the story.
    pub step: usize,
    /// How many calls were made in it.
    pub calls: usize,
    /// What should have been.
    pub expected: &'static str,
    /// What became of the call instead, where there was one.
    pub found: Option<crate::chain::Outcome>,
}

impl Story {
    /// Returns the digest of everything that the store holds in the end.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(self.store.iter())
    }
}

/// Digests pairs, which come in the order of the keys.
fn digest<'a>(pairs: impl Iterator<Item = (&'a Vec<u8>, &'a Vec<u8>)>) -> Digest {
    let mut hash = Hash::new(&label::LEDGER_KEY).chain([4]);
    for part in pairs.flat_map(|(key, value)| [key, value]) {
        hash = hash.chain(length(part)).chain(part);
    }
    hash.finish()
}

fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes()
}
