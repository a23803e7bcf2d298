//! Commit to a list, and prove single leaves, runs of adjacent leaves, the last leaf, and absence from a sorted list.
//!
//! Leaves are digests that were hashed under a label of their own ([`label::SUMMARY`](crate::label::SUMMARY),
//! [`label::TRACE`](crate::label::TRACE) …), so a leaf is never mistaken for an inner node. Inner nodes are
//! `H(LIST_NODE, left ‖ right)`; an odd node at the end of a level is promoted unchanged; the root is
//! `H(LIST_ROOT, length as u32 little-endian ‖ top)` with an all-zero top for the empty list, so it binds the length.
//!
//! ```text
//!            top            length 5: the last leaf is promoted twice
//!          /     \
//!        n01..3    e        run 1..3 (leaves b and c) is proven by a, d and e,
//!       /     \     \       in that order: bottom level first, left before right
//!     n01     n23    e
//!    /   \   /   \    \
//!   a     b c     d    e
//! ```
//!
//! # Invariants
//! - The root determines the list: its length, and the leaf at every index. So for a root, a run and its place there is
//!   exactly one proof that verifies, and none if the leaves do not stand there.
//! - A list holds at most `u32::MAX` leaves.

mod absence;
mod frontier;
mod run;
mod tree;

#[cfg(test)]
mod tests;

pub use absence::{Absence, InvalidAbsence};
pub use frontier::{Frontier, Full};
pub use run::{InvalidListProof, Position, RunProof, fold};
pub use tree::{ListTree, root, root_of};
