//! Small inboxes with everything that can go wrong in them: shared transactions, conflicting claims, invalid bundles.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

use decex_core::hash::digest;
use decex_core::id::{Nonce, Seed, SenderId, TransactionHash, Weight};
use decex_core::label;
use decex_core::list::ListTree;
use decex_core::transaction::Summary;
use decex_shuffle::{Entry, InboxBody, InboxContent, Schedule, ScheduleClaim, ScheduleKey, Shown, key};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub fn seed(n: u64) -> Seed {
    Seed(digest(&label::SCHEDULE_SEED, &n.to_le_bytes()))
}

pub fn sender(n: u64) -> SenderId {
    let mut id = SenderId::default();
    id.0.0[12..20].copy_from_slice(&n.to_be_bytes());
    id
}

pub fn summary(sender_number: u64, nonce: u64, salt: u64) -> Summary {
    let bytes = [
        sender_number.to_le_bytes(),
        nonce.to_le_bytes(),
        salt.to_le_bytes(),
    ]
    .concat();
    Summary {
        sender: sender(sender_number),
        nonce: Nonce(nonce),
        hash: TransactionHash(digest(&label::TRANSACTION, &bytes)),
        weight: Weight(21_000),
        bytes: 110,
    }
}

/// Sorted and without repetition, as inclusion makes sure of.
pub fn body(mut summaries: Vec<Summary>) -> Vec<Summary> {
    summaries.sort_by_key(Summary::body_key);
    summaries.dedup_by_key(|summary| summary.body_key());
    summaries
}

#[derive(Clone, Debug)]
pub struct World {
    pub seed: Seed,
    pub bodies: Vec<(Vec<Summary>, bool)>,
    trees: Vec<ListTree>,
}

impl World {
    pub fn new(seed: Seed, bodies: Vec<(Vec<Summary>, bool)>) -> Self {
        let bodies: Vec<_> = bodies
            .into_iter()
            .map(|(summaries, valid)| (body(summaries), valid))
            .collect();
        let trees = bodies
            .iter()
            .map(|(body, _)| ListTree::new(body.iter().map(Summary::leaf).collect()))
            .collect();
        Self { seed, bodies, trees }
    }

    pub fn contents(&self) -> Vec<InboxContent<'_>> {
        let bodies = self.bodies.iter().zip(&self.trees);
        bodies
            .map(|((summaries, valid), tree)| InboxContent {
                summaries,
                tree,
                valid: *valid,
            })
            .collect()
    }

    pub fn inbox(&self) -> Vec<InboxBody> {
        self.contents().iter().map(InboxBody::from).collect()
    }

    pub fn schedule(&self) -> Schedule {
        Schedule::build(&self.seed, InboxContent::valid_bodies(&self.contents()))
    }

    /// The definition: the lowest reference per key, by key.
    pub fn expected(&self) -> Vec<Entry> {
        let mut by_key: BTreeMap<ScheduleKey, Entry> = BTreeMap::new();
        for (bundle, (summaries, valid)) in self.bodies.iter().enumerate() {
            for (leaf, summary) in summaries.iter().enumerate().filter(|_| *valid) {
                let entry = Entry {
                    bundle: bundle as u16,
                    leaf: leaf as u32,
                };
                by_key.entry(key(&self.seed, summary)).or_insert(entry);
            }
        }
        by_key.into_values().collect()
    }

    pub fn show(&self, entry: Entry) -> Shown {
        let bundle = usize::from(entry.bundle);
        let summary = self.bodies[bundle].0[entry.leaf as usize];
        Shown {
            bundle: entry.bundle,
            summary,
            proof: self.trees[bundle].prove(entry.leaf, 1).unwrap(),
        }
    }

    /// Every reference into every body, valid or not.
    pub fn references(&self) -> Vec<Entry> {
        let bodies = (0u16..).zip(&self.bodies);
        bodies
            .flat_map(|(bundle, (body, _))| {
                (0..body.len()).map(move |leaf| Entry {
                    bundle,
                    leaf: leaf as u32,
                })
            })
            .collect()
    }
}

pub fn tree(entries: &[Entry]) -> ListTree {
    ListTree::new(entries.iter().map(Entry::compute_leaf).collect())
}

pub fn claim(entries: &[Entry]) -> ScheduleClaim {
    ScheduleClaim {
        root: tree(entries).root(),
        count: entries.len() as u32,
    }
}

/// Four senders, few nonces, two competing transactions per nonce, now and then a false weight.
fn any_summary() -> impl Strategy<Value = Summary> {
    (0u64..4, 0u64..3, 0u64..2, prop::bool::weighted(0.1)).prop_map(|(sender, nonce, salt, lie)| {
        let mut summary = summary(sender, nonce, salt);
        summary.weight.0 += u64::from(lie);
        summary
    })
}

pub fn any_world() -> impl Strategy<Value = World> {
    let bodies = (
        prop::collection::vec(any_summary(), 0..10),
        prop::bool::weighted(0.8),
    );
    (0u64..1 << 32, prop::collection::vec(bodies, 0..5)).prop_map(|(n, bodies)| World::new(seed(n), bodies))
}

/// What a liar does to a list of entries.
#[derive(Clone, Debug)]
pub enum Corruption {
    Swap(usize, usize),
    Drop(usize),
    Duplicate(usize, usize),
    OtherCopy(usize, usize),
    Replace(usize, Entry),
    Insert(usize, Entry),
    Truncate(usize),
    Reverse,
    Rotate(usize),
    Empty,
    Unrelated(Vec<Entry>),
}

pub fn any_entry() -> impl Strategy<Value = Entry> {
    (0u16..6, 0u32..12).prop_map(|(bundle, leaf)| Entry { bundle, leaf })
}

pub fn any_corruption() -> impl Strategy<Value = Corruption> {
    let at = 0usize..64;
    prop_oneof![
        (at.clone(), at.clone()).prop_map(|(i, j)| Corruption::Swap(i, j)),
        at.clone().prop_map(Corruption::Drop),
        (at.clone(), at.clone()).prop_map(|(i, j)| Corruption::Duplicate(i, j)),
        (at.clone(), at.clone()).prop_map(|(i, j)| Corruption::OtherCopy(i, j)),
        (at.clone(), any_entry()).prop_map(|(i, entry)| Corruption::Replace(i, entry)),
        (at.clone(), any_entry()).prop_map(|(i, entry)| Corruption::Insert(i, entry)),
        at.clone().prop_map(Corruption::Truncate),
        Just(Corruption::Reverse),
        at.prop_map(Corruption::Rotate),
        Just(Corruption::Empty),
        prop::collection::vec(any_entry(), 0..12).prop_map(Corruption::Unrelated),
    ]
}

impl Corruption {
    pub fn apply(self, world: &World, entries: &mut Vec<Entry>) {
        let length = entries.len();
        let within = |i: usize| i % length.max(1);
        match self {
            Self::Unrelated(other) => *entries = other,
            Self::Insert(i, entry) => entries.insert(i % (length + 1), entry),
            _ if length == 0 => {}
            Self::Swap(i, j) => entries.swap(within(i), within(j)),
            Self::Drop(i) => {
                entries.remove(within(i));
            }
            Self::Duplicate(i, j) => entries.insert(within(j), entries[within(i)]),
            Self::OtherCopy(i, j) => {
                let body_key = |entry: &Entry| {
                    let (body, _) = world.bodies.get(usize::from(entry.bundle))?;
                    Some(body.get(entry.leaf as usize)?.body_key())
                };
                let references = world.references();
                let named = body_key(&entries[within(i)]);
                let copies: Vec<&Entry> = references.iter().filter(|copy| body_key(copy) == named).collect();
                if !copies.is_empty() {
                    entries[within(i)] = *copies[j % copies.len()];
                }
            }
            Self::Replace(i, entry) => entries[within(i)] = entry,
            Self::Truncate(i) => entries.truncate(within(i)),
            Self::Reverse => entries.reverse(),
            Self::Rotate(i) => entries.rotate_left(within(i)),
            Self::Empty => entries.clear(),
        }
    }
}
