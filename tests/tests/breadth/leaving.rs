//! Operators that leave with a backlog.

use super::*;

const BACKLOG: u64 = 32;

/// A chain that confirms one receipt per block, and frees stakes as early as it may; operator 1 vouches for a long
/// backlog of receipts at once, lying in number `lie`, and leaves. Returns when its stake is free by the clock.
fn leave_with_a_backlog(lie: Option<u64>) -> (World, ConsensusNumber) {
    let slow = Config {
        limits: HostLimits {
            unlock_period: 28,
            submission_lag: 2,
            ..limits()
        },
        work_per_block: 1,
        ..config()
    };
    let backlog = DomainParams {
        max_gap: 64,
        messages: 8,
        max_base_lag: 64,
        ..params()
    };
    let mut world = World::with_config(3, backlog, slow);
    unclaimed(&mut world, BACKLOG);
    while world.heads().0 < DomainNumber(BACKLOG) {
        let log = vouch(&mut world, 1, 16, lie);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
    let left = world
        .chain
        .deregister_operator(operator_account(1), OperatorId(1))
        .unwrap();
    let Event::OperatorDeregistered { unlock, .. } = left[0] else {
        panic!("{left:?}");
    };
    (world, unlock)
}

#[test]
fn a_stake_is_not_released_before_what_it_stands_for_is_final() {
    let (mut world, unlock) = leave_with_a_backlog(None);
    let fund = pool(&world.chain, 1).fund.balance;
    let mut released = None;
    for _ in 0..80 {
        world.produce(&[], &[]);
        let now = world.blocks.last().unwrap().info.number;
        let Some(amount) = world.claim(1) else {
            let stake = if released.is_some() { Balance::ZERO } else { STAKE };
            assert_eq!(world.at_stake(1), stake);
            continue;
        };
        assert_eq!(amount, Balance(STAKE.0 + fund.0));
        assert!(released.is_none(), "released once");
        assert_eq!(world.heads().1, DomainNumber(BACKLOG), "all final");
        released = Some(now);
    }
    // By the clock it was free long before.
    assert!(
        released.expect("released in the end").0 > unlock.0 + 5,
        "{released:?} {unlock:?}"
    );
    assert_eq!(
        world.chain.pool(OperatorId(1)).unwrap().unwrap().status,
        PoolStatus::Left
    );
}

#[test]
fn who_left_pays_for_a_lie_that_is_shown_after_the_unlock_period() {
    let (mut world, unlock) = leave_with_a_backlog(Some(BACKLOG));
    let total = world.chain.host().total();
    while world.blocks.last().unwrap().info.number.0 < unlock.0 + 3 {
        world.produce(&[], &[]);
        assert_eq!(world.claim(1), None);
    }
    assert!(world.heads().1 < DomainNumber(BACKLOG), "still pending");
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(slashed(&log.events), [OperatorId(1)]);
    assert_eq!(world.at_stake(1), Balance::ZERO);
    world.run(70);
    assert_eq!(world.claim(1), Some(Balance::ZERO));
    assert_eq!(
        world.chain.host().purses[&operator_account(1)].free,
        Balance::ZERO
    );
    assert_eq!(world.heads(), (DomainNumber(BACKLOG), DomainNumber(BACKLOG)));
    assert_eq!(world.chain.host().total(), total);
}
