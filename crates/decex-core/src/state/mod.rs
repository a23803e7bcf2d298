//! Commit to a domain's state: a map of 32-byte keys to byte values under one 32-byte root.
//!
//! The scheme stands behind [`StateCommitment`], so a host with its own tree can bring it. Full state and witness answer
//! through the same [`StateTree`] trait: a step executed over a verified witness reads the same values and reaches the
//! same root as over the full state, or fails with [`ReadError::IncompleteWitness`]. A key that the witness does not
//! cover is never "absent".
//!
//! [`CompactTree`] is the default scheme; [`MemoryTree`] is its full state.

mod node;
mod overlay;
mod shape;
mod tree;
mod update;
mod witness;

pub(crate) use overlay::Gathered;
pub use overlay::{Halt, Meter, Overlay, StateAccess};
pub use tree::MemoryTree;
pub use witness::{CompactTree, MAX_WITNESS_BYTES};

use crate::hash::Digest;
use crate::id::StateRoot;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Key of one value in a domain's state. Engines make keys by hashing under a label of their own, so that keys are
/// spread evenly; [`MAX_VALUE_BYTES`] bounds what stands under one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct StateKey(pub Digest);

/// A value of a domain's state. Cheap to clone.
pub type Value = bytes::Bytes;

/// Longest value, in bytes: the largest EVM contract code (24,576) fits.
pub const MAX_VALUE_BYTES: usize = 32 * 1024;

/// What a step changes: the new value of each key, `None` where it is deleted.
pub type Changes = BTreeMap<StateKey, Option<Value>>;

/// Why a tree cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The witness does not cover a key that was asked for.
    #[error("the witness does not cover the key")]
    IncompleteWitness,
    /// The store behind the tree failed. Only trees with a store return this; the host knows the details.
    #[error("the state's store failed")]
    Backend,
}

/// A state, full or partial, under a known root.
pub trait StateTree {
    /// Returns the root.
    fn root(&self) -> StateRoot;
    /// Returns the value under `key`, `None` if the key is absent.
    ///
    /// # Errors
    /// When the tree does not know ([`ReadError`]). Never answers `None` for "unknown".
    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError>;
    /// Applies `changes` and returns the new root.
    ///
    /// # Errors
    /// When a changed key is not covered ([`ReadError`]); the tree is then unchanged.
    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError>;
}

/// A full state that can show parts of itself.
pub trait ProvableTree: StateTree {
    /// Returns a witness that covers exactly `keys`: reading and changing any of them works on the opened witness. It takes no
    /// more than [`Meter`] charges for them (a scheme with longer paths would need proofs that no block carries, P4).
    ///
    /// # Errors
    /// When the store behind the tree failed.
    fn prove(&self, keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError>;
}

/// A scheme of committing to state.
pub trait StateCommitment {
    /// Returns the root of the state without keys.
    fn empty_root(&self) -> StateRoot;
    /// Checks `witness` against `root` and opens it.
    ///
    /// # Errors
    /// When the witness is malformed, non-canonical, over its bounds, or does not hash to `root`.
    fn open(&self, root: &StateRoot, witness: &[u8]) -> Result<Box<dyn StateTree>, InvalidWitness>;
}

/// Why a witness is not one for this root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWitness {
    /// W1: over the byte limit.
    #[error("the witness is too long")]
    TooLong,
    /// W2: not a canonical encoding: truncated, trailing, unsorted or repeated claims, wrong tag, misplaced key.
    #[error("the witness is malformed")]
    Malformed,
    /// W3: hashes to another root.
    #[error("the witness is for another root")]
    Root,
}

impl InvalidWitness {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::TooLong => 1,
            Self::Malformed => 2,
            Self::Root => 3,
        }
    }
}
