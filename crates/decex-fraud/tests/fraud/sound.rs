//! Nothing refutes a right receipt.

use crate::build;
use crate::world::{ENGINE, World};
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::StateRoot;
use decex_fraud::{Claim, Evidence, FraudProof, verify};
use decex_receipt::{Openings, Receipt};
use parity_scale_codec::Encode;

const RULES: [Illegal; 5] = [
    Illegal::Malformed,
    Illegal::Signature,
    Illegal::Claim,
    Illegal::Nonce,
    Illegal::Fees,
];

fn faults(world: &World, bundle: usize) -> Vec<Fault> {
    let count = world.bodies[bundle].len() as u32;
    (0..count)
        .flat_map(|index| RULES.map(|rule| Fault { index, rule }))
        .collect()
}

fn set_verdict(receipt: &mut Receipt, bundle: usize, verdict: Verdict) {
    let mut verdicts = receipt.verdicts.to_vec();
    verdicts[bundle] = verdict;
    receipt.verdicts = BoundedVec::new(verdicts).unwrap();
}

fn set_trace(openings: &mut Openings, step: usize, root: StateRoot) {
    let mut trace = openings.trace.to_vec();
    trace[step] = root;
    openings.trace = BoundedVec::new(trace).unwrap();
}

/// Every claimed verdict against every piece of evidence: the right verdict is never refuted, every other one is.
#[test]
fn a_verdict_is_refuted_exactly_if_wrong() {
    let mut world = World::new();
    for bundle in 0..world.bodies.len() {
        let truth = world.right.receipt.verdicts[bundle];
        let faults = faults(&world, bundle);
        let evidence: Vec<_> = faults
            .iter()
            .map(|fault| build::inbox(&mut world, bundle as u16, *fault))
            .collect();
        for claimed in faults
            .iter()
            .map(|fault| Verdict::Invalid(*fault))
            .chain([Verdict::Valid])
        {
            let (claim, _) = world.lie(|receipt, _| set_verdict(receipt, bundle, claimed));
            let refuted = evidence.iter().any(|shown| {
                verify(
                    &ENGINE,
                    &claim,
                    &build::proof(&claim, Evidence::Inbox(shown.clone())),
                )
                .is_ok()
            });
            assert_eq!(
                refuted,
                claimed != truth,
                "bundle {bundle}: {claimed:?} where {truth:?}"
            );
        }
    }
}

/// Proofs against lies of every kind, and true statements about the right receipt.
fn evidence(world: &mut World) -> Vec<(Claim, Evidence)> {
    let mut all = Vec::new();
    let mut lies: Vec<(Claim, Openings)> = Vec::new();
    for bundle in 0..world.bodies.len() {
        let faults = faults(world, bundle);
        for fault in faults {
            let verdict = Verdict::Invalid(fault);
            if world.right.receipt.verdicts[bundle] != verdict {
                lies.push(world.lie(|receipt, _| set_verdict(receipt, bundle, verdict)));
            }
        }
    }
    for step in 0..world.right.openings.trace.len() {
        lies.push(world.lie(|receipt, openings| {
            set_trace(openings, step, StateRoot(Digest([66; 32])));
            receipt.state = *openings.trace.last().unwrap();
        }));
    }
    for index in 0..world.right.openings.schedule.len() - 1 {
        lies.push(world.lie(|_, openings| {
            let mut entries = openings.schedule.to_vec();
            entries.swap(index, index + 1);
            openings.schedule = BoundedVec::new(entries).unwrap();
        }));
        lies.push(world.lie(|_, openings| {
            let mut entries = openings.schedule.to_vec();
            entries.remove(index);
            openings.schedule = BoundedVec::new(entries).unwrap();
        }));
    }
    lies.push(world.lie(|receipt, _| receipt.effects.fees.burned.0 += 1));
    for (claim, openings) in lies {
        let proof = world.prove(&claim, &openings).unwrap();
        all.push((claim, proof.evidence));
    }
    let (right, openings) = (world.right_claim(), world.right.openings.clone());
    for step in 0..openings.trace.len() as u32 {
        all.push((
            right.clone(),
            Evidence::Transition(build::transition(world, &openings, step)),
        ));
    }
    for bundle in 0..world.bodies.len() {
        for fault in faults(world, bundle) {
            all.push((
                right.clone(),
                Evidence::Inbox(build::inbox(world, bundle as u16, fault)),
            ));
        }
    }
    all
}

#[test]
fn proofs_against_lies_say_nothing_about_the_truth() {
    let mut world = World::new();
    let right = world.right_claim();
    let all = evidence(&mut world);
    assert!(all.len() > 200, "{}", all.len());
    for (_, shown) in all {
        assert!(verify(&ENGINE, &right, &build::proof(&right, shown)).is_err());
    }
}

/// A small deterministic generator, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[test]
fn mutated_proofs_never_refute_the_truth_and_never_panic() {
    let mut world = World::new();
    let right = world.right_claim();
    let all = evidence(&mut world);
    let mut random = Random(1);
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..60_000 {
        let (claim, shown) = &all[round % all.len()];
        let mut bytes = build::proof(claim, shown.clone()).encode();
        // Behind domain, receipt and reporter, so that every mutation reaches the evidence.
        for _ in 0..=random.below(3) {
            let place = 68 + random.below(bytes.len() - 68);
            match random.below(6) {
                0 => bytes[place] = random.below(256) as u8,
                1 => bytes[place] ^= 1 << random.below(8),
                2 => drop(bytes.remove(place)),
                3 => bytes.insert(place, random.below(256) as u8),
                4 => bytes[place] = bytes[place].wrapping_add(1),
                _ => {
                    let from = 68 + random.below(bytes.len() - 68);
                    bytes[place] = bytes[from];
                }
            }
        }
        let Ok(proof) = FraudProof::decode_bounded(&bytes, 1 << 20) else {
            continue;
        };
        decoded += 1;
        let aimed = FraudProof {
            domain: right.receipt().domain,
            receipt: right.hash(),
            ..proof.clone()
        };
        assert!(
            verify(&ENGINE, &right, &aimed).is_err(),
            "round {round}: {aimed:?}"
        );
        // Against the lie it may still hold (a bit of the reporter); it must not panic.
        refused += u32::from(verify(&ENGINE, claim, &proof).is_err());
    }
    assert!(
        decoded > 25_000 && refused > 20_000,
        "{decoded} decoded, {refused} refused"
    );
}
