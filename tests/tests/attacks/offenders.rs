//! Who answers for a lie, and who does not.

use super::*;

#[test]
fn bundles_on_a_removed_base_are_left_out_and_their_author_is_not_blamed_for_it() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 1);
    vouch_wrong(&mut world, 2, 1, 1);
    // Operator 3 is lazy: it bases transactions on the lie without looking, and vouches for nothing.
    include(&mut world, 3, &[transfer(7, 0)]);
    let proofs = world.proofs();
    world.produce(&[], &proofs);
    let own = world.operators[0].receipt(DomainNumber(2)).unwrap().clone();
    assert_eq!(own.verdicts.to_vec(), [Verdict::BaseRemoved]);
    assert_eq!(own.schedule.count, 0);
    let log = vouch_right(&mut world, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // Valid where the base is gone is refused at once, without any proof.
    let mut submission = right(&world, 1).remove(0);
    assert_eq!(submission.receipt.number, DomainNumber(2));
    let honest = submission.clone();
    submission.receipt.verdicts = BoundedVec::new(vec![Verdict::Valid]).unwrap();
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        vec![submission],
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::BaseRemoved { .. }
    ));
    let log = vouch(&mut world, 0, vec![honest]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // And the other way round: a base that stands is not called removed.
    include(&mut world, 0, &[transfer(8, 0)]);
    world.produce(&[], &[]);
    let mut submission = right(&world, 1).remove(0);
    submission.receipt.verdicts = BoundedVec::new(vec![Verdict::BaseRemoved]).unwrap();
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let bundle = seal(
        &world,
        1,
        election,
        head_hash(&world),
        vec![submission],
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &bundle)),
        InvalidReceipt::BasePresent { .. }
    ));
    let logs = world.run(40);
    assert_eq!(
        slashed(&all_events(&logs)),
        [],
        "who bundled on a lie is not slashed for it"
    );
    assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)));
    // What was left out comes again, from whoever has it.
    world.send(&transfer(7, 0));
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(4), DomainNumber(4)));
}

#[test]
fn a_falsely_accused_author_keeps_its_stake_and_the_accuser_does_not() {
    use decex_bundle::Illegal;
    for rule in [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ] {
        let mut world = World::new(3, params());
        unclaimed(&mut world, 1);
        let election = await_election(&mut world, 2);
        let submissions = extend(&world, 2, 1, &mut |_| Some(Mutant::Reject(0, 1, rule)));
        let bundle = seal(&world, 2, election, head_hash(&world), submissions, Vec::new());
        let log = world.produce(&[bundle], &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        let logs = world.run(40);
        assert_eq!(slashed(&all_events(&logs)), [OperatorId(2)], "{rule:?}");
        assert_eq!(world.at_stake(0), STAKE, "{rule:?}: the author");
        assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    }
}

#[test]
fn who_extends_a_lie_unseen_goes_with_the_liar() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 3);
    let log = vouch_wrong(&mut world, 2, 1, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // Every receipt of operator 3 is right but for what it stands on.
    let submissions = extend(&world, 3, 2, &mut |_| None);
    let log = vouch(&mut world, 3, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(world.heads().0, DomainNumber(3));
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    let mut names = slashed(&log.events);
    names.sort_unstable();
    assert_eq!(names, [OperatorId(2), OperatorId(3)]);
    let logs = world.run(60);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads(), (DomainNumber(3), DomainNumber(3)));
}

#[test]
fn an_endorser_of_a_lie_goes_with_the_liar_and_who_repeats_it_later_does_not() {
    let mut world = World::new(5, params());
    unclaimed(&mut world, 1);
    // Two operators elected for one block.
    let (first, second) = loop {
        if let (Some(first), Some(second)) = (
            elected(&world, 2, world.next_slot()),
            elected(&world, 3, world.next_slot()),
        ) {
            break (first, second);
        }
        world.produce(&[], &[]);
    };
    let submissions = wrong(&world, 1, 1);
    let base = head_hash(&world);
    let bundles = [
        seal(&world, 2, first, base, submissions.clone(), Vec::new()),
        seal(&world, 3, second, base, submissions.clone(), Vec::new()),
    ];
    let log = world.produce(&bundles, &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // A late repetition backs nothing.
    let log = vouch(&mut world, 4, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    let mut names = slashed(&log.events);
    names.sort_unstable();
    assert_eq!(names, [OperatorId(2), OperatorId(3)]);
    assert!(world.chain.is_eligible(OperatorId(4)).unwrap());
}

#[test]
fn a_removed_receipt_does_not_come_back_before_it_is_swept_and_pays_again_after() {
    let mut world = World::new(4, params());
    // More receipts than one call sweeps.
    unclaimed(&mut world, 7);
    let election = await_election(&mut world, 2);
    let submissions = wrong(&world, 1, 7);
    let bundle = seal(
        &world,
        2,
        election,
        head_hash(&world),
        submissions.clone(),
        Vec::new(),
    );
    world.produce(&[bundle], &[]);
    assert_eq!(world.heads().0, DomainNumber(7));
    let proofs = world.proofs();
    let election = await_election(&mut world, 3);
    world.produce(&[], &proofs);
    assert_eq!(world.heads().0, DomainNumber(0));
    let progress = world.chain.progress(world.domain).unwrap().unwrap();
    assert_eq!(
        progress.unswept, 1,
        "four of seven receipts are swept with the proof"
    );
    // The lowest ones wait for the sweep.
    let again = seal(
        &world,
        3,
        election,
        head_hash(&world),
        submissions[..1].to_vec(),
        Vec::new(),
    );
    assert!(matches!(
        receipt_fault(refuse(&mut world, &again)),
        InvalidReceipt::Removed { .. }
    ));
    // The right ones need not wait.
    let log = vouch_right(&mut world, 7);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let logs = world.run(40);
    assert_eq!(slashed(&all_events(&logs)), []);
    assert_eq!(world.heads(), (DomainNumber(7), DomainNumber(7)));
}
