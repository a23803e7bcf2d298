//! Evidence of equivocation: of whom, of which domain, under which key.

use crate::{STRANGER, head_hash, include, slashed, transfer};
use decex_bundle::{Equivocation, InvalidEquivocation};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::model::Access;
use decex_consensus::{CallError, RefusedEquivocation, RefusedRegistration, registration_message};
use decex_core::{AccountId, Balance, Digest, DomainId, OperatorId, label};
use decex_tests::liar::{await_election, item, seal};
use decex_tests::world::{STAKE, TERMS, World, deposit_for, operator_account, operator_keypair, params};
use parity_scale_codec::Encode;

/// Two domains: operators 0 to 2 in the first, 3 to 5 in the second.
fn two_domains() -> (World, DomainId, DomainId) {
    let mut world = World::new(3, params());
    let first = world.domain;
    let second = world.add_domain(3, params());
    world.focus(first);
    world.await_epoch();
    (world, first, second)
}

#[test]
fn n2737_n2197_evidence_is_judged_by_the_accused_ones_own_key_and_domain() {
    let (mut world, first, second) = two_domains();
    world.produce(&[], &[]);
    let election = await_election(&mut world, 0);
    let honest = seal(
        &world,
        1,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(3, 0))],
    )
    .header;
    let other = seal(
        &world,
        1,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(4, 0))],
    )
    .header;
    let reseal = |mut header: decex_bundle::SealedHeader, by: usize| {
        header.seal = operator_keypair(by).sign(&label::BUNDLE_SEAL, &header.header.compute_hash().0);
        header
    };
    let mut attempts = Vec::new();
    // The accuser seals both in the name of operator 1; then one of them; then it names itself in one.
    for (a, b) in [(2, 2), (1, 2), (2, 1), (4, 4)] {
        attempts.push((reseal(honest.clone(), a), reseal(other.clone(), b)));
    }
    let mut own = other.clone();
    own.header.operator = OperatorId(2);
    attempts.push((honest.clone(), reseal(own.clone(), 2)));
    attempts.push((reseal(own, 2), honest.clone()));
    // Two domains, one window: no double seal. Two windows of one domain: none either.
    let mut elsewhere = other.clone();
    elsewhere.header.domain = second;
    attempts.push((honest.clone(), reseal(elsewhere.clone(), 1)));
    let mut later = other.clone();
    later.header.election.window.0 += 1;
    attempts.push((honest.clone(), reseal(later, 1)));
    // What was sealed, sealed again.
    attempts.push((honest.clone(), reseal(honest.clone(), 1)));
    // Both for a domain in which operator 1 is nobody.
    let mut foreign = honest.clone();
    foreign.header.domain = second;
    attempts.push((reseal(foreign, 1), reseal(elsewhere, 1)));
    let host = world.chain.host().clone();
    for (place, (a, b)) in attempts.into_iter().enumerate() {
        let evidence = Equivocation { first: a, second: b };
        let judged = world.chain.submit_equivocation(STRANGER, &evidence.encode());
        let Err(CallError::Refused(refused)) = judged else {
            panic!("{place}: {judged:?}");
        };
        assert!(
            matches!(
                refused,
                RefusedEquivocation::Equivocation(
                    InvalidEquivocation::FirstSeal(_)
                        | InvalidEquivocation::SecondSeal(_)
                        | InvalidEquivocation::Operator { .. }
                        | InvalidEquivocation::Domain { .. }
                        | InvalidEquivocation::Window { .. }
                        | InvalidEquivocation::Same
                ) | RefusedEquivocation::Domain { .. }
            ),
            "{place}: {refused:?}"
        );
        assert_eq!(world.chain.host().store, host.store);
        assert_eq!(world.chain.host().purses, host.purses);
    }
    // What it did itself counts, and only its own stake in its own domain pays.
    let evidence = Equivocation {
        first: honest,
        second: other,
    };
    let events = world
        .chain
        .submit_equivocation(STRANGER, &evidence.encode())
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(1)]);
    assert_eq!(
        world.chain.operator(OperatorId(1)).unwrap().unwrap().domain,
        first
    );
}

#[test]
fn n1893_a_key_is_of_one_operator_of_one_domain_for_ever() {
    let (mut world, first, second) = two_domains();
    let rich = AccountId(Digest([5; 32]));
    world.chain.host_mut().endow(rich, Balance(100 * STAKE.0));
    let key = *operator_keypair(1).key().as_bytes();
    let attempt = |world: &mut World, account: AccountId, domain: DomainId| {
        let message = registration_message(domain, &account, &key);
        let possession = operator_keypair(1).sign(&label::REGISTRATION, &message);
        let registered =
            world
                .chain
                .register_operator(account, domain, &key, &possession, deposit_for(STAKE), TERMS);
        let taken = RefusedRegistration::KeyTaken {
            operator: OperatorId(1),
        };
        assert_eq!(registered.map(|_| ()), Err(CallError::Refused(taken)));
    };
    // While it takes part, while it leaves, when it has left: its old seals must not meet a new stake.
    for waited in 0..3 {
        for domain in [first, second] {
            attempt(&mut world, rich, domain);
        }
        match waited {
            0 => {
                let left = world
                    .chain
                    .deregister_operator(operator_account(1), OperatorId(1));
                left.unwrap();
            }
            _ => {
                for _ in 0..110 {
                    world.produce(&[], &[]);
                }
                let _ = world.claim(1);
            }
        }
    }
    assert_eq!(
        world.chain.pool(OperatorId(1)).unwrap().unwrap().status,
        PoolStatus::Left
    );
    attempt(&mut world, operator_account(1), second);
    // Nor is a possession that was shown for one domain or account good for another.
    world.chain.host_mut().endow(STRANGER, deposit_for(STAKE));
    let fresh = operator_keypair(50);
    let shown = fresh.sign(
        &label::REGISTRATION,
        &registration_message(first, &rich, fresh.key().as_bytes()),
    );
    for (account, domain) in [(rich, second), (STRANGER, first)] {
        let registered = world.chain.register_operator(
            account,
            domain,
            fresh.key().as_bytes(),
            &shown,
            deposit_for(STAKE),
            TERMS,
        );
        assert!(
            matches!(
                registered,
                Err(CallError::Refused(RefusedRegistration::Possession(_)))
            ),
            "{registered:?}"
        );
    }
    let third = world
        .chain
        .create_domain(rich, params(), Access::Open, Balance::ZERO)
        .unwrap()
        .0;
    attempt(&mut world, rich, third);
    include(&mut world, 0, &[transfer(0, 0)]);
}
