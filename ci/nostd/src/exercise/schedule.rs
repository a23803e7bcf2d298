//! decex-shuffle: a schedule, and the refutation of a wrong one.

use super::holds;
use alloc::vec::Vec;
use decex_core::list::ListTree;
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_core::transaction::{self, Summary};
use decex_core::{Digest, Nonce, Seed, SenderId, Weight};
use decex_shuffle::{InboxBody, InboxContent, Schedule, find};

fn body(senders: core::ops::Range<u8>) -> Vec<Summary> {
    senders
        .map(|sender| Summary {
            sender: SenderId(Digest([sender; 32])),
            nonce: Nonce(0),
            hash: transaction::hash(&[sender]),
            weight: Weight(1),
            bytes: 1,
        })
        .collect()
}

fn tree(body: &[Summary]) -> ListTree {
    ListTree::new(body.iter().map(Summary::leaf).collect())
}

pub(super) fn order_and_refutation() -> Result<(), &'static str> {
    let seed = Seed(Digest([5; 32]));
    // Four of the senders stand in both bodies.
    let bodies = [body(0..20), body(16..40)];
    let trees = [tree(&bodies[0]), tree(&bodies[1])];
    let inbox = [0, 1].map(|bundle: usize| InboxContent {
        summaries: &bodies[bundle],
        tree: &trees[bundle],
        valid: true,
    });
    let schedule = Schedule::build(&seed, InboxContent::valid_bodies(&inbox));
    holds(schedule.count() == 40, "each transaction is scheduled once")?;
    holds(
        find(&seed, &inbox, schedule.entries()).is_none(),
        "nothing refutes the right schedule",
    )?;

    let mut wrong: Vec<Entry> = schedule.entries().to_vec();
    wrong.swap(7, 8);
    let root = ListTree::new(wrong.iter().map(Entry::compute_leaf).collect()).root();
    let claim = ScheduleClaim { root, count: 40 };
    let refutation = find(&seed, &inbox, &wrong).ok_or("a wrong schedule has a refutation")?;
    let known = inbox.each_ref().map(InboxBody::from);
    holds(
        refutation.verify(&claim, &seed, &known).is_ok(),
        "verify a refutation",
    )?;
    let right = refutation.verify(&schedule.claim(), &seed, &known);
    holds(
        right.is_err(),
        "the refutation does not hold of the right schedule",
    )
}
