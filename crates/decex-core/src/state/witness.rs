//! The default commitment's witness: a compact multi-proof that opens to a partial tree.

use super::node::{Hasher, KEY_BITS, Kind, collapses, kind, share_path, split};
use super::shape::BitReader;
use super::{Changes, InvalidWitness, ReadError, StateCommitment, StateKey, StateTree, Value};
use crate::hash::Digest;
use crate::id::StateRoot;
use alloc::boxed::Box;
use alloc::vec::Vec;
use parity_scale_codec::{Compact, Decode};

/// Longest witness that is looked at, in bytes.
pub const MAX_WITNESS_BYTES: usize = 4 * 1024 * 1024;

/// The default state commitment: a compact binary tree over 32-byte keys, BLAKE3, one compression per node.
///
/// The rules are in `spec/state.md`. A witness has exactly one encoding for each root and set of claimed keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactTree;

impl StateCommitment for CompactTree {
    fn empty_root(&self) -> StateRoot {
        StateRoot(Digest::ZERO)
    }

    fn open(&self, root: &StateRoot, witness: &[u8]) -> Result<Box<dyn StateTree>, InvalidWitness> {
        // W1: before any work is done on it.
        if witness.len() > MAX_WITNESS_BYTES {
            return Err(InvalidWitness::TooLong);
        }
        let tree = PartialTree::decode(witness).ok_or(InvalidWitness::Malformed)?;
        let found = tree.checked_root().ok_or(InvalidWitness::Malformed)?;
        // W3: the witness is one of this root.
        if found != *root {
            return Err(InvalidWitness::Root);
        }
        Ok(Box::new(PartialTree { root: found, ..tree }))
    }
}

/// A key that the witness covers.
#[derive(Clone, Debug)]
struct Claim {
    key: StateKey,
    /// Whether the witness shows the key present. Says how to read the shape, whatever changed since.
    shown: bool,
    /// What stands under the key now.
    value: Option<Value>,
    /// Hash of the key's leaf now, zero if absent.
    leaf: Digest,
}

/// What a witness shows, and the changes made to it.
///
/// The witness stays as it came: the root after changes is computed from its shape and the values that stand under its
/// claims now. The tree is a function of the map, so the order of changes does not matter, and memory is bounded by the
/// witness however deep its paths are.
#[derive(Clone, Debug)]
struct PartialTree {
    root: StateRoot,
    claims: Vec<Claim>,
    shape: Value,
    digests: Value,
}

impl PartialTree {
    /// Splits a witness into its parts; `None` if it is malformed.
    fn decode(witness: &[u8]) -> Option<Self> {
        let hasher = Hasher::new();
        // One copy, which the values then share.
        let mut input = Input(Value::copy_from_slice(witness));
        let count = input.length()?;
        let keys = input.take(count.checked_mul(32)?)?;
        let present = input.take(count.div_ceil(8))?;
        let mut present = BitReader::new(&present);
        let mut claims: Vec<Claim> = Vec::with_capacity(count);
        let (keys, _) = keys.as_chunks();
        for key in keys {
            let key = StateKey(Digest(*key));
            // W2: strictly ascending, so sorted and without repetition.
            if claims.last().is_some_and(|last| last.key >= key) {
                return None;
            }
            let shown = present.next()?;
            let value = if shown { Some(input.bytes()?) } else { None };
            let leaf = value
                .as_ref()
                .map_or(Digest::ZERO, |value| hasher.leaf(&key, &hasher.value(value)));
            claims.push(Claim {
                key,
                shown,
                value,
                leaf,
            });
        }
        let shape = input.bytes()?;
        // W2: unused bits are zero; nothing but whole digests follows.
        let whole = present.is_spent() && input.0.len().is_multiple_of(32);
        whole.then_some(Self {
            root: StateRoot::default(),
            claims,
            shape,
            digests: input.0,
        })
    }

    /// Returns the root that the witness shows, `None` if its shape is malformed. To be called before any change.
    fn checked_root(&self) -> Option<StateRoot> {
        let mut walk = Walk::new(self, true);
        let root = walk.node(&self.claims, 0)?;
        // W2: all of the shape and all digests are used, unused bits are zero.
        (walk.shape.is_spent() && walk.digests.next().is_none()).then_some(StateRoot(root))
    }

    fn position(&self, key: &StateKey) -> Result<usize, ReadError> {
        self.claims
            .binary_search_by(|claim| claim.key.cmp(key))
            .map_err(|_| ReadError::IncompleteWitness)
    }
}

impl StateTree for PartialTree {
    fn root(&self) -> StateRoot {
        self.root
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        let claim = self
            .claims
            .get(self.position(key)?)
            .ok_or(ReadError::IncompleteWitness)?;
        Ok(claim.value.clone())
    }

    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        let hasher = Hasher::new();
        let mut changed = self.clone();
        for (key, value) in changes {
            let position = self.position(key)?;
            let claim = changed
                .claims
                .get_mut(position)
                .ok_or(ReadError::IncompleteWitness)?;
            claim.leaf = value
                .as_ref()
                .map_or(Digest::ZERO, |value| hasher.leaf(key, &hasher.value(value)));
            claim.value.clone_from(value);
        }
        // The shape was checked when the witness was opened, so the walk reaches its end.
        let root = Walk::new(&changed, false)
            .node(&changed.claims, 0)
            .ok_or(ReadError::IncompleteWitness)?;
        changed.root = StateRoot(root);
        *self = changed;
        Ok(self.root)
    }
}

/// Reads the shape from the root on and hashes on the way back.
#[derive(Debug)]
struct Walk<'a> {
    hasher: Hasher,
    shape: BitReader<'a>,
    digests: core::slice::Iter<'a, [u8; 32]>,
    /// Whether the nodes must be exactly those of the shape; otherwise claims may have come and gone.
    strict: bool,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a PartialTree, strict: bool) -> Self {
        let (digests, _) = tree.digests.as_chunks();
        Self {
            hasher: Hasher::new(),
            shape: BitReader::new(&tree.shape),
            digests: digests.iter(),
            strict,
        }
    }

    fn digest(&mut self) -> Option<Digest> {
        self.digests.next().map(|digest| Digest(*digest))
    }

    /// Returns the hash of the next node, which is at `depth` and has `claims` below it; `None` if the shape is
    /// malformed. The recursion ends at depth 256.
    fn node(&mut self, claims: &[Claim], depth: u16) -> Option<Digest> {
        let first = self.shape.next()?;
        match (claims, first) {
            ([], false) => Some(Digest::ZERO),
            // W2: what is empty is said in the shape, not by a digest of zero.
            ([], true) => self.digest().filter(|digest| kind(digest) != Kind::Empty),
            ([_, ..], false) => self.end_of_path(claims, depth),
            // W2: a path is no longer than its key.
            ([_, ..], true) if depth >= KEY_BITS => None,
            ([_, ..], true) => {
                let (zeros, ones) = split(claims, depth, |claim| &claim.key);
                let next = depth.saturating_add(1);
                let left = self.node(zeros, next)?;
                let right = self.node(ones, next)?;
                // W2: no inner node stands where the tree has none.
                if self.strict && collapses(&left, &right) {
                    return None;
                }
                Some(self.hasher.join(&left, &right))
            }
        }
    }

    /// Returns the hash of what is under `claims`, where the shape has an empty node or a leaf.
    fn end_of_path(&mut self, claims: &[Claim], depth: u16) -> Option<Digest> {
        let leaf = self.shape.next()?;
        let shown = claims.iter().filter(|claim| claim.shown).count();
        let other = if leaf && shown == 0 {
            Some(self.other_leaf(claims, depth)?)
        } else {
            None
        };
        // W2: an empty node has no claim present below it, a leaf is one key's.
        if shown > usize::from(leaf) {
            return None;
        }
        if let ([claim], None) = (claims, other) {
            return Some(claim.leaf);
        }
        let present = claims
            .iter()
            .filter(|claim| claim.value.is_some())
            .map(|claim| (claim.key, claim.leaf));
        let mut leaves: Vec<(StateKey, Digest)> = present.collect();
        if let Some((key, leaf)) = other {
            leaves.insert(leaves.partition_point(|(before, _)| *before < key), (key, leaf));
        }
        Some(self.hasher.subtree(&leaves, depth))
    }

    /// Reads a leaf that is not claimed: key and leaf hash.
    fn other_leaf(&mut self, claims: &[Claim], depth: u16) -> Option<(StateKey, Digest)> {
        let key = StateKey(self.digest()?);
        let value = self.digest()?;
        // W2: the leaf stands on the path of its key, and is not one of those it shows to be absent.
        let on_path = claims
            .first()
            .is_some_and(|claim| share_path(&claim.key, &key, depth));
        let claimed = claims.binary_search_by(|claim| claim.key.cmp(&key)).is_ok();
        (on_path && !claimed).then(|| (key, self.hasher.leaf(&key, &value)))
    }
}

/// The part of a witness that is still to be read. Values taken from it share its memory.
#[derive(Debug)]
struct Input(Value);

impl Input {
    fn take(&mut self, length: usize) -> Option<Value> {
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    fn length(&mut self) -> Option<usize> {
        let mut rest: &[u8] = &self.0;
        let Compact(length) = Compact::<u32>::decode(&mut rest).ok()?;
        let read = self.0.len().checked_sub(rest.len())?;
        self.take(read)?;
        usize::try_from(length).ok()
    }

    /// Takes a length and as many bytes.
    fn bytes(&mut self) -> Option<Value> {
        let length = self.length()?;
        self.take(length)
    }
}
