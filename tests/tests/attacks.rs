//! What must be impossible, or cost its author the stake. Each test is named for what somebody tries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "tests"
)]

use decex_bundle::{Equivocation, InvalidBundle, InvalidEquivocation, Verdict};
use decex_consensus::model::{Access, Status};
use decex_consensus::{
    CallError, Event, RefusedBundle, RefusedEquivocation, RefusedProof, registration_message,
};
use decex_core::{
    AccountId, Balance, BoundedVec, Digest, DomainId, DomainNumber, OperatorId, ReceiptHash, RuleSet,
    StateRoot, label,
};
use decex_fraud::FraudProof;
use decex_receipt::{Bundle, InvalidReceipt, Openings, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{Log, STAKE, World, operator_account, operator_keypair, params, transaction, user};
use parity_scale_codec::Encode;

const STRANGER: AccountId = AccountId(Digest([77; 32]));

fn transfer(from: usize, nonce: u64) -> Vec<u8> {
    transaction(
        from,
        nonce,
        Call::Transfer {
            to: user(from + 10),
            amount: Balance(5),
        },
    )
}

fn head_hash(world: &World) -> ReceiptHash {
    world.chain.chain(world.domain).unwrap().unwrap().head_hash
}

/// Includes a bundle of operator `index` with these transactions, based on the head.
fn include(world: &mut World, index: usize, transactions: &[Vec<u8>]) -> Bundle {
    let election = await_election(world, index);
    let items = transactions.iter().map(|bytes| item(bytes)).collect();
    let bundle = seal(world, index, election, head_hash(world), Vec::new(), items);
    let log = world.produce(std::slice::from_ref(&bundle), &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    bundle
}

/// Makes `blocks` domain blocks that everybody executed and nobody claimed.
fn unclaimed(world: &mut World, blocks: u64) {
    for nonce in 0..blocks {
        include(world, 0, &[transfer(0, nonce), transfer(1, nonce)]);
    }
    world.produce(&[], &[]);
    assert_eq!(world.operators[0].head().unwrap().0, DomainNumber(blocks));
}

fn vouch(world: &mut World, index: usize, submissions: Vec<Submission>) -> Log {
    let election = await_election(world, index);
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

fn right(world: &World, most: usize) -> Vec<Submission> {
    extend(world, 0, most, &mut |_| None)
}

fn wrong(world: &World, at: u64, most: usize) -> Vec<Submission> {
    extend(world, 0, most, &mut |number| {
        (number.0 == at).then_some(Mutant::TraceFrom(1))
    })
}

fn slashed(events: &[Event]) -> Vec<OperatorId> {
    let slash = |event: &Event| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    };
    events.iter().filter_map(slash).collect()
}

fn all_events(logs: &[Log]) -> Vec<Event> {
    logs.iter().flat_map(|log| log.events.clone()).collect()
}

/// Refused, and every byte as before.
fn refuse(world: &mut World, bundle: &Bundle) -> RefusedBundle {
    let (store, purses) = (
        world.chain.host().store.clone(),
        world.chain.host().purses.clone(),
    );
    let refused = match world.chain.submit_bundle(&bundle.encode()) {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, store);
    assert_eq!(world.chain.host().purses, purses);
    refused
}

fn refuse_proof(world: &mut World, proof: &FraudProof) -> RefusedProof {
    let (store, purses) = (
        world.chain.host().store.clone(),
        world.chain.host().purses.clone(),
    );
    let refused = match world.chain.submit_proof(&proof.encode()) {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, store);
    assert_eq!(world.chain.host().purses, purses);
    refused
}

fn receipt_fault(refused: RefusedBundle) -> InvalidReceipt {
    match refused {
        RefusedBundle::Receipt { invalid, .. } => invalid,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_replayed_bundle_is_refused_at_once_and_for_ever() {
    let mut world = World::new(2, params());
    let bundle = include(&mut world, 0, &[transfer(0, 0)]);
    // In its own block, in every later one while the window is open, and after it.
    for _ in 0..30 {
        let refused = refuse(&mut world, &bundle);
        let used = matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. } | InvalidBundle::Window(_))
        );
        assert!(used, "{refused:?}");
        world.run(1);
    }
    assert_eq!(world.heads().0, DomainNumber(1));
}

#[test]
fn the_same_window_twice_is_refused_and_two_headers_cost_the_stake_once() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    let total = world.chain.host().total();
    let election = await_election(&mut world, 2);
    let base = head_hash(&world);
    let first = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(3, 0))]);
    let second = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]);
    let third = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(5, 0))]);
    let log = world.produce(std::slice::from_ref(&first), &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert!(matches!(
        refuse(&mut world, &second),
        RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. })
    ));
    let pair = |a: &Bundle, b: &Bundle| {
        Equivocation {
            first: a.header.clone(),
            second: b.header.clone(),
        }
        .encode()
    };
    // Sealing again what was sealed is no offence, nor is another window.
    let same = world.chain.submit_equivocation(STRANGER, &pair(&first, &first));
    assert!(matches!(
        same,
        Err(CallError::Refused(RefusedEquivocation::Equivocation(
            InvalidEquivocation::Same
        )))
    ));
    let events = world
        .chain
        .submit_equivocation(STRANGER, &pair(&first, &second))
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    assert_eq!(
        world.chain.host().purses[&operator_account(2)].held,
        Balance::ZERO
    );
    let host = world.chain.host().clone();
    // Whatever pair is shown afterwards, in whatever order, by whomever.
    for (a, b) in [
        (&first, &second),
        (&second, &first),
        (&first, &third),
        (&third, &second),
    ] {
        let again = world.chain.submit_equivocation(operator_account(0), &pair(a, b));
        assert!(
            matches!(again, Err(CallError::Refused(RefusedEquivocation::NoStake))),
            "{again:?}"
        );
    }
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    assert_eq!(world.chain.host().total(), total);
    // The receipts go on without it, and its bundle of this block is executed.
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
}

#[test]
fn a_framed_operator_loses_nothing() {
    let mut world = World::new(3, params());
    let election = await_election(&mut world, 1);
    let base = head_hash(&world);
    let honest = seal(&world, 1, election, base, Vec::new(), vec![item(&transfer(3, 0))]);
    // Operator 2 seals another header that says it is operator 1's, under its own key.
    let mut forged = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]).header;
    forged.header.operator = OperatorId(1);
    forged.seal = operator_keypair(2).sign(&label::BUNDLE_SEAL, &forged.header.compute_hash().0);
    let host = world.chain.host().clone();
    for (first, second) in [(&honest.header, &forged), (&forged, &honest.header)] {
        let evidence = Equivocation {
            first: first.clone(),
            second: second.clone(),
        };
        let refused = world.chain.submit_equivocation(STRANGER, &evidence.encode());
        let seal = matches!(
            refused,
            Err(CallError::Refused(RefusedEquivocation::Equivocation(
                InvalidEquivocation::FirstSeal(_) | InvalidEquivocation::SecondSeal(_)
            )))
        );
        assert!(seal, "{refused:?}");
    }
    // Nor does a header of operator 1 beside one of operator 2 show anything.
    let own = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]).header;
    let evidence = Equivocation {
        first: own,
        second: honest.header,
    };
    assert!(
        world
            .chain
            .submit_equivocation(STRANGER, &evidence.encode())
            .is_err()
    );
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
}

#[test]
fn a_bundle_under_another_key_operator_or_domain_is_refused() {
    let mut world = World::new(3, params());
    let owner = AccountId(Digest([9; 32]));
    world.chain.host_mut().endow(owner, Balance(10));
    let (other, _) = world.chain.create_domain(owner, params(), Access::Open).unwrap();
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let good = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(0, 0))],
    );
    let reseal = |bundle: &Bundle, by: usize| {
        let mut bundle = bundle.clone();
        bundle.header.seal =
            operator_keypair(by).sign(&label::BUNDLE_SEAL, &bundle.header.header.compute_hash().0);
        bundle
    };
    // Sealed by another key.
    let refused = refuse(&mut world, &reseal(&good, 1));
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Seal(_))),
        "{refused:?}"
    );
    // Somebody else's election in an own bundle.
    let mut stolen = good.clone();
    stolen.header.header.operator = OperatorId(1);
    let refused = refuse(&mut world, &reseal(&stolen, 1));
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_))),
        "{refused:?}"
    );
    // Carried into another domain: as it is, and sealed again. The operator is none there.
    let mut foreign = good.clone();
    foreign.header.header.domain = other;
    for bundle in [foreign.clone(), reseal(&foreign, 0)] {
        let refused = refuse(&mut world, &bundle);
        assert!(
            matches!(
                refused,
                RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
            ),
            "{refused:?}"
        );
    }
    let mut nowhere = good.clone();
    nowhere.header.header.domain = DomainId(99);
    let refused = refuse(&mut world, &reseal(&nowhere, 0));
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownDomain { .. })
        ),
        "{refused:?}"
    );
    // The seal covers every field: any change of the header shows.
    let mut changed = good.clone();
    changed.header.header.base = ReceiptHash(Digest([1; 32]));
    let refused = refuse(&mut world, &changed);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Seal(_))),
        "{refused:?}"
    );
    world
        .chain
        .submit_bundle(&good.encode())
        .expect("and untouched it is accepted");
}

#[test]
fn an_election_proof_is_good_for_one_window_of_one_domain() {
    let mut world = World::new(2, params());
    // The same operator's key, in another domain, is refused (K13), so one proof never serves two.
    let owner = AccountId(Digest([9; 32]));
    world.chain.host_mut().endow(owner, Balance(10));
    let (other, _) = world.chain.create_domain(owner, params(), Access::Open).unwrap();
    let account = operator_account(0);
    world.chain.host_mut().endow(account, STAKE);
    let key = *operator_keypair(0).key().as_bytes();
    let possession =
        operator_keypair(0).sign(&label::REGISTRATION, &registration_message(other, &account, &key));
    assert!(
        world
            .chain
            .register_operator(account, other, &key, &possession, STAKE)
            .is_err()
    );
    // A won proof moved to every other open window.
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    for _ in 0..3 {
        world.produce(&[], &[]);
    }
    let window = election.window.0;
    for moved in [window - 2, window - 1, window + 1, window + 2, window + 3] {
        let mut election = election;
        election.window.0 = moved;
        let bundle = seal(
            &world,
            0,
            election,
            head_hash(&world),
            Vec::new(),
            vec![item(&transfer(0, 0))],
        );
        let refused = refuse(&mut world, &bundle);
        assert!(
            matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_))),
            "{moved}: {refused:?}"
        );
    }
}

#[test]
fn stale_and_future_windows_are_closed() {
    let mut world = World::new(2, params());
    let election = await_election(&mut world, 0);
    let bundle = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(0, 0))],
    );
    // One block early.
    assert_eq!(world.blocks.last().unwrap().info.slot.0 + 1, election.window.0);
    let refused = refuse(&mut world, &bundle);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Window(_))),
        "future: {refused:?}"
    );
    // As late as the longevity allows, the epochs permitting; then no more.
    let longevity = params().election.longevity;
    for _ in 0..=longevity {
        world.produce(&[], &[]);
    }
    let refused = refuse(&mut world, &bundle);
    let lost = matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_)));
    assert!(lost, "no stake snapshot is kept so far back: {refused:?}");
    world.produce(&[], &[]);
    let refused = refuse(&mut world, &bundle);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Window(_))),
        "stale: {refused:?}"
    );
}

#[test]
fn malformed_receipts_are_refused_and_take_their_bundle_with_them() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 3);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let good = right(&world, 3);
    let attempt = |world: &mut World, submissions: Vec<Submission>| {
        let bundle = seal(
            world,
            1,
            election,
            head_hash(world),
            submissions,
            vec![item(&transfer(5, 0))],
        );
        refuse(world, &bundle)
    };
    // A number left out, at the start and within.
    let skipped = attempt(&mut world, good[1..].to_vec());
    assert!(matches!(receipt_fault(skipped), InvalidReceipt::Number { .. }));
    let gap = attempt(&mut world, vec![good[0].clone(), good[2].clone()]);
    assert!(matches!(gap, RefusedBundle::Receipts(_)), "{gap:?}");
    let twice = attempt(&mut world, vec![good[0].clone(), good[0].clone()]);
    assert!(matches!(twice, RefusedBundle::Receipts(_)), "{twice:?}");
    let change = |change: &dyn Fn(&mut Submission)| {
        let mut submission = good[0].clone();
        change(&mut submission);
        vec![submission]
    };
    let garbage = |openings: &mut Option<Openings>| {
        let trace = &mut openings.as_mut().unwrap().trace;
        let mut roots = trace.to_vec();
        roots[0] = StateRoot::default();
        *trace = BoundedVec::new(roots).unwrap();
    };
    let refused = attempt(
        &mut world,
        change(&|s| s.receipt.parent = ReceiptHash(Digest([3; 32]))),
    );
    assert!(matches!(receipt_fault(refused), InvalidReceipt::Parent { .. }));
    let refused = attempt(
        &mut world,
        change(&|s| s.receipt.rules = RuleSet(Digest([3; 32]))),
    );
    assert!(matches!(receipt_fault(refused), InvalidReceipt::Rules { .. }));
    let refused = attempt(&mut world, change(&|s| s.receipt.domain = DomainId(5)));
    assert!(matches!(receipt_fault(refused), InvalidReceipt::Domain { .. }));
    let refused = attempt(&mut world, change(&|s| s.openings = None));
    assert!(matches!(receipt_fault(refused), InvalidReceipt::NoOpenings));
    let refused = attempt(&mut world, change(&|s| garbage(&mut s.openings)));
    assert!(matches!(receipt_fault(refused), InvalidReceipt::TraceRoot));
    let refused = attempt(
        &mut world,
        change(&|s| s.openings.as_mut().unwrap().schedule = BoundedVec::default()),
    );
    assert!(matches!(
        receipt_fault(refused),
        InvalidReceipt::ScheduleOpenings(_)
    ));
    let refused = attempt(&mut world, change(&|s| s.receipt.trace.length += 1));
    assert!(matches!(
        receipt_fault(refused),
        InvalidReceipt::TraceLength { .. }
    ));
    let refused = attempt(&mut world, change(&|s| s.receipt.schedule.count += 1));
    assert!(matches!(
        receipt_fault(refused),
        InvalidReceipt::ScheduleCount { .. }
    ));
    let refused = attempt(&mut world, change(&|s| s.receipt.state = StateRoot::default()));
    assert!(matches!(receipt_fault(refused), InvalidReceipt::FinalState));
    let refused = attempt(
        &mut world,
        change(&|s| s.receipt.verdicts = BoundedVec::default()),
    );
    assert!(matches!(
        receipt_fault(refused),
        InvalidReceipt::VerdictCount { .. }
    ));
    // Good ones before a bad one are not kept.
    let mut half = good.clone();
    half[2].receipt.parent = ReceiptHash(Digest([3; 32]));
    assert!(matches!(
        receipt_fault(attempt(&mut world, half)),
        InvalidReceipt::Parent { .. }
    ));
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        good,
        vec![item(&transfer(5, 0))],
    );
    world
        .chain
        .submit_bundle(&bundle.encode())
        .expect("and untouched they are accepted");
}

#[test]
fn a_receipt_of_a_block_that_is_not_closed_is_refused() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 1);
    // A block that makes domain block 2, in whose slot operator 1 may still bundle.
    let election = loop {
        if elected(&world, 0, world.next_slot()).is_some()
            && let Some(election) = elected(&world, 1, world.next_slot())
        {
            break election;
        }
        world.produce(&[], &[]);
    };
    include(&mut world, 0, &[transfer(0, 1)]);
    assert_eq!(
        world.chain.inbox(world.domain, DomainNumber(2)).unwrap(),
        None,
        "not closed: its seed is unknown"
    );
    let mut early = right(&world, 1);
    let mut second = early[0].clone();
    second.receipt.number = DomainNumber(2);
    second.receipt.parent = early[0].receipt.compute_hash();
    early.push(second);
    let bundle = seal(&world, 1, election, head_hash(&world), early, Vec::new());
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::NoInbox { .. }
    ));
    // Closed, it is another block than the one that the receipt speaks of.
    world.produce(&[], &[]);
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::ConsensusNumber { .. }
    ));
}

#[test]
fn a_proof_counts_once_whoever_copies_it() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 3);
    let total = world.chain.host().total();
    let log = vouch_wrong(&mut world, 2, 1, 2);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proof = world.proofs().remove(0);
    let copy = FraudProof {
        reporter: STRANGER,
        ..proof.clone()
    };
    let events = world.chain.submit_proof(&copy.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    // The honest prover comes late: the reward is gone, nothing else is.
    assert_eq!(refuse_proof(&mut world, &proof), RefusedProof::NotPending);
    assert_eq!(refuse_proof(&mut world, &copy), RefusedProof::NotPending);
    let reward = STAKE.0 * u128::from(params().reporter_share) / 10_000;
    assert_eq!(world.chain.host().purses[&STRANGER].free, Balance(reward));
    assert!(reward < STAKE.0 / 2, "reporting oneself is a loss");
    assert_eq!(world.chain.host().total(), total);
    // The same removed receipts again, by another liar, once they are swept: the old proof serves, and it pays too.
    world.produce(&[], &[]);
    let log = vouch_wrong(&mut world, 3, 1, 2);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let events = world.chain.submit_proof(&proof.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(3)]);
    assert_eq!(refuse_proof(&mut world, &copy), RefusedProof::NotPending);
    world.run(60);
    assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)));
    assert_eq!(world.chain.host().total(), total);
}

fn vouch_wrong(world: &mut World, index: usize, at: u64, most: usize) -> Log {
    let election = await_election(world, index);
    let submissions = wrong(world, at, most);
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

#[test]
fn no_proof_stands_against_a_right_or_a_final_receipt() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    vouch_wrong(&mut world, 2, 1, 1);
    let proof = world.proofs().remove(0);
    world.chain.submit_proof(&proof.encode()).unwrap();
    world.produce(&[], &[]);
    let submissions = right(&world, 1);
    let hash = submissions[0].receipt.compute_hash();
    let log = vouch(&mut world, 0, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // True evidence, pointed at the right receipt.
    let aimed = FraudProof {
        receipt: hash,
        ..proof
    };
    assert!(matches!(refuse_proof(&mut world, &aimed), RefusedProof::Proof(_)));
    let mut confirmed = false;
    for _ in 0..40 {
        confirmed |= !world.run(1).iter().all(|log| {
            !log.events
                .iter()
                .any(|event| matches!(event, Event::ReceiptConfirmed { .. }))
        });
    }
    assert!(confirmed);
    assert_eq!(refuse_proof(&mut world, &aimed), RefusedProof::NotPending);
    let unknown = FraudProof {
        domain: DomainId(9),
        ..aimed
    };
    assert!(matches!(
        refuse_proof(&mut world, &unknown),
        RefusedProof::UnknownDomain { .. }
    ));
}

#[test]
fn too_late_is_too_late_and_not_a_block_earlier() {
    // A receipt included at n is challenged up to block n + period, and final in n + period + 1.
    for late in [false, true] {
        let mut world = World::new(3, params());
        unclaimed(&mut world, 1);
        let log = vouch_wrong(&mut world, 2, 1, 1);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        let proofs = world.proofs();
        // An idle chain: nothing is included, and time passes all the same.
        let period = params().challenge_period;
        for age in 1..period + u64::from(late) {
            let log = world.produce(&[], &[]);
            assert_eq!(world.heads().1, DomainNumber(0), "{age}");
            assert!(
                log.events
                    .iter()
                    .all(|event| !matches!(event, Event::ReceiptConfirmed { .. }))
            );
        }
        let log = world.produce(&[], &proofs);
        if late {
            assert_eq!(log.refused, [RefusedProof::NotPending.to_string()]);
            assert_eq!(world.heads().1, DomainNumber(1), "nobody has told in time");
            assert_eq!(slashed(&log.events), []);
        } else {
            assert_eq!(log.refused.len(), 0, "{:?}", log.refused);
            assert_eq!(slashed(&log.events), [OperatorId(2)]);
            assert_eq!(world.heads(), (DomainNumber(0), DomainNumber(0)));
        }
    }
}

#[test]
fn bundles_on_a_removed_base_are_left_out_and_their_author_is_not_blamed_for_it() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 1);
    vouch_wrong(&mut world, 2, 1, 1);
    // Operator 3 is lazy: it bases transactions on the lie without looking, and vouches for nothing.
    include(&mut world, 3, &[transfer(7, 0)]);
    let proofs = world.proofs();
    world.produce(&[], &proofs);
    let own = world.operators[0].receipt(DomainNumber(2)).unwrap().clone();
    assert_eq!(own.verdicts.to_vec(), [Verdict::BaseRemoved]);
    assert_eq!(own.schedule.count, 0);
    let log = vouch_right(&mut world, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // Valid where the base is gone is refused at once, without any proof.
    let mut submission = right(&world, 1).remove(0);
    assert_eq!(submission.receipt.number, DomainNumber(2));
    let honest = submission.clone();
    submission.receipt.verdicts = BoundedVec::new(vec![Verdict::Valid]).unwrap();
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        vec![submission],
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::BaseRemoved { .. }
    ));
    let log = vouch(&mut world, 0, vec![honest]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // And the other way round: a base that stands is not called removed.
    include(&mut world, 0, &[transfer(8, 0)]);
    world.produce(&[], &[]);
    let mut submission = right(&world, 1).remove(0);
    submission.receipt.verdicts = BoundedVec::new(vec![Verdict::BaseRemoved]).unwrap();
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        vec![submission],
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::BasePresent { .. }
    ));
    let logs = world.run(40);
    assert_eq!(
        slashed(&all_events(&logs)),
        [],
        "who bundled on a lie is not slashed for it"
    );
    assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)));
    // What was left out comes again, from whoever has it.
    world.send(&transfer(7, 0));
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(4), DomainNumber(4)));
}

fn vouch_right(world: &mut World, most: usize) -> Log {
    let election = await_election(world, 0);
    let submissions = right(world, most);
    let bundle = seal(world, 0, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

#[test]
fn a_falsely_accused_author_keeps_its_stake_and_the_accuser_does_not() {
    use decex_bundle::Illegal;
    for rule in [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ] {
        let mut world = World::new(3, params());
        unclaimed(&mut world, 1);
        let election = await_election(&mut world, 2);
        let submissions = extend(&world, 2, 1, &mut |_| Some(Mutant::Reject(0, 1, rule)));
        let bundle = seal(&world, 2, election, head_hash(&world), submissions, Vec::new());
        let log = world.produce(&[bundle], &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        let logs = world.run(40);
        assert_eq!(slashed(&all_events(&logs)), [OperatorId(2)], "{rule:?}");
        assert_eq!(
            world.chain.host().purses[&operator_account(0)].held,
            STAKE,
            "{rule:?}: the author"
        );
        assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    }
}

#[test]
fn who_extends_a_lie_unseen_goes_with_the_liar() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 3);
    let log = vouch_wrong(&mut world, 2, 1, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // Every receipt of operator 3 is right but for what it stands on.
    let submissions = extend(&world, 3, 2, &mut |_| None);
    let log = vouch(&mut world, 3, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(world.heads().0, DomainNumber(3));
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    let mut names = slashed(&log.events);
    names.sort_unstable();
    assert_eq!(names, [OperatorId(2), OperatorId(3)]);
    let logs = world.run(60);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)));
}

#[test]
fn an_endorser_of_a_lie_goes_with_the_liar_and_who_repeats_it_later_does_not() {
    let mut world = World::new(5, params());
    unclaimed(&mut world, 1);
    // Two operators elected for one block.
    let (first, second) = loop {
        if let (Some(first), Some(second)) = (
            elected(&world, 2, world.next_slot()),
            elected(&world, 3, world.next_slot()),
        ) {
            break (first, second);
        }
        world.produce(&[], &[]);
    };
    let submissions = wrong(&world, 1, 1);
    let base = head_hash(&world);
    let bundles = [
        seal(&world, 2, first, base, submissions.clone(), Vec::new()),
        seal(&world, 3, second, base, submissions.clone(), Vec::new()),
    ];
    let log = world.produce(&bundles, &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // A late repetition backs nothing.
    let log = vouch(&mut world, 4, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    let mut names = slashed(&log.events);
    names.sort_unstable();
    assert_eq!(names, [OperatorId(2), OperatorId(3)]);
    assert!(world.chain.is_eligible(OperatorId(4)).unwrap());
}

#[test]
fn a_removed_receipt_does_not_come_back_before_it_is_swept_and_pays_again_after() {
    let mut world = World::new(4, params());
    // More receipts than one call sweeps.
    unclaimed(&mut world, 7);
    let election = await_election(&mut world, 2);
    let submissions = wrong(&world, 1, 7);
    let bundle = seal(
        &world,
        2,
        election,
        head_hash(&world),
        submissions.clone(),
        Vec::new(),
    );
    world.produce(&[bundle], &[]);
    assert_eq!(world.heads().0, DomainNumber(7));
    let proofs = world.proofs();
    let election = await_election(&mut world, 3);
    world.produce(&[], &proofs);
    assert_eq!(world.heads().0, DomainNumber(0));
    let progress = world.chain.progress(world.domain).unwrap().unwrap();
    assert_eq!(
        progress.unswept, 1,
        "four of seven receipts are swept with the proof"
    );
    // The lowest ones wait for the sweep.
    let again = seal(
        &world,
        3,
        election,
        head_hash(&world),
        submissions[..1].to_vec(),
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &again)),
        InvalidReceipt::Removed { .. }
    ));
    // The right ones need not wait.
    let log = vouch_right(&mut world, 7);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let logs = world.run(40);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads(), (DomainNumber(7), DomainNumber(7)));
}

#[test]
fn who_leaves_is_liable_until_everything_it_vouched_for_is_final() {
    // It tells a lie, leaves at once, and waits.
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    vouch_wrong(&mut world, 2, 1, 1);
    world
        .chain
        .deregister_operator(operator_account(2), OperatorId(2))
        .unwrap();
    let log = world.produce(&[], &[]);
    assert_eq!(slashed(&log.events), []);
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert_eq!(slashed(&log.events), [OperatorId(2)], "leaving helps nobody");
    assert_eq!(
        world.chain.host().purses[&operator_account(2)].held,
        Balance::ZERO
    );
    let free = world.chain.host().purses[&operator_account(2)].free;
    world.run(130);
    assert_eq!(
        world.chain.host().purses[&operator_account(2)].free,
        free,
        "nothing is released later"
    );
    // An honest one gets all of it back, once, and not before the lock is over.
    world
        .chain
        .deregister_operator(operator_account(1), OperatorId(1))
        .unwrap();
    let free = world.chain.host().purses[&operator_account(1)].free;
    let unlock = decex_tests::world::limits().unlock_period;
    for _ in 0..unlock - 1 {
        world.produce(&[], &[]);
        assert_eq!(world.chain.host().purses[&operator_account(1)].held, STAKE);
    }
    world.produce(&[], &[]);
    let purse = world.chain.host().purses[&operator_account(1)];
    assert_eq!((purse.held, purse.free.0), (Balance::ZERO, free.0 + STAKE.0));
    assert!(
        world
            .chain
            .deregister_operator(operator_account(1), OperatorId(1))
            .is_err()
    );
    for _ in 0..20 {
        world.produce(&[], &[]);
    }
    assert_eq!(world.chain.host().purses[&operator_account(1)].free, purse.free);
}

#[test]
fn who_leaves_is_out_at_once_and_liable_for_its_seals() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    world
        .chain
        .deregister_operator(operator_account(0), OperatorId(0))
        .unwrap();
    assert!(
        elected(&world, 0, world.next_slot()).is_none(),
        "out of the elections at once"
    );
    let status = world.chain.operator(OperatorId(0)).unwrap().unwrap().status;
    assert!(matches!(status, Status::Leaving { .. }));
    // Equivocation shown during the lock still counts.
    let base = head_hash(&world);
    let election = await_election(&mut world, 1);
    let first = seal(&world, 0, election, base, Vec::new(), vec![item(&transfer(5, 0))]);
    let second = seal(&world, 0, election, base, Vec::new(), vec![item(&transfer(6, 0))]);
    let evidence = Equivocation {
        first: first.header,
        second: second.header,
    };
    let events = world
        .chain
        .submit_equivocation(STRANGER, &evidence.encode())
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(0)]);
}

#[test]
fn an_offender_is_out_at_once_however_long_the_sweep_takes() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 7);
    let log = vouch_wrong(&mut world, 2, 1, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let submissions = extend(&world, 3, 6, &mut |_| None);
    let log = vouch(&mut world, 3, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // The sweep begins at the head: the liar's own receipt, the lowest, is swept last.
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert_eq!(slashed(&log.events), [OperatorId(3)]);
    assert_eq!(
        world.chain.operator(OperatorId(2)).unwrap().unwrap().status,
        Status::Active
    );
    assert!(!world.chain.is_eligible(OperatorId(2)).unwrap());
    assert!(elected(&world, 2, world.next_slot()).is_none());
    assert!(
        world
            .chain
            .deregister_operator(operator_account(2), OperatorId(2))
            .is_err(),
        "nor can it leave"
    );
    let log = world.produce(&[], &[]);
    assert_eq!(slashed(&log.events), [OperatorId(2)]);
}

#[test]
fn transactions_wait_while_execution_lags_and_receipts_do_not() {
    let mut world = World::new(2, params());
    let gap = u64::from(params().max_gap);
    // Nobody claims anything: so many blocks are made, and no more.
    for nonce in 0..=gap {
        include(&mut world, 0, &[transfer(0, nonce)]);
    }
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let more = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(3, 0))],
    );
    let refused = refuse(&mut world, &more);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Gap { .. })),
        "{refused:?}"
    );
    // Bundles of receipts alone go on, and open the way; honest operators find it by themselves.
    world.send(&transfer(4, 0));
    let logs = world.run(40);
    assert!(
        logs.iter().all(|log| log.refused.is_empty()),
        "{:?}",
        logs.iter().map(|log| &log.refused).collect::<Vec<_>>()
    );
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head.0 > gap + 1);
}

#[test]
fn many_receipts_in_one_bundle_get_no_shorter_challenge_period() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 6);
    let log = vouch_right(&mut world, 6);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let included = world.blocks.last().unwrap().info.number.0;
    for _ in 0..params().challenge_period {
        world.produce(&[], &[]);
        assert_eq!(world.heads().1, DomainNumber(0));
    }
    // Then as many per block as the host's work allows.
    let mut blocks = Vec::new();
    while world.heads().1 < DomainNumber(6) {
        world.produce(&[], &[]);
        blocks.push(world.heads().1.0);
    }
    assert_eq!(
        world.blocks.last().unwrap().info.number.0,
        included + params().challenge_period + 2
    );
    assert!(blocks[0] >= 1 && blocks.is_sorted(), "{blocks:?}");
}

#[test]
fn each_receipt_waits_its_own_challenge_period() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 4);
    let mut included = Vec::new();
    for _ in 0..4 {
        let log = vouch_right(&mut world, 1);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        included.push(world.blocks.last().unwrap().info.number.0);
    }
    while world.heads().1 < DomainNumber(4) {
        world.produce(&[], &[]);
        let now = world.blocks.last().unwrap().info.number.0;
        let due = included
            .iter()
            .filter(|at| **at + params().challenge_period < now)
            .count();
        assert!(
            world.heads().1.0 <= due as u64,
            "a receipt is final before its time"
        );
    }
    assert_eq!(
        world.blocks.last().unwrap().info.number.0,
        included[3] + params().challenge_period + 1
    );
}
