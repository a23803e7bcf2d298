//! Removing and slashing: at once, everybody, once, in bounded steps, and it never stops the chain.

use crate::chance::{SEALS, history};
use crate::{
    STRANGER, accepted, all_events, await_all, claims, head_hash, include, join, lie, now, refuse, slashed,
    transfer, two_seals, unclaimed, vouch,
};
use decex_bundle::{Equivocation, InvalidBundle, InvalidEquivocation};
use decex_consensus::model::{Access, Status};
use decex_consensus::{
    Beacon, CallError, Config, Consensus, Engines, Event, HoldError, Ledger, RefusedBundle,
    RefusedEquivocation, RefusedRegistration, Slash, Store, registration_message,
};
use decex_core::execution::Engine;
use decex_core::params::{DomainParams, HostLimits};
use decex_core::{
    AccountId, Balance, Digest, DomainId, DomainNumber, Host, OperatorId, Randomness, RuleSet, Slot, label,
};
use decex_fraud::FraudProof;
use decex_receipt::Bundle;
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use decex_tests::liar::{await_election, elected, item, seal};
use decex_tests::world::{STAKE, World, config, limits, operator_account, operator_keypair, params};
use parity_scale_codec::Encode;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// A host that counts what is asked of its store.
struct Counting {
    host: MemoryHost<LedgerEngine>,
    reads: Cell<usize>,
    bytes_read: Cell<usize>,
    writes: usize,
}

impl Host for Counting {
    type Error = Infallible;
}

impl Store for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.reads.set(self.reads.get() + 1);
        let found = self.host.get(key)?;
        let bytes = found.as_ref().map_or(0, Vec::len);
        self.bytes_read.set(self.bytes_read.get() + bytes);
        Ok(found)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.set(key, value)
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.remove(key)
    }
}

impl Ledger for Counting {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        self.host.hold(account, amount)
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.host.release(account, amount)
    }

    fn slash(&mut self, slash: &Slash) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.slash(slash)
    }
}

impl Beacon for Counting {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.host.randomness(slot)
    }
}

impl Engines for Counting {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.host.engine(rules)
    }
}

/// A chain with a lie in number 1 and so many receipts above it, in a domain with so many operators, and the proof.
fn tower(receipts: u64, operators: usize) -> (World, FraudProof) {
    let mut world = World::new(3, crate::patient());
    for index in 3..operators {
        // So little that the others are elected all the same.
        join(&mut world, index, Balance(1));
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
    let counting = Counting {
        host: world.chain.host().clone(),
        reads: Cell::new(0),
        bytes_read: Cell::new(0),
        writes: 0,
    };
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
        let mut sealed_twice = BTreeSet::new();
        history(seed, &mut |_, events| {
            guilt.watch(events);
            for event in events {
                if let Event::OperatorSlashed {
                    operator, reporter, ..
                } = event
                    && *reporter == SEALS
                {
                    sealed_twice.insert(*operator);
                }
            }
            endorsed += events
                .iter()
                .filter(|event| matches!(event, Event::ReceiptEndorsed { .. }))
                .count();
        });
        let punished: BTreeSet<_> = guilt.punished.iter().copied().collect();
        assert_eq!(punished.len(), guilt.punished.len(), "{seed}: each once");
        let expected: BTreeSet<_> = guilt.guilty.union(&sealed_twice).copied().collect();
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
        assert_eq!(
            world.chain.host().purses[&operator_account(index)].held,
            Balance::ZERO
        );
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
    assert_eq!(
        world.chain.operator(OperatorId(5)).unwrap().unwrap().status,
        Status::Left
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
        world.chain.operator(OperatorId(2)).unwrap().unwrap().status,
        Status::Active
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

/// Two domains: operators 0 to 2 in the first, 3 to 5 in the second.
fn two_domains() -> (World, DomainId, DomainId) {
    let mut world = World::new(3, params());
    let first = world.domain;
    let second = world.add_domain(3, params());
    world.focus(first);
    world.await_epoch();
    (world, first, second)
}

#[test]
fn n2737_n2197_evidence_is_judged_by_the_accused_ones_own_key_and_domain() {
    let (mut world, first, second) = two_domains();
    world.produce(&[], &[]);
    let election = await_election(&mut world, 0);
    let honest = seal(
        &world,
        1,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(3, 0))],
    )
    .header;
    let other = seal(
        &world,
        1,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(4, 0))],
    )
    .header;
    let reseal = |mut header: decex_bundle::SealedHeader, by: usize| {
        header.seal = operator_keypair(by).sign(&label::BUNDLE_SEAL, &header.header.compute_hash().0);
        header
    };
    let mut attempts = Vec::new();
    // The accuser seals both in the name of operator 1; then one of them; then it names itself in one.
    for (a, b) in [(2, 2), (1, 2), (2, 1), (4, 4)] {
        attempts.push((reseal(honest.clone(), a), reseal(other.clone(), b)));
    }
    let mut own = other.clone();
    own.header.operator = OperatorId(2);
    attempts.push((honest.clone(), reseal(own.clone(), 2)));
    attempts.push((reseal(own, 2), honest.clone()));
    // Two domains, one window: no double seal. Two windows of one domain: none either.
    let mut elsewhere = other.clone();
    elsewhere.header.domain = second;
    attempts.push((honest.clone(), reseal(elsewhere.clone(), 1)));
    let mut later = other.clone();
    later.header.election.window.0 += 1;
    attempts.push((honest.clone(), reseal(later, 1)));
    // The same header under another signature: sr25519 signs at random, the seal is not what is compared.
    attempts.push((honest.clone(), reseal(honest.clone(), 1)));
    // Both for a domain in which operator 1 is nobody.
    let mut foreign = honest.clone();
    foreign.header.domain = second;
    attempts.push((reseal(foreign, 1), reseal(elsewhere, 1)));
    let host = world.chain.host().clone();
    for (place, (a, b)) in attempts.into_iter().enumerate() {
        let evidence = Equivocation { first: a, second: b };
        let judged = world.chain.submit_equivocation(STRANGER, &evidence.encode());
        let Err(CallError::Refused(refused)) = judged else {
            panic!("{place}: {judged:?}");
        };
        assert!(
            matches!(
                refused,
                RefusedEquivocation::Equivocation(
                    InvalidEquivocation::FirstSeal(_)
                        | InvalidEquivocation::SecondSeal(_)
                        | InvalidEquivocation::Operator { .. }
                        | InvalidEquivocation::Domain { .. }
                        | InvalidEquivocation::Window { .. }
                        | InvalidEquivocation::Same
                ) | RefusedEquivocation::Domain { .. }
            ),
            "{place}: {refused:?}"
        );
        assert_eq!(world.chain.host().store, host.store);
        assert_eq!(world.chain.host().purses, host.purses);
    }
    // What it did itself counts, and only its own stake in its own domain pays.
    let evidence = Equivocation {
        first: honest,
        second: other,
    };
    let events = world
        .chain
        .submit_equivocation(STRANGER, &evidence.encode())
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(1)]);
    assert_eq!(
        world.chain.operator(OperatorId(1)).unwrap().unwrap().domain,
        first
    );
}

#[test]
fn n1893_a_key_is_of_one_operator_of_one_domain_for_ever() {
    let (mut world, first, second) = two_domains();
    let rich = AccountId(Digest([5; 32]));
    world.chain.host_mut().endow(rich, Balance(100_000));
    let key = *operator_keypair(1).key().as_bytes();
    let attempt = |world: &mut World, account: AccountId, domain: DomainId| {
        let message = registration_message(domain, &account, &key);
        let possession = operator_keypair(1).sign(&label::REGISTRATION, &message);
        let registered = world
            .chain
            .register_operator(account, domain, &key, &possession, STAKE);
        let taken = RefusedRegistration::KeyTaken {
            operator: OperatorId(1),
        };
        assert_eq!(registered.map(|_| ()), Err(CallError::Refused(taken)));
    };
    // While it takes part, while it leaves, when it has left: its old seals must not meet a new stake.
    for waited in 0..3 {
        for domain in [first, second] {
            attempt(&mut world, rich, domain);
        }
        match waited {
            0 => {
                let left = world
                    .chain
                    .deregister_operator(operator_account(1), OperatorId(1));
                left.unwrap();
            }
            _ => {
                for _ in 0..110 {
                    world.produce(&[], &[]);
                }
            }
        }
    }
    assert_eq!(
        world.chain.operator(OperatorId(1)).unwrap().unwrap().status,
        Status::Left
    );
    attempt(&mut world, operator_account(1), second);
    // Nor is a possession that was shown for one domain or account good for another.
    world.chain.host_mut().endow(STRANGER, STAKE);
    let fresh = operator_keypair(50);
    let shown = fresh.sign(
        &label::REGISTRATION,
        &registration_message(first, &rich, fresh.key().as_bytes()),
    );
    for (account, domain) in [(rich, second), (STRANGER, first)] {
        let registered =
            world
                .chain
                .register_operator(account, domain, fresh.key().as_bytes(), &shown, STAKE);
        assert!(
            matches!(
                registered,
                Err(CallError::Refused(RefusedRegistration::Possession(_)))
            ),
            "{registered:?}"
        );
    }
    let third = world.chain.create_domain(rich, params(), Access::Open).unwrap().0;
    attempt(&mut world, rich, third);
    include(&mut world, 0, &[transfer(0, 0)]);
}
