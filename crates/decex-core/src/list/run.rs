//! Verify that a run of adjacent leaves stands at its place in a list.

use super::tree::{parent, parents, seal};
use crate::codec::BoundedVec;
use crate::hash::Digest;
use crate::id::ListRoot;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Proves that a run of adjacent leaves stands at `start` in a list of `length` leaves. A run of one is a single-leaf
/// proof. Which leaves is the caller's to say when it verifies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct RunProof {
    /// Index of the first leaf of the run.
    pub start: u32,
    /// Length of the list.
    pub length: u32,
    /// Sibling nodes, bottom level first, left before right. At most 2 · 32.
    pub siblings: BoundedVec<Digest, 64>,
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

impl InvalidListProof {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::OutOfBounds => 4,
            Self::Siblings => 5,
            Self::Root => 6,
        }
    }
}

impl RunProof {
    /// Verifies that `leaves` stand at `self.start` in the list with this root. Nothing is hashed before bounds and
    /// sibling count are right; then at most one hash per leaf and two per level.
    ///
    /// # Errors
    /// When the run is empty or out of bounds (C4), has too few or too many siblings (C5), or the root differs (C6).
    pub fn verify(&self, root: &ListRoot, leaves: &[Digest]) -> Result<Position, InvalidListProof> {
        // C4: the run lies within the length that the proof states.
        let count = u32::try_from(leaves.len()).map_err(|_| InvalidListProof::OutOfBounds)?;
        let run = Span::new(self.start, count, self.length).ok_or(InvalidListProof::OutOfBounds)?;
        // C5: the shape of the tree alone says which siblings there are.
        if run.siblings() != self.siblings.len() {
            return Err(InvalidListProof::Siblings);
        }
        let mut siblings = self.siblings.iter();
        let mut row = leaves.to_vec();
        let mut span = run;
        while let Some(above) = span.above() {
            // Left before right. `take` cannot run out: C5 counted with the same two questions.
            let left = siblings.by_ref().take(span.left().iter().len()).copied();
            row.splice(0..0, left);
            row.extend(siblings.by_ref().take(span.right().iter().len()));
            row = parents(&row);
            span = above;
        }
        // C6: the root binds top node and length.
        if seal(self.length, row.first()) != *root {
            return Err(InvalidListProof::Root);
        }
        Ok(Position {
            start: run.start,
            end: run.end,
            length: run.length,
        })
    }
}

/// Computes the root of the list of `length` leaves that has `leaf` at `index`, from the siblings on the way up, bottom
/// level first: the single-leaf proof of a list whose length and place are known from elsewhere. Allocates nothing; at
/// most one hash per level. Whoever compares the root with a known one has verified what [`RunProof::verify`] verifies.
///
/// # Errors
/// When the index is not in the list (C4), or there are too few or too many siblings (C5).
pub fn fold(
    index: u32,
    length: u32,
    leaf: &Digest,
    siblings: &[Digest],
) -> Result<ListRoot, InvalidListProof> {
    // C4: the leaf lies within the list.
    let run = Span::new(index, 1, length).ok_or(InvalidListProof::OutOfBounds)?;
    // C5: the shape of the tree alone says which siblings there are.
    if run.siblings() != siblings.len() {
        return Err(InvalidListProof::Siblings);
    }
    let mut siblings = siblings.iter();
    let (mut node, mut span) = (*leaf, run);
    while let Some(above) = span.above() {
        // `next` cannot run out: C5 counted with the same two questions. The odd node at the end has no sibling.
        if span.left().is_some() {
            node = parent(siblings.next().unwrap_or(&Digest::ZERO), &node);
        } else if span.right().is_some() {
            node = parent(&node, siblings.next().unwrap_or(&Digest::ZERO));
        }
        span = above;
    }
    Ok(seal(length, Some(&node)))
}

/// A run of nodes within one level of a tree. Never empty, never past the end of the level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
    length: u32,
}

impl Span {
    /// Returns the run of `count` nodes from `start` on, or `None` if it is empty or does not fit in `length`.
    pub(super) fn new(start: u32, count: u32, length: u32) -> Option<Self> {
        let end = start.checked_add(count)?;
        (count > 0 && end <= length).then_some(Self { start, end, length })
    }

    /// Returns the index of the node that the run's first node is paired with, if that is not in the run.
    pub(super) const fn left(&self) -> Option<u32> {
        if self.start.is_multiple_of(2) {
            None
        } else {
            self.start.checked_sub(1)
        }
    }

    /// Returns the index of the node that the run's last node is paired with, if that is not in the run. The odd node at
    /// the end of a level has none.
    pub(super) const fn right(&self) -> Option<u32> {
        if self.end.is_multiple_of(2) || self.end == self.length {
            None
        } else {
            Some(self.end)
        }
    }

    /// Returns the run of parents one level up, or `None` at the top.
    pub(super) fn above(&self) -> Option<Self> {
        (self.length > 1).then_some(Self {
            start: self.start.checked_div(2)?,
            end: self.end.div_ceil(2),
            length: self.length.div_ceil(2),
        })
    }

    /// Returns how many siblings a proof of this run has.
    fn siblings(self) -> usize {
        core::iter::successors(Some(self), Self::above)
            .map(|span| span.left().iter().len().saturating_add(span.right().iter().len()))
            .fold(0, usize::saturating_add)
    }
}
