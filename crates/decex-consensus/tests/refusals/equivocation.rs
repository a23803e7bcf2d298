//! Evidence of equivocation.

use super::*;

#[test]
fn k16_k26_k27_k28_equivocation_costs_the_stake_once() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    let base = net.head_hash(domain);
    let first = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 1)]);
    let second = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 2)]);
    let id = net.members[0].id;
    let evidence = Equivocation {
        first: first.header.clone(),
        second: second.header.clone(),
    };
    let submit = |net: &mut Net, evidence: &Equivocation| {
        net.consensus.submit_equivocation(REPORTER, &evidence.encode())
    };
    let mut unknown = evidence.clone();
    unknown.first.header.operator = OperatorId(9);
    let refusal = refused(&mut net, |net| submit(net, &unknown));
    assert_eq!(
        refusal,
        RefusedEquivocation::UnknownOperator { found: OperatorId(9) }
    );
    let same = Equivocation {
        first: first.header.clone(),
        second: first.header.clone(),
    };
    let refusal = refused(&mut net, |net| submit(net, &same));
    assert_eq!(
        refusal,
        RefusedEquivocation::Equivocation(InvalidEquivocation::Same)
    );
    // K27: sealed for a domain that is not the operator's.
    let mut foreign = evidence.clone();
    for header in [&mut foreign.first, &mut foreign.second] {
        header.header.domain = DomainId(3);
        let hash = header.header.compute_hash();
        header.seal = net.members[0].keypair.sign(&label::BUNDLE_SEAL, &hash.0);
    }
    let refusal = refused(&mut net, |net| submit(net, &foreign));
    assert_eq!(
        refusal,
        RefusedEquivocation::Domain {
            expected: domain,
            found: DomainId(3)
        }
    );

    // Leaving does not help.
    net.consensus.deregister_operator(account(0), id).unwrap();
    let events = submit(&mut net, &evidence).unwrap();
    assert!(matches!(
        events[..],
        [Event::OperatorSlashed {
            amount: Balance(DEPOSIT),
            reward: Balance(800_000),
            treasury: Balance(2_300_000),
            burned: Balance(6_900_000),
            reporter: Some(REPORTER),
            ..
        }]
    ));
    // K28: once, in either order of the headers.
    let swapped = Equivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    assert_eq!(
        refused(&mut net, |net| submit(net, &evidence)),
        RefusedEquivocation::NoStake
    );
    assert_eq!(
        refused(&mut net, |net| submit(net, &swapped)),
        RefusedEquivocation::NoStake
    );
    // Nothing is left to be claimed.
    assert_eq!(net.begin_many(UNLOCK + 1), []);
    let events = net.consensus.claim(id, account(0)).unwrap();
    assert!(matches!(
        events[..],
        [Event::Claimed {
            amount: Balance(0),
            ..
        }]
    ));
    net.check_books();
}

/// The member's bundle with this one receipt, as evidence shows it.
fn vouched(net: &mut Net, member: usize, submission: &decex_receipt::Submission) -> Vouched {
    let base = net.head_hash(net.members[member].domain);
    let leaf = submission.receipt.compute_hash().0;
    Vouched {
        header: net
            .seal(member, base, vec![submission.clone()], Vec::new())
            .header,
        receipt: submission.receipt.clone(),
        place: ListTree::new(vec![leaf]).prove(0, 1).unwrap(),
    }
}

#[test]
fn k16_k27_k28_k30_equivocation_on_receipts_costs_the_stake_once() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    net.send(1, vec![transfer(0, 0, 1)]);
    net.begin();
    let (id, parent) = (net.members[0].id, net.head_hash(domain));
    let [right, lie, second_lie] = [
        net.right(domain, 1).submission(),
        net.lie(domain, 1, parent, 8),
        net.lie(domain, 1, parent, 9),
    ];
    let evidence = ReceiptEquivocation {
        first: vouched(&mut net, 0, &right),
        second: vouched(&mut net, 0, &lie),
    };
    let submit = |net: &mut Net, evidence: &ReceiptEquivocation| {
        net.consensus
            .submit_receipt_equivocation(REPORTER, &evidence.encode())
    };
    let mut unknown = evidence.clone();
    unknown.first.header.header.operator = OperatorId(9);
    assert_eq!(
        refused(&mut net, |net| submit(net, &unknown)),
        RefusedEquivocation::UnknownOperator { found: OperatorId(9) }
    );
    let same = ReceiptEquivocation {
        second: evidence.first.clone(),
        ..evidence.clone()
    };
    assert_eq!(
        refused(&mut net, |net| submit(net, &same)),
        RefusedEquivocation::Receipts(InvalidReceiptEquivocation::Same)
    );
    // K27: headers and receipts for a domain that is not the operator's.
    let mut foreign = evidence.clone();
    for vouched in [&mut foreign.first, &mut foreign.second] {
        vouched.receipt.domain = DomainId(3);
        let leaves = vec![vouched.receipt.compute_hash().0];
        let header = &mut vouched.header.header;
        (header.domain, header.receipts.root) = (DomainId(3), list::root(&leaves));
        let hash = header.compute_hash();
        vouched.header.seal = net.members[0].keypair.sign(&label::BUNDLE_SEAL, &hash.0);
    }
    assert_eq!(
        refused(&mut net, |net| submit(net, &foreign)),
        RefusedEquivocation::Domain {
            expected: domain,
            found: DomainId(3)
        }
    );
    // The other member's word beside the operator's shows nothing.
    let mut mixed = evidence.clone();
    mixed.second = vouched(&mut net, 1, &lie);
    assert!(matches!(
        refused(&mut net, |net| submit(net, &mixed)),
        RefusedEquivocation::Receipts(InvalidReceiptEquivocation::Operator { .. })
    ));

    // Leaving does not help.
    net.consensus.deregister_operator(account(0), id).unwrap();
    let total = net.consensus.host().total();
    let events = submit(&mut net, &evidence).unwrap();
    assert!(matches!(
        events[..],
        [Event::OperatorSlashed {
            amount: Balance(DEPOSIT),
            reward: Balance(800_000),
            treasury: Balance(2_300_000),
            burned: Balance(6_900_000),
            reporter: Some(REPORTER),
            ..
        }]
    ));
    // K28: once, whichever pair is shown.
    let swapped = ReceiptEquivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    for again in [&evidence, &swapped] {
        assert_eq!(
            refused(&mut net, |net| submit(net, again)),
            RefusedEquivocation::NoStake
        );
    }
    assert!(second_lie.receipt != lie.receipt);
    // Nothing is left to be claimed.
    assert_eq!(net.begin_many(UNLOCK + 1), []);
    let events = net.consensus.claim(id, account(0)).unwrap();
    assert!(matches!(
        events[..],
        [Event::Claimed {
            amount: Balance(0),
            ..
        }]
    ));
    net.check_books();
    assert_eq!(net.consensus.host().total(), total);
}

#[test]
fn k28_k30_nothing_is_taken_from_who_has_left() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    net.send(1, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 8);
    let right = net.right(domain, 1).submission();
    let evidence = ReceiptEquivocation {
        first: vouched(&mut net, 0, &right),
        second: vouched(&mut net, 0, &lie),
    };
    let id = net.members[0].id;
    net.consensus.deregister_operator(account(0), id).unwrap();
    net.begin_many(UNLOCK);
    net.consensus.claim(id, account(0)).unwrap();
    assert_eq!(net.status(0), PoolStatus::Left);
    let refusal = refused(&mut net, |net| {
        net.consensus
            .submit_receipt_equivocation(REPORTER, &evidence.encode())
    });
    assert_eq!(refusal, RefusedEquivocation::NoStake);
}
