//! The schedule against the reference's algorithm, its growth, and its refutations at 100,000 transactions.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use crate::measure::{Row, fastest, versus};
use decex_core::hash::digest;
use decex_core::id::{Nonce, Seed, SenderId, TransactionHash, Weight};
use decex_core::label;
use decex_core::list::ListTree;
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_core::transaction::Summary;
use decex_shuffle::{InboxBody, InboxContent, Refutation, Schedule, check_openings, find};
use parity_scale_codec::Encode;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub fn measure() -> Vec<Row> {
    let mut rows = vec![against_the_reference(), growth()];
    rows.extend(proofs(64, true));
    rows.extend(proofs(2, false));
    rows.push(openings());
    rows
}

pub(crate) const SEED: Seed = Seed(decex_core::Digest([7; 32]));

/// Transaction `n` of accounts that send four each. Addresses and hashes are spread evenly.
fn summary(n: u64) -> Summary {
    let account = digest(&label::PORTION, &(n / 4).to_le_bytes());
    let mut sender = SenderId::default();
    sender.0.0[12..].copy_from_slice(&account.0[12..]);
    let hash = TransactionHash(digest(&label::TRANSACTION, &n.to_le_bytes()));
    Summary {
        sender,
        nonce: Nonce(n % 4),
        hash,
        weight: Weight(21_000),
        bytes: 110,
    }
}

/// `count` transactions in `bundles` bodies, each a quarter again of what is in others.
fn bodies(count: u64, bundles: u64) -> Vec<Vec<Summary>> {
    let mut bodies = vec![Vec::new(); bundles as usize];
    for n in 0..count {
        let bundle = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % bundles;
        bodies[bundle as usize].push(summary(n));
        if n % 4 == 0 {
            bodies[((bundle + 1) % bundles) as usize].push(summary(n));
        }
    }
    for body in &mut bodies {
        body.sort_by_key(Summary::body_key);
        body.dedup();
    }
    bodies
}

pub(crate) fn build(bodies: &[Vec<Summary>]) -> Schedule {
    Schedule::build(&SEED, (0u16..).zip(bodies.iter().map(Vec::as_slice)))
}

/// The reference's algorithm, from its description: search the list so far for each transaction (here by its 32-byte hash,
/// which is kinder than by its bytes), then shuffle the list of senders by Fisher–Yates with ChaCha8, and walk it taking each
/// sender's next transaction. No commitment.
fn reference(bodies: &[Vec<Summary>]) -> Vec<TransactionHash> {
    let mut seen: Vec<TransactionHash> = Vec::new();
    let mut senders = Vec::new();
    let mut queues: BTreeMap<SenderId, VecDeque<TransactionHash>> = BTreeMap::new();
    for summary in bodies.iter().flatten() {
        if !seen.contains(&summary.hash) {
            seen.push(summary.hash);
            senders.push(summary.sender);
            queues.entry(summary.sender).or_default().push_back(summary.hash);
        }
    }
    senders.shuffle(&mut ChaCha8Rng::from_seed(SEED.0.0));
    senders
        .iter()
        .filter_map(|sender| queues.get_mut(sender)?.pop_front())
        .collect()
}

fn against_the_reference() -> Row {
    let bodies = bodies(50_000, 16);
    let expected = build(&bodies).count() as usize;
    assert_eq!((expected, reference(&bodies).len()), (50_000, 50_000));
    let (ours, theirs) = versus(3, || build(&bodies), || reference(&bodies));
    let ours = ours.min(fastest(10, || build(&bodies)));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    Row {
        work: "schedule of 50,000 transactions, 12,500 duplicates removed, with its commitment".into(),
        baseline: "the reference's algorithm, without commitment".into(),
        goal: "≥ 50 times faster".into(),
        measured: format!("{ratio:.0} times ({:.2} ms)", ours.as_secs_f64() * 1e3),
        met: Some(ratio >= 50.0),
    }
}

fn growth() -> Row {
    let sizes = [1_000u64, 10_000, 100_000, 1_000_000];
    let per_item: Vec<f64> = sizes
        .iter()
        .map(|&size| {
            let bodies = bodies(size, 16);
            let rounds = if size < 100_000 { 200 } else { 8 };
            fastest(rounds, || build(&bodies)).as_nanos() as f64 / size as f64
        })
        .collect();
    // n log n: twice the time per item from a thousand to a million.
    let factor = per_item[3] / per_item[0];
    let list: Vec<String> = per_item
        .iter()
        .map(|nanoseconds| format!("{nanoseconds:.0}"))
        .collect();
    Row {
        work: "schedule of 1 k, 10 k, 100 k, 1 M transactions: ns each".into(),
        baseline: "1 k".into(),
        goal: "≤ 2 from 1 k to 1 M (n log n)".into(),
        measured: format!("{factor:.2} ({})", list.join(", ")),
        met: Some(factor <= 2.0),
    }
}

/// An inbox with everything that refutations are found and verified with.
pub(crate) struct World {
    pub(crate) bodies: Vec<Vec<Summary>>,
    pub(crate) trees: Vec<ListTree>,
}

impl World {
    pub(crate) fn new(count: u64, bundles: u64) -> Self {
        let bodies = bodies(count, bundles);
        let trees = bodies
            .iter()
            .map(|body| ListTree::new(body.iter().map(Summary::leaf).collect()))
            .collect();
        Self { bodies, trees }
    }

    pub(crate) fn contents(&self) -> Vec<InboxContent<'_>> {
        let bodies = self.bodies.iter().zip(&self.trees);
        bodies
            .map(|(summaries, tree)| InboxContent {
                summaries,
                tree,
                valid: true,
            })
            .collect()
    }

    fn inbox(&self) -> Vec<InboxBody> {
        self.contents().iter().map(InboxBody::from).collect()
    }
}

pub(crate) fn claim(entries: &[Entry]) -> ScheduleClaim {
    let leaves: Vec<_> = entries.iter().map(Entry::compute_leaf).collect();
    ScheduleClaim {
        root: decex_core::list::root(&leaves),
        count: entries.len() as u32,
    }
}

type Lie = fn(&mut Vec<Entry>, usize);

/// Each kind of refutation at 100,000 transactions: the longest and the slowest of many places, and of the places where paths
/// are longest.
fn proofs(bundles: u64, aimed: bool) -> Vec<Row> {
    let lies: [(&str, Lie); 3] = [
        ("out of order", |entries, at| entries.swap(at, at + 1)),
        ("omitted", |entries, at| drop(entries.splice(at..=at, []))),
        ("invented", |entries, at| {
            entries[at] = Entry {
                bundle: 0,
                leaf: u32::MAX,
            }
        }),
    ];
    let world = World::new(100_000, bundles);
    let (contents, inbox) = (world.contents(), world.inbox());
    let right = build(&world.bodies);
    let mut rows = Vec::new();
    for (name, lie) in lies {
        let mut sizes = Vec::new();
        let mut slowest = Duration::ZERO;
        // 65,535 and 65,536 meet at the top of the tree: nothing of their paths is shared.
        for at in (0..40).map(|n| n * 2_477 + 1).chain([65_535, 65_536]) {
            let mut wrong = right.entries().to_vec();
            lie(&mut wrong, at);
            let claim = claim(&wrong);
            let refutation: Refutation = find(&SEED, &contents, &wrong).unwrap();
            sizes.push(refutation.encode().len());
            let hundred = fastest(10, || {
                (0..100).all(|_| refutation.verify(&claim, &SEED, &inbox).is_ok())
            });
            slowest = slowest.max(hundred / 100);
        }
        sizes.sort_unstable();
        let (median, longest) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
        let microseconds = slowest.as_nanos() as f64 / 1e3;
        rows.push(Row {
            work: format!("schedule proof at 100,000 transactions in {bundles} bundles: {name}"),
            baseline: "–".into(),
            goal: if aimed {
                "≤ 2 KB, ≤ 30 µs".into()
            } else {
                "–".into()
            },
            measured: format!("{longest} B (median {median} B), {microseconds:.1} µs"),
            met: aimed.then_some(longest <= 2_048 && microseconds <= 30.0),
        });
    }
    rows
}

fn openings() -> Row {
    let world = World::new(50_000, 16);
    let right = build(&world.bodies);
    let (claim, inbox) = (right.claim(), world.inbox());
    assert_eq!(check_openings(&claim, &inbox, right.entries()), Ok(()));
    let time = fastest(20, || check_openings(&claim, &inbox, right.entries()));
    Row {
        work: "checking the openings of 50,000 transactions at submission".into(),
        baseline: "–".into(),
        goal: "–".into(),
        measured: format!(
            "{} B, {:.2} ms",
            right.entries().encoded_size(),
            time.as_secs_f64() * 1e3
        ),
        met: None,
    }
}
