//! Leaving, lagging and waiting: nothing ends before its time.

use super::*;

#[test]
fn who_leaves_is_liable_until_everything_it_vouched_for_is_final() {
    // It tells a lie, leaves at once, and waits.
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    vouch_wrong(&mut world, 2, 1, 1);
    world
        .chain
        .deregister_operator(operator_account(2), OperatorId(2))
        .unwrap();
    let log = world.produce(&[], &[]);
    assert_eq!(slashed(&log.events), []);
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert_eq!(slashed(&log.events), [OperatorId(2)], "leaving helps nobody");
    assert_eq!(world.at_stake(2), Balance::ZERO);
    let free = |world: &World, index| world.chain.host().purses[&operator_account(index)].free;
    // It has reported itself: this is all that it has.
    let before = free(&world, 2);
    world.run(130);
    assert_eq!(
        world.claim(2),
        Some(Balance::ZERO),
        "nothing is left to be claimed"
    );
    assert_eq!(free(&world, 2), before);
    // An honest one gets all of it back, once, and not before the lock is over.
    world
        .chain
        .deregister_operator(operator_account(1), OperatorId(1))
        .unwrap();
    let before = free(&world, 1);
    let fund = pool(&world.chain, 1).fund.balance;
    let unlock = decex_tests::world::limits().unlock_period;
    for _ in 0..unlock - 1 {
        world.produce(&[], &[]);
        assert_eq!(world.claim(1), None);
        assert_eq!(world.at_stake(1), STAKE);
    }
    world.produce(&[], &[]);
    assert_eq!(world.claim(1), Some(Balance(STAKE.0 + fund.0)));
    assert_eq!(free(&world, 1), Balance(before.0 + STAKE.0 + fund.0));
    assert_eq!(world.at_stake(1), Balance::ZERO);
    assert!(
        world
            .chain
            .deregister_operator(operator_account(1), OperatorId(1))
            .is_err()
    );
    for _ in 0..20 {
        world.produce(&[], &[]);
    }
    assert_eq!(world.claim(1), None, "once");
}

#[test]
fn who_leaves_is_out_at_once_and_liable_for_its_seals() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    world
        .chain
        .deregister_operator(operator_account(0), OperatorId(0))
        .unwrap();
    assert!(
        elected(&world, 0, world.next_slot()).is_none(),
        "out of the elections at once"
    );
    let status = world.chain.pool(OperatorId(0)).unwrap().unwrap().status;
    assert!(matches!(status, PoolStatus::Leaving { .. }));
    // Equivocation shown during the lock still counts.
    let base = head_hash(&world);
    let election = await_election(&mut world, 1);
    let first = seal(&world, 0, election, base, Vec::new(), vec![item(&transfer(5, 0))]);
    let second = seal(&world, 0, election, base, Vec::new(), vec![item(&transfer(6, 0))]);
    let evidence = Equivocation {
        first: first.header,
        second: second.header,
    };
    let events = world
        .chain
        .submit_equivocation(STRANGER, &evidence.encode())
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(0)]);
}

#[test]
fn an_offender_is_out_at_once_however_long_the_sweep_takes() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 7);
    let log = vouch_wrong(&mut world, 2, 1, 1);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let submissions = extend(&world, 3, 6, &mut |_| None);
    let log = vouch(&mut world, 3, submissions);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    // The sweep begins at the head: the liar's own receipt, the lowest, is swept last.
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert_eq!(slashed(&log.events), [OperatorId(3)]);
    assert_eq!(
        world.chain.pool(OperatorId(2)).unwrap().unwrap().status,
        PoolStatus::Active
    );
    assert!(!world.chain.is_eligible(OperatorId(2)).unwrap());
    assert!(elected(&world, 2, world.next_slot()).is_none());
    assert!(
        world
            .chain
            .deregister_operator(operator_account(2), OperatorId(2))
            .is_err(),
        "nor can it leave"
    );
    let log = world.produce(&[], &[]);
    assert_eq!(slashed(&log.events), [OperatorId(2)]);
}

#[test]
fn transactions_wait_while_execution_lags_and_receipts_do_not() {
    let mut world = World::new(2, params());
    let gap = u64::from(params().max_gap);
    // Nobody claims anything: so many blocks are made, and no more.
    for nonce in 0..=gap {
        include(&mut world, 0, &[transfer(0, nonce)]);
    }
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let more = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(3, 0))],
    );
    let refused = refuse(&mut world, &more);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Gap { .. })),
        "{refused:?}"
    );
    // Bundles of receipts alone go on, and open the way; honest operators find it by themselves.
    world.send(&transfer(4, 0));
    let logs = world.run(40);
    assert!(
        logs.iter().all(|log| log.refused.is_empty()),
        "{:?}",
        logs.iter().map(|log| &log.refused).collect::<Vec<_>>()
    );
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head.0 > gap + 1);
}

#[test]
fn many_receipts_in_one_bundle_get_no_shorter_challenge_period() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 6);
    let log = vouch_right(&mut world, 6);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let included = world.blocks.last().unwrap().info.number.0;
    for _ in 0..params().challenge_period {
        world.produce(&[], &[]);
        assert_eq!(world.heads().1, DomainNumber(0));
    }
    // Then as many per block as the host's work allows.
    let mut blocks = Vec::new();
    while world.heads().1 < DomainNumber(6) {
        world.produce(&[], &[]);
        blocks.push(world.heads().1.0);
    }
    assert_eq!(
        world.blocks.last().unwrap().info.number.0,
        included + params().challenge_period + 2
    );
    assert!(blocks[0] >= 1 && blocks.is_sorted(), "{blocks:?}");
}

#[test]
fn each_receipt_waits_its_own_challenge_period() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 4);
    let mut included = Vec::new();
    for _ in 0..4 {
        let log = vouch_right(&mut world, 1);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        included.push(world.blocks.last().unwrap().info.number.0);
    }
    while world.heads().1 < DomainNumber(4) {
        world.produce(&[], &[]);
        let now = world.blocks.last().unwrap().info.number.0;
        let due = included
            .iter()
            .filter(|at| **at + params().challenge_period < now)
            .count();
        assert!(
            world.heads().1.0 <= due as u64,
            "a receipt is final before its time"
        );
    }
    assert_eq!(
        world.blocks.last().unwrap().info.number.0,
        included[3] + params().challenge_period + 1
    );
}
