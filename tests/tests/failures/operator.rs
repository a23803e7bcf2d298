//! The prover as a machine that loses messages, blocks and itself.

use crate::chance::Chance;
use crate::{accepted, all_events, claims, lie, now, slashed, unclaimed, vouch};
use decex_consensus::Event;
use decex_core::{DomainNumber, OperatorId};
use decex_tests::world::{World, params};

#[test]
fn n2290_a_proof_is_sent_again_on_empty_blocks_until_the_receipt_is_gone() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 2);
    lie(&mut world, 2, 2, 1);
    // Nothing is included any more: no bundle, no receipt, no proof. In every block it is there to be sent.
    for _ in 1..params().challenge_period {
        world.produce(&[], &[]);
        assert_eq!(world.operators[0].challenges().count(), 1);
        assert_eq!(world.operators[1].challenges().count(), 1);
    }
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert_eq!(slashed(&log.events), [OperatorId(2)]);
    assert!(world.proofs().is_empty(), "and then no more");
    let logs = world.run(30);
    assert!(logs.iter().all(|log| log.refused.is_empty()));
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
}

/// Proofs are lost, the operator loses blocks and catches up, crashes before and after it has committed, and the host
/// takes blocks back: the one that took the proof, too.
#[test]
fn n2290_a_proof_survives_drops_lost_blocks_restarts_and_forks() {
    let (mut lost, mut retracted) = (0, 0);
    for seed in 0..12 {
        let mut world = World::new(3, params());
        let mut chance = Chance(seed);
        unclaimed(&mut world, 3);
        lie(&mut world, 2, 3, 1 + seed % 3);
        let included = now(&world);
        let fork = world.blocks.len();
        let mut all = Vec::new();
        // Operator 1 sees nothing, so that operator 0 is the only one to tell.
        world.offline.insert(1);
        world.offline.insert(2);
        let deadline = included + params().challenge_period;
        while now(&world) < deadline - 1 {
            match chance.below(5) {
                0 => world.restart(0),
                1 => {
                    world.offline.insert(0);
                }
                2 => {
                    world.offline.remove(&0);
                }
                3 if world.blocks.len() > fork => {
                    world.retract(1);
                    world.branch += 1;
                    retracted += 1;
                }
                _ => {}
            }
            lost += world.operators[0].challenges().count();
            world.produce(&[], &[]);
            if !world.offline.contains(&0) {
                assert_eq!(world.operators[0].challenges().count(), 1, "{seed}");
            }
        }
        world.offline.remove(&0);
        world.restart(0);
        world.catch_up(0).unwrap();
        // It gets through, and the host takes it back: there it is again.
        let taken: Vec<_> = world.operators[0].challenges().cloned().collect();
        accepted(&world.produce(&[], &taken));
        assert_eq!(world.operators[0].challenges().count(), 0);
        world.retract(1);
        world.branch += 1;
        if seed % 2 == 0 {
            world.restart(0);
            world.retract(1);
            world.produce(&[], &[]);
        } else {
            world.retract(1);
            world.produce(&[], &[]);
        }
        let again: Vec<_> = world.operators[0].challenges().cloned().collect();
        assert_eq!(again.len(), 1, "{seed}");
        let log = world.produce(&[], &again);
        accepted(&log);
        all.extend(log.events);
        world.offline.clear();
        all.extend(all_events(&world.run(60)));
        assert_eq!(slashed(&all), [OperatorId(2)], "{seed}");
        assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)), "{seed}");
    }
    assert!(lost > 20 && retracted > 3, "too tame: {lost} {retracted}");
}

/// A lie that comes back after its removal is refuted again, by an operator that was restarted in between.
#[test]
fn n2290_the_same_lie_told_again_is_refuted_again() {
    let mut world = World::new(5, params());
    unclaimed(&mut world, 2);
    let lies = claims(&world, 2, Some(2));
    let mut all = Vec::new();
    for index in [2, 3, 4] {
        accepted(&vouch(&mut world, index, lies.clone()));
        world.restart(0);
        world.produce(&[], &[]);
        let proofs: Vec<_> = world.operators[0].challenges().cloned().collect();
        assert_eq!(proofs.len(), 1);
        let log = world.produce(&[], &proofs);
        all.extend(log.events);
        world.produce(&[], &[]);
        assert!(world.proofs().is_empty());
    }
    assert_eq!(slashed(&all), [2, 3, 4].map(OperatorId));
    let logs = world.run(40);
    assert!(
        all_events(&logs)
            .iter()
            .any(|event| matches!(event, Event::ReceiptConfirmed { .. }))
    );
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
}
