//! Receipts that are not what the chain asks for, and proofs that show nothing.

use super::*;

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
        if late {
            // Honest operators stop where this is final (O18).
            world.offline = (0..3).collect();
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
