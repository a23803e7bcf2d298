//! Who orders blocks: farmers that win them, or an engine that somebody else wrote.
//!
//! An engine knows nothing of what it orders. Before each slot it is told what every node would put into a block; after it, it says
//! which bodies are final at which node. What a body comes to is decided by [`Node::finalized`], the same on every
//! node: an engine may order what a block before made void, and that is left out.

use crate::block::{Block, Origin, SLOT_MILLISECONDS};
use crate::chance::{Draw, below};
use crate::make::BLOCK_BYTES;
use crate::member::Fact;
use crate::node::Node;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::codec::decode_exact;
use decex_core::{Digest, Randomness};
use decex_receipt::Bundle;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Most items in a body: far more than wait in the pools of a run.
pub const MAX_ITEMS: usize = 512;

/// Milliseconds of virtual time between two blocks of an engine: as often as farmers would win one, so that the parameters of the
/// domains are right for both.
pub const BLOCK_MILLISECONDS: u64 = 5_000;

/// What a body is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Item {
    /// A fraud proof, SCALE-encoded.
    Proof(Vec<u8>),
    /// A validity proof, SCALE-encoded.
    Validity(Vec<u8>),
    /// A message that a domain has sent: a SCALE-encoded `Relayed`.
    Relayed(Vec<u8>),
    /// A bundle, SCALE-encoded.
    Bundle(Vec<u8>),
}

/// A body, once it is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Its height; genesis has 0.
    pub height: u64,
    /// The engine's name of the block.
    pub digest: [u8; 32],
    /// The node that proposed it.
    pub leader: u32,
    /// When its leader says that it was made: milliseconds since slot 0 began.
    pub timestamp: u64,
    /// Its items, SCALE-encoded.
    pub items: Vec<Vec<u8>>,
}

/// How bad the network is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Of a thousand messages between nodes, so many are lost.
    pub loss: u16,
    /// Who is cut off, and when.
    pub cuts: Vec<Cut>,
}

/// A time during which one node hears nobody and nobody hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which node.
    pub node: u32,
    /// The first slot of it.
    pub from: u64,
    /// The first slot after it.
    pub to: u64,
}

impl Faults {
    /// Returns whether a node is cut off in a slot.
    #[must_use]
    pub fn is_cut(&self, node: u32, slot: u64) -> bool {
        let cut = |cut: &Cut| cut.node == node && (cut.from..cut.to).contains(&slot);
        self.cuts.iter().any(cut)
    }

    /// Returns whether message number `place` of a slot gets from one node to another. What a node sends itself always does.
    #[must_use]
    pub fn lets_through(&self, seed: u64, slot: u64, place: u64, (from, to): (u32, u32)) -> bool {
        if from == to {
            return true;
        }
        let drawn = || {
            let name = place.saturating_mul(1 << 16).saturating_add(to.into());
            below(seed, Draw::Loss, slot, name, 1_000)
        };
        !self.is_cut(from, slot) && !self.is_cut(to, slot) && (self.loss == 0 || drawn() >= self.loss.into())
    }
}

/// What an engine begins with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of all chance.
    pub seed: u64,
    /// How many nodes there are; each of them votes.
    pub nodes: u32,
    /// The hash of the chain's genesis.
    pub genesis: Digest,
    /// Milliseconds that a message of the engine takes.
    pub latency: u64,
    /// What the network does to its messages.
    pub faults: Faults,
}

/// An engine that orders.
pub trait Ordering: Debug {
    /// Returns its name.
    fn name(&self) -> &'static str;

    /// Lets slot `slot` pass on all nodes; slots come one after the other, the first is 1. `offers` are the bodies that each node would
    /// propose. Returns what has become final, by node and, for each node, in order.
    ///
    /// # Errors
    /// When the engine stopped.
    fn pass(&mut self, slot: u64, offers: Vec<Vec<Vec<u8>>>) -> Result<Vec<(u32, Ordered)>, Problem>;
}

/// Starts an engine.
pub type Start = fn(&Plan) -> Result<Box<dyn Ordering>, Problem>;

/// Why a body is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// More than [`MAX_ITEMS`].
    #[error("{found} items, at most {MAX_ITEMS}")]
    Items {
        /// How many.
        found: usize,
    },
    /// More bytes than a block takes.
    #[error("{found} bytes, at most {BLOCK_BYTES}")]
    Bytes {
        /// How many.
        found: usize,
    },
    /// An item that does not decode.
    #[error("item {index} does not decode")]
    Item {
        /// Which.
        index: usize,
    },
    /// An item that stands there twice.
    #[error("item {index} stands there before")]
    Repeated {
        /// The second one.
        index: usize,
    },
}

/// Checks what every node can check of a body before it votes, whatever it has applied.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_body(items: &[Vec<u8>]) -> Result<(), InvalidBody> {
    if items.len() > MAX_ITEMS {
        return Err(InvalidBody::Items { found: items.len() });
    }
    let found = items
        .iter()
        .fold(0_usize, |sum, item| sum.saturating_add(item.len()));
    if found > BLOCK_BYTES {
        return Err(InvalidBody::Bytes { found });
    }
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        if read(item).is_none() {
            return Err(InvalidBody::Item { index });
        }
        if !seen.insert(item) {
            return Err(InvalidBody::Repeated { index });
        }
    }
    Ok(())
}

/// Reads an item; a bundle only if it is one.
fn read(bytes: &[u8]) -> Option<Item> {
    let item: Item = decode_exact(bytes, BLOCK_BYTES).ok()?;
    if let Item::Bundle(bundle) = &item {
        decode_exact::<Bundle>(bundle, BLOCK_BYTES).ok()?;
    }
    Some(item)
}

/// Returns the items of a body that the chain has not looked at yet, sorted by what they are.
#[must_use]
pub(crate) fn sort(items: &[Vec<u8>]) -> Items {
    let mut sorted = Items::default();
    for item in items.iter().filter_map(|item| read(item)) {
        match item {
            Item::Proof(proof) => sorted.proofs.push(proof),
            Item::Validity(proof) => sorted.validity.push(proof),
            Item::Relayed(message) => sorted.messages.push(message),
            Item::Bundle(bundle) => sorted
                .bundles
                .extend(decode_exact::<Bundle>(&bundle, BLOCK_BYTES)),
        }
    }
    sorted
}

/// What may go into a block, by what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    pub(crate) proofs: Vec<Vec<u8>>,
    pub(crate) validity: Vec<Vec<u8>>,
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) bundles: Vec<Bundle>,
}

/// Returns what the block leaves behind. It is a hash of the final block and nothing better: a leader can try bodies and choose among the
/// results. An engine with a threshold signature for each view would do better.
#[must_use]
pub fn output(digest: &Digest) -> Randomness {
    let hash = decex_core::hash::Hash::new(&decex_core::label::LEDGER_KEY).chain([26]);
    Randomness(hash.chain(digest).finish())
}

impl Node {
    /// Applies a body that is final: what of it the chain takes, in the order of blocks. The same on every node.
    ///
    /// # Errors
    /// When the body is none, does not follow, or an operator cannot follow.
    pub fn finalized(&mut self, setup: &Setup, ordered: &Ordered) -> Result<Vec<Fact>, Problem> {
        let what = || format!("block {} of the engine", ordered.height);
        check_body(&ordered.items).map_err(|error| Problem::new(what(), error))?;
        let number = ordered.height.saturating_add(setup.genesis.number);
        let expected = self.tip().number.saturating_add(1);
        if number != expected {
            let why = format!("block {expected} is next, not {number}");
            return Err(Problem::new(what(), why));
        }
        let slot = ordered
            .timestamp
            .div_ceil(SLOT_MILLISECONDS)
            .max(self.tip().slot.saturating_add(1));
        let origin = Origin::Ordered {
            leader: ordered.leader,
            digest: Digest(ordered.digest),
        };
        let (block, executed) = self.fill(setup, slot, origin, sort(&ordered.items))?;
        let facts = self.finish(block, executed)?;
        self.refresh_proofs()?;
        Ok(facts)
    }

    /// Returns what this node would put into a block on its tip in `slot`: what the chain would take now.
    ///
    /// # Errors
    /// When the chain does not go on.
    pub fn offer(&mut self, setup: &Setup, slot: u64) -> Result<Vec<Vec<u8>>, Problem> {
        let slot = slot.max(self.tip().slot.saturating_add(1));
        let origin = Origin::Ordered {
            leader: self.index,
            digest: Digest::ZERO,
        };
        let waiting = self.waiting();
        let (block, _) = self.fill(setup, slot, origin, waiting)?;
        // Rehearsed, and taken back.
        let undo = self.chain.host_mut().take_undo();
        self.chain.host_mut().undo(undo);
        let Block {
            proofs,
            validity,
            messages,
            bundles,
            ..
        } = block;
        let proofs = proofs.into_iter().map(Item::Proof);
        let validity = validity.into_iter().map(Item::Validity);
        let messages = messages.into_iter().map(Item::Relayed);
        let bundles = bundles.iter().map(|bundle| Item::Bundle(bundle.encode()));
        let items = proofs.chain(validity).chain(messages).chain(bundles);
        let mut room = BLOCK_BYTES;
        let fits = items.map(|item| item.encode()).filter(|item| {
            let left = room.checked_sub(item.len());
            room = left.unwrap_or(room);
            left.is_some()
        });
        Ok(fits.take(MAX_ITEMS).collect())
    }
}
