//! The full state in memory.

use super::node::{Hasher, KEY_BITS, bit, split};
use super::shape::WitnessWriter;
use super::{Changes, ProvableTree, ReadError, StateKey, StateTree, Value};
use crate::hash::Digest;
use crate::id::StateRoot;
use crate::lanes::Block;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

/// Full state under the [`CompactTree`](super::CompactTree) commitment, in memory.
///
/// Nodes live in one arena and name each other by index. A node keeps the hashes of both children side by side, as they
/// are hashed. An update changes the structure first and then hashes what it touched, deepest level first, many nodes at
/// a time.
#[derive(Clone, Default)]
pub struct MemoryTree {
    pub(super) root: Link,
    pub(super) root_hash: Digest,
    pub(super) links: Vec<[Link; 2]>,
    pub(super) hashes: Vec<Pair>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) free_inner: Vec<u32>,
    pub(super) free_leaves: Vec<u32>,
}

/// The hashes of both children, as they are hashed. Aligned to one cache line.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Pair(pub(super) Block);

#[derive(Clone, Default)]
pub(super) struct Leaf {
    pub(super) key: StateKey,
    pub(super) value: Value,
}

/// Names a node: all ones is an empty one, the top bit marks a leaf; the rest is an index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Link(pub(super) u32);

pub(super) enum Target {
    Empty,
    Leaf(usize),
    Inner(usize),
}

impl Default for Link {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Link {
    pub(super) const EMPTY: Self = Self(u32::MAX);
    pub(super) const LEAF: u32 = 1 << 31;

    pub(super) fn target(self) -> Target {
        match self {
            Self::EMPTY => Target::Empty,
            Self(leaf) if leaf & Self::LEAF != 0 => Target::Leaf(index(leaf & !Self::LEAF)),
            Self(inner) => Target::Inner(index(inner)),
        }
    }
}

pub(super) fn index(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// One side of an inner node; the root has no place.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) parent: u32,
    pub(super) right: bool,
}

impl fmt::Debug for MemoryTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTree")
            .field("root", &self.root_hash)
            .field("keys", &self.len())
            .finish_non_exhaustive()
    }
}

impl MemoryTree {
    /// Returns the state without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len().saturating_sub(self.free_leaves.len())
    }

    /// Returns whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns every key and its value, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (StateKey, Value)> + '_ {
        let mut rest = Vec::from([self.root]);
        core::iter::from_fn(move || {
            loop {
                match rest.pop()?.target() {
                    Target::Empty => {}
                    Target::Leaf(leaf) => {
                        let Leaf { key, value } = self.leaves.get(leaf)?;
                        return Some((*key, value.clone()));
                    }
                    Target::Inner(node) => {
                        let [left, right] = *self.links.get(node)?;
                        rest.extend([right, left]);
                    }
                }
            }
        })
    }

    fn find(&self, key: &StateKey) -> Option<&Leaf> {
        let mut link = self.root;
        for depth in 0..=KEY_BITS {
            match link.target() {
                Target::Empty => return None,
                Target::Leaf(leaf) => return self.leaves.get(leaf).filter(|leaf| leaf.key == *key),
                Target::Inner(node) => {
                    let [left, right] = self.links.get(node)?;
                    link = if bit(key, depth) { *right } else { *left };
                }
            }
        }
        None
    }

    pub(super) fn hash_at(&self, place: Option<Place>) -> Option<Digest> {
        let Some(Place { parent, right }) = place else {
            return Some(self.root_hash);
        };
        let Pair(pair) = self.hashes.get(index(parent))?;
        let (halves, _) = pair.as_chunks();
        halves.get(usize::from(right)).map(|half| Digest(*half))
    }

    fn show(
        &self,
        link: Link,
        hash: Digest,
        depth: u16,
        keys: &[StateKey],
        witness: &mut WitnessWriter,
    ) -> Option<()> {
        if keys.is_empty() {
            witness.pruned(&hash);
            return Some(());
        }
        match link.target() {
            Target::Empty => {
                witness.empty();
                keys.iter().for_each(|_| witness.claim(None));
            }
            Target::Leaf(leaf) => {
                let Leaf { key, value } = self.leaves.get(leaf)?;
                if keys.binary_search(key).is_ok() {
                    witness.claimed_leaf();
                } else {
                    witness.other_leaf(key, &Hasher::new().value(value));
                }
                keys.iter()
                    .for_each(|claimed| witness.claim((claimed == key).then_some(value)));
            }
            Target::Inner(node) => {
                witness.inner();
                let [left, right] = *self.links.get(node)?;
                let Link(parent) = link;
                let (zeros, ones) = split(keys, depth, |key| key);
                for (child, keys, right) in [(left, zeros, false), (right, ones, true)] {
                    let hash = self.hash_at(Some(Place { parent, right }))?;
                    self.show(child, hash, depth.saturating_add(1), keys, witness)?;
                }
            }
        }
        Some(())
    }
}

impl StateTree for MemoryTree {
    fn root(&self) -> StateRoot {
        StateRoot(self.root_hash)
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        Ok(self.find(key).map(|leaf| leaf.value.clone()))
    }

    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        self.change(changes).ok_or(ReadError::Backend)?;
        Ok(self.root())
    }
}

impl ProvableTree for MemoryTree {
    fn prove(&self, keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        let keys: Vec<StateKey> = keys.iter().copied().collect();
        let mut witness = WitnessWriter::default();
        self.show(self.root, self.root_hash, 0, &keys, &mut witness)
            .ok_or(ReadError::Backend)?;
        Ok(witness.finish(&keys))
    }
}
