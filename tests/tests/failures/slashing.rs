//! Removing and slashing: at once, everybody, once, in bounded steps, and it never stops the chain.

use crate::chance::{SEALS, history};
use crate::counting::Counting;
use crate::{
    STRANGER, accepted, all_events, await_all, claims, head_hash, join, lie, now, refuse, slashed, transfer,
    two_seals, unclaimed, vouch,
};
use decex_bundle::InvalidBundle;
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::{CallError, Config, Consensus, Event, RefusedBundle, RefusedEquivocation};
use decex_core::params::{DomainParams, HostLimits};
use decex_core::{AccountId, Balance, Digest, DomainNumber, OperatorId};
use decex_fraud::FraudProof;
use decex_receipt::Bundle;
use decex_tests::liar::{await_election, elected, item, seal};
use decex_tests::world::{STAKE, World, config, limits, operator_account};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

/// A chain with a lie in number 1 and so many receipts above it, in a domain with so many operators, and the proof.
fn tower(receipts: u64, operators: usize) -> (World, FraudProof) {
    let mut world = World::new(3, crate::patient());
    for index in 3..operators {
        // So little that the others are elected all the same.
        join(&mut world, index, Balance(STAKE.0 / 1_000));
    }
    world.await_epoch();
    unclaimed(&mut world, receipts);
    for start in (0..receipts).step_by(8) {
        lie(&mut world, 2, (receipts - start).min(8) as usize, 1);
    }
    assert_eq!(world.heads().0, DomainNumber(receipts));
    let proof = world.proofs().remove(0);
    (world, proof)
}

/// What judging the proof, and each block of the sweep after it, asks of the store.
fn cost(world: &World, proof: &FraudProof) -> (usize, usize, usize) {
    let counting = Counting::new(world.chain.host().clone());
    let mut chain = Consensus::new(counting, *world.chain.config());
    chain.submit_proof(&proof.encode()).unwrap();
    let host = chain.host();
    (host.reads.get(), host.bytes_read.get() / 1_000, host.writes)
}

#[test]
fn n2538_n2560_accepting_a_proof_costs_the_same_however_many_receipts_and_operators_there_are() {
    let costs: Vec<_> = [(8, 3), (24, 3), (40, 3), (24, 40)]
        .into_iter()
        .map(|(receipts, operators)| {
            let (world, proof) = tower(receipts, operators);
            cost(&world, &proof)
        })
        .collect();
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
    // Of the receipts that fall only `work_per_block` are touched.
    assert!(costs[0].0 < 100 && costs[0].2 < 40, "{costs:?}");
}

#[test]
fn n2546_n2783_a_pool_is_slashed_in_one_step_whoever_nominates_it() {
    let costs: Vec<(usize, usize)> = [0_u8, 1, 200].map(slash_nominated).into();
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
}

/// Slashes an operator for two seals beside so many nominators. Returns how many keys the call changed, and how many of the pool's
/// positions.
fn slash_nominated(nominators: u8) -> (usize, usize) {
    let mut world = World::new(2, crate::params());
    for n in 0..nominators {
        let account = nominator(n);
        world.chain.host_mut().endow(account, Balance(10_000));
        let joined = world.chain.nominate(account, OperatorId(1), Balance(10_000));
        joined.unwrap();
    }
    world.await_epoch();
    // A touch, so that the epoch's end is behind it however many nominate.
    let donor = operator_account(1);
    world.chain.host_mut().endow(donor, Balance(1_000));
    world
        .chain
        .nominate(donor, OperatorId(1), Balance(1_000))
        .unwrap();
    let election = await_election(&mut world, 1);
    let evidence = two_seals(&world, 1, election).encode();
    let before = world.chain.host().store.clone();
    let events = world.chain.submit_equivocation(STRANGER, &evidence).unwrap();
    assert_eq!(slashed(&events), [OperatorId(1)]);
    let after = &world.chain.host().store;
    let changed: Vec<&Vec<u8>> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .collect();
    let keys: BTreeSet<_> = changed.into_iter().collect();
    let positions = keys.iter().filter(|key| key[0] == 21).count();
    let keys = keys.len();
    // Everybody has lost all, and finds out when he asks.
    for n in 0..nominators {
        let claimed = world.chain.claim(OperatorId(1), nominator(n)).unwrap();
        let nothing = Event::Claimed {
            operator: OperatorId(1),
            account: nominator(n),
            amount: Balance::ZERO,
        };
        assert_eq!(claimed, [nothing]);
    }
    (keys, positions)
}

fn nominator(n: u8) -> AccountId {
    AccountId(Digest([n; 32]))
}

#[test]
fn n2546_n2783_slashing_goes_in_bounded_steps_that_are_resumed_until_all_are_slashed() {
    let step = 2;
    let throttled = Config {
        work_per_block: step,
        limits: HostLimits {
            unlock_period: 600,
            ..limits()
        },
        ..config()
    };
    let waits = DomainParams {
        challenge_period: 500,
        ..crate::patient()
    };
    let mut world = World::with_config(1, waits, throttled);
    for index in 1..11 {
        join(&mut world, index, STAKE);
    }
    world.await_epoch();
    unclaimed(&mut world, 10);
    // Ten liars, one above the other.
    for index in 1..11 {
        lie(&mut world, index, 1, 1);
    }
    assert_eq!(world.heads().0, DomainNumber(10));
    let proofs = world.proofs();
    let (mut all, mut blocks) = (Vec::new(), 0);
    let mut proofs = Some(proofs);
    while all.len() < 10 {
        let log = world.produce(&[], &proofs.take().unwrap_or_default());
        let some = slashed(&log.events);
        // A proof sweeps a step too, in the block that has done one.
        assert!((1..=step as usize).contains(&some.len()), "{some:?}");
        all.extend(some);
        blocks += 1;
        let unswept = world.chain.progress(world.domain).unwrap().unwrap().unswept;
        assert_eq!(unswept > 0, all.len() < 10);
        // Whoever is not reached yet is out all the same.
        for index in 1..11 {
            assert!(!world.chain.is_eligible(OperatorId(index)).unwrap());
        }
        // Others come meanwhile, and nothing is in their way.
        if blocks == 2 {
            join(&mut world, 11, STAKE);
        }
    }
    assert_eq!(blocks, 10 / step as usize);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 10, "each once");
    // One stake for each operator, in one record of constant size: no list of nominators to walk through.
    let logs = world.run(30);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads().0, DomainNumber(10));
}

/// Who must be slashed in the end, from the events alone.
#[derive(Default)]
struct Guilt {
    /// Backers of the receipts on the chain.
    backers: BTreeMap<DomainNumber, BTreeSet<OperatorId>>,
    guilty: BTreeSet<OperatorId>,
    punished: Vec<OperatorId>,
}

impl Guilt {
    fn watch(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::ReceiptAccepted { number, operator, .. } => {
                    self.backers.insert(*number, BTreeSet::from([*operator]));
                }
                Event::ReceiptEndorsed { number, operator, .. } => {
                    self.backers.get_mut(number).unwrap().insert(*operator);
                }
                Event::ReceiptsRemoved { from, to, .. } => {
                    for (_, backers) in self.backers.range(*from..=*to) {
                        self.guilty.extend(backers);
                    }
                    self.backers.split_off(from);
                }
                Event::OperatorSlashed { operator, .. } => self.punished.push(*operator),
                _ => {}
            }
        }
    }
}

#[test]
fn n2281_everybody_who_vouched_is_slashed_whoever_else_is_among_them() {
    let (mut endorsed, mut offenders) = (0, 0);
    for seed in 0..6 {
        let mut guilt = Guilt::default();
        // For two seals, or for a bundle that a final receipt calls invalid.
        let mut for_bundles = BTreeSet::new();
        history(seed, &mut |_, events| {
            guilt.watch(events);
            for event in events {
                if let Event::OperatorSlashed {
                    operator, reporter, ..
                } = event
                    && matches!(*reporter, Some(SEALS) | None)
                {
                    for_bundles.insert(*operator);
                }
            }
            endorsed += events
                .iter()
                .filter(|event| matches!(event, Event::ReceiptEndorsed { .. }))
                .count();
        });
        let punished: BTreeSet<_> = guilt.punished.iter().copied().collect();
        assert_eq!(punished.len(), guilt.punished.len(), "{seed}: each once");
        let expected: BTreeSet<_> = guilt.guilty.union(&for_bundles).copied().collect();
        assert_eq!(punished, expected, "{seed}");
        offenders += guilt.guilty.len();
        assert!(!punished.contains(&OperatorId(0)), "{seed}: the honest one");
    }
    assert!(offenders > 20 && endorsed > 3, "too tame: {offenders} {endorsed}");
}

/// Three operators back a lie together, in this order, and a fourth builds on it.
fn accomplices() -> World {
    let mut world = World::new(6, crate::patient());
    unclaimed(&mut world, 2);
    let elections = await_all(&mut world, [1, 2, 3]);
    let (base, submissions) = (head_hash(&world), claims(&world, 1, Some(1)));
    let bundles: Vec<Bundle> = (1..4)
        .zip(elections)
        .map(|(index, election)| seal(&world, index, election, base, submissions.clone(), Vec::new()))
        .collect();
    accepted(&world.produce(&bundles, &[]));
    let above = claims(&world, 1, None);
    accepted(&vouch(&mut world, 4, above));
    world
}

#[test]
fn n2281_one_whose_stake_is_gone_does_not_shield_those_after_it() {
    let mut world = accomplices();
    // The first in every list has been slashed for something else, the second is leaving.
    let election = await_election(&mut world, 0);
    let evidence = two_seals(&world, 1, election).encode();
    let events = world.chain.submit_equivocation(STRANGER, &evidence).unwrap();
    assert_eq!(slashed(&events), [OperatorId(1)]);
    world
        .chain
        .deregister_operator(operator_account(2), OperatorId(2))
        .unwrap();
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    let mut names = slashed(&log.events);
    names.sort_unstable();
    assert_eq!(names, [2, 3, 4].map(OperatorId));
    for index in 1..5 {
        assert_eq!(world.at_stake(index), Balance::ZERO);
    }
}

#[test]
fn n2304_slashing_whoever_is_gone_changes_nothing_and_stops_nothing() {
    let mut world = accomplices();
    let total = world.chain.host().total();
    // All of them are gone before the sweep meets them: slashed for two seals.
    let election = await_election(&mut world, 0);
    for index in 1..5 {
        let evidence = two_seals(&world, index, election).encode();
        world.chain.submit_equivocation(STRANGER, &evidence).unwrap();
        // Gone for good: it cannot leave, nor be slashed again.
        let left = world
            .chain
            .deregister_operator(operator_account(index), OperatorId(index as u64));
        assert!(left.is_err());
        let again = world.chain.submit_equivocation(STRANGER, &evidence);
        assert_eq!(again, Err(CallError::Refused(RefusedEquivocation::NoStake)));
    }
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert!(
        log.events
            .iter()
            .any(|event| matches!(event, Event::ReceiptsRemoved { .. }))
    );
    assert_eq!(slashed(&log.events), []);
    // The chain goes on, and so does the domain.
    let logs = world.run(90);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
    assert_eq!(world.chain.host().total(), total);
    // One that left with its stake is out of reach, and evidence against it harms nobody.
    world
        .chain
        .deregister_operator(operator_account(5), OperatorId(5))
        .unwrap();
    world.run(110);
    world.claim(5).unwrap();
    assert_eq!(
        world.chain.pool(OperatorId(5)).unwrap().unwrap().status,
        PoolStatus::Left
    );
    let election = await_election(&mut world, 0);
    let evidence = two_seals(&world, 5, election).encode();
    let host = world.chain.host().clone();
    let late = world.chain.submit_equivocation(STRANGER, &evidence);
    assert_eq!(late, Err(CallError::Refused(RefusedEquivocation::NoStake)));
    assert_eq!(world.chain.host().store, host.store);
    world.run(5);
}

#[test]
fn n2316_an_offender_is_out_with_the_proof_itself_and_back_if_the_host_takes_the_proof_back() {
    let mut world = World::new(4, crate::patient());
    unclaimed(&mut world, 7);
    // The liar is swept last: the sweep comes from above, four receipts a step.
    lie(&mut world, 2, 1, 1);
    let above = claims(&world, 6, None);
    accepted(&vouch(&mut world, 3, above));
    let proofs = world.proofs();
    let [of_liar, of_extender] = await_all(&mut world, [2, 3]);
    // In the very block of the proof, after it: transactions, receipts, the same receipts again.
    world.produce(&[], &proofs);
    assert_eq!(
        world.chain.pool(OperatorId(2)).unwrap().unwrap().status,
        PoolStatus::Active
    );
    for (index, election) in [(2, of_liar), (3, of_extender)] {
        let base = head_hash(&world);
        let again = claims(&world, 4, Some(1));
        let right = claims(&world, 4, None);
        for (submissions, items) in [
            (Vec::new(), vec![item(&transfer(9, 0))]),
            (again, Vec::new()),
            (right, Vec::new()),
        ] {
            let bundle = seal(&world, index, election, base, submissions, items);
            let refused = refuse(&mut world, &bundle);
            let out = matches!(refused, RefusedBundle::Bundle(InvalidBundle::Ineligible { .. }));
            assert!(out, "{refused:?}");
        }
        let id = OperatorId(index as u64);
        assert!(!world.chain.is_eligible(id).unwrap());
        assert!(
            world
                .chain
                .deregister_operator(operator_account(index), id)
                .is_err()
        );
    }
    // A fork without the proof: nobody is punished there yet, and the same proof serves again.
    world.retract(1);
    world.branch = 1;
    world.produce(&[], &[]);
    assert!(world.chain.is_eligible(OperatorId(2)).unwrap());
    assert!(elected_in_a_while(&mut world, 2));
    let proofs = world.proofs();
    assert_eq!(proofs.len(), 1, "the challenger has it on this fork too");
    world.produce(&[], &proofs);
    assert!(!world.chain.is_eligible(OperatorId(2)).unwrap());
    let logs = world.run(90);
    assert_eq!(slashed(&all_events(&logs)), [OperatorId(2)]);
    assert_eq!(world.heads(), (DomainNumber(7), DomainNumber(7)));
}

fn elected_in_a_while(world: &mut World, index: usize) -> bool {
    for _ in 0..5 {
        if elected(world, index, world.next_slot()).is_some() {
            return true;
        }
        world.produce(&[], &[]);
    }
    false
}

#[test]
fn n2316_no_offender_bundles_after_the_proof_in_any_history() {
    let (mut offenders, mut bundled) = (0, 0);
    for seed in 10..14 {
        let mut guilt = Guilt::default();
        history(seed, &mut |world, events| {
            for event in events {
                if let Event::BundleIncluded { operator, .. } = event {
                    assert!(
                        !guilt.guilty.contains(operator),
                        "{seed}: {operator:?} at {}",
                        now(world)
                    );
                    bundled += usize::from(operator.0 > 0);
                }
                guilt.watch(std::slice::from_ref(event));
            }
        });
        offenders += guilt.guilty.len();
    }
    assert!(offenders >= 12 && bundled > 30, "too tame: {offenders} {bundled}");
}
