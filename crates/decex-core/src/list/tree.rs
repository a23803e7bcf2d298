//! Hash a list and build proofs about it.

use super::run::{RunProof, Span};
use crate::codec::BoundedVec;
use crate::hash::{Digest, Hash};
use crate::id::ListRoot;
use crate::label;
use crate::lanes::{Lanes, hash_pairs};
use alloc::vec::Vec;

/// Returns the root over `leaves`. Leaves beyond the first `u32::MAX` are not part of any list and are ignored.
#[must_use]
pub fn root(leaves: &[Digest]) -> ListRoot {
    let (leaves, length) = bounded(leaves);
    if length < 2 {
        return seal(length, leaves.first());
    }
    let mut row = parents(leaves);
    while row.len() > 1 {
        row = parents(&row);
    }
    seal(length, row.first())
}

/// Returns the root of a list of `length` leaves whose topmost node is this; `None` for the empty list.
#[must_use]
pub fn root_of(length: u32, top: Option<&Digest>) -> ListRoot {
    seal(length, top)
}

/// All levels of a list commitment, for building proofs.
#[derive(Clone, Debug)]
pub struct ListTree {
    /// The leaves, then each level above them, up to the top node. Only the leaves if there are fewer than two.
    levels: Vec<Vec<Digest>>,
}

impl ListTree {
    /// Hashes the tree over `leaves`. Leaves beyond the first `u32::MAX` are ignored, as in [`root`].
    #[must_use]
    pub fn new(mut leaves: Vec<Digest>) -> Self {
        leaves.truncate(bounded(&leaves).0.len());
        let mut levels = Vec::new();
        let mut row = leaves;
        while row.len() > 1 {
            let above = parents(&row);
            levels.push(core::mem::replace(&mut row, above));
        }
        levels.push(row);
        Self { levels }
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> ListRoot {
        seal(self.length(), self.top())
    }

    /// Returns the node that everything hangs from, `None` for the empty list. Of sixteen leaves, or fewer at the end of a longer
    /// list, it is a node of that list, four levels up: a tree too large to hold can be kept in parts.
    #[must_use]
    pub fn top(&self) -> Option<&Digest> {
        self.levels.last().and_then(|level| level.first())
    }

    /// Returns the leaves.
    #[must_use]
    pub fn leaves(&self) -> &[Digest] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn length(&self) -> u32 {
        bounded(self.leaves()).1
    }

    /// Proves the `count` adjacent leaves from `start` on, or `None` if there are none or they are not all in the list.
    #[must_use]
    pub fn prove(&self, start: u32, count: u32) -> Option<RunProof> {
        let length = self.length();
        let mut span = Span::new(start, count, length)?;
        let mut siblings = Vec::new();
        for level in &self.levels {
            for index in [span.left(), span.right()].into_iter().flatten() {
                siblings.push(*level.get(usize::try_from(index).ok()?)?);
            }
            let Some(above) = span.above() else { break };
            span = above;
        }
        Some(RunProof {
            start,
            length,
            siblings: BoundedVec::new(siblings)?,
        })
    }
}

/// Returns the level above `row`: one node per pair, and the odd node at the end as it is.
pub(super) fn parents(row: &[Digest]) -> Vec<Digest> {
    let (pairs, odd) = row.as_chunks::<2>();
    let mut above = hash_pairs(&label::LIST_NODE, pairs);
    above.extend_from_slice(odd);
    above
}

/// Returns the node above two.
pub(super) fn parent(left: &Digest, right: &Digest) -> Digest {
    Lanes::new(&label::LIST_NODE).pair(left, right)
}

/// Returns the root of a list of this length with this top node.
pub(super) fn seal(length: u32, top: Option<&Digest>) -> ListRoot {
    let top = top.unwrap_or(&Digest::ZERO);
    ListRoot(
        Hash::new(&label::LIST_ROOT)
            .chain(length.to_le_bytes())
            .chain(top)
            .finish(),
    )
}

/// Returns the part of `leaves` that a list can hold, and its length.
fn bounded(leaves: &[Digest]) -> (&[Digest], u32) {
    u32::try_from(leaves.len()).map_or_else(
        |_| {
            (
                usize::try_from(u32::MAX)
                    .ok()
                    .and_then(|most| leaves.get(..most))
                    .unwrap_or(&[]),
                u32::MAX,
            )
        },
        |length| (leaves, length),
    )
}
