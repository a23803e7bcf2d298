//! The order in which a proof is taken in: nothing later is done for what fails earlier.

use crate::town::{Broken, DOMAINS, MESSAGE, Town, proof};
use decex_core::codec::DecodeError;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_fraud::{FraudProof, InvalidProof, JudgeError, Named, NotRefuted, ProofName, Refutation};
use parity_scale_codec::{Encode, MaxEncodedLen};

fn judge(town: &Town, bytes: &[u8]) -> Result<Refutation, JudgeError<NotRefuted, Broken>> {
    let named = Named::read(bytes, MESSAGE).map_err(JudgeError::Refused)?;
    named.locate(town)?.judge(town)
}

fn refused(town: &Town, bytes: &[u8]) -> NotRefuted {
    match judge(town, bytes).expect_err("refused") {
        JudgeError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Bytes that name a receipt and are nothing of a proof beyond.
fn garbage(domain: u32, receipt: ReceiptHash, length: usize) -> Vec<u8> {
    let name = ProofName {
        domain: DomainId(domain),
        receipt,
        reporter: AccountId::default(),
    };
    let mut bytes = name.encode();
    bytes.resize(length, 0xff);
    bytes
}

#[test]
fn a_name_is_the_first_bytes_of_every_proof() {
    let bytes = proof(1, 2);
    let whole = FraudProof::decode_bounded(&bytes, bytes.len()).unwrap();
    let name = FraudProof::peek(&bytes).unwrap();
    assert_eq!(name, whole.name());
    assert_eq!(ProofName::max_encoded_len(), 68);
    assert!(bytes.starts_with(&name.encode()));
    assert_eq!(FraudProof::peek(&bytes[..68]), Ok(name));
    assert_eq!(FraudProof::peek(&bytes[..67]), Err(DecodeError::Malformed));
}

#[test]
fn f1_f4_f21_f22_a_good_proof_refutes() {
    let town = Town::new();
    let refutation = judge(&town, &proof(2, 3)).unwrap();
    assert_eq!(refutation.domain(), DomainId(2));
    assert_eq!(refutation.number(), DomainNumber(3));
    assert_eq!(refutation.receipt(), town.hash(2, 3));
    assert_eq!(town.judged(), 1);
}

#[test]
fn f1_what_names_no_pending_receipt_is_refused_whatever_it_is() {
    let mut town = Town::new();
    let nobody = ReceiptHash(Digest([1; 32]));
    for bytes in [garbage(0, nobody, 68), garbage(0, nobody, 1 << 20)] {
        assert_eq!(refused(&town, &bytes), NotRefuted::NotPending);
    }
    let bytes = garbage(DOMAINS, town.hash(0, 1), 1 << 20);
    let refusal = refused(&town, &bytes);
    assert_eq!(
        refusal,
        NotRefuted::UnknownDomain {
            found: DomainId(DOMAINS)
        }
    );
    assert_eq!(refusal.code(), 1);
    // Final, removed.
    town.quarter(0).confirmed = 1;
    town.quarter(0).head = 3;
    assert_eq!(refused(&town, &proof(0, 1)), NotRefuted::NotPending);
    assert_eq!(refused(&town, &proof(0, 4)), NotRefuted::NotPending);
    assert_eq!(town.judged(), 0);
    let _ = judge(&town, &proof(0, 2)).unwrap();
    let _ = judge(&town, &proof(0, 3)).unwrap();
}

#[test]
fn f4_the_size_is_checked_before_the_evidence_is_decoded() {
    let town = Town::new();
    let limit = town.domains[&DomainId(1)].params.largest_proof();
    let bytes = garbage(1, town.hash(1, 1), limit as usize + 1);
    let found = limit + 1;
    let refusal = refused(&town, &bytes);
    assert_eq!(
        refusal,
        NotRefuted::Proof(InvalidProof::TooLarge { limit, found })
    );
    assert_eq!(refusal.code(), 4);
    assert_eq!(town.judged(), 0);
    // As many bytes as a proof may take are decoded.
    let refusal = refused(&town, &bytes[..limit as usize]);
    assert_eq!(refusal, NotRefuted::Bytes(DecodeError::Malformed));
}

#[test]
fn f21_bytes_over_the_limit_or_not_one_canonical_proof_are_refused() {
    let town = Town::new();
    let good = proof(1, 1);
    let bytes = |error| NotRefuted::Bytes(error);
    let limit = good.len() as u32 - 1;
    let (found, at_most) = (good.len(), good.len() - 1);
    let refusal = Named::read(&good, limit).expect_err("too long");
    assert_eq!(
        refusal,
        bytes(DecodeError::TooLong {
            limit: at_most,
            found
        })
    );
    assert_eq!(refusal.code(), 21);
    assert!(Named::read(&good, limit + 1).is_ok());
    assert_eq!(refused(&town, &good[..67]), bytes(DecodeError::Malformed));
    assert_eq!(town.judged(), 0);
    assert_eq!(refused(&town, &good[..at_most]), bytes(DecodeError::Malformed));
    let mut more = good;
    more.push(0);
    assert_eq!(refused(&town, &more), bytes(DecodeError::Trailing { found: 1 }));
}

#[test]
fn f22_a_host_without_the_engine_judges_nothing() {
    let mut town = Town::new();
    town.has_engine = false;
    // Not decoded either.
    for bytes in [proof(1, 1), garbage(1, town.hash(1, 1), 100)] {
        let refusal = refused(&town, &bytes);
        assert_eq!(refusal, NotRefuted::NoEngine);
        assert_eq!(refusal.code(), 22);
    }
    town.has_engine = true;
    let _ = judge(&town, &proof(1, 1)).unwrap();
}

#[test]
fn a_fault_of_the_host_is_no_verdict() {
    let mut town = Town::new();
    town.broken = true;
    assert_eq!(judge(&town, &proof(1, 1)), Err(JudgeError::Host(Broken)));
    town.broken = false;
    town.quarter(1).inboxes.truncate(1);
    assert_eq!(judge(&town, &proof(1, 1)), Err(JudgeError::Inconsistent));
}
