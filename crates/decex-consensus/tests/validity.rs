//! Domains whose receipts are proven, beside one whose receipts are not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::{Net, OWNER, config, params, transfer};
use decex_consensus::model::Access;
use decex_consensus::{CallError, Event, RefusedDomain, RefusedValidity};
use decex_core::params::{BlockLimits, DomainParams, HostLimits, Validity};
use decex_core::*;
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::proven::Reexecution;
use decex_validity::{InvalidValidity, NotProven, TransitionVerifier, ValidityProof};
use parity_scale_codec::Encode;

fn proven() -> DomainParams {
    let validity = Validity::Proven {
        verifier: Reexecution(LedgerEngine::default()).id(),
    };
    let block = BlockLimits {
        transactions: 16,
        bytes: 8_192,
        ..params().block
    };
    DomainParams {
        validity,
        block,
        ..params()
    }
}

/// A net whose domain is proven, with one block executed and its receipt pending.
fn pending() -> (Net, DomainId) {
    let (mut net, domain) = Net::with(proven(), 2);
    net.send(0, vec![transfer(0, 0, 5)]);
    net.begin();
    let right = net.missing(domain);
    net.vouch(0, right);
    (net, domain)
}

fn next(net: &mut Net, domain: DomainId, nonce: u64) {
    net.send(0, vec![transfer(0, nonce, 5)]);
    net.begin();
    let right = net.missing(domain);
    net.vouch(0, right);
}

fn refused(net: &mut Net, proof: &ValidityProof) -> NotProven {
    match net.consensus.submit_validity_proof(&proof.encode()) {
        Err(CallError::Refused(RefusedValidity::Proof(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn k41_k43_r44_a_proven_receipt_is_final_in_the_next_block_and_an_unproven_one_never() {
    let (mut net, domain) = pending();
    // Ten challenge periods make nothing final.
    net.begin_many(100);
    assert_eq!((net.head(domain), net.confirmed(domain)), (1, 0));
    let bytes = net.show(domain, 1).encode();
    let events = net.consensus.submit_validity_proof(&bytes).unwrap();
    assert!(
        matches!(&events[..], [Event::ReceiptProven { number: DomainNumber(1), proof_bytes, .. }]
        if *proof_bytes as usize == bytes.len())
    );
    assert_eq!(net.confirmed(domain), 0);
    net.begin();
    assert_eq!(net.confirmed(domain), 1);
    net.check_books();
}

#[test]
fn k43_z4_several_proven_at_once_become_final_in_order() {
    let (mut net, domain) = pending();
    next(&mut net, domain, 1);
    next(&mut net, domain, 2);
    let proofs: Vec<_> = (1..=3).map(|number| net.show(domain, number)).collect();
    for (number, proof) in (2..).zip(&proofs[1..]) {
        let missing = DomainNumber(number - 1);
        assert_eq!(refused(&mut net, proof), NotProven::OutOfOrder { missing }, "Z4");
    }
    for proof in &proofs[..2] {
        net.consensus.submit_validity_proof(&proof.encode()).unwrap();
    }
    net.begin();
    assert_eq!(net.confirmed(domain), 2);
    net.begin_many(50);
    assert_eq!(net.confirmed(domain), 2);
    net.consensus.submit_validity_proof(&proofs[2].encode()).unwrap();
    net.begin();
    assert_eq!(net.confirmed(domain), 3);
}

#[test]
fn both_schemes_run_on_one_chain() {
    let (mut net, domain) = pending();
    let other = net.domain(params());
    net.register(7, other);
    net.begin_many(60);
    let member = net.members.len() - 1;
    net.send(member, vec![transfer(1, 0, 5)]);
    net.begin();
    let right = net.missing(other);
    net.vouch(member, right);
    net.begin_many(11);
    assert_eq!((net.confirmed(domain), net.confirmed(other)), (0, 1));
    // A proof of a receipt whose domain is optimistic.
    net.send(member, vec![transfer(1, 1, 5)]);
    net.begin();
    let right = net.missing(other);
    net.vouch(member, right);
    let proof = net.show(other, 2);
    let optimistic = NotProven::Proof(InvalidValidity::Optimistic);
    assert_eq!(refused(&mut net, &proof), optimistic, "Z1");
}

#[test]
fn k41_z2_z3_refuses_replays_and_proofs_of_what_is_not_pending() {
    let (mut net, domain) = pending();
    let proof = net.show(domain, 1);
    let foreign = ValidityProof {
        domain: DomainId(9),
        ..proof.clone()
    };
    let unknown = NotProven::UnknownDomain { found: DomainId(9) };
    assert_eq!(refused(&mut net, &foreign), unknown, "Z2");
    let genesis = net.right(domain, 0).receipt.compute_hash();
    for receipt in [genesis, ReceiptHash(Digest([3; 32]))] {
        let other = ValidityProof {
            receipt,
            ..proof.clone()
        };
        assert_eq!(refused(&mut net, &other), NotProven::NotPending, "Z2");
    }
    net.consensus.submit_validity_proof(&proof.encode()).unwrap();
    assert_eq!(refused(&mut net, &proof), NotProven::Repeated, "Z3");
    net.begin();
    assert_eq!(refused(&mut net, &proof), NotProven::NotPending, "Z2: final");
}

#[test]
fn a_wrong_receipt_is_never_proven_and_still_refuted() {
    let (mut net, domain) = Net::with(proven(), 2);
    net.send(0, vec![transfer(0, 0, 5)]);
    net.begin();
    let parent = net.head_hash(domain);
    let lie = net.lie(domain, 1, parent, 9);
    net.vouch(1, vec![lie.clone()]);
    // The proof of the right receipt under the wrong one's name.
    let right = {
        let mut honest = Net::with(proven(), 2).0;
        honest.send(0, vec![transfer(0, 0, 5)]);
        honest.begin();
        let missing = honest.missing(domain);
        honest.vouch(0, missing);
        honest.show(domain, 1)
    };
    assert_eq!(
        refused(&mut net, &right),
        NotProven::NotPending,
        "Z2: another receipt"
    );
    let borrowed = ValidityProof {
        receipt: lie.receipt.compute_hash(),
        ..right.clone()
    };
    let trace = NotProven::Proof(InvalidValidity::Trace);
    assert_eq!(refused(&mut net, &borrowed), trace, "Z12");
    let opened = ValidityProof {
        trace: lie.openings.clone().unwrap().trace,
        ..borrowed
    };
    assert!(matches!(
        refused(&mut net, &opened),
        NotProven::Proof(InvalidValidity::Transition(_))
    ));
    // Nothing makes it final, and however late, a fraud proof removes it.
    net.begin_many(50);
    assert_eq!(net.confirmed(domain), 0);
    let refutation = net.refute(domain, &lie);
    net.consensus.submit_proof(&refutation).unwrap();
    assert_eq!(net.head(domain), 0);
    let forgotten = ValidityProof {
        receipt: lie.receipt.compute_hash(),
        ..right.clone()
    };
    assert_eq!(
        refused(&mut net, &forgotten),
        NotProven::NotPending,
        "Z2: removed"
    );
    // The right one is proven in its place.
    net.begin();
    let missing = net.missing(domain);
    net.vouch(0, missing);
    net.consensus.submit_validity_proof(&right.encode()).unwrap();
    net.begin();
    assert_eq!(net.confirmed(domain), 1);
}

#[test]
fn a_removal_behind_a_proven_receipt_leaves_the_proof() {
    let (mut net, domain) = pending();
    net.send(0, vec![transfer(0, 1, 5)]);
    net.begin();
    let parent = net.head_hash(domain);
    let lie = net.lie(domain, 2, parent, 9);
    net.vouch(1, vec![lie.clone()]);
    let proof = net.show(domain, 1);
    net.consensus.submit_validity_proof(&proof.encode()).unwrap();
    let refutation = net.refute(domain, &lie);
    net.consensus.submit_proof(&refutation).unwrap();
    net.begin_many(3);
    assert_eq!((net.head(domain), net.confirmed(domain)), (1, 1));
}

#[test]
fn k42_refuses_a_domain_whose_verifier_the_host_lacks() {
    let mut net = Net::new(config());
    net.consensus.host_mut().no_verifier = true;
    let created = net
        .consensus
        .create_domain(OWNER, proven(), Access::Open, Balance::ZERO);
    let Err(CallError::Refused(refused)) = created else {
        panic!("{created:?}")
    };
    assert_eq!((refused, refused.code()), (RefusedDomain::NoVerifier, 42));
    net.consensus.host_mut().no_verifier = false;
    net.domain(proven());
}

#[test]
fn z7_refuses_where_the_host_lost_its_verifier() {
    let (mut net, domain) = pending();
    let proof = net.show(domain, 1);
    net.consensus.host_mut().no_verifier = true;
    assert_eq!(refused(&mut net, &proof), NotProven::NoVerifier);
}

#[test]
fn k19_z5_refuses_bytes_over_a_limit_or_of_no_proof() {
    let (mut net, domain) = pending();
    let bytes = net.show(domain, 1).encode();
    let long = vec![0; config().limits.message_bytes as usize + 1];
    let error = net.consensus.submit_validity_proof(&long).unwrap_err();
    assert!(matches!(error, CallError::Refused(ref e @ RefusedValidity::Bytes(_)) if e.code() == 19));
    for broken in [
        &bytes[..20],
        &bytes[..bytes.len() - 1],
        &[&bytes[..], &[0]].concat(),
    ] {
        let error = net.consensus.submit_validity_proof(broken).unwrap_err();
        let CallError::Refused(RefusedValidity::Proof(refusal @ NotProven::Bytes(_))) = error else {
            panic!("{error:?}")
        };
        assert_eq!(refusal.code(), 5);
    }
    // More than any proof of this domain, less than the host carries.
    let limit = net
        .consensus
        .params(domain)
        .unwrap()
        .unwrap()
        .largest_validity_proof() as usize;
    let padded = [&bytes[..], &vec![0; limit + 1 - bytes.len()]].concat();
    let error = net.consensus.submit_validity_proof(&padded).unwrap_err();
    let found = padded.len();
    let expected = NotProven::Bytes(DecodeError::TooLong { limit, found });
    assert_eq!(error, CallError::Refused(RefusedValidity::Proof(expected)));
}

#[test]
fn p9_a_block_that_nobody_could_prove_is_no_domain() {
    let fits = |message_bytes| {
        let limits = HostLimits {
            message_bytes,
            ..config().limits
        };
        proven().check(&limits)
    };
    let largest = fits(1 << 20).unwrap().largest_validity_proof() as u32;
    assert!(fits(largest).is_ok());
    assert_eq!(fits(largest - 1).unwrap_err().code(), 9);
    let optimistic = DomainParams {
        validity: Validity::Optimistic,
        ..proven()
    };
    let limits = HostLimits {
        message_bytes: largest - 1,
        ..config().limits
    };
    assert!(optimistic.check(&limits).is_ok());
}
