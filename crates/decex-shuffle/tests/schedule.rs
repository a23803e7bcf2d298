//! The order itself: what it depends on, what it does not, and how fair it is.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

mod common;

use common::{World, any_world, seed, sender, summary};
use decex_core::Digest;
use decex_core::hash::{Hash, digest, digest_encoded};
use decex_core::id::{ConsensusNumber, DomainId, ListRoot, Randomness, Seed};
use decex_core::label;
use decex_core::transaction::Summary;
use decex_shuffle::{Entry, Schedule, compute_seed, key, rank};
use proptest::prelude::*;

#[test]
fn s1_the_seed_binds_each_of_its_parts() {
    let of = |randomness: u8, domain, number, root: u8| {
        compute_seed(
            &Randomness(Digest([randomness; 32])),
            DomainId(domain),
            ConsensusNumber(number),
            &ListRoot(Digest([root; 32])),
        )
    };
    let mut bytes = vec![1; 32];
    bytes.extend([2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([4; 32]);
    assert_eq!(of(1, 2, 3, 4), Seed(digest(&label::SCHEDULE_SEED, &bytes)));
    for other in [of(9, 2, 3, 4), of(1, 9, 3, 4), of(1, 2, 9, 4), of(1, 2, 3, 9)] {
        assert_ne!(of(1, 2, 3, 4), other);
    }
}

#[test]
fn s2_the_rank_is_of_seed_and_sender_only() {
    let expected = Hash::new(&label::SCHEDULE_RANK)
        .chain(seed(1).0)
        .chain(sender(7).0)
        .finish();
    assert_eq!(rank(&seed(1), &sender(7)), expected);
    assert_eq!(key(&seed(1), &summary(7, 3, 0)).rank, expected);
    assert_ne!(rank(&seed(2), &sender(7)), expected);
}

#[test]
fn s5_an_entrys_leaf_is_the_hash_of_its_six_bytes() {
    let entry = Entry {
        bundle: 0x0102,
        leaf: 0x0304_0506,
    };
    assert_eq!(
        entry.compute_leaf(),
        digest(&label::SCHEDULE_ENTRY, &[2, 1, 6, 5, 4, 3])
    );
    assert_eq!(
        entry.compute_leaf(),
        digest_encoded(&label::SCHEDULE_ENTRY, &entry)
    );
}

#[test]
fn s4_equal_keys_are_one_transaction_under_its_lowest_reference() {
    let shared = summary(1, 0, 0);
    let mut heavier = shared;
    heavier.weight.0 += 1;
    let invalid = (vec![shared], false);
    let world = World::new(
        seed(0),
        vec![invalid, (vec![heavier], true), (vec![shared], true)],
    );
    assert_eq!(world.schedule().entries(), [Entry { bundle: 1, leaf: 0 }]);
    assert_eq!(world.schedule().summaries(), [heavier]);
}

proptest! {
    #[test]
    fn s3_s4_the_schedule_is_the_definitions(world in any_world()) {
        let schedule = world.schedule();
        prop_assert_eq!(schedule.entries(), world.expected());
        prop_assert_eq!(schedule.claim(), common::claim(schedule.entries()));
        prop_assert_eq!(schedule.count() as usize, schedule.summaries().len());
        let keys: Vec<_> = schedule.summaries().iter().map(|summary| key(&world.seed, summary)).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a < b));
        for (entry, summary) in schedule.entries().iter().zip(schedule.summaries()) {
            prop_assert_eq!(&world.show(*entry).summary, summary);
        }
    }

    /// Neither the order in which bundles are handed over, nor an order within a body, nor a bundle that repeats what
    /// others hold plays a part.
    #[test]
    fn input_order_and_repetition_do_not_matter(world in any_world(), turn in 0usize..8, copied in 0usize..8) {
        let right = world.schedule();
        let valid = || (0u16..).zip(&world.bodies).filter(|(_, (_, valid))| *valid);
        let mut bodies: Vec<_> = valid().map(|(bundle, (body, _))| (bundle, body.as_slice())).collect();
        let turn = turn % bodies.len().max(1);
        bodies.rotate_left(turn);
        prop_assert_eq!(Schedule::build(&world.seed, bodies.iter().copied()).claim(), right.claim());
        bodies.reverse();
        prop_assert_eq!(Schedule::build(&world.seed, bodies.iter().copied()).claim(), right.claim());
        if let Some((_, body)) = bodies.get(copied % bodies.len().max(1)).copied() {
            bodies.insert(0, (99, body));
            prop_assert_eq!(Schedule::build(&world.seed, bodies).claim(), right.claim());
        }
    }

    /// A body that does not ascend is never included; the schedule is the right one all the same.
    #[test]
    fn the_order_within_a_body_does_not_matter(world in any_world(), turn in 0usize..8) {
        let right = world.schedule();
        let mut bodies = world.bodies.clone();
        for (body, _) in &mut bodies {
            let turn = turn % body.len().max(1);
            body.rotate_left(turn);
        }
        let valid = (0u16..).zip(&bodies).filter(|(_, (_, valid))| *valid);
        let turned = Schedule::build(&world.seed, valid.map(|(bundle, (body, _))| (bundle, body.as_slice())));
        let keys = |schedule: &Schedule| -> Vec<_> { schedule.summaries().iter().map(Summary::body_key).collect() };
        prop_assert_eq!(keys(&turned), keys(&right));
    }

    /// Where bundles stand in the inbox decides which reference is used, never what is executed when.
    #[test]
    fn the_sequence_does_not_depend_on_the_order_of_bundles(world in any_world(), turn in 0usize..8) {
        let mut honest = world.bodies.clone();
        for summary in honest.iter_mut().flat_map(|(body, _)| body) {
            summary.weight.0 = 21_000;
        }
        let right = World::new(world.seed, honest.clone()).schedule();
        let turn = turn % honest.len().max(1);
        honest.rotate_left(turn);
        let turned = World::new(world.seed, honest).schedule();
        prop_assert_eq!(turned.summaries(), right.summaries());
    }
}

#[test]
fn nothing_to_schedule_is_the_empty_list() {
    for bodies in [
        vec![],
        vec![(vec![], true)],
        vec![(vec![summary(1, 0, 0)], false)],
    ] {
        let schedule = World::new(seed(0), bodies).schedule();
        assert_eq!(
            (schedule.count(), schedule.root()),
            (0, decex_core::list::root(&[]))
        );
    }
}

/// However many transactions an account sends, they come before a victim's with probability one half; all of them do or
/// none, so one account cannot stand on both sides; and its nonces ascend.
#[test]
fn k_transactions_of_one_account_precede_a_victim_half_the_time() {
    const TRIALS: u64 = 4_000;
    for k in [1, 3, 9, 30] {
        let attacker: Vec<_> = (0..k).map(|nonce| summary(1, nonce, 0)).collect();
        let victim = vec![summary(2, 0, 0)];
        let mut before = 0u64;
        for trial in 0..TRIALS {
            let bodies = [(0u16, attacker.as_slice()), (1, victim.as_slice())];
            let schedule = Schedule::build(&seed(trial), bodies);
            let place = schedule
                .summaries()
                .iter()
                .position(|s| s.sender == sender(2))
                .unwrap() as u64;
            assert!(place == 0 || place == k);
            before += u64::from(place == k);
            let nonces = schedule
                .summaries()
                .iter()
                .filter(|s| s.sender == sender(1))
                .map(|s| s.nonce);
            assert!(nonces.is_sorted());
        }
        // Four standard deviations of a fair coin: 4 · √4000 / 2 < 127.
        assert!(before.abs_diff(TRIALS / 2) < 127, "{k}: {before} of {TRIALS}");
    }
}

/// Every one of the six orders of three senders is equally likely.
#[test]
fn orders_of_senders_are_uniform() {
    const TRIALS: u64 = 6_000;
    let bodies: Vec<_> = (0..3).map(|n| vec![summary(n, 0, 0)]).collect();
    let mut seen = std::collections::BTreeMap::<Vec<_>, u64>::new();
    for trial in 0..TRIALS {
        let schedule = Schedule::build(&seed(trial), (0u16..).zip(bodies.iter().map(Vec::as_slice)));
        *seen
            .entry(schedule.summaries().iter().map(|s| s.sender).collect())
            .or_default() += 1;
    }
    assert_eq!(seen.len(), 6);
    // Five standard deviations: 5 · √(6000 · 5/36) < 145.
    assert!(
        seen.values().all(|count| count.abs_diff(TRIALS / 6) < 145),
        "{seen:?}"
    );
}

/// Frozen: a change of these is a change of the protocol.
#[test]
fn vector() {
    let bodies = vec![
        (vec![summary(1, 0, 0), summary(1, 1, 0), summary(2, 5, 0)], true),
        (vec![summary(3, 0, 0), summary(2, 5, 0), summary(4, 0, 0)], true),
    ];
    let schedule = World::new(seed(42), bodies).schedule();
    let entries: Vec<_> = schedule
        .entries()
        .iter()
        .map(|entry| (entry.bundle, entry.leaf))
        .collect();
    assert_eq!(entries, [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2)]);
    assert_eq!(
        schedule.root().0.to_string(),
        "0ba1a430bb71e05f50d7d4c60475b8faf7eaebc19d4ee1c72a8da3aae18bc4f1"
    );
}
