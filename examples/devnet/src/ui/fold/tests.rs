use super::*;
use crate::block::Origin;
use decex_core::{AccountId, Balance, Digest, DomainNumber, OperatorId, StateRoot};
use decex_election::Signature;
use decex_fraud::Family;

const DOMAIN: DomainId = DomainId(7);

fn hash(name: u8) -> ReceiptHash {
    ReceiptHash(Digest([name; 32]))
}

fn accepted(number: u64, name: u8) -> Event {
    Event::ReceiptAccepted {
        domain: DOMAIN,
        number: DomainNumber(number),
        hash: hash(name),
        operator: OperatorId(2),
    }
}

fn endorsed(number: u64, name: u8) -> Event {
    Event::ReceiptEndorsed {
        domain: DOMAIN,
        number: DomainNumber(number),
        hash: hash(name),
        operator: OperatorId(3),
    }
}

fn proven(number: u64, name: u8) -> Event {
    Event::ReceiptProven {
        domain: DOMAIN,
        number: DomainNumber(number),
        hash: hash(name),
        proof_bytes: 9,
    }
}

fn confirmed(number: u64, name: u8) -> Event {
    Event::ReceiptConfirmed {
        domain: DOMAIN,
        number: DomainNumber(number),
        hash: hash(name),
        state: StateRoot::default(),
    }
}

fn removed(from: u64, to: u64, name: u8) -> Event {
    Event::ReceiptsRemoved {
        domain: DOMAIN,
        from: DomainNumber(from),
        to: DomainNumber(to),
        hash: hash(name),
        family: Family::Schedule,
        proof_bytes: 1_234,
        reporter: AccountId(Digest([5; 32])),
        evidence: Digest([name; 32]),
    }
}

fn slashed(operator: u64, name: u8) -> Event {
    Event::OperatorSlashed {
        operator: OperatorId(operator),
        amount: Balance(u128::MAX),
        reward: Balance(1),
        treasury: Balance(2),
        burned: Balance(3),
        reporter: None,
        evidence: Digest([name; 32]),
    }
}

/// Each list is what one block did.
fn folded(blocks: &[Vec<Event>]) -> Folded {
    let mut folded = Folded::default();
    for (number, events) in (1..).zip(blocks) {
        let block = block::Block {
            number,
            parent: folded.tip,
            slot: number,
            origin: Origin::Genesis(Vec::new()),
            headers: Vec::new(),
            proofs: Vec::new(),
            validity: Vec::new(),
            messages: Vec::new(),
            bundles: Vec::new(),
            seal: Signature([0; 64]),
        };
        folded.push(&Names::default(), block.hash(), &block, events);
    }
    folded
}

fn statuses(folded: &Folded) -> Vec<(u64, Status, bool)> {
    let list = &folded.receipts[&DOMAIN.0].list;
    list.iter()
        .map(|receipt| (receipt.number, receipt.status, receipt.refuted))
        .collect()
}

fn counts(folded: &Folded) -> [u64; 5] {
    let Counts {
        accepted,
        pending,
        proven,
        confirmed,
        removed,
    } = folded.receipts[&DOMAIN.0].counts;
    [accepted, pending, proven, confirmed, removed]
}

#[test]
fn what_was_removed_stays_and_names_its_proof() {
    let folded = folded(&[
        vec![accepted(1, 1)],
        vec![accepted(2, 20), accepted(3, 30), endorsed(2, 20)],
        vec![removed(2, 3, 20), slashed(2, 20)],
        vec![accepted(2, 2), endorsed(2, 2), confirmed(1, 1)],
    ]);
    assert_eq!(
        statuses(&folded),
        [
            (1, Status::Confirmed, false),
            (2, Status::Removed, true),
            (3, Status::Removed, false),
            (2, Status::Pending, false)
        ]
    );
    assert_eq!(counts(&folded), [4, 1, 0, 1, 2]);
    let list = &folded.receipts[&DOMAIN.0].list;
    let backers: Vec<u32> = list.iter().map(|receipt| receipt.backers).collect();
    assert_eq!(backers, [1, 2, 1, 2]);
    let settled: Vec<Option<u64>> = list.iter().map(|receipt| receipt.settled).collect();
    assert_eq!(settled, [Some(4), Some(3), Some(3), None]);
    let proof = &folded.proofs[0];
    assert_eq!(list[2].proof.as_ref(), Some(&proof.evidence));
    assert_eq!(
        (proof.family.as_str(), proof.bytes, proof.block),
        ("schedule", 1_234, 3)
    );
    assert_eq!((proof.from, proof.to, &proof.slashed), (2, 3, &vec![2]));
    // Nobody's name.
    assert_eq!(proof.reporter, "05".repeat(32));
    let deeds = &folded.deeds[&2];
    assert_eq!((deeds.receipts, deeds.removed, deeds.slashes.len()), (4, 2, 1));
    assert_eq!(deeds.slashes[0].amount, u128::MAX.to_string());
    assert_eq!((folded.totals.proofs, folded.totals.slashes), (1, 1));
}

#[test]
fn proven_is_a_status_until_the_receipt_is_final() {
    let events = [
        vec![accepted(1, 1), accepted(2, 2), accepted(3, 3)],
        vec![proven(2, 2)],
        vec![proven(1, 1), confirmed(1, 1)],
        vec![confirmed(2, 2)],
    ];
    let early = folded(&events[..2]);
    assert_eq!(
        statuses(&early),
        [
            (1, Status::Pending, false),
            (2, Status::Proven, false),
            (3, Status::Pending, false)
        ]
    );
    assert_eq!(counts(&early), [3, 2, 1, 0, 0]);
    let late = folded(&events);
    assert_eq!(counts(&late), [3, 1, 0, 2, 0]);
    let second = &late.receipts[&DOMAIN.0].list[1];
    assert_eq!(
        (second.status, second.shown),
        (Status::Confirmed, Some(Shown { block: 2, bytes: 9 }))
    );
}

#[test]
fn a_removal_leaves_alone_what_is_final_and_what_fell_before() {
    let folded = folded(&[
        vec![accepted(1, 1), confirmed(1, 1), accepted(2, 20)],
        vec![removed(2, 2, 20)],
        vec![accepted(2, 21)],
        vec![removed(2, 2, 21)],
    ]);
    let proofs: Vec<Option<String>> = folded.receipts[&DOMAIN.0]
        .list
        .iter()
        .map(|receipt| receipt.proof.clone())
        .collect();
    assert_eq!(proofs, [None, Some("14".repeat(32)), Some("15".repeat(32))]);
    assert_eq!(counts(&folded), [3, 0, 0, 1, 2]);
}

#[test]
fn lists_are_bounded_and_counts_are_not() {
    let block = vec![accepted(1, 1), confirmed(1, 1), accepted(1, 2), removed(1, 1, 2)];
    let length = u64::try_from(KEPT).unwrap() + 10;
    let blocks: Vec<Vec<Event>> = (0..length).map(|_| block.clone()).collect();
    let folded = folded(&blocks);
    assert_eq!((folded.blocks.len(), folded.blocks_left_out), (KEPT, 10));
    let receipts = &folded.receipts[&DOMAIN.0];
    assert_eq!(
        (receipts.list.len(), receipts.left_out),
        (KEPT, 2 * length - u64::try_from(KEPT).unwrap())
    );
    assert_eq!(folded.proofs.len(), KEPT_PROOFS);
    assert_eq!(counts(&folded), [2 * length, 0, 0, length, length]);
    assert_eq!((folded.totals.blocks, folded.totals.proofs), (length, length));
}
