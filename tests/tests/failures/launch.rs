//! A domain that begins, and one that outlives its host's engine.

use crate::{
    STRANGER, accepted, all_events, claims, head_hash, join, lie, now, receipt_fault, refuse, slashed,
    unclaimed, vouch,
};
use decex_consensus::model::Access;
use decex_consensus::{CallError, RefusedDomain, RefusedProof, RefusedRegistration, registration_message};
use decex_core::execution::Engine;
use decex_core::params::{DomainParams, UnsafeParams};
use decex_core::state::StateTree;
use decex_core::{AccountId, Balance, ConsensusNumber, DomainNumber, OperatorId, label};
use decex_fraud::{Claim, FraudProof, InvalidProof, verify};
use decex_operator::{ConsensusBlock, Genesis, Identity, Operator, PoolLimits, StartError};
use decex_receipt::{Bundle, InvalidReceipt, genesis_receipt};
use decex_testkit::ledger::LedgerEngine;
use decex_tests::liar::{await_election, seal};
use decex_tests::world::{
    ENGINE, STAKE, TERMS, World, deposit_for, genesis_state, limits, operator_account, operator_keypair,
    params,
};
use parity_scale_codec::Encode;

/// An upgrade of the host: the domain's engine is joined, or replaced, by one with other rules.
#[test]
fn n2082_n2712_an_old_receipt_is_judged_by_its_own_rules_whatever_the_host_runs_since() {
    let (old, new) = (ENGINE, LedgerEngine { version: 1 });
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    // A receipt that names the new rules is none of this domain, before the upgrade and after it.
    let renamed = |world: &World| {
        let mut submissions = claims(world, 1, None);
        submissions[0].receipt.rules = new.rule_set();
        submissions
    };
    let expected = InvalidReceipt::Rules {
        expected: old.rule_set(),
        found: new.rule_set(),
    };
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    for engines in [vec![old], vec![new, old], vec![new]] {
        world.chain.host_mut().engines = engines;
        let bundle = seal(
            &world,
            1,
            election,
            head_hash(&world),
            renamed(&world),
            Vec::new(),
        );
        assert_eq!(receipt_fault(refuse(&mut world, &bundle)), expected);
    }
    // The host that has dropped the old rules judges nothing of them: neither a lie nor a right receipt.
    lie(&mut world, 2, 1, 1);
    let proof = world.proofs().remove(0);
    let host = world.chain.host().clone();
    let judged = world.chain.submit_proof(&proof.encode());
    assert_eq!(judged, Err(CallError::Refused(RefusedProof::NoEngine)));
    assert_eq!(world.chain.host().store, host.store);
    // Handed the other engine, the verifier refuses before it looks at anything.
    let claim = Claim::load(&world.chain.state(), &world.params, world.domain, &proof.receipt).unwrap();
    assert_eq!(verify(&new, &claim, &proof).unwrap_err(), InvalidProof::Rules);
    assert!(verify(&old, &claim, &proof).is_ok());
    // With both, whichever comes first, the receipt's own are taken.
    world.chain.host_mut().engines = vec![new, old];
    let events = world.chain.submit_proof(&proof.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    world.run(40);
    assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    let state = world.operators[0].receipt(DomainNumber(1)).unwrap().state;
    assert_eq!(
        world
            .chain
            .finalized(world.domain)
            .unwrap()
            .unwrap()
            .into_inner()
            .state,
        state
    );
    // An operator with the new engine does not start on the old domain.
    let started = Operator::new(
        watcher_identity(),
        new,
        world.params.clone(),
        genesis(&world),
        PoolLimits::default(),
    );
    assert!(matches!(started, Err(StartError::Rules)), "{started:?}");
}

fn watcher_identity() -> Identity {
    Identity {
        operator: None,
        keypair: operator_keypair(99),
        reporter: STRANGER,
    }
}

fn genesis(world: &World) -> Genesis {
    let block = &world.blocks[0];
    Genesis {
        created: block.info.number,
        created_hash: block.hash,
        receipt: genesis_receipt(
            world.domain,
            world.params.rules,
            world.params.genesis,
            block.info.number,
        ),
        state: genesis_state(),
    }
}

/// Somebody without a stake, who runs the domain from its genesis up to now.
fn watcher(world: &World) -> Operator<LedgerEngine> {
    let (params, genesis) = (world.params.clone(), genesis(world));
    let mut watcher =
        Operator::new(watcher_identity(), ENGINE, params, genesis, PoolLimits::default()).unwrap();
    for (at, block) in world.blocks.iter().enumerate().skip(1) {
        let bundles: Vec<&Bundle> = block.bundles.iter().collect();
        let consensus = ConsensusBlock {
            number: block.info.number,
            hash: block.hash,
            parent: block.info.parent_hash,
            byte_price: block.info.byte_price,
            bundles: &bundles,
        };
        watcher
            .follow(&world.chain_after(at).state(), &consensus)
            .unwrap();
    }
    watcher
}

/// Assumed, and stated in `SECURITY.md`: within each challenge period *one* honest party runs the domain and gets a proof
/// included. It needs no stake, no permission, and may come when the lie is told already.
#[test]
fn n2355_without_an_honest_operator_one_watcher_is_enough_and_without_one_the_assumption_is_broken() {
    let mut outcome = Vec::new();
    for watched in [true, false] {
        // All operators lie, from the first block on.
        let mut world = World::new(2, params());
        unclaimed(&mut world, 2);
        lie(&mut world, 0, 1, 1);
        let included = now(&world);
        let above = claims(&world, 1, None);
        accepted(&vouch(&mut world, 1, above));
        // They do not look either.
        world.offline.extend([0, 1]);
        while now(&world) < included + params().challenge_period - 1 {
            world.produce(&[], &[]);
        }
        let proofs: Vec<FraudProof> = if watched {
            watcher(&world).challenges().cloned().collect()
        } else {
            Vec::new()
        };
        let log = world.produce(&[], &proofs);
        accepted(&log);
        let mut events = log.events;
        events.extend(world.produce(&[], &[]).events);
        outcome.push((slashed(&events).len(), world.heads().1));
        if !watched {
            continue;
        }
        // For who submitted the refuted receipt (K40).
        assert_eq!(world.chain.host().purses[&STRANGER].free, Balance(STAKE.0 / 20));
        // Nobody is left. The domain is not lost: whoever comes goes on from what is final.
        assert!(!world.chain.is_eligible(OperatorId(0)).unwrap());
        assert!(!world.chain.is_eligible(OperatorId(1)).unwrap());
        join(&mut world, 2, STAKE);
        world.await_epoch();
        let all = claims(&world, 2, None);
        accepted(&vouch(&mut world, 2, all));
        let logs: Vec<_> = (0..20).map(|_| world.produce(&[], &[])).collect();
        assert_eq!(slashed(&all_events(&logs)), []);
        assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
    }
    assert_eq!(outcome, [(2, DomainNumber(0)), (0, DomainNumber(1))]);
}

/// What a domain can do until it has watchers: keep a list of operators. What it cannot do: begin with a false genesis, or
/// give a challenger less time than a censor has.
#[test]
fn n2355_a_listed_domain_takes_nobody_else_and_no_domain_begins_with_a_lie() {
    let mut world = World::new(1, params());
    world.chain.host_mut().endow(STRANGER, Balance(100 * STAKE.0));
    let domain = world
        .chain
        .create_domain(STRANGER, params(), Access::Listed, Balance::ZERO)
        .unwrap()
        .0;
    let attempt = |world: &mut World, account: AccountId| {
        let keypair = operator_keypair(60);
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(domain, &account, &key),
        );
        let registered =
            world
                .chain
                .register_operator(account, domain, &key, &possession, deposit_for(STAKE), TERMS);
        registered.map(|_| ())
    };
    let stranger = operator_account(60);
    world.chain.host_mut().endow(stranger, deposit_for(STAKE));
    let not_listed = Err(CallError::Refused(RefusedRegistration::NotListed));
    assert_eq!(attempt(&mut world, stranger), not_listed);
    // Only the owner writes the list.
    assert!(world.chain.allow(stranger, domain, stranger).is_err());
    world.chain.allow(STRANGER, domain, stranger).unwrap();
    world.chain.disallow(STRANGER, domain, stranger).unwrap();
    assert_eq!(attempt(&mut world, stranger), not_listed);
    world.chain.allow(STRANGER, domain, stranger).unwrap();
    assert_eq!(attempt(&mut world, stranger), Ok(()));
    // The genesis receipt is computed by everybody from the parameters: final, and of nobody's making.
    let record = world.chain.receipt_at(domain, DomainNumber(0)).unwrap().unwrap();
    let created = ConsensusNumber(now(&world));
    assert_eq!(
        record.receipt,
        genesis_receipt(domain, params().rules, params().genesis, created)
    );
    assert!(record.backers.is_empty());
    // Another state than the one that the root names starts no operator.
    let mut false_genesis = genesis(&world);
    let mut tree = decex_core::state::MemoryTree::new();
    let one = false_genesis.state.pop_first().unwrap();
    assert_ne!(tree.update(&false_genesis.state).unwrap(), params().genesis);
    let started = Operator::new(
        watcher_identity(),
        ENGINE,
        world.params.clone(),
        false_genesis,
        PoolLimits::default(),
    );
    assert!(matches!(started, Err(StartError::Genesis)), "{started:?} {one:?}");
    // P5.
    let hasty = DomainParams {
        challenge_period: limits().censorship + 1,
        ..params()
    };
    let refused = world
        .chain
        .create_domain(STRANGER, hasty, Access::Listed, Balance::ZERO);
    assert!(
        matches!(
            refused,
            Err(CallError::Refused(RefusedDomain::Params(
                UnsafeParams::Challenge { .. }
            )))
        ),
        "{refused:?}"
    );
}
