//! Fraud proofs.

use super::*;

#[test]
fn k8_k23_k24_k25_proofs_must_refute_something_pending() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    let proof = FraudProof::decode(&mut &*bytes).unwrap();
    let other = FraudProof {
        domain: DomainId(4),
        ..proof.clone()
    };
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&other.encode()));
    assert_eq!(refusal, RefusedProof::UnknownDomain { found: DomainId(4) });
    let other = FraudProof {
        receipt: ReceiptHash(Digest([1; 32])),
        ..proof
    };
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&other.encode()));
    assert_eq!(refusal, RefusedProof::NotPending);
    // K24: the host lost the engine.
    net.consensus.host_mut().engine = LedgerEngine { version: 1 };
    assert_eq!(
        refused(&mut net, |net| net.consensus.submit_proof(&bytes)),
        RefusedProof::NoEngine
    );
    net.consensus.host_mut().engine = LedgerEngine::default();
    // K25: a proof of something else.
    let mut broken = bytes.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&broken));
    assert!(matches!(refusal, RefusedProof::Proof(_) | RefusedProof::Bytes(_)));
    // A final receipt is beyond refutation, right or wrong.
    net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(
        refused(&mut net, |net| net.consensus.submit_proof(&bytes)),
        RefusedProof::NotPending
    );
}

#[test]
fn k19_k23_k25_the_evidence_is_decoded_last() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    // With no engine at hand, whatever were judged would be refused for that (K24).
    net.consensus.host_mut().engine = LedgerEngine { version: 1 };
    let named = |receipt: ReceiptHash, length: usize| {
        let name = ProofName {
            domain,
            receipt,
            reporter: REPORTER,
        };
        let mut bytes = name.encode();
        bytes.resize(length, 0xff);
        bytes
    };
    let other = ReceiptHash(Digest([1; 32]));
    let limit = net.consensus.params(domain).unwrap().unwrap().largest_proof();
    let over = limit as usize + 1;
    // Neither one canonical proof nor small enough: refused for what it names.
    for length in [68, 500, over, 1 << 20] {
        let refusal = refused(&mut net, |net| net.consensus.submit_proof(&named(other, length)));
        assert_eq!(refusal, RefusedProof::NotPending);
    }
    // K25 by F4, before the engine is asked for and the evidence decoded.
    let large = named(lie.receipt.compute_hash(), over);
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large));
    let found = limit + 1;
    assert_eq!(
        refusal,
        RefusedProof::Proof(InvalidProof::TooLarge { limit, found })
    );
    // K24 before the evidence is decoded.
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large[..over - 1]));
    assert_eq!(refusal, RefusedProof::NoEngine);
    net.consensus.host_mut().engine = LedgerEngine::default();
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large[..over - 1]));
    assert_eq!(refusal, RefusedProof::Bytes(DecodeError::Malformed));
    // K19 before everything: the length, and a whole name.
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&bytes[..67]));
    assert_eq!(refusal, RefusedProof::Bytes(DecodeError::Malformed));
    let long = named(other, (1 << 20) + 1);
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&long));
    assert!(matches!(
        refusal,
        RefusedProof::Bytes(DecodeError::TooLong { .. })
    ));
    net.consensus.submit_proof(&bytes).unwrap();
}

#[test]
fn a_pool_judges_by_the_same_path_over_the_chains_own_state() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    let mut pool = FraudPool::new(PoolLimits {
        message_bytes: 1 << 20,
        proofs: 8,
        bytes: 1 << 20,
        per_domain: 2,
        failures: 8,
    });
    pool.submit(&net.consensus.state(), &bytes).unwrap();
    let chosen = pool.select(1 << 20)[0].bytes().to_vec();
    net.consensus.submit_proof(&chosen).unwrap();
    assert_eq!(pool.refresh(&net.consensus.state()).unwrap().len(), 1);
    let again = pool.submit(&net.consensus.state(), &bytes);
    let refusal = JudgeError::Refused(NotPooled::NotRefuted(NotRefuted::NotPending));
    assert_eq!(again.unwrap_err(), refusal);
}
