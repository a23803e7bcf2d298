//! Stakes: never below the floor, never free too early, never counted when they are gone.

use crate::chance::history;
use crate::{accepted, claims, head_hash, join, lie, now, refuse, transfer, unclaimed, vouch};
use decex_bundle::{InclusionView, InvalidBundle};
use decex_consensus::decex_staking::{Extent, PoolStatus, RefusedStaking};
use decex_consensus::model::Access;
use decex_consensus::registration_message;
use decex_consensus::{
    CallError, Config, Event, RefusedBundle, RefusedDomain, RefusedRegistration, RefusedStake,
};
use decex_core::params::{HostLimits, UnsafeParams};
use decex_core::{AccountId, Balance, Digest, DomainNumber, OperatorId, Window, label};
use decex_tests::liar::{await_election, elected, item, seal};
use decex_tests::world::{
    STAKE, TERMS, World, config, deposit_for, limits, operator_account, operator_keypair, params, pool,
};
use std::collections::BTreeMap;

/// More than the fund of a member that leaves after some bundles, less than all that it had.
const RICH: Balance = Balance(STAKE.0 - 1_000_000);

#[test]
fn n2569_no_stake_is_below_the_floor_and_no_call_moves_it_to_another_domain() {
    let floor = Config {
        minimum_stake: Balance(500),
        ..config()
    };
    let mut world = World::with_config(3, params(), floor);
    let first = world.domain;
    let second = world.add_domain(1, params());
    let attempt = |world: &mut World, account: AccountId, key: usize, domain, stake| {
        let keypair = operator_keypair(key);
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(domain, &account, &key),
        );
        world
            .chain
            .register_operator(account, domain, &key, &possession, deposit_for(stake), TERMS)
    };
    // Below the floor in either domain, however much the account has.
    let account = operator_account(1);
    world.chain.host_mut().endow(account, deposit_for(Balance(499)));
    for domain in [first, second] {
        for stake in [0, 1, 499] {
            let refused = attempt(&mut world, account, 40, domain, Balance(stake));
            let expected = RefusedRegistration::Deposit(RefusedStaking::OwnStake {
                limit: Balance(500),
                found: Balance(stake),
            });
            assert_eq!(refused.map(|_| ()), Err(CallError::Refused(expected)));
        }
    }
    // Leave the one and enter the other with what is locked: it is not there to be spent, until it is free.
    world.chain.deregister_operator(account, OperatorId(1)).unwrap();
    let mut waited = 0;
    let entered = loop {
        match attempt(&mut world, account, 40, second, RICH) {
            Ok((id, _)) => break id,
            Err(refused) => assert_eq!(
                refused,
                CallError::Refused(RefusedRegistration::Funds {
                    required: deposit_for(RICH)
                })
            ),
        }
        world.produce(&[], &[]);
        let _ = world.claim(1);
        waited += 1;
    };
    assert_eq!(waited, limits().unlock_period);
    let entered = world.chain.operator(entered).unwrap().unwrap();
    assert_eq!(entered.domain, second);
    // Whatever happens to an operator, its domain and its stake are what it registered with.
    history(20, &mut |world, _| {
        for index in 0..world.chain.counters().unwrap().operator.0 {
            let operator = world.chain.operator(OperatorId(index)).unwrap().unwrap();
            let pool = pool(&world.chain, index as usize);
            assert_eq!((operator.domain, pool.domain), (world.domain, world.domain));
            let stake = if pool.status.is_over() {
                Balance::ZERO
            } else {
                STAKE
            };
            assert_eq!(pool.stake, stake);
        }
    });
}

#[test]
fn n2569_no_withdrawal_leads_below_the_floor() {
    let floor = Config {
        minimum_stake: Balance(500),
        ..config()
    };
    let mut world = World::with_config(2, params(), floor);
    world.await_epoch();
    let (account, operator) = (operator_account(1), OperatorId(1));
    // In one step or in many, and not by being absent from the elections in between either.
    let mut left = STAKE.0;
    for _ in 0..200 {
        let part = (left / 2).max(1);
        match world.chain.withdraw(account, operator, Extent::Shares(part)) {
            Ok(_) => left -= part,
            Err(refused) => {
                let below = RefusedStaking::OwnStake {
                    limit: Balance(500),
                    found: Balance(left - part),
                };
                assert_eq!(refused, CallError::Refused(RefusedStake::Pool(below)));
            }
        }
        world.produce(&[], &[]);
        let _ = world.claim(1);
        assert!(pool(&world.chain, 1).stake >= Balance(500));
    }
    assert!((500..1_000).contains(&left), "{left}");
    assert!(world.chain.withdraw(account, operator, Extent::All).is_err());
}

#[test]
fn n2971_in_any_history_a_stake_is_free_only_after_the_period_of_the_last_receipt_it_stood_for() {
    let (period, unlock) = (params().challenge_period, limits().unlock_period);
    let mut released = 0;
    for seed in 30..34 {
        let (mut left, mut liable) = (BTreeMap::new(), BTreeMap::new());
        history(seed, &mut |world, events| {
            let now = now(world);
            for event in events {
                match event {
                    Event::OperatorDeregistered { operator, .. } => {
                        left.insert(*operator, now);
                    }
                    Event::ReceiptAccepted { operator, .. } | Event::ReceiptEndorsed { operator, .. } => {
                        assert!(!left.contains_key(operator), "who left vouches for nothing");
                        liable.insert(*operator, now);
                    }
                    Event::Claimed { operator, amount, .. } => {
                        // Who was slashed claims nothing.
                        if *amount == Balance::ZERO {
                            continue;
                        }
                        assert!(*amount >= STAKE && *amount <= deposit_for(STAKE));
                        assert!(now >= left[operator] + unlock, "{seed}: {operator:?}");
                        let last = liable.get(operator).copied().unwrap_or_default();
                        assert!(now > last + period, "{seed}: {operator:?}");
                        released += 1;
                    }
                    _ => {}
                }
            }
        });
    }
    assert!(released >= 2, "somebody left with its stake: {released}");
}

#[test]
fn n2971_a_young_domain_locks_as_long_as_an_old_one() {
    let period = params().challenge_period;
    // No host can promise less than a domain needs.
    let (slots, lag) = (params().election.liable_slots().unwrap(), limits().submission_lag);
    for (unlock, safe) in [(period + slots + lag - 1, false), (period + slots + lag, true)] {
        let short = Config {
            limits: HostLimits {
                unlock_period: unlock,
                ..limits()
            },
            ..config()
        };
        let mut chain = decex_consensus::Consensus::new(
            decex_testkit::host::MemoryHost::new(vec![decex_tests::world::ENGINE], 7),
            short,
        );
        let owner = AccountId(Digest([9; 32]));
        chain.host_mut().endow(owner, Balance(10));
        chain
            .begin_block(&World::new(1, params()).blocks[0].info)
            .unwrap();
        let created = chain.create_domain(owner, params(), Access::Open, Balance::ZERO);
        let refused = matches!(
            created,
            Err(CallError::Refused(RefusedDomain::Params(
                UnsafeParams::Unlock { .. }
            )))
        );
        assert_eq!(refused, !safe, "{created:?}");
    }
    // The shortest lock that is safe. Registered and gone in the domain's first block; and a liar, as early as it can.
    let tight = Config {
        limits: HostLimits {
            unlock_period: period + slots + lag,
            ..limits()
        },
        ..config()
    };
    let mut world = World::with_config(3, params(), tight);
    let second = world.add_domain(0, params());
    join(&mut world, 3, STAKE);
    world
        .chain
        .deregister_operator(operator_account(3), OperatorId(3))
        .unwrap();
    let left = now(&world);
    let first = world.chain.operator(OperatorId(0)).unwrap().unwrap().domain;
    assert_ne!(first, second);
    world.focus(first);
    unclaimed(&mut world, 1);
    // A bundle that it sealed before it left comes after: too late to vouch, too late to bundle.
    lie(&mut world, 2, 1, 1);
    let election = await_election(&mut world, 1);
    let late = seal(
        &world,
        1,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(8, 0))],
    );
    world
        .chain
        .deregister_operator(operator_account(1), OperatorId(1))
        .unwrap();
    world
        .chain
        .deregister_operator(operator_account(2), OperatorId(2))
        .unwrap();
    let liar_left = now(&world);
    world.produce(&[], &[]);
    let refused = refuse(&mut world, &late);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Ineligible { .. })),
        "{refused:?}"
    );
    while now(&world) < left + tight.limits.unlock_period {
        assert_eq!((world.claim(3), world.at_stake(3)), (None, STAKE));
        // The lie is shown at the last moment that it can be.
        let final_block = liar_left + 1;
        if now(&world) == final_block {
            let proofs = world.proofs();
            let log = world.produce(&[], &proofs);
            assert_eq!(crate::slashed(&log.events), [OperatorId(2)]);
        } else {
            world.produce(&[], &[]);
        }
    }
    assert_eq!(world.claim(3), Some(deposit_for(STAKE)));
    assert_eq!(world.at_stake(2), Balance::ZERO);
}

/// The law of the snapshot: the total of an epoch is the sum of the stakes that take part when it begins.
#[test]
fn n3280_n3294_the_election_counts_exactly_the_stakes_of_its_epoch_and_none_that_is_gone() {
    let (mut lost, mut gone) = (0, 0);
    for seed in 40..44 {
        let mut totals = BTreeMap::new();
        history(seed, &mut |world, events| {
            lost += crate::slashed(events).len();
            let clock = world.chain.clock().unwrap().unwrap();
            let operators: Vec<_> = (0..world.chain.counters().unwrap().operator.0)
                .map(|index| (OperatorId(index), pool(&world.chain, index as usize)))
                .collect();
            // Who takes part in the next epoch, as far as this block knows: the last block's word stands.
            let next: u128 = operators
                .iter()
                .filter(|(_, pool)| pool.status == PoolStatus::Active)
                .map(|(_, pool)| pool.stake.0)
                .sum();
            totals.insert(world.epoch() + 1, next);
            for back in 0..6 {
                let slot = decex_core::Slot(clock.block.slot.0 - back);
                let epoch = world.params.epoch_at(slot);
                // No snapshot is kept of older ones.
                if epoch + 1 < world.epoch() {
                    continue;
                }
                let mut sum = 0;
                for (id, pool) in &operators {
                    let standing = world.chain.state().standing(world.domain, *id, Window(slot.0));
                    let standing = standing.unwrap().unwrap();
                    sum += standing.share.stake().0;
                    if let Some(total) = totals.get(&epoch) {
                        assert_eq!(standing.share.total().0, (*total).max(1), "{seed}: epoch {epoch}");
                    }
                    if !world.chain.is_eligible(*id).unwrap() {
                        assert_eq!(standing.share.stake(), Balance::ZERO, "{seed}: {id:?}");
                        gone += usize::from(pool.status == PoolStatus::Active);
                    }
                }
                // Nobody is elected by stake that the total does not count.
                assert!(totals.get(&epoch).is_none_or(|total| sum <= *total), "{seed}");
            }
        });
    }
    assert!(lost >= 12 && gone > 0, "too tame: {lost} {gone}");
}

#[test]
fn n3280_a_slashed_stake_wins_nothing_at_once_and_dilutes_nobody_after_the_epoch() {
    let mut world = World::new(2, params());
    join(&mut world, 2, Balance(98 * STAKE.0));
    world.await_epoch();
    unclaimed_by_the_rich(&mut world);
    let total = |world: &World, index| {
        let window = Window(now(world));
        let standing = world
            .chain
            .state()
            .standing(world.domain, OperatorId(index), window);
        let share = standing.unwrap().unwrap().share;
        (share.stake().0, share.total().0)
    };
    assert_eq!(total(&world, 0), (STAKE.0, 100 * STAKE.0));
    lie(&mut world, 2, 1, 1);
    let proofs = world.proofs();
    world.produce(&[], &proofs);
    assert_eq!(total(&world, 2).0, 0);
    for back in 0..8 {
        let slot = decex_core::Slot(now(&world) + 1 - back);
        assert!(
            elected(&world, 2, slot).is_none(),
            "in no window that is still open"
        );
    }
    let epoch = world.epoch();
    while world.epoch() == epoch {
        world.produce(&[], &[]);
    }
    // The two that are left have half each, and the domain lives.
    assert_eq!(total(&world, 0), (STAKE.0, 2 * STAKE.0));
    let receipts = claims(&world, 1, None);
    accepted(&vouch(&mut world, 1, receipts));
    world.run(20);
    assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
}

/// One domain block, by the operator that wins nearly always.
fn unclaimed_by_the_rich(world: &mut World) {
    let election = await_election(world, 2);
    let items = (0..4).map(|from| item(&transfer(from, 0))).collect();
    let bundle = seal(world, 2, election, head_hash(world), Vec::new(), items);
    accepted(&world.produce(&[bundle], &[]));
    world.produce(&[], &[]);
}
