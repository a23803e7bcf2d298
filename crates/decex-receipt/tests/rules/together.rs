//! Rules R26 and R27: several backers of one receipt, several receipts of one bundle.

use crate::world::*;
use decex_core::id::*;
use decex_receipt::*;

#[test]
fn r26_a_receipt_is_endorsed_in_its_own_block_once_by_each() {
    let mut world = World::new(2);
    let (first, hash) = (world.next(), world.next().receipt.compute_hash());
    assert!(world.submit(1, 500, &first).is_ok());
    assert_eq!(
        world.submit(1, 500, &first),
        Ok(Accepted::Known),
        "its submitter backs it already"
    );
    assert_eq!(world.submit(2, 500, &first), Ok(Accepted::Endorsed { hash }));
    assert_eq!(world.submit(2, 500, &first), Ok(Accepted::Known));
    assert_eq!(
        world.submit(3, 501, &first),
        Ok(Accepted::Known),
        "a block later there is no risk to share"
    );
    assert_eq!(world.records[&hash].backers, [operator(1), operator(2)]);
}

#[test]
fn r26_a_receipt_has_a_bounded_number_of_backers() {
    let mut world = World::new(1);
    let first = world.next();
    let hash = first.receipt.compute_hash();
    assert!(world.submit(0, 500, &first).is_ok());
    for by in 1..MAX_BACKERS as u64 {
        assert_eq!(
            world.submit(by, 500, &first),
            Ok(Accepted::Endorsed { hash }),
            "{by}"
        );
    }
    assert_eq!(world.submit(1_000, 500, &first), Ok(Accepted::Known));
    assert_eq!(world.records[&hash].backers.len(), MAX_BACKERS);
}

#[test]
fn r26_every_receipt_that_a_block_accepts_can_be_endorsed_in_it() {
    let mut world = World::new(3);
    let receipts: Vec<_> = (0..3)
        .map(|_| {
            let next = world.next();
            assert!(world.submit(1, 500, &next).is_ok());
            next
        })
        .collect();
    for submission in &receipts {
        assert!(matches!(
            world.submit(2, 500, submission),
            Ok(Accepted::Endorsed { .. })
        ));
    }
    world.chain.confirmed = DomainNumber(1);
    assert_eq!(
        world.submit(3, 500, &receipts[0]),
        Ok(Accepted::Known),
        "nothing final is endorsed"
    );
}

#[test]
fn r27_receipts_of_one_bundle_are_consecutive() {
    let mut world = World::new(4);
    let receipts: Vec<_> = (0..4)
        .map(|_| {
            let next = world.next();
            assert!(world.submit(1, 500, &next).is_ok());
            next
        })
        .collect();
    assert_eq!(check_consecutive(&receipts), Ok(()));
    assert_eq!(check_consecutive([]), Ok(()));
    assert_eq!(
        check_consecutive([&receipts[0], &receipts[2]]),
        Err(NotConsecutive { index: 1 })
    );
    assert_eq!(
        check_consecutive([&receipts[0], &receipts[0]]),
        Err(NotConsecutive { index: 1 })
    );
    assert_eq!(
        check_consecutive([&receipts[1], &receipts[0]]),
        Err(NotConsecutive { index: 1 })
    );
}

#[test]
fn r7_several_receipts_of_one_bundle_catch_up() {
    let mut ahead = World::new(16);
    let receipts: Vec<_> = (0..16)
        .map(|_| {
            let next = ahead.next();
            assert!(ahead.submit(1, 500, &next).is_ok());
            next
        })
        .collect();
    // The chain already holds the first three; they are no-ops, and the rest extends it.
    let mut world = World::new(16);
    receipts[..3]
        .iter()
        .for_each(|receipt| drop(world.submit(2, 400, receipt).unwrap()));
    for (n, submission) in receipts.iter().enumerate() {
        let accepted = world.submit(1, 500, submission).unwrap();
        assert_eq!(accepted == Accepted::Known, n < 3);
    }
    assert_eq!(world.chain.head, DomainNumber(16));
}
