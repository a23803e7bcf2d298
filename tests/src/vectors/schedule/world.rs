//! An inbox of bodies to schedule.

use super::body;
use crate::vectors::json::scale;
use decex_core::hash::{Digest, digest};
use decex_core::list::ListTree;
use decex_core::transaction::Summary;
use decex_core::{Nonce, Seed, SenderId, TransactionHash, Weight, label};
use decex_receipt::decex_shuffle::{Entry, InboxBody, InboxContent, Schedule, ScheduleClaim, Shown};
use serde_json::{Value, json};

/// An inbox with its trees.
pub(super) struct World {
    pub(super) seed: Seed,
    pub(super) bodies: Vec<(Vec<Summary>, bool)>,
    trees: Vec<ListTree>,
}

pub(super) fn summary(sender: u8, nonce: u64, salt: u8) -> Summary {
    Summary {
        sender: SenderId(Digest([sender; 32])),
        nonce: Nonce(nonce),
        hash: TransactionHash(digest(&label::TRANSACTION, &[sender, salt])),
        weight: Weight(21_000),
        bytes: 110,
    }
}

impl World {
    pub(super) fn new(bodies: Vec<(Vec<Summary>, bool)>) -> Self {
        let sorted = |(mut body, valid): (Vec<Summary>, bool)| {
            body.sort_by_key(Summary::body_key);
            (body, valid)
        };
        let bodies: Vec<_> = bodies.into_iter().map(sorted).collect();
        let tree = |(body, _): &(Vec<Summary>, bool)| ListTree::new(body.iter().map(Summary::leaf).collect());
        Self {
            seed: Seed(Digest([3; 32])),
            trees: bodies.iter().map(tree).collect(),
            bodies,
        }
    }

    /// Two valid bundles that share transactions, and one that is not valid.
    pub(super) fn usual() -> Self {
        let first = vec![
            summary(1, 0, 0),
            summary(1, 1, 0),
            summary(2, 4, 0),
            summary(2, 4, 1),
        ];
        let second = vec![summary(1, 1, 0), summary(3, 0, 0), summary(4, 0, 0)];
        let invalid = vec![summary(5, 0, 0), summary(6, 0, 0)];
        Self::new(vec![(first, true), (second, true), (invalid, false)])
    }

    pub(super) fn contents(&self) -> Vec<InboxContent<'_>> {
        let bodies = self.bodies.iter().zip(&self.trees);
        bodies
            .map(|((summaries, valid), tree)| InboxContent {
                summaries,
                tree,
                valid: *valid,
            })
            .collect()
    }

    pub(super) fn right(&self) -> Vec<Entry> {
        let contents = self.contents();
        let schedule = Schedule::build(&self.seed, InboxContent::valid_bodies(&contents));
        schedule.entries().to_vec()
    }

    pub(super) fn given(&self) -> Value {
        let contents = self.contents();
        let inbox: Value = contents
            .iter()
            .map(|content| body(&InboxBody::from(content)))
            .collect();
        json!({ "seed": scale(&self.seed), "inbox": inbox })
    }

    pub(super) fn show(&self, bundle: u16, leaf: u32) -> Shown {
        let (place, index) = (usize::from(bundle), usize::try_from(leaf).expect("a leaf"));
        let (body, tree) = self
            .bodies
            .get(place)
            .zip(self.trees.get(place))
            .expect("a bundle");
        Shown {
            bundle,
            summary: *body.0.get(index).expect("a leaf"),
            proof: tree.prove(leaf, 1).expect("a leaf"),
        }
    }

    pub(super) fn show_entry(&self, entry: Entry) -> Shown {
        self.show(entry.bundle, entry.leaf)
    }
}

pub(super) fn tree(entries: &[Entry]) -> ListTree {
    ListTree::new(entries.iter().map(Entry::compute_leaf).collect())
}

pub(super) fn claim(entries: &[Entry]) -> ScheduleClaim {
    ScheduleClaim {
        root: tree(entries).root(),
        count: tree(entries).length(),
    }
}
