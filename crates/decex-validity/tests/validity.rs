//! A block with every kind of transaction, verdict and message, its proof, and every way in which either can be wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "the world of the fraud proofs' tests, of which this file uses a part"
)]
#[path = "../../decex-fraud/tests/fraud/world.rs"]
mod world;

use decex_bundle::Verdict;
use decex_core::execution::Engine;
use decex_core::params::{CheckedParams, DomainParams, HostLimits, Validity};
use decex_core::state::MemoryTree;
use decex_core::*;
use decex_fraud::Claim;
use decex_receipt::{Openings, Receipt};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::mutant::{every, mutate};
use decex_testkit::proven::{Reexecution, prove};
use decex_validity::{
    AssembleError, DraftError, InvalidTransition, InvalidValidity, TransitionVerifier, ValidityProof,
    assemble, verify,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use world::{ENGINE, World, record};

const VERIFIER: Reexecution<LedgerEngine> = Reexecution(ENGINE);

fn checked(validity: Validity) -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 64 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        validity,
        ..(*world::params()).clone()
    };
    params.check(&limits).unwrap()
}

fn params() -> CheckedParams {
    checked(Validity::Proven {
        verifier: VERIFIER.id(),
    })
}

fn claim_of(world: &World, receipt: &Receipt) -> Option<Claim> {
    let included = record(receipt).included_at;
    Claim::new(
        &params(),
        receipt.clone(),
        included,
        world.parent(),
        world.inbox.clone(),
    )
}

/// The world, the right claim and its proof.
fn right() -> (World, Claim, ValidityProof) {
    let world = World::new();
    let claim = claim_of(&world, &world.right.receipt).unwrap();
    let before: MemoryTree = world.past.last().unwrap().1.clone();
    let proof = assemble(&ENGINE, &claim, &mut world.clone(), |transition| {
        prove(&ENGINE, &before, transition)
    });
    (world, claim, proof.unwrap())
}

fn judge(claim: &Claim, proof: &ValidityProof) -> Result<(), InvalidValidity> {
    verify(&ENGINE, &VERIFIER, &params(), claim, proof).map(|proven| {
        assert_eq!(proven.receipt(), claim.hash());
        assert_eq!(proven.number(), claim.receipt().number);
        assert_eq!(proven.domain(), claim.receipt().domain);
    })
}

#[test]
fn the_right_receipt_is_shown_to_be_right() {
    let (world, claim, proof) = right();
    let verdicts = &claim.receipt().verdicts;
    let invalid = |v: &&Verdict| matches!(v, Verdict::Invalid(_));
    assert!(verdicts.contains(&Verdict::Valid) && verdicts.iter().filter(invalid).count() >= 5);
    assert!(!world.inbox.messages.is_empty());
    judge(&claim, &proof).unwrap();
    let bytes = proof.encode();
    assert_eq!(ValidityProof::decode_bounded(&bytes, bytes.len()).unwrap(), proof);
    assert!(bytes.len() as u64 <= params().largest_validity_proof());
}

/// Whatever a receipt lies about, and whatever the liar puts into the proof of its own.
#[test]
fn z6_z10_z11_z12_z13_z14_no_mutant_is_shown_to_be_right() {
    let (world, _, proof) = right();
    let receipt = &world.right.receipt;
    let (mut tried, mut codes) = (0, std::collections::BTreeSet::new());
    for mutant in every(receipt, &world.inbox) {
        let lie = mutate(mutant, receipt, &world.right.openings, &world.inbox, &params());
        let Some((wrong, Openings { trace, .. })) = lie else {
            continue;
        };
        // What submission refuses is not pending; much of it does not even make a claim.
        let Some(claim) = claim_of(&world, &wrong) else {
            continue;
        };
        if wrong == *receipt {
            continue;
        }
        tried += 1;
        assert_eq!(judge(&claim, &proof), Err(InvalidValidity::Foreign), "{mutant:?}");
        let renamed = ValidityProof {
            receipt: claim.hash(),
            ..proof.clone()
        };
        let fitted = ValidityProof {
            trace,
            ..renamed.clone()
        };
        for forged in [renamed, fitted] {
            let refused = judge(&claim, &forged).expect_err(&format!("{mutant:?}"));
            codes.insert(refused.code());
        }
    }
    assert!(tried > 50, "{tried}");
    for code in [10, 11, 12, 13, 14] {
        assert!(codes.contains(&code), "Z{code} of {codes:?}");
    }
}

#[test]
fn z1_refuses_an_optimistic_domain() {
    let (_, claim, proof) = right();
    let params = checked(Validity::Optimistic);
    let refused = verify(&ENGINE, &VERIFIER, &params, &claim, &proof);
    assert_eq!(refused, Err(InvalidValidity::Optimistic));
}

#[test]
fn z6_refuses_the_proof_of_another_domain() {
    let (_, claim, proof) = right();
    let other = ValidityProof {
        domain: DomainId(3),
        ..proof
    };
    assert_eq!(judge(&claim, &other), Err(InvalidValidity::Foreign));
}

#[test]
fn z7_refuses_other_rules_and_another_verifier() {
    let (_, claim, proof) = right();
    let other = LedgerEngine { version: 1 };
    assert_ne!(other.rule_set(), ENGINE.rule_set());
    let rules = verify(&other, &VERIFIER, &params(), &claim, &proof);
    assert_eq!(rules, Err(InvalidValidity::Rules));
    let verifier = verify(&ENGINE, &Reexecution(other), &params(), &claim, &proof);
    assert_eq!(verifier, Err(InvalidValidity::Rules));
}

#[test]
fn z8_refuses_bodies_that_are_not_the_included_ones() {
    let (_, claim, proof) = right();
    let change = |change: &dyn Fn(&mut Vec<Vec<decex_bundle::Item>>)| {
        let mut bodies: Vec<_> = proof.bodies.iter().map(|body| body.to_vec()).collect();
        change(&mut bodies);
        let bodies = bodies.into_iter().map(|b| BoundedVec::new(b).unwrap()).collect();
        let forged = ValidityProof {
            bodies: BoundedVec::new(bodies).unwrap(),
            ..proof.clone()
        };
        judge(&claim, &forged).unwrap_err()
    };
    let count = claim.inbox().bundles.len();
    let missing = InvalidValidity::BodyCount {
        expected: count,
        found: count - 1,
    };
    assert_eq!(change(&|b| drop(b.pop())), missing);
    let first = InvalidValidity::Body { bundle: 0 };
    assert_eq!(change(&|b| drop(b[0].pop())), first);
    assert_eq!(change(&|b| b[0].swap(0, 1)), first);
    assert_eq!(change(&|b| b[0][0].nonce = Nonce(77)), first);
    assert_eq!(change(&|b| b.swap(0, 1)), first);
}

#[test]
fn z9_refuses_witnesses_of_other_states_or_too_few_or_too_many() {
    let (_, claim, proof) = right();
    let change = |change: &dyn Fn(&mut Vec<BoundedBytes<{ decex_fraud::MAX_WITNESS }>>)| {
        let mut accounts = proof.accounts.to_vec();
        change(&mut accounts);
        let forged = ValidityProof {
            accounts: BoundedVec::new(accounts).unwrap(),
            ..proof.clone()
        };
        judge(&claim, &forged).unwrap_err()
    };
    assert_eq!(proof.accounts.len(), 2);
    assert_eq!(change(&|a| drop(a.pop())), InvalidValidity::Bases);
    assert_eq!(change(&|a| a.push(a[0].clone())), InvalidValidity::Bases);
    assert!(matches!(change(&|a| a.swap(0, 1)), InvalidValidity::Witness(_)));
    // A witness of the right state that covers nobody.
    let tree = MemoryTree::new();
    let _ = tree;
    let world = World::new();
    let first = claim.inbox().bundles[0].base.hash;
    let (_, state) = world
        .past
        .iter()
        .find(|(r, _)| r.compute_hash() == first)
        .unwrap();
    let empty = decex_core::state::ProvableTree::prove(state, &std::collections::BTreeSet::new()).unwrap();
    let uncovered = change(&|a| a[0] = BoundedVec::new(empty.clone()).unwrap());
    assert_eq!(uncovered, InvalidValidity::IncompleteWitness);
}

#[test]
fn z12_refuses_another_trace() {
    let (_, claim, proof) = right();
    let mut trace = proof.trace.to_vec();
    trace.swap(0, 1);
    let swapped = ValidityProof {
        trace: BoundedVec::new(trace.clone()).unwrap(),
        ..proof.clone()
    };
    assert_eq!(judge(&claim, &swapped), Err(InvalidValidity::Trace));
    trace.pop();
    let short = ValidityProof {
        trace: BoundedVec::new(trace).unwrap(),
        ..proof
    };
    assert_eq!(judge(&claim, &short), Err(InvalidValidity::Trace));
}

#[test]
fn z13_refuses_a_transition_without_proof() {
    let (_, claim, proof) = right();
    let none = ValidityProof {
        transition: BoundedVec::default(),
        ..proof
    };
    let malformed = InvalidValidity::Transition(InvalidTransition::Malformed);
    assert_eq!(judge(&claim, &none), Err(malformed));
}

#[test]
fn nobody_assembles_a_proof_of_a_wrong_receipt() {
    let (world, claim, _) = right();
    let wrong = Receipt {
        state: StateRoot(Digest([1; 32])),
        ..claim.receipt().clone()
    };
    let claim = claim_of(&world, &wrong).unwrap();
    let refused = assemble(&ENGINE, &claim, &mut world.clone(), |_| Ok::<_, ()>(Vec::new()));
    assert_eq!(refused, Err(AssembleError::Draft(DraftError::Wrong)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn flipped_bits_show_nothing(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (_, claim, proof) = right();
        let mut bytes = proof.encode();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(forged) = ValidityProof::decode_bounded(&bytes, bytes.len()) {
            prop_assert!(judge(&claim, &forged).is_err());
        }
    }
}
