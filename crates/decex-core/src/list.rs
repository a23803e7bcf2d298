//! Commit to a list, and prove single leaves, runs of adjacent leaves, the last leaf, and absence from a sorted list.
//!
//! Leaves are digests that were hashed under a label of their own ([`label::SUMMARY`](crate::label::SUMMARY),
//! [`label::TRACE`](crate::label::TRACE) …), so a leaf is never mistaken for an inner node. Inner nodes are
//! `H(LIST_NODE, left ‖ right)`; an odd node at the end of a level is promoted unchanged; the root is
//! `H(LIST_ROOT, length as u32 little-endian ‖ top)` with an all-zero top for the empty list, so it binds the length.

use crate::hash::Digest;
use crate::id::ListRoot;
use alloc::vec::Vec;
use parity_scale_codec::{Decode, Encode};

/// Returns the root over `leaves`.
#[must_use]
pub fn root(leaves: &[Digest]) -> ListRoot {
    let _ = leaves;
    unimplemented!()
}

/// All levels of a list commitment, for building proofs.
#[derive(Clone, Debug)]
pub struct ListTree {
    levels: Vec<Vec<Digest>>,
}

impl ListTree {
    /// Hashes the tree over `leaves`.
    #[must_use]
    pub fn new(leaves: Vec<Digest>) -> Self {
        let _ = leaves;
        unimplemented!()
    }
    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> ListRoot {
        unimplemented!()
    }
    /// Returns the leaves.
    #[must_use]
    pub fn leaves(&self) -> &[Digest] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }
    /// Proves the `count` adjacent leaves from `start` on, or `None` if they are not all in the list.
    #[must_use]
    pub fn prove(&self, start: u32, count: u32) -> Option<RunProof> {
        let _ = (start, count);
        unimplemented!()
    }
}

/// Proves that a run of adjacent leaves stands at `start` in a list of `length` leaves. A run of one is a single-leaf
/// proof. Which leaves is the caller's to say when it verifies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RunProof {
    /// Index of the first leaf of the run.
    pub start: u32,
    /// Length of the list.
    pub length: u32,
    /// Sibling nodes, bottom level first, left before right. At most 2 · 32.
    pub siblings: crate::BoundedVec<Digest, 64>,
}

/// What a verified run tells: where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    start: u32,
    end: u32,
    length: u32,
}

impl Position {
    /// Index of the first leaf.
    #[must_use]
    pub const fn start(&self) -> u32 {
        self.start
    }
    /// Index after the last leaf.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.end
    }
    /// Length of the list, bound by the root.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }
    /// The run begins the list.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.start == 0
    }
    /// The run ends the list.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.end == self.length
    }
}

/// Why a list proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListProof {
    /// C4: an empty run, or one that does not fit in the stated length.
    #[error("the run does not lie within the list")]
    OutOfBounds,
    /// C5: not exactly the siblings that the shape of the tree asks for.
    #[error("wrong number of siblings")]
    Siblings,
    /// C6: the recomputed root is another.
    #[error("the root does not match")]
    Root,
}

impl RunProof {
    /// Verifies that `leaves` stand at `self.start` in the list with this root.
    ///
    /// # Errors
    /// When the run is empty or out of bounds (C4), has too few or too many siblings (C5), or the root differs (C6).
    pub fn verify(&self, root: &ListRoot, leaves: &[Digest]) -> Result<Position, InvalidListProof> {
        let _ = (root, leaves);
        unimplemented!()
    }
}

/// Evidence that a strictly ascending list holds no element with a given key: the place where it would stand.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Absence<T> {
    /// The list is empty.
    Empty,
    /// The first element is already greater.
    Before {
        /// The first element.
        first: T,
        /// Its proof.
        proof: RunProof,
    },
    /// Two adjacent elements stand on both sides.
    Between {
        /// The nearest smaller element.
        left: T,
        /// The nearest greater element.
        right: T,
        /// One proof for both.
        proof: RunProof,
    },
    /// The last element is still smaller.
    After {
        /// The last element.
        last: T,
        /// Its proof.
        proof: RunProof,
    },
}

/// Why an absence proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAbsence {
    /// The elements shown are not where the proof says.
    #[error(transparent)]
    Proof(#[from] InvalidListProof),
    /// C7: the elements shown are not an end of the list, as this form of evidence requires.
    #[error("the elements are not at the end of the list")]
    NotAtEnd,
    /// C8: the key does not fall in the gap that was shown.
    #[error("the key is not in the gap")]
    Key,
}

impl<T> Absence<T> {
    /// Verifies that no element with `key` is in the list, given that the list is strictly ascending by `key_of`.
    ///
    /// # Errors
    /// When a proof fails, the gap is not a gap, or the key is not inside it (C4–C8).
    pub fn verify<K: Ord>(
        &self,
        root: &ListRoot,
        key: &K,
        key_of: impl Fn(&T) -> K,
        leaf_of: impl Fn(&T) -> Digest,
    ) -> Result<(), InvalidAbsence> {
        let _ = (root, key, key_of, leaf_of);
        unimplemented!()
    }
}
