//! Rules R1 to R20.

use crate::world::*;
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::id::*;
use decex_receipt::*;

fn with(change: impl FnOnce(&mut Receipt)) -> InvalidReceipt {
    let world = World::new(2);
    let mut submission = world.next();
    change(&mut submission.receipt);
    world.refusal(&submission)
}

#[test]
fn r1_r2_r3_r7_r8_r9_a_right_receipt_extends_the_chain() {
    let mut world = World::new(2);
    let submission = world.next();
    let hash = submission.receipt.compute_hash();
    let Accepted::Extended { hash: found, record } = world.submit(1, 500, &submission).unwrap() else {
        panic!()
    };
    assert_eq!((found, &record.receipt), (hash, &submission.receipt));
    assert_eq!(
        (record.included_at, record.backers),
        (ConsensusNumber(500), vec![operator(1)])
    );
    assert_eq!(
        record.byte_price,
        Balance(5),
        "the block's, for bundles based on it"
    );
    assert_eq!((world.chain.head, world.chain.head_hash), (DomainNumber(1), hash));
}

#[test]
fn r1_another_version_is_refused() {
    assert_eq!(
        with(|receipt| receipt.version = 2),
        InvalidReceipt::Version {
            expected: 1,
            found: 2
        }
    );
}

#[test]
fn r2_another_domains_receipt_is_refused() {
    let found = DomainId(4);
    assert_eq!(
        with(|receipt| receipt.domain = found),
        InvalidReceipt::Domain {
            expected: DOMAIN,
            found
        }
    );
}

#[test]
fn r3_an_unknown_domain_is_refused() {
    let world = World::new(1);
    let mut submission = world.next();
    let domain = DomainId(4);
    submission.receipt.domain = domain;
    let found = submit(
        &world,
        ConsensusNumber(1),
        &params(),
        operator(1),
        domain,
        &submission,
    );
    assert_eq!(found, Err(InvalidReceipt::UnknownDomain { domain }.into()));
}

#[test]
fn r4_what_the_chain_has_forgotten_is_refused() {
    let mut world = World::new(3);
    let old = world.next();
    world.extend(1, 500, 2);
    world.chain.confirmed = DomainNumber(2);
    assert_eq!(world.submit(2, 700, &old), Ok(Accepted::Known));
    world.hashes.remove(&DomainNumber(1));
    assert_eq!(
        world.refusal(&old),
        InvalidReceipt::Forgotten {
            number: DomainNumber(1)
        }
    );
}

#[test]
fn r5_another_receipt_at_a_held_number_is_refused() {
    let mut world = World::new(3);
    let other = world.with(DomainNumber(1), world.chain.head_hash, &[], 1);
    world.extend(1, 500, 2);
    let held = world.hashes[&DomainNumber(1)];
    assert_eq!(
        world.refusal(&other),
        InvalidReceipt::Conflict {
            number: DomainNumber(1),
            held
        }
    );
    // Final or not makes no difference.
    world.chain.confirmed = DomainNumber(2);
    assert_eq!(
        world.refusal(&other),
        InvalidReceipt::Conflict {
            number: DomainNumber(1),
            held
        }
    );
}

#[test]
fn r5_genesis_is_submitted_by_nobody() {
    let mut world = World::new(1);
    let genesis = world.records[&world.chain.head_hash].receipt.clone();
    let mut submission = Submission {
        receipt: genesis,
        openings: None,
    };
    assert_eq!(world.submit(1, 1, &submission), Ok(Accepted::Known));
    submission.receipt.state = StateRoot(named(9));
    let (number, held) = (DomainNumber(0), world.chain.head_hash);
    assert_eq!(
        world.refusal(&submission),
        InvalidReceipt::Conflict { number, held }
    );
}

#[test]
fn r6_a_removed_receipt_waits_for_the_sweep() {
    let mut world = World::new(2);
    let wrong = world.next();
    world.extend(1, 500, 1);
    let removal = remove(&world, DOMAIN, &wrong.receipt.compute_hash()).unwrap();
    (world.chain.head, world.chain.head_hash) = (removal.head(), removal.head_hash());
    assert_eq!(
        world.refusal(&wrong),
        InvalidReceipt::Removed {
            number: DomainNumber(1)
        }
    );
    // The right one need not wait.
    let right = world.with(DomainNumber(1), world.chain.head_hash, &[], 1);
    assert!(world.clone().submit(2, 501, &right).is_ok());
    world.records.remove(&wrong.receipt.compute_hash());
    assert!(world.submit(2, 501, &wrong).is_ok(), "it can be refuted again");
}

#[test]
fn r7_a_gap_is_refused() {
    let found = DomainNumber(2);
    assert_eq!(
        with(|receipt| receipt.number = found),
        InvalidReceipt::Number {
            expected: DomainNumber(1),
            found
        }
    );
    let found = DomainNumber(u64::MAX);
    assert_eq!(
        with(|receipt| receipt.number = found),
        InvalidReceipt::Number {
            expected: DomainNumber(1),
            found
        }
    );
}

#[test]
fn r8_another_parent_is_refused() {
    let (expected, found) = (World::new(0).chain.head_hash, ReceiptHash(named(9)));
    assert_eq!(
        with(|receipt| receipt.parent = found),
        InvalidReceipt::Parent { expected, found }
    );
}

#[test]
fn r9_a_block_without_closed_inbox_is_refused() {
    let mut world = World::new(1);
    let submission = world.next();
    world.inboxes.clear();
    assert_eq!(
        world.refusal(&submission),
        InvalidReceipt::NoInbox {
            number: DomainNumber(1)
        }
    );
}

#[test]
fn r10_r11_r12_r33_the_origin_is_the_inboxes() {
    let (expected, found) = (RuleSet(named(1_000)), RuleSet(named(1)));
    assert_eq!(
        with(|receipt| receipt.rules = found),
        InvalidReceipt::Rules { expected, found }
    );
    let (expected, found) = (ConsensusNumber(10), ConsensusNumber(11));
    let refusal = with(|receipt| receipt.consensus_number = found);
    assert_eq!(refusal, InvalidReceipt::ConsensusNumber { expected, found });
    let (expected, found) = (ConsensusHash(named(1)), ConsensusHash(named(2)));
    let refusal = with(|receipt| receipt.consensus_hash = found);
    assert_eq!(refusal, InvalidReceipt::ConsensusHash { expected, found });
    let (expected, found) = (Seed(named(1)), Seed(named(2)));
    let refusal = with(|receipt| receipt.seed = found);
    assert_eq!(refusal, InvalidReceipt::Seed { expected, found });
}

#[test]
fn r13_one_verdict_for_each_bundle() {
    for found in [0, 1, 3] {
        let verdicts = BoundedVec::new(vec![Verdict::Valid; found]).unwrap();
        let refusal = with(|receipt| receipt.verdicts = verdicts);
        assert_eq!(refusal, InvalidReceipt::VerdictCount { expected: 2, found });
    }
}

fn invalid(index: u32) -> Verdict {
    Verdict::Invalid(Fault {
        index,
        rule: Illegal::Signature,
    })
}

#[test]
fn r14_a_verdict_blames_a_transaction_that_exists() {
    let mut world = World::new(1);
    let at = |index| {
        world.with(
            DomainNumber(1),
            world.chain.head_hash,
            &[Verdict::Valid, invalid(index)],
            0,
        )
    };
    let (last, beyond) = (at(1), at(2));
    assert_eq!(
        world.refusal(&beyond),
        InvalidReceipt::VerdictIndex {
            bundle: 1,
            limit: 2,
            found: 2
        }
    );
    assert!(world.submit(1, 1, &last).is_ok());
}

#[test]
fn r15_l0_a_base_on_the_chain_is_not_called_removed() {
    let world = World::new(1);
    let submission = world.with(
        DomainNumber(1),
        world.chain.head_hash,
        &[Verdict::Valid, Verdict::BaseRemoved],
        0,
    );
    assert_eq!(
        world.refusal(&submission),
        InvalidReceipt::BasePresent { bundle: 1 }
    );
}

#[test]
fn r16_l0_a_base_off_the_chain_is_called_removed() {
    // Based on a receipt 1 that was removed: another stands there now.
    let mut world = World::new(2);
    world.extend(1, 500, 1);
    let mut inbox = world.inboxes[&DomainNumber(2)].clone();
    let mut bundles = inbox.bundles.to_vec();
    (bundles[0].base.number, bundles[0].base.hash) = (DomainNumber(1), ReceiptHash(named(66)));
    inbox.bundles = BoundedVec::new(bundles).unwrap();
    world.inboxes.insert(DomainNumber(2), inbox);
    let on = |verdict| world.with(DomainNumber(2), world.chain.head_hash, &[verdict], 0);
    let (valid, blamed, removed) = (on(Verdict::Valid), on(invalid(0)), on(Verdict::BaseRemoved));
    assert_eq!(world.refusal(&valid), InvalidReceipt::BaseRemoved { bundle: 0 });
    assert_eq!(world.refusal(&blamed), InvalidReceipt::BaseRemoved { bundle: 0 });
    assert!(world.submit(1, 500, &removed).is_ok());
}

#[test]
fn r16_l0_a_base_above_what_is_left_of_the_chain_is_removed() {
    // Based on receipt 3 of a chain that was cut down to genesis since.
    let mut world = World::new(1);
    let mut inbox = world.inboxes[&DomainNumber(1)].clone();
    let mut bundles = inbox.bundles.to_vec();
    (bundles[1].base.number, bundles[1].base.hash) = (DomainNumber(3), ReceiptHash(named(66)));
    inbox.bundles = BoundedVec::new(bundles).unwrap();
    world.inboxes.insert(DomainNumber(1), inbox);
    world.hashes.insert(DomainNumber(3), ReceiptHash(named(66)));
    assert_eq!(
        world.refusal(&world.next()),
        InvalidReceipt::BaseRemoved { bundle: 1 }
    );
}

#[test]
fn r17_no_more_is_scheduled_than_the_valid_bundles_hold() {
    let mut world = World::new(1);
    let fewer = {
        let mut submission = world.next();
        let entries = submission.openings.as_ref().unwrap().schedule[..4].to_vec();
        open(
            &mut submission,
            entries,
            (0..4).map(|n| StateRoot(named(n))).collect(),
        );
        submission
    };
    let refusal = with(|receipt| receipt.schedule.count = 6);
    assert_eq!(refusal, InvalidReceipt::ScheduleCount { limit: 5, found: 6 });
    // A bundle that the receipt calls invalid holds nothing.
    let refusal =
        with(|receipt| receipt.verdicts = BoundedVec::new(vec![Verdict::Valid, invalid(0)]).unwrap());
    assert_eq!(refusal, InvalidReceipt::ScheduleCount { limit: 3, found: 5 });
    assert!(
        world.submit(1, 1, &fewer).is_ok(),
        "duplicates drop out; what was omitted is refutable"
    );
}

#[test]
fn r18_the_traces_length_follows_from_the_count() {
    for found in [0, 4, 6] {
        let refusal = with(|receipt| receipt.trace.length = found);
        assert_eq!(refusal, InvalidReceipt::TraceLength { expected: 5, found });
    }
}
