//! One election, one bundle, and nobody chooses what it is about.

use crate::{accepted, all_events, head_hash, join, refuse, transfer};
use decex_bundle::{InclusionView, InvalidBundle};
use decex_consensus::{Event, RefusedBundle};
use decex_core::hash::digest;
use decex_core::{Balance, Randomness, Slot, Window, label};
use decex_election::{Challenge, ElectionProof, FACTOR_ONE, Odds, Share, try_elect};
use decex_receipt::Bundle;
use decex_tests::liar::{await_election, elected, item, seal};
use decex_tests::world::{World, operator_keypair, params};
use std::collections::BTreeSet;

fn bundle(world: &World, index: usize, election: ElectionProof, from: usize) -> Bundle {
    let items = vec![item(&transfer(from, 0))];
    seal(world, index, election, head_hash(world), Vec::new(), items)
}

fn is_election(refused: &RefusedBundle) -> bool {
    matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_)))
}

/// Proves an election of operator `index` about whatever it likes, with all of the stake.
fn made_up(index: usize, challenge: &Challenge) -> ElectionProof {
    let odds = Odds::new(1, 1, FACTOR_ONE).unwrap();
    let share = Share::new(Balance(1), Balance(1)).unwrap();
    try_elect(&operator_keypair(index), challenge, &odds, &share)
        .unwrap()
        .1
}

#[test]
fn n2451_a_proof_of_election_is_good_for_one_bundle_and_its_challenge_is_the_verifiers() {
    let mut world = World::new(4, params());
    // One proof, and another body each time.
    let election = await_election(&mut world, 0);
    let first = bundle(&world, 0, election, 0);
    accepted(&world.produce(&[first], &[]));
    for from in 1..20 {
        let again = bundle(&world, 0, election, from);
        let refused = refuse(&mut world, &again);
        let spent = matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. } | InvalidBundle::Window(_))
        );
        assert!(spent, "{refused:?}");
        world.produce(&[], &[]);
    }
    // A window that operator 1 has not won: the proof is about randomness, a window or a domain of its choice.
    while elected(&world, 1, world.next_slot()).is_some() {
        world.produce(&[], &[]);
    }
    let window = Window(world.next_slot().0);
    world.produce(&[], &[]);
    let truth = Challenge {
        domain: world.domain,
        window,
        randomness: world
            .chain
            .election_randomness(world.domain, window)
            .unwrap()
            .unwrap(),
    };
    let mut ground: Vec<ElectionProof> = (0..50_u64)
        .map(|attempt| {
            let randomness = Randomness(digest(&label::LEDGER_KEY, &attempt.to_le_bytes()));
            made_up(1, &Challenge { randomness, ..truth })
        })
        .collect();
    ground.push(made_up(1, &truth));
    for other in 0..8 {
        let window = Window(window.0 - other);
        let mut moved = made_up(1, &Challenge { window, ..truth });
        moved.window = truth.window;
        ground.push(moved);
    }
    let mut foreign = truth;
    foreign.domain.0 += 1;
    ground.push(made_up(1, &foreign));
    for election in ground {
        let tried = bundle(&world, 1, election, 1);
        let refused = refuse(&mut world, &tried);
        assert!(is_election(&refused), "{refused:?}");
    }
}

#[test]
fn n1751_whoever_tries_everything_gets_one_bundle_for_each_window_won() {
    let mut world = World::new(3, params());
    let longevity = params().election.longevity;
    let (mut used, mut won, mut refused, mut tried) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
    for block in 0..60 {
        // Operator 0 is honest: its receipts keep the gap open. Operator 1 sends three bundles for every open window.
        let honest = world.propose().into_iter().filter(|(index, _)| *index == 0);
        let mut bundles: Vec<Bundle> = honest.map(|(_, bundle)| bundle).collect();
        let slot = world.next_slot().0;
        for window in slot - longevity.min(slot)..=slot + 1 {
            let Some(election) = elected(&world, 1, Slot(window)) else {
                continue;
            };
            won.insert(Window(window));
            for from in 0..3 {
                bundles.push(bundle(&world, 1, election, 3 * (block % 20) + from));
            }
        }
        let log = world.produce(&bundles, &[]);
        tried += bundles.len();
        refused += log.refused.len();
        for event in all_events(std::slice::from_ref(&log)) {
            if let Event::BundleIncluded { operator, window, .. } = event {
                assert!(used.insert((operator, window)), "{operator:?} {window:?} twice");
                assert!(operator.0 != 1 || won.contains(&window));
            }
        }
    }
    let of_attacker = used.iter().filter(|(operator, _)| operator.0 == 1).count();
    assert!(
        of_attacker >= 10 && of_attacker <= won.len(),
        "{of_attacker} of {won:?}"
    );
    assert!(
        refused * 3 > tried,
        "most of {tried} tries are refused: {refused}"
    );
}

/// Grinding by keys: the randomness of an epoch is known, so a key and a stake that are chosen for it must not count in it.
#[test]
fn n2451_a_key_made_for_known_randomness_wins_nothing_that_was_known() {
    let mut world = World::new(2, params());
    (0..9).for_each(|_| drop(world.produce(&[], &[])));
    let epoch = world.epoch();
    // Nearly all stake there is.
    join(&mut world, 2, Balance(1_000_000));
    let mut counted = None;
    for _ in 0..12 {
        let clock = world.chain.clock().unwrap().unwrap();
        for back in 0..=params().election.longevity {
            let window = Window(clock.block.slot.0 - back);
            let known = world.params.epoch_of(window) <= epoch;
            let standing = world
                .chain
                .state()
                .standing(world.domain, crate::OperatorId(2), window);
            let stake = standing.unwrap().unwrap().share.stake();
            if known {
                assert_eq!(stake, Balance::ZERO, "{window:?}");
                let randomness = world.chain.election_randomness(world.domain, window);
                let challenge = Challenge {
                    domain: world.domain,
                    window,
                    randomness: randomness.unwrap().unwrap(),
                };
                let tried = bundle(&world, 2, made_up(2, &challenge), 1);
                let refused = refuse(&mut world, &tried);
                assert!(is_election(&refused), "{refused:?}");
            } else {
                counted.get_or_insert(world.epoch());
            }
        }
        world.produce(&[], &[]);
    }
    assert_eq!(counted, Some(epoch + 1), "and then it counts");
    let _ = await_election(&mut world, 2);
}
