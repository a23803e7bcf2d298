//! Change one leaf of a list whose tree stands in a store, or append one, at the cost of one path.
//!
//! The store keeps a digest for each node of each level, promoted nodes included, under a [`Node`]. So what a change reads
//! are the siblings of the path and nothing else, and what it writes is the path.

use super::run::Span;
use super::tree::{parent, seal};
use crate::hash::Digest;
use crate::id::ListRoot;
use alloc::vec::Vec;
use parity_scale_codec::{Decode, Encode};

/// Names a node of a list's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Node {
    /// The level: 0 are the leaves; at most 32.
    pub level: u8,
    /// The place in the level, from the left.
    pub index: u32,
}

/// What a change of one leaf does to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a change that is not stored did nothing"]
pub struct LeafChange {
    /// The nodes from the leaf up to the top, with what stands there now: one for each level.
    pub path: Vec<(Node, Digest)>,
    /// The root now.
    pub root: ListRoot,
}

/// Puts `leaf` at `index` of a list that has `length` leaves afterwards: over the one that is there, or, if `index` is the last,
/// possibly behind all others. `sibling` returns nodes of the tree as it was; at most one is asked for in each level, and never
/// one that the tree did not have. Returns `None` if the leaf would stand outside the list.
///
/// # Errors
/// Only what `sibling` returns.
pub fn change<E>(
    index: u32,
    length: u32,
    leaf: Digest,
    mut sibling: impl FnMut(Node) -> Result<Digest, E>,
) -> Result<Option<LeafChange>, E> {
    let Some(mut span) = Span::new(index, 1, length) else {
        return Ok(None);
    };
    let (mut level, mut node, mut path) = (0_u8, leaf, Vec::new());
    loop {
        path.push((
            Node {
                level,
                index: span.start(),
            },
            node,
        ));
        let Some(above) = span.above() else { break };
        if let Some(index) = span.left() {
            node = parent(&sibling(Node { level, index })?, &node);
        } else if let Some(index) = span.right() {
            node = parent(&node, &sibling(Node { level, index })?);
        }
        // At most 32 levels, so this never saturates.
        (level, span) = (level.saturating_add(1), above);
    }
    let root = seal(length, Some(&node));
    Ok(Some(LeafChange { path, root }))
}

/// Returns the siblings that prove the leaf at `index` of a list of `length` leaves, bottom level first, in the order that
/// [`fold`](super::fold) takes them; none if there is no such leaf.
pub fn siblings(index: u32, length: u32) -> impl Iterator<Item = Node> {
    levels(index, length).filter_map(|(level, span)| {
        let index = span.left().or_else(|| span.right())?;
        Some(Node { level, index })
    })
}

/// Returns the root of a list of `length` leaves with this top node, which stands at [`top`].
#[must_use]
pub fn root_of(length: u32, top: &Digest) -> ListRoot {
    seal(length, Some(top))
}

/// Returns the node that everything hangs from; `None` for the empty list.
#[must_use]
pub fn top(length: u32) -> Option<Node> {
    let last = levels(0, length).last();
    last.map(|(level, _)| Node { level, index: 0 })
}

/// The path from the leaf at `index` to the top, each node with its level.
fn levels(index: u32, length: u32) -> impl Iterator<Item = (u8, Span)> {
    (0..).zip(core::iter::successors(Span::new(index, 1, length), Span::above))
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
mod tests {
    use super::*;
    use crate::hash::digest;
    use crate::label;
    use crate::list::{ListTree, fold, root};
    use alloc::collections::BTreeMap;
    use core::convert::Infallible;

    fn leaf(index: u32, version: u32) -> Digest {
        digest(
            &label::TRACE,
            &[index.to_le_bytes(), version.to_le_bytes()].concat(),
        )
    }

    fn put(store: &mut BTreeMap<Node, Digest>, index: u32, length: u32, leaf: Digest) -> (LeafChange, usize) {
        let mut reads = 0;
        let Ok(changed) = change(index, length, leaf, |node| {
            reads += 1;
            Ok::<_, Infallible>(store[&node])
        });
        let changed = changed.unwrap();
        store.extend(changed.path.iter().copied());
        (changed, reads)
    }

    #[test]
    fn a_stored_tree_has_the_root_of_its_list_whatever_is_appended_or_changed() {
        let (mut store, mut leaves) = (BTreeMap::new(), Vec::new());
        for length in 1..=70_u32 {
            leaves.push(leaf(length - 1, 0));
            let (changed, _) = put(&mut store, length - 1, length, leaves[length as usize - 1]);
            assert_eq!(changed.root, root(&leaves));
            for index in [0, length / 3, length / 2, length - 1] {
                leaves[index as usize] = leaf(index, length);
                let (changed, reads) = put(&mut store, index, length, leaves[index as usize]);
                assert_eq!(changed.root, root(&leaves), "{index} of {length}");
                assert!(reads <= length.next_power_of_two().ilog2() as usize);
                let found: Vec<Digest> = siblings(index, length).map(|node| store[&node]).collect();
                assert_eq!(
                    fold(index, length, &leaves[index as usize], &found),
                    Ok(changed.root)
                );
                let tree = ListTree::new(leaves.clone());
                assert_eq!(tree.prove(index, 1).unwrap().siblings.into_inner(), found);
            }
            assert_eq!(root_of(length, &store[&top(length).unwrap()]), root(&leaves));
        }
    }

    #[test]
    fn nothing_stands_outside_a_list() {
        for (index, length) in [(0, 0), (1, 1), (5, 4), (u32::MAX, u32::MAX)] {
            let outside = change(index, length, Digest::ZERO, |_| Err(()));
            assert_eq!(outside, Ok(None));
            assert_eq!(siblings(index, length).count(), 0);
        }
        assert_eq!(top(0), None);
        assert_eq!(top(u32::MAX), Some(Node { level: 32, index: 0 }));
    }

    #[test]
    fn a_store_that_fails_is_told() {
        assert_eq!(change(0, 2, Digest::ZERO, |_| Err(7)), Err(7));
    }
}
