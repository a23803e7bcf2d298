//! One lie of each kind, end to end: submitted, loaded, proven, sent, decoded, judged.

use crate::build::before_step;
use crate::world::{DOMAIN, ENGINE, POOR, REPORTER, World, sender};
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::schedule::Entry;
use decex_core::state::{Meter, Overlay};
use decex_fraud::{Evidence, Family, FraudProof, verify};
use decex_messaging::end::sent_in;
use decex_receipt::{Openings, Receipt};
use parity_scale_codec::Encode;

/// Lies, and returns the evidence that the lie is refuted with.
fn caught(change: impl FnOnce(&mut Receipt, &mut Openings)) -> (Family, Evidence) {
    let mut world = World::new();
    let (claim, openings) = world.lie(change);
    let sent = world
        .prove(&claim, &openings)
        .expect("a lie has a proof")
        .encode();
    let proof = FraudProof::decode_bounded(&sent, 1 << 20).unwrap();
    let refutation = verify(&ENGINE, &claim, &proof).unwrap();
    assert_eq!(refutation.domain(), DOMAIN);
    assert_eq!(refutation.number(), DomainNumber(2));
    assert_eq!(refutation.receipt(), claim.receipt().compute_hash());
    assert_eq!(refutation.reporter(), REPORTER);
    // The same proof says nothing about the right receipt.
    let right = world.right_claim();
    let moved = FraudProof {
        receipt: right.hash(),
        ..proof.clone()
    };
    assert!(verify(&ENGINE, &right, &moved).is_err());
    (refutation.family(), proof.evidence)
}

fn verdict(bundle: usize, verdict: Verdict) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |receipt, _| {
        let mut verdicts = receipt.verdicts.to_vec();
        verdicts[bundle] = verdict;
        receipt.verdicts = BoundedVec::new(verdicts).unwrap();
    }
}

fn shown_fault(evidence: &Evidence) -> Fault {
    match evidence {
        Evidence::Inbox(evidence) => evidence.fault,
        _ => panic!("not of the inbox family"),
    }
}

fn shown_step(evidence: &Evidence) -> u32 {
    match evidence {
        Evidence::Transition(evidence) => evidence.step,
        _ => panic!("not of the transition family"),
    }
}

#[test]
fn the_world_has_every_verdict() {
    let world = World::new();
    let rules: Vec<Option<Illegal>> = world
        .right
        .receipt
        .verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Invalid(fault) => Some(fault.rule),
            _ => None,
        })
        .collect();
    let expected = [
        None,
        None,
        Some(Illegal::Malformed),
        Some(Illegal::Signature),
        Some(Illegal::Claim),
        Some(Illegal::Nonce),
        Some(Illegal::Fees),
    ];
    assert_eq!(rules, expected);
    assert_eq!(
        world.right.openings.schedule.len(),
        10,
        "the shared transaction is scheduled once"
    );
    let state = before_step(&world, u32::try_from(world.right.steps.len()).unwrap());
    let sent = sent_in(&mut Overlay::new(&state, Meter::new(u32::MAX)), DomainNumber(2)).unwrap();
    assert_eq!(sent.messages.len(), 5, "three answers and two requests");
    let last = world.bodies[6]
        .iter()
        .position(|item| item.sender == sender(POOR))
        .unwrap()
        + 1;
    assert_eq!(
        world.right.receipt.verdicts[6],
        Verdict::Invalid(Fault {
            index: last as u32,
            rule: Illegal::Fees
        })
    );
}

#[test]
fn l1_l2_l3_l4_l5_falsely_accepted() {
    for bundle in 2..7 {
        let Verdict::Invalid(fault) = World::new().right.receipt.verdicts[bundle] else {
            panic!()
        };
        let (family, evidence) = caught(verdict(bundle, Verdict::Valid));
        assert_eq!((family, shown_fault(&evidence)), (Family::Inbox, fault));
    }
}

#[test]
fn l1_l2_l3_l4_l5_falsely_rejected() {
    for rule in [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ] {
        let fault = Fault { index: 2, rule };
        let (family, evidence) = caught(verdict(0, Verdict::Invalid(fault)));
        assert_eq!((family, shown_fault(&evidence)), (Family::Inbox, fault));
    }
}

#[test]
fn falsely_blamed_before_and_after_the_true_fault() {
    let world = World::new();
    for bundle in 2..7 {
        let Verdict::Invalid(truth) = world.right.receipt.verdicts[bundle] else {
            panic!()
        };
        for index in 0..world.bodies[bundle].len() as u32 {
            for rule in [
                Illegal::Malformed,
                Illegal::Signature,
                Illegal::Claim,
                Illegal::Nonce,
                Illegal::Fees,
            ] {
                let fault = Fault { index, rule };
                if fault != truth {
                    let (_, evidence) = caught(verdict(bundle, Verdict::Invalid(fault)));
                    assert_eq!(shown_fault(&evidence), fault.min(truth));
                }
            }
        }
    }
}

fn reorder(change: impl FnOnce(&mut Vec<Entry>)) -> Family {
    let (family, evidence) = caught(|_, openings| {
        let mut entries = openings.schedule.to_vec();
        change(&mut entries);
        openings.schedule = BoundedVec::new(entries).unwrap();
    });
    assert!(matches!(evidence, Evidence::Schedule(_)));
    family
}

#[test]
fn misordered_repeated_and_omitted() {
    assert_eq!(reorder(|entries| entries.swap(3, 4)), Family::Schedule);
    assert_eq!(reorder(|entries| entries[3] = entries[4]), Family::Schedule);
    assert_eq!(reorder(|entries| entries.insert(2, entries[2])), Family::Schedule);
    for index in 0..10 {
        assert_eq!(reorder(|entries| _ = entries.remove(index)), Family::Schedule);
    }
    assert_eq!(reorder(Vec::clear), Family::Schedule);
}

#[test]
fn a_later_copy_is_scheduled() {
    let world = World::new();
    let shared = &world.bodies[1]
        .iter()
        .position(|item| item.sender == sender(2))
        .unwrap();
    let lower = world.bodies[0]
        .iter()
        .position(|item| item.sender == sender(2))
        .unwrap() as u32;
    let copy = Entry {
        bundle: 1,
        leaf: *shared as u32,
    };
    let family = reorder(|entries| {
        let place = entries
            .iter()
            .position(|entry| {
                *entry
                    == Entry {
                        bundle: 0,
                        leaf: lower,
                    }
            })
            .unwrap();
        entries[place] = copy;
    });
    assert_eq!(family, Family::Schedule);
}

#[test]
fn invented_is_refused_at_submission_and_refutable_all_the_same() {
    let mut world = World::new();
    let (mut receipt, mut openings) = world.consistent(|_, _| {});
    let mut entries = openings.schedule.to_vec();
    entries[4] = Entry { bundle: 2, leaf: 0 };
    let leaves: Vec<Digest> = entries.iter().map(Entry::compute_leaf).collect();
    receipt.schedule.root = decex_core::list::root(&leaves);
    openings.schedule = BoundedVec::new(entries).unwrap();
    assert!(world.submitted(&receipt, &openings).is_none());
    let claim = decex_fraud::Claim::new(
        &world.params,
        receipt,
        ConsensusNumber(50),
        &world.past[1].0,
        world.inbox.clone(),
    );
    let proof = world.prove(&claim.clone().unwrap(), &openings).unwrap();
    assert_eq!(
        verify(&ENGINE, &claim.unwrap(), &proof).unwrap().family(),
        Family::Schedule
    );
}

#[test]
fn wrong_trace_entries_at_begin_receive_apply_and_finish() {
    let steps = World::new().right.openings.trace.len() as u32;
    assert_eq!(
        steps, 8,
        "begin, two chunks of messages and four of transactions of at most three, finish"
    );
    for step in 0..steps {
        let (family, evidence) = caught(|receipt, openings| {
            let mut trace = openings.trace.to_vec();
            trace[step as usize] = StateRoot(Digest([66; 32]));
            openings.trace = BoundedVec::new(trace).unwrap();
            receipt.state = *openings.trace.last().unwrap();
        });
        assert_eq!((family, shown_step(&evidence)), (Family::Transition, step));
    }
}

#[test]
fn wrong_final_state() {
    let (family, evidence) = caught(|receipt, _| receipt.state = StateRoot(Digest([66; 32])));
    assert_eq!((family, shown_step(&evidence)), (Family::Transition, 7));
}

#[test]
fn wrong_from_some_step_on() {
    let (_, evidence) = caught(|receipt, openings| {
        let trace = openings.trace.iter().enumerate();
        let wrong = trace.map(|(index, root)| {
            if index < 3 {
                *root
            } else {
                StateRoot(Digest([index as u8; 32]))
            }
        });
        openings.trace = BoundedVec::new(wrong.collect()).unwrap();
        receipt.state = *openings.trace.last().unwrap();
    });
    assert_eq!(shown_step(&evidence), 3);
}

#[test]
fn wrong_outcome() {
    let changes: [fn(&mut Receipt); 4] = [
        |receipt| receipt.effects.fees.execution.0 += 1,
        |receipt| receipt.effects.fees.storage.0 -= 1,
        |receipt| receipt.effects.fees.burned.0 = 0,
        |receipt| receipt.effects.outbox = decex_core::list::root(&[]),
    ];
    for change in changes {
        let (family, evidence) = caught(|receipt, _| change(receipt));
        assert_eq!((family, shown_step(&evidence)), (Family::Transition, 7));
    }
}

#[test]
fn an_input_over_its_witness_limit_is_provable() {
    // The step that holds the write of 50 slots: its witness shows keys up to the access that failed.
    let mut world = World::new();
    let (step, place) = (0..)
        .zip(world.right.openings.schedule.chunks(3))
        .find_map(|(chunk, entries)| {
            let write = |entry: &Entry| world.bodies[0][entry.leaf as usize].weight == Weight(600);
            entries
                .iter()
                .any(|entry| entry.bundle == 0 && write(entry))
                .then_some((chunk + 3, chunk))
        })
        .unwrap();
    let _ = place;
    let (claim, openings) = world.lie(|_, openings| {
        let mut trace = openings.trace.to_vec();
        trace[step] = StateRoot(Digest([66; 32]));
        openings.trace = BoundedVec::new(trace).unwrap();
    });
    let proof = world.prove(&claim, &openings).unwrap();
    assert_eq!(shown_step(&proof.evidence), step as u32);
    let _ = verify(&ENGINE, &claim, &proof).unwrap();
}

#[test]
fn an_empty_block_is_provable() {
    let mut world = World::of(|_| Vec::new());
    let (claim, openings) = world.lie(|receipt, _| receipt.state = StateRoot(Digest([1; 32])));
    let proof = world.prove(&claim, &openings).unwrap();
    assert_eq!(shown_step(&proof.evidence), 1);
    let (claim, openings) = world.lie(|receipt, openings| {
        openings.trace = BoundedVec::new(vec![StateRoot(Digest([1; 32])), receipt.state]).unwrap();
    });
    let proof = world.prove(&claim, &openings).unwrap();
    assert_eq!(shown_step(&proof.evidence), 0);
}

#[test]
fn the_right_receipt_has_no_proof() {
    let mut world = World::new();
    let claim = world.right_claim();
    let openings = world.right.openings.clone();
    assert_eq!(world.prove(&claim, &openings), None);
}
