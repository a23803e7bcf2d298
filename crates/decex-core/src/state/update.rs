//! Changes to the full state: the structure first, then the hashes, deepest level first.

use super::node::{Hasher, KEY_BITS, bit, split, tag_inner, tag_leaf};
use super::tree::{Leaf, Link, MemoryTree, Pair, Place, Target, index};
use super::{Changes, StateKey, Value};
use crate::hash::Digest;
use crate::lanes::{WIDTH, join};
use alloc::vec::Vec;

/// A change and the hash of the leaf it leaves behind.
struct Change<'a> {
    key: &'a StateKey,
    value: Option<&'a Value>,
    hash: Digest,
}

/// A leaf that is about to be put in place.
struct Item {
    key: StateKey,
    link: Link,
    hash: Digest,
}

/// An inner node to be hashed, and where the hash goes.
struct Stale {
    node: u32,
    place: Option<Place>,
    /// Index of the next one at the same depth; [`END`] if there is none.
    next: u32,
}

/// The inner nodes to be hashed: a list per depth.
struct Schedule {
    nodes: Vec<Stale>,
    first: [u32; 256],
}

/// The end of a list in a [`Schedule`].
const END: u32 = u32::MAX;

impl Schedule {
    fn push(&mut self, depth: u16, node: u32, place: Option<Place>) -> Option<()> {
        let first = self.first.get_mut(usize::from(depth))?;
        let next = core::mem::replace(first, u32::try_from(self.nodes.len()).ok()?);
        self.nodes.push(Stale { node, place, next });
        Some(())
    }
}

impl MemoryTree {
    /// Applies `changes`. `None`, with the tree unchanged, if the arena has no room for them.
    pub(super) fn change(&mut self, changes: &Changes) -> Option<()> {
        if changes.is_empty() || self.has_room(changes.len()) {
            return self.apply_all(changes);
        }
        // It may still fit. If it does not, the tree must be as before.
        let mut changed = self.clone();
        changed.apply_all(changes)?;
        *self = changed;
        Some(())
    }

    /// Returns whether the arena surely has room for this many more keys.
    fn has_room(&self, keys: usize) -> bool {
        let worst = keys
            .saturating_mul(usize::from(KEY_BITS))
            .saturating_add(self.links.len());
        worst.max(self.leaves.len().saturating_add(keys)) < index(Link::LEAF - 1)
    }

    fn apply_all(&mut self, changes: &Changes) -> Option<()> {
        let hasher = Hasher::new();
        let changes = hash_changes(changes, &hasher);
        self.load_paths(&changes);
        let mut schedule = Schedule {
            nodes: Vec::new(),
            first: [END; 256],
        };
        let (root, hash) = self.apply(self.root, None, 0, &changes, &mut schedule)?;
        self.root = root;
        if !matches!(root.target(), Target::Inner(_)) {
            self.root_hash = hash;
        }
        self.rehash(&schedule, &hasher)
    }

    /// Applies `changes`, all below the node `link` at `place`, and returns what stands there then, with its hash unless
    /// it is an inner node: that one is scheduled. `None` only if the arena is full.
    fn apply(
        &mut self,
        link: Link,
        place: Option<Place>,
        depth: u16,
        changes: &[Change<'_>],
        schedule: &mut Schedule,
    ) -> Option<(Link, Digest)> {
        let node = match link.target() {
            Target::Empty => return self.plant(None, place, depth, changes, schedule),
            Target::Leaf(leaf) => return self.plant(Some(leaf), place, depth, changes, schedule),
            Target::Inner(node) => node,
        };
        let Link(name) = link;
        let (zeros, ones) = split(changes, depth, |change| change.key);
        for (right, changes) in [(false, zeros), (true, ones)] {
            if !changes.is_empty() {
                let child = *self.links.get(node)?.get(usize::from(right))?;
                let place = Some(Place { parent: name, right });
                let (child, hash) = self.apply(child, place, depth.saturating_add(1), changes, schedule)?;
                self.attach(name, right, child, &hash)?;
            }
        }
        let [left, right] = *self.links.get(node)?;
        let survivor = match (left.target(), right.target()) {
            (Target::Empty, Target::Empty) => Some((Link::EMPTY, Digest::ZERO)),
            (Target::Empty, Target::Leaf(_)) => Some((
                right,
                self.hash_at(Some(Place {
                    parent: name,
                    right: true,
                }))?,
            )),
            (Target::Leaf(_), Target::Empty) => Some((
                left,
                self.hash_at(Some(Place {
                    parent: name,
                    right: false,
                }))?,
            )),
            (Target::Empty | Target::Leaf(_) | Target::Inner(_), Target::Inner(_) | Target::Leaf(_))
            | (Target::Inner(_), Target::Empty) => None,
        };
        if survivor.is_some() {
            self.free_inner.push(name);
            return survivor;
        }
        schedule.push(depth, name, place)?;
        Some((link, Digest::ZERO))
    }

    /// Makes `child` a child of `parent`. The hash of an inner child is written when it is known.
    fn attach(&mut self, parent: u32, right: bool, child: Link, hash: &Digest) -> Option<()> {
        *self.links.get_mut(index(parent))?.get_mut(usize::from(right))? = child;
        match child.target() {
            Target::Inner(_) => Some(()),
            Target::Empty | Target::Leaf(_) => self.set_hash(Some(Place { parent, right }), hash),
        }
    }

    /// Applies `changes` where a leaf or nothing stands at `place`.
    fn plant(
        &mut self,
        leaf: Option<usize>,
        place: Option<Place>,
        depth: u16,
        changes: &[Change<'_>],
        schedule: &mut Schedule,
    ) -> Option<(Link, Digest)> {
        let mut items = Vec::new();
        let mut old = None;
        if let Some(leaf) = leaf {
            let key = self.leaves.get(leaf)?.key;
            let link = Link(u32::try_from(leaf).ok()? | Link::LEAF);
            // What most updates do: another value under a key that is there.
            if let [
                Change {
                    key: changed,
                    value: Some(value),
                    hash,
                },
            ] = changes
                && **changed == key
            {
                self.leaves.get_mut(leaf)?.value = own(value);
                return Some((link, *hash));
            }
            if changes.binary_search_by(|change| change.key.cmp(&key)).is_ok() {
                self.remove_leaf(leaf)?;
            } else {
                old = Some(Item {
                    key,
                    link,
                    hash: self.hash_at(place)?,
                });
            }
        }
        for Change { key, value, hash } in changes {
            if let Some(item) = old.take_if(|item| item.key < **key) {
                items.push(item);
            }
            if let Some(value) = value {
                let link = self.new_leaf(Leaf {
                    key: **key,
                    value: own(value),
                })?;
                items.push(Item {
                    key: **key,
                    link,
                    hash: *hash,
                });
            }
        }
        items.extend(old);
        self.grow(&items, place, depth, schedule)
    }

    /// Builds the subtree that holds exactly `items`.
    fn grow(
        &mut self,
        items: &[Item],
        place: Option<Place>,
        depth: u16,
        schedule: &mut Schedule,
    ) -> Option<(Link, Digest)> {
        match items {
            [] => return Some((Link::EMPTY, Digest::ZERO)),
            [item] => return Some((item.link, item.hash)),
            _ => {}
        }
        let name = self.new_inner()?;
        let (zeros, ones) = split(items, depth, |item| &item.key);
        for (right, items) in [(false, zeros), (true, ones)] {
            let (child, hash) = self.grow(
                items,
                Some(Place { parent: name, right }),
                depth.saturating_add(1),
                schedule,
            )?;
            self.attach(name, right, child, &hash)?;
        }
        schedule.push(depth, name, place)?;
        Some((Link(name), Digest::ZERO))
    }

    /// Hashes the scheduled nodes, deepest level first, and puts each hash in its place.
    fn rehash(&mut self, schedule: &Schedule, hasher: &Hasher) -> Option<()> {
        for first in schedule.first.iter().rev() {
            let mut next = *first;
            while next != END {
                let mut places = [None; WIDTH];
                let mut blocks = [&[0; 64]; WIDTH];
                let mut count = 0_usize;
                for (place, block) in places.iter_mut().zip(&mut blocks) {
                    let Some(stale) = schedule.nodes.get(index(next)) else {
                        break;
                    };
                    let Pair(pair) = self.hashes.get(index(stale.node))?;
                    (*place, *block, next) = (stale.place, pair, stale.next);
                    count = count.saturating_add(1);
                }
                let digests = hasher.inner_lanes().group(blocks.get(..count)?);
                for (place, digest) in places.into_iter().zip(digests).take(count) {
                    self.set_hash(place, &tag_inner(digest))?;
                }
            }
        }
        Some(())
    }

    /// Reads what lies on the paths of `changes`, all of them level by level, and does nothing with it. In a large tree
    /// most of it is not in the processor's caches; here the loads do not wait for each other.
    fn load_paths(&self, changes: &[Change<'_>]) {
        let mut ends: Vec<(&StateKey, Link)> = changes.iter().map(|change| (change.key, self.root)).collect();
        let mut seen = 0_u8;
        for depth in 0..KEY_BITS {
            let mut inner = false;
            for (key, link) in &mut ends {
                if let Target::Inner(node) = link.target() {
                    let right = usize::from(bit(key, depth));
                    *link = self
                        .links
                        .get(node)
                        .and_then(|links| links.get(right))
                        .copied()
                        .unwrap_or_default();
                    seen ^= self.hashes.get(node).map_or(0, |Pair([first, ..])| *first);
                    inner = true;
                }
            }
            if !inner {
                break;
            }
        }
        for (key, link) in &ends {
            // The value that is replaced is read too: to free it is to write beside it.
            if let Target::Leaf(leaf) = link.target()
                && let Some(leaf) = self.leaves.get(leaf).filter(|leaf| leaf.key == **key)
            {
                seen ^= leaf.value.first().copied().unwrap_or_default();
            }
        }
        core::hint::black_box(seen);
    }

    fn new_inner(&mut self) -> Option<u32> {
        if let Some(node) = self.free_inner.pop() {
            return Some(node);
        }
        let node = u32::try_from(self.links.len())
            .ok()
            .filter(|node| node & Link::LEAF == 0)?;
        self.links.push([Link::EMPTY; 2]);
        self.hashes.push(Pair([0; 64]));
        Some(node)
    }

    fn new_leaf(&mut self, leaf: Leaf) -> Option<Link> {
        if let Some(free) = self.free_leaves.pop() {
            *self.leaves.get_mut(index(free))? = leaf;
            return Some(Link(free | Link::LEAF));
        }
        let link = u32::try_from(self.leaves.len())
            .ok()
            .filter(|leaf| leaf & Link::LEAF == 0)?
            | Link::LEAF;
        if Link(link) == Link::EMPTY {
            return None;
        }
        self.leaves.push(leaf);
        Some(Link(link))
    }

    fn remove_leaf(&mut self, leaf: usize) -> Option<()> {
        *self.leaves.get_mut(leaf)? = Leaf::default();
        self.free_leaves.push(u32::try_from(leaf).ok()?);
        Some(())
    }

    fn set_hash(&mut self, place: Option<Place>, hash: &Digest) -> Option<()> {
        let Some(Place { parent, right }) = place else {
            self.root_hash = *hash;
            return Some(());
        };
        let Pair(pair) = self.hashes.get_mut(index(parent))?;
        let (halves, _) = pair.as_chunks_mut();
        *halves.get_mut(usize::from(right))? = hash.0;
        Some(())
    }
}

/// Copies a value, so that a short one does not keep a long buffer alive that it was cut from.
fn own(value: &Value) -> Value {
    Value::copy_from_slice(value)
}

/// Returns the changes with the hashes of the leaves they leave behind.
fn hash_changes<'a>(changes: &'a Changes, hasher: &Hasher) -> Vec<Change<'a>> {
    let mut hashed: Vec<Change<'a>> = changes
        .iter()
        .map(|(key, value)| Change {
            key,
            value: value.as_ref(),
            hash: Digest::ZERO,
        })
        .collect();
    for group in hashed.chunks_mut(WIDTH) {
        let mut messages = [[0; 64]; WIDTH];
        for (message, change) in messages.iter_mut().zip(group.iter()) {
            if let Some(value) = change.value {
                *message = join(&change.key.0, &hasher.value(value));
            }
        }
        let mut blocks = [&[0; 64]; WIDTH];
        blocks
            .iter_mut()
            .zip(&messages)
            .for_each(|(block, message)| *block = message);
        let digests = hasher
            .leaf_lanes()
            .group(blocks.get(..group.len()).unwrap_or_default());
        group
            .iter_mut()
            .zip(digests)
            .for_each(|(change, digest)| change.hash = tag_leaf(digest));
    }
    hashed
}
