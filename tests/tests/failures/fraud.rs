//! Wrong receipts: nothing in one is beyond a proof, every proof fits, and it is judged by the receipt's own rules.

use crate::{
    STRANGER, accepted, all_events, claims, head_hash, include, join, lie, now, receipt_fault, refuse,
    slashed, transfer, unclaimed, vouch,
};
use decex_bundle::{Fault, Illegal, Verdict};
use decex_consensus::model::Access;
use decex_consensus::{
    CallError, Config, Consensus, Event, RefusedDomain, RefusedProof, RefusedRegistration,
    registration_message,
};
use decex_core::execution::Engine;
use decex_core::params::{DomainParams, HostLimits, UnsafeParams};
use decex_core::state::{MAX_VALUE_BYTES, StateTree};
use decex_core::{
    AccountId, Balance, BoundedVec, ConsensusNumber, Digest, DomainId, DomainNumber, OperatorId, StateRoot,
    label,
};
use decex_election::ElectionProof;
use decex_fraud::{Claim, Family, FraudProof, InvalidProof, largest_proof_of, verify};
use decex_operator::{ConsensusBlock, Genesis, Identity, Operator, PoolLimits, StartError};
use decex_receipt::{Bundle, InvalidReceipt, Openings, Receipt, Submission, genesis_receipt};
use decex_testkit::ledger::{Call, LedgerEngine};
use decex_testkit::mutant::{Mutant, commit, mutate};
use decex_tests::liar::{await_election, seal};
use decex_tests::world::{
    ENGINE, STAKE, World, config, genesis_state, limits, operator_account, operator_keypair, params,
    transaction,
};
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
        transaction(
            5,
            0,
            Call::Export {
                to: DomainId(7),
                amount: Balance(3),
            },
        ),
        transaction(6, 0, Call::Send(BoundedVec::new(vec![1, 2]).unwrap())),
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
    for change in [0_u8, 1, 2] {
        let mut wrong = receipt.clone();
        let mut transfers = wrong.effects.transfers.to_vec();
        match change {
            0 => transfers[0].amount.0 += 1,
            1 => transfers[0].to.0 += 1,
            _ => drop(transfers.remove(0)),
        }
        wrong.effects.transfers = BoundedVec::new(transfers).unwrap();
        let (family, _) = caught(&mut world, election, (wrong, openings.clone()), "transfers");
        assert_eq!(family, Family::Transition);
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
        let wrong = commit(&mut wrong, openings.schedule.to_vec(), trace, &world.params).unwrap();
        let (family, _) = caught(&mut world, election, wrong, "permuted");
        assert_eq!(family, Family::Transition);
    }
    // Cut together with the schedule: the transaction that is missing shows.
    for cut in 1..4 {
        let entries = openings.schedule[..4 - cut].to_vec();
        let trace = openings.trace.to_vec();
        let wrong = commit(&mut receipt.clone(), entries, trace, &world.params).unwrap();
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
    let created = lesser.create_domain(STRANGER, worst(), Access::Open);
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
    let _ = MAX_VALUE_BYTES;
}

/// An upgrade of the host: the domain's engine is joined, or replaced, by one with other rules.
#[test]
fn n2082_n2712_an_old_receipt_is_judged_by_its_own_rules_whatever_the_host_runs_since() {
    let (old, new) = (ENGINE, LedgerEngine { version: 1 });
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    // A receipt that names the new rules is none of this domain, before the upgrade and after it.
    let renamed = |world: &World| {
        let mut submissions = claims(world, 1, None);
        submissions[0].receipt.rules = new.rule_set();
        submissions
    };
    let expected = InvalidReceipt::Rules {
        expected: old.rule_set(),
        found: new.rule_set(),
    };
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    for engines in [vec![old], vec![new, old], vec![new]] {
        world.chain.host_mut().engines = engines;
        let bundle = seal(
            &world,
            1,
            election,
            head_hash(&world),
            renamed(&world),
            Vec::new(),
        );
        assert_eq!(receipt_fault(refuse(&mut world, &bundle)), expected);
    }
    // The host that has dropped the old rules judges nothing of them: neither a lie nor a right receipt.
    lie(&mut world, 2, 1, 1);
    let proof = world.proofs().remove(0);
    let host = world.chain.host().clone();
    let judged = world.chain.submit_proof(&proof.encode());
    assert_eq!(judged, Err(CallError::Refused(RefusedProof::NoEngine)));
    assert_eq!(world.chain.host().store, host.store);
    // Handed the other engine, the verifier refuses before it looks at anything.
    let claim = Claim::load(&world.chain.state(), &world.params, world.domain, &proof.receipt).unwrap();
    assert_eq!(verify(&new, &claim, &proof).unwrap_err(), InvalidProof::Rules);
    assert!(verify(&old, &claim, &proof).is_ok());
    // With both, whichever comes first, the receipt's own are taken.
    world.chain.host_mut().engines = vec![new, old];
    let events = world.chain.submit_proof(&proof.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    world.run(40);
    assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    let state = world.operators[0].receipt(DomainNumber(1)).unwrap().state;
    assert_eq!(
        world
            .chain
            .finalized(world.domain)
            .unwrap()
            .unwrap()
            .into_inner()
            .state,
        state
    );
    // An operator with the new engine does not start on the old domain.
    let started = Operator::new(
        watcher_identity(),
        new,
        world.params.clone(),
        genesis(&world),
        PoolLimits::default(),
    );
    assert!(matches!(started, Err(StartError::Rules)), "{started:?}");
}

fn watcher_identity() -> Identity {
    Identity {
        operator: None,
        keypair: operator_keypair(99),
        reporter: STRANGER,
    }
}

fn genesis(world: &World) -> Genesis {
    let block = &world.blocks[0];
    Genesis {
        created: block.info.number,
        created_hash: block.hash,
        receipt: genesis_receipt(
            world.domain,
            world.params.rules,
            world.params.genesis,
            block.info.number,
        ),
        state: genesis_state(),
    }
}

/// Somebody without a stake, who runs the domain from its genesis up to now.
fn watcher(world: &World) -> Operator<LedgerEngine> {
    let (params, genesis) = (world.params.clone(), genesis(world));
    let mut watcher =
        Operator::new(watcher_identity(), ENGINE, params, genesis, PoolLimits::default()).unwrap();
    for (at, block) in world.blocks.iter().enumerate().skip(1) {
        let bundles: Vec<&Bundle> = block.bundles.iter().collect();
        let consensus = ConsensusBlock {
            number: block.info.number,
            hash: block.hash,
            parent: block.info.parent_hash,
            byte_price: block.info.byte_price,
            bundles: &bundles,
        };
        watcher
            .follow(&world.chain_after(at).state(), &consensus)
            .unwrap();
    }
    watcher
}

/// Assumed, and stated in `SECURITY.md`: within each challenge period *one* honest party runs the domain and gets a proof
/// included. It needs no stake, no permission, and may come when the lie is told already.
#[test]
fn n2355_without_an_honest_operator_one_watcher_is_enough_and_without_one_the_assumption_is_broken() {
    let mut outcome = Vec::new();
    for watched in [true, false] {
        // All operators lie, from the first block on.
        let mut world = World::new(2, params());
        unclaimed(&mut world, 2);
        lie(&mut world, 0, 1, 1);
        let included = now(&world);
        let above = claims(&world, 1, None);
        accepted(&vouch(&mut world, 1, above));
        // They do not look either.
        world.offline.extend([0, 1]);
        while now(&world) < included + params().challenge_period - 1 {
            world.produce(&[], &[]);
        }
        let proofs: Vec<FraudProof> = if watched {
            watcher(&world).challenges().cloned().collect()
        } else {
            Vec::new()
        };
        let log = world.produce(&[], &proofs);
        accepted(&log);
        let mut events = log.events;
        events.extend(world.produce(&[], &[]).events);
        outcome.push((slashed(&events).len(), world.heads().1));
        if !watched {
            continue;
        }
        assert_eq!(
            world.chain.host().purses[&STRANGER].free,
            Balance(2 * STAKE.0 / 20)
        );
        // Nobody is left. The domain is not lost: whoever comes goes on from what is final.
        assert!(!world.chain.is_eligible(OperatorId(0)).unwrap());
        assert!(!world.chain.is_eligible(OperatorId(1)).unwrap());
        join(&mut world, 2, STAKE);
        world.await_epoch();
        let all = claims(&world, 2, None);
        accepted(&vouch(&mut world, 2, all));
        let logs: Vec<_> = (0..20).map(|_| world.produce(&[], &[])).collect();
        assert_eq!(slashed(&all_events(&logs)), []);
        assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
    }
    assert_eq!(outcome, [(2, DomainNumber(0)), (0, DomainNumber(1))]);
}

/// What a domain can do until it has watchers: keep a list of operators. What it cannot do: begin with a false genesis, or
/// give a challenger less time than a censor has.
#[test]
fn n2355_a_listed_domain_takes_nobody_else_and_no_domain_begins_with_a_lie() {
    let mut world = World::new(1, params());
    world.chain.host_mut().endow(STRANGER, Balance(100_000));
    let domain = world
        .chain
        .create_domain(STRANGER, params(), Access::Listed)
        .unwrap()
        .0;
    let attempt = |world: &mut World, account: AccountId| {
        let keypair = operator_keypair(60);
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(domain, &account, &key),
        );
        let registered = world
            .chain
            .register_operator(account, domain, &key, &possession, STAKE);
        registered.map(|_| ())
    };
    let stranger = operator_account(60);
    world.chain.host_mut().endow(stranger, STAKE);
    let not_listed = Err(CallError::Refused(RefusedRegistration::NotListed));
    assert_eq!(attempt(&mut world, stranger), not_listed);
    // Only the owner writes the list.
    assert!(world.chain.allow(stranger, domain, stranger).is_err());
    world.chain.allow(STRANGER, domain, stranger).unwrap();
    world.chain.disallow(STRANGER, domain, stranger).unwrap();
    assert_eq!(attempt(&mut world, stranger), not_listed);
    world.chain.allow(STRANGER, domain, stranger).unwrap();
    assert_eq!(attempt(&mut world, stranger), Ok(()));
    // The genesis receipt is computed by everybody from the parameters: final, and of nobody's making.
    let record = world.chain.receipt_at(domain, DomainNumber(0)).unwrap().unwrap();
    let created = ConsensusNumber(now(&world));
    assert_eq!(
        record.receipt,
        genesis_receipt(domain, params().rules, params().genesis, created)
    );
    assert!(record.backers.is_empty());
    // Another state than the one that the root names starts no operator.
    let mut false_genesis = genesis(&world);
    let mut tree = decex_core::state::MemoryTree::new();
    let one = false_genesis.state.pop_first().unwrap();
    assert_ne!(tree.update(&false_genesis.state).unwrap(), params().genesis);
    let started = Operator::new(
        watcher_identity(),
        ENGINE,
        world.params.clone(),
        false_genesis,
        PoolLimits::default(),
    );
    assert!(matches!(started, Err(StartError::Genesis)), "{started:?} {one:?}");
    // P5.
    let hasty = DomainParams {
        challenge_period: limits().censorship + 1,
        ..params()
    };
    let refused = world.chain.create_domain(STRANGER, hasty, Access::Listed);
    assert!(
        matches!(
            refused,
            Err(CallError::Refused(RefusedDomain::Params(
                UnsafeParams::Challenge { .. }
            )))
        ),
        "{refused:?}"
    );
    let _ = (
        Fault {
            index: 0,
            rule: Illegal::Fees,
        },
        Verdict::Valid,
    );
}
