//! Bundles and the receipts that they carry.

use super::*;

#[test]
fn k19_bytes_are_one_canonical_message() {
    let (mut net, domain) = Net::with(params(), 1);
    let bytes = net
        .seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)])
        .encode();
    let mut trailing = bytes.clone();
    trailing.push(0);
    let long = vec![0; (1 << 20) + 1];
    for (bytes, expected) in [
        (&bytes[..bytes.len() - 1], DecodeError::Malformed),
        (&trailing, DecodeError::Trailing { found: 1 }),
        (
            &long,
            DecodeError::TooLong {
                limit: 1 << 20,
                found: (1 << 20) + 1,
            },
        ),
        (&[], DecodeError::Malformed),
    ] {
        let refusal = refused(&mut net, |net| net.consensus.submit_bundle(bytes));
        assert_eq!(refusal, RefusedBundle::Bytes(expected));
    }
    assert!(matches!(
        refused(&mut net, |net| net.consensus.submit_proof(&[1])),
        RefusedProof::Bytes(_)
    ));
    let refusal = refused(&mut net, |net| net.consensus.submit_equivocation(REPORTER, &[1]));
    assert!(matches!(refusal, RefusedEquivocation::Bytes(_)));
    let refusal = refused(&mut net, |net| {
        net.consensus.submit_receipt_equivocation(REPORTER, &[1])
    });
    assert!(matches!(refusal, RefusedEquivocation::Bytes(_)));
    net.consensus.submit_bundle(&bytes).unwrap();
}

#[test]
fn k20_replayed_stale_future_and_foreign_bundles() {
    let (mut net, domain) = Net::with(params(), 1);
    net.begin_many(3);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    net.submit(&bundle).unwrap();
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. })
    ));
    let mut foreign = bundle.clone();
    foreign.header.header.domain = DomainId(5);
    let refusal = refused(&mut net, |net| net.submit(&foreign));
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::UnknownDomain { .. })
    ));
    let mut future = bundle.clone();
    future.header.header.election.window = Window(1_000_000);
    let refusal = refused(&mut net, |net| net.submit(&future));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
    let next = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 1, 1)]);
    net.skip = 60;
    net.begin();
    let refusal = refused(&mut net, |net| net.submit(&next));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
    // Nor was its ring place freed for the replay of the first.
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
}

#[test]
fn k20_a_block_takes_so_many_bundles() {
    let mut few = params();
    few.bundles_per_block = 2;
    let (mut net, _) = Net::with(few, 1);
    net.begin_many(5);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.send(0, vec![transfer(1, 0, 1)]);
    let bundle = net.seal(0, net.head_hash(DomainId(0)), Vec::new(), vec![transfer(2, 0, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::BlockFull { limit: 2 })
    );
    net.begin();
    net.submit(&bundle).unwrap();
}

#[test]
fn k21_k29_one_bad_receipt_refuses_the_whole_bundle() {
    let (mut net, domain) = Net::with(params(), 1);
    for nonce in 0..2 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let right = net.missing(domain);
    let mut orphan = right[1].clone();
    orphan.receipt.parent = ReceiptHash(Digest([1; 32]));
    let bundle = net.seal(
        0,
        net.head_hash(domain),
        vec![right[0].clone(), orphan],
        Vec::new(),
    );
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Receipt {
            index: 1,
            invalid: InvalidReceipt::Parent { .. }
        }
    ));
    let bundle = net.seal(
        0,
        net.head_hash(domain),
        vec![right[0].clone(), right[0].clone()],
        Vec::new(),
    );
    assert!(matches!(
        refused(&mut net, |net| net.submit(&bundle)),
        RefusedBundle::Receipts(_)
    ));
    // Another claim at a held number.
    net.vouch(0, right);
    net.begin();
    let lie = net.lie(domain, 2, net.right(domain, 1).receipt.compute_hash(), 1);
    let bundle = net.seal(0, net.head_hash(domain), vec![lie], Vec::new());
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Receipt {
            invalid: InvalidReceipt::Conflict { .. },
            ..
        }
    ));
}

#[test]
fn k22_enforced_legality_is_never_skipped() {
    let mut enforced = params();
    enforced.legality = LegalityMode::Enforced;
    let (mut net, domain) = Net::with(enforced, 1);
    let base = net.head_hash(domain);
    let bundle = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(refusal, RefusedBundle::Unenforceable);
    net.consensus
        .submit_bundle_enforced(&bundle.encode(), &GenesisAccounts)
        .unwrap();
    net.bodies
        .insert(bundle.header.header.compute_hash(), bundle.body.to_vec());
    net.begin();
    // A forged signature is not includable here.
    let mut forged = transfer(0, 1, 1);
    let mut bytes = forged.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.bytes = BoundedVec::new(bytes).unwrap();
    let bundle = net.seal(0, base, Vec::new(), vec![forged]);
    let refusal = refused(&mut net, |net| {
        net.consensus
            .submit_bundle_enforced(&bundle.encode(), &GenesisAccounts)
    });
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::Illegal { .. })
    ));
}
