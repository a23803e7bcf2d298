//! Wrong receipts: nothing in one is beyond a proof, and every proof fits.

use crate::{
    STRANGER, accepted, claims, head_hash, include, receipt_fault, refuse, slashed, transfer, unclaimed,
    vouch,
};
use decex_bundle::Illegal;
use decex_consensus::model::Access;
use decex_consensus::{CallError, Config, Consensus, Event, RefusedDomain};
use decex_core::params::{DomainParams, HostLimits, UnsafeParams};
use decex_core::{Balance, BoundedVec, Digest, DomainNumber, OperatorId, StateRoot};
use decex_election::ElectionProof;
use decex_fraud::{Family, largest_proof_of};
use decex_receipt::{InvalidReceipt, Openings, Receipt, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::{Mutant, commit, mutate};
use decex_tests::liar::{await_election, seal};
use decex_tests::world::{World, config, limits, params, transaction};
use parity_scale_codec::Encode;

/// A trace entry for every input.
fn fine() -> DomainParams {
    DomainParams {
        trace_interval: 1,
        ..params()
    }
}

/// The right receipt of number 1 and its openings, as operator 0 has them.
fn right(world: &World) -> (Receipt, Openings) {
    let number = DomainNumber(1);
    let (receipt, openings) = (
        world.operators[0].receipt(number),
        world.operators[0].openings(number),
    );
    (receipt.unwrap().clone(), openings.unwrap().clone())
}

fn submission((receipt, openings): (Receipt, Openings)) -> Submission {
    Submission {
        receipt,
        openings: Some(openings),
    }
}

/// Consensus takes the lie, operator 0 has a proof at once, and the proof takes the liar's stake. Then the block is taken
/// back. Returns which family it was, and the bytes.
fn caught(
    world: &mut World,
    election: ElectionProof,
    lie: (Receipt, Openings),
    what: &str,
) -> (Family, usize) {
    let submission = submission(lie);
    let base = submission.receipt.compute_hash();
    let bundle = seal(world, 1, election, base, vec![submission], Vec::new());
    let log = world.produce(&[bundle], &[]);
    assert!(log.refused.is_empty(), "{what}: {:?}", log.refused);
    let proofs = world.proofs();
    assert_eq!(proofs.len(), 1, "{what}: has a proof");
    let events = world.chain.submit_proof(&proofs[0].encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(1)], "{what}");
    let family = events.iter().find_map(|event| match event {
        Event::ReceiptsRemoved { family, .. } => Some(*family),
        _ => None,
    });
    world.retract(1);
    (family.unwrap(), proofs[0].encoded_size())
}

#[test]
fn n2437_every_root_and_effect_of_a_receipt_is_tied_to_its_trace_or_refuted() {
    let mut world = World::new(2, fine());
    let calls = [
        transaction(5, 0, Call::Fail),
        transaction(
            6,
            0,
            Call::Write {
                first: 1,
                count: 1,
                value: 1,
            },
        ),
    ];
    include(
        &mut world,
        0,
        &sorted([transfer(0, 0), transfer(1, 0)].into_iter().chain(calls)),
    );
    world.produce(&[], &[]);
    let (receipt, openings) = right(&world);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    // The state at the end is the last entry of the trace, and the trace is what its root says.
    let mut refused = |change: &dyn Fn(&mut Receipt, &mut Openings)| {
        let (mut receipt, mut openings) = (receipt.clone(), openings.clone());
        change(&mut receipt, &mut openings);
        let submissions = vec![submission((receipt, openings))];
        let bundle = seal(&world, 1, election, head_hash(&world), submissions, Vec::new());
        receipt_fault(refuse(&mut world, &bundle))
    };
    let other = StateRoot(Digest([1; 32]));
    assert_eq!(
        refused(&|receipt, _| receipt.state = other),
        InvalidReceipt::FinalState
    );
    assert_eq!(
        refused(&|_, openings| set(openings, |trace| *trace.last_mut().unwrap() = other)),
        InvalidReceipt::TraceRoot
    );
    world.retract(1);
    // Whatever is consistent in itself is refuted: each entry of the trace, alone and with all after it, each effect.
    let inbox = world.chain.inbox(world.domain, DomainNumber(1)).unwrap().unwrap();
    let mut lies = vec![
        Mutant::ExecutionFees,
        Mutant::StorageFees,
        Mutant::Burned,
        Mutant::Outbox,
    ];
    for entry in 0..receipt.trace.length {
        lies.push(Mutant::TraceFrom(entry));
        lies.extend((entry + 1 < receipt.trace.length).then_some(Mutant::TraceEntry(entry)));
    }
    assert_eq!(lies.len(), 4 + 11, "begin, four inputs, finish");
    for mutant in lies {
        let wrong = mutate(mutant, &receipt, &openings, &inbox, &world.params).unwrap();
        let (family, _) = caught(&mut world, election, wrong, &format!("{mutant:?}"));
        assert_eq!(family, Family::Transition, "{mutant:?}");
    }
}

fn sorted(bytes: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut bytes: Vec<_> = bytes.into_iter().collect();
    bytes.sort_by_key(|bytes| decex_tests::liar::item(bytes).compute_summary().body_key());
    bytes
}

fn set(openings: &mut Openings, change: impl FnOnce(&mut Vec<StateRoot>)) {
    let mut trace = openings.trace.to_vec();
    change(&mut trace);
    openings.trace = BoundedVec::new(trace).unwrap();
}

#[test]
fn n2303_a_trace_that_is_cut_stretched_or_permuted_is_refused_or_refuted() {
    let mut world = World::new(2, fine());
    unclaimed(&mut world, 1);
    let (receipt, openings) = right(&world);
    let election = await_election(&mut world, 1);
    // Cut or stretched, with roots and claims to match: the length follows from the schedule's count.
    world.produce(&[], &[]);
    let length = receipt.trace.length as usize;
    assert_eq!(length, 6);
    for other in (0..length).chain(length + 1..length + 4) {
        let (mut wrong, mut opened) = (receipt.clone(), openings.clone());
        set(&mut opened, |trace| trace.resize(other, wrong.state));
        if let Some(last) = opened.trace.last() {
            wrong.state = *last;
        }
        wrong.trace.root = decex_core::execution::trace_root(&opened.trace);
        for claimed in [other, length] {
            wrong.trace.length = claimed as u32;
            let submissions = vec![submission((wrong.clone(), opened.clone()))];
            let bundle = seal(&world, 1, election, head_hash(&world), submissions, Vec::new());
            let fault = receipt_fault(refuse(&mut world, &bundle));
            let expected = if claimed == other {
                matches!(fault, InvalidReceipt::TraceLength { .. })
            } else {
                matches!(fault, InvalidReceipt::TraceCount { .. })
            };
            assert!(expected, "{other} {claimed}: {fault:?}");
        }
    }
    // Stretched with the schedule, beyond what the bundles hold.
    let mut entries = openings.schedule.to_vec();
    entries.push(entries[0]);
    let long = commit(
        &mut receipt.clone(),
        entries,
        openings.trace.to_vec(),
        0,
        &world.params,
    )
    .unwrap();
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        vec![submission(long)],
        Vec::new(),
    );
    let fault = receipt_fault(refuse(&mut world, &bundle));
    assert!(matches!(fault, InvalidReceipt::ScheduleCount { .. }), "{fault:?}");
    world.retract(1);
    // Of the right length, and permuted: every swap, the reverse, every rotation.
    let mut traces = Vec::new();
    for one in 0..length - 1 {
        for other in one + 1..length - 1 {
            let mut trace = openings.trace.to_vec();
            trace.swap(one, other);
            traces.push(trace);
        }
    }
    let mut reversed = openings.trace.to_vec();
    reversed[..length - 1].reverse();
    traces.push(reversed);
    for by in 1..length {
        let mut trace = openings.trace.to_vec();
        trace.rotate_left(by);
        traces.push(trace);
    }
    for trace in traces.into_iter().filter(|trace| trace[..] != openings.trace[..]) {
        let mut wrong = receipt.clone();
        wrong.state = *trace.last().unwrap();
        let wrong = commit(&mut wrong, openings.schedule.to_vec(), trace, 0, &world.params).unwrap();
        let (family, _) = caught(&mut world, election, wrong, "permuted");
        assert_eq!(family, Family::Transition);
    }
    // Cut together with the schedule: the transaction that is missing shows.
    for cut in 1..4 {
        let entries = openings.schedule[..4 - cut].to_vec();
        let trace = openings.trace.to_vec();
        let wrong = commit(&mut receipt.clone(), entries, trace, 0, &world.params).unwrap();
        let (family, _) = caught(&mut world, election, wrong, "cut");
        assert_eq!(family, Family::Schedule);
    }
}

#[test]
fn n2425_n1596_the_largest_proof_of_a_domain_fits_in_a_host_message() {
    let worst = || DomainParams {
        witness_limit: 60_000,
        sender_transactions: 64,
        ..params()
    };
    let largest = worst().check(&limits()).unwrap().largest_proof();
    let host = |bytes: u64| Config {
        limits: HostLimits {
            message_bytes: u32::try_from(bytes).unwrap(),
            ..limits()
        },
        ..config()
    };
    // A host with a byte less does not take the domain at all.
    let mut world = World::with_config(2, worst(), host(largest));
    let mut lesser = Consensus::new(world.chain.host().clone(), host(largest - 1));
    lesser.host_mut().endow(STRANGER, Balance(100));
    let created = lesser.create_domain(STRANGER, worst(), Access::Open, Balance::ZERO);
    assert!(
        matches!(
            created,
            Err(CallError::Refused(RefusedDomain::Params(
                UnsafeParams::ProofSize { .. }
            )))
        ),
        "{created:?}"
    );
    // Two inputs of one step, each of which touches all that it may, over a state that earlier blocks have filled.
    for block in 0..4_u64 {
        let write = |from: usize| {
            let first = 10_000 * from as u64 + 25 * block;
            transaction(
                from,
                block,
                Call::Write {
                    first,
                    count: 25,
                    value: u64::MAX,
                },
            )
        };
        include(&mut world, 0, &sorted((0..6).map(write)));
        world.produce(&[], &[]);
    }
    let before = claims(&world, 4, None);
    accepted(&vouch(&mut world, 0, before));
    let greedy = |from: usize| {
        transaction(
            from,
            4,
            Call::Write {
                first: 10_000 * from as u64,
                count: 5_000,
                value: 3,
            },
        )
    };
    let many = |nonce: u64| transaction(9, nonce, Call::Fail);
    include(
        &mut world,
        0,
        &sorted((0..6).map(greedy).chain((0..40).map(many))),
    );
    world.produce(&[], &[]);
    let election = await_election(&mut world, 1);
    let number = DomainNumber(5);
    let (receipt, openings) = {
        let operator = &world.operators[0];
        (
            operator.receipt(number).unwrap().clone(),
            operator.openings(number).unwrap().clone(),
        )
    };
    let inbox = world.chain.inbox(world.domain, number).unwrap().unwrap();
    let mut lies: Vec<Mutant> = (0..receipt.trace.length).map(Mutant::TraceFrom).collect();
    lies.extend([Mutant::Swap(3), Mutant::Omit(7), Mutant::Repeat(4)]);
    // Evidence about the fees of a sender with forty transactions shows all of them.
    for rule in [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ] {
        lies.extend([0, 45].map(|index| Mutant::Reject(0, index, rule)));
        lies.push(Mutant::Reject(0, 39, rule));
    }
    let mut most = 0;
    for mutant in lies {
        let wrong = mutate(mutant, &receipt, &openings, &inbox, &world.params).unwrap();
        let (family, bytes) = caught(&mut world, election, wrong, &format!("{mutant:?}"));
        assert!(
            bytes as u64 <= largest_proof_of(family, &world.params),
            "{mutant:?}: {bytes}"
        );
        assert!(bytes as u64 <= largest, "{mutant:?}: {bytes}");
        most = most.max(bytes);
    }
    assert!(most > 8_000, "the attack makes proofs large: {most}");
}
