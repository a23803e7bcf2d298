//! What a node of the compact binary tree hashes to. Full tree and witness share this, so they cannot differ.

use super::StateKey;
use crate::hash::Digest;
use crate::label;
use crate::lanes::{Lanes, join};

/// Bits of a key: the greatest depth of a leaf.
pub(super) const KEY_BITS: u16 = 256;

/// The bit of a node's hash that tells a leaf (set) from an inner node (clear): the top bit of the first byte.
const LEAF_BIT: u8 = 0x80;

/// What stands at a node, as its hash tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Leaf,
    Inner,
}

/// Returns what kind of node has this hash.
pub(super) fn kind(node: &Digest) -> Kind {
    let [first, ..] = node.0;
    if first & LEAF_BIT != 0 {
        Kind::Leaf
    } else if *node == Digest::ZERO {
        Kind::Empty
    } else {
        Kind::Inner
    }
}

/// Returns whether a node with these children does not exist: without a child it is empty, with a leaf as its only child
/// that leaf stands in its place.
pub(super) fn collapses(left: &Digest, right: &Digest) -> bool {
    match (kind(left), kind(right)) {
        (Kind::Empty, Kind::Empty | Kind::Leaf) | (Kind::Leaf, Kind::Empty) => true,
        (Kind::Empty, Kind::Inner) | (Kind::Leaf | Kind::Inner, Kind::Leaf | Kind::Inner) => false,
        (Kind::Inner, Kind::Empty) => false,
    }
}

/// Returns bit `depth` of `key`, the top bit of the first byte first; `false` beyond the end.
pub(super) fn bit(key: &StateKey, depth: u16) -> bool {
    let byte = key.0.0.get(usize::from(depth >> 3)).copied().unwrap_or_default();
    byte & 0x80_u8.wrapping_shr(u32::from(depth & 7)) != 0
}

/// Splits items, ascending by key and equal in the bits before `depth`, by the bit at `depth`.
pub(super) fn split<T>(items: &[T], depth: u16, key: impl Fn(&T) -> &StateKey) -> (&[T], &[T]) {
    let ones = items.partition_point(|item| !bit(key(item), depth));
    items.split_at_checked(ones).unwrap_or((items, &[]))
}

/// Returns whether `a` and `b` agree in their first `depth` bits.
pub(super) fn share_path(a: &StateKey, b: &StateKey, depth: u16) -> bool {
    let differing = a.0.0.iter().zip(&b.0.0).position(|(a, b)| a != b);
    let Some(byte) = differing else { return true };
    let (Some(left), Some(right)) = (a.0.0.get(byte), b.0.0.get(byte)) else {
        return true;
    };
    let shared = u32::try_from(byte)
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_add((left ^ right).leading_zeros());
    shared >= u32::from(depth)
}

/// The hashes of the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hasher {
    value: Lanes,
    leaf: Lanes,
    node: Lanes,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            value: Lanes::new(&label::STATE_VALUE),
            leaf: Lanes::new(&label::STATE_LEAF),
            node: Lanes::new(&label::STATE_NODE),
        }
    }

    /// Returns the hash of a value.
    pub(super) fn value(&self, value: &[u8]) -> Digest {
        self.value.message(value)
    }

    /// Returns the hash of a leaf.
    pub(super) fn leaf(&self, key: &StateKey, value: &Digest) -> Digest {
        tag_leaf(self.leaf.pair(&key.0, value))
    }

    /// Returns the hash of the node with these children, after collapsing.
    pub(super) fn join(&self, left: &Digest, right: &Digest) -> Digest {
        if collapses(left, right) {
            return if kind(left) == Kind::Empty { *right } else { *left };
        }
        tag_inner(self.node.one(&join(left, right)))
    }

    /// Returns the lanes for inner nodes; each of their digests still wants [`tag_inner`].
    pub(super) fn inner_lanes(&self) -> &Lanes {
        &self.node
    }

    /// Returns the lanes for leaves; each of their digests still wants [`tag_leaf`].
    pub(super) fn leaf_lanes(&self) -> &Lanes {
        &self.leaf
    }

    /// Returns the hash of the subtree at `depth` that holds exactly these leaves: (key, leaf hash), strictly ascending.
    pub(super) fn subtree(&self, leaves: &[(StateKey, Digest)], depth: u16) -> Digest {
        match leaves {
            [] => Digest::ZERO,
            [(_, leaf)] => *leaf,
            // Distinct keys differ before their end; keeps the recursion bounded whatever is passed.
            [(_, leaf), ..] if depth >= KEY_BITS => *leaf,
            _ => {
                let (zeros, ones) = split(leaves, depth, |(key, _)| key);
                let next = depth.saturating_add(1);
                self.join(&self.subtree(zeros, next), &self.subtree(ones, next))
            }
        }
    }
}

/// Marks a digest as a leaf's.
pub(super) fn tag_leaf(mut digest: Digest) -> Digest {
    let [first, ..] = &mut digest.0;
    *first |= LEAF_BIT;
    digest
}

/// Marks a digest as an inner node's.
pub(super) fn tag_inner(mut digest: Digest) -> Digest {
    let [first, ..] = &mut digest.0;
    *first &= !LEAF_BIT;
    digest
}
