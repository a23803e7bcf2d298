//! What an operator proves, in a domain whose receipts are final when they are proven.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_consensus::{CallError, Event, RefusedValidity};
use decex_core::params::{BlockLimits, DomainParams, Validity};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{Balance, DomainNumber};
use decex_operator::decex_validity::{NotProven, TransitionVerifier, ValidityProof};
use decex_operator::{Genesis, Identity, Operator, PoolLimits, ShowError, StartError};
use decex_proven_ledger::LedgerTree;
use decex_receipt::genesis_receipt;
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_testkit::proven::{Reexecution, prove};
use decex_tests::liar::{await_election, extend, seal};
use decex_tests::world::{ENGINE, World, genesis_state, operator_keypair, params, transaction, user};
use parity_scale_codec::Encode;
use std::convert::Infallible;

const FIRST: DomainNumber = DomainNumber(1);
const SECOND: DomainNumber = DomainNumber(2);

fn proven() -> DomainParams {
    DomainParams {
        validity: Validity::Proven {
            verifier: Reexecution(ENGINE).id(),
        },
        block: BlockLimits {
            transactions: 16,
            bytes: 8_192,
            ..params().block
        },
        ..params()
    }
}

/// Lets users pay until there are so many receipts on the chain.
fn run_to(world: &mut World, head: DomainNumber) {
    let mut nonce = 0;
    while world.heads().0 < head {
        let to = user(11);
        let call = Call::Transfer {
            to,
            amount: Balance(5),
        };
        world.send(&transaction(1, nonce, call));
        world.run(4);
        nonce += 1;
        assert!(nonce < 50, "receipts come");
    }
}

fn waiting(world: &World, index: usize) -> Vec<DomainNumber> {
    let waiting = world.operators[index].unproven(&world.chain.state()).unwrap();
    waiting.into_iter().map(|(number, _)| number).collect()
}

fn show(
    world: &mut World,
    index: usize,
    number: DomainNumber,
) -> Result<ValidityProof, ShowError<decex_consensus::StoreError<Infallible>, ()>> {
    let World { operators, chain, .. } = world;
    operators[index].show(&chain.state(), number, |before, transition| {
        prove(&ENGINE, before, transition).map_err(drop)
    })
}

#[test]
fn o20_an_operator_shows_its_own_receipts_to_be_right_lowest_first() {
    let mut world = World::new(2, proven());
    run_to(&mut world, SECOND);
    // However long it takes, nothing is final without a proof.
    world.run(100);
    assert_eq!(world.heads().1, DomainNumber(0));
    let all = waiting(&world, 0);
    assert_eq!(all[..2], [FIRST, SECOND]);

    let state = world.operators[0].state().unwrap().root();
    let (first, second) = (
        show(&mut world, 0, FIRST).unwrap(),
        show(&mut world, 0, SECOND).unwrap(),
    );
    // Proving looked at earlier states; the newest is still the newest.
    assert_eq!(world.operators[0].state().unwrap().root(), state);
    // The order is the chain's to hold: the second waits for the first.
    let early = world.chain.submit_validity_proof(&second.encode());
    assert!(matches!(
        early,
        Err(CallError::Refused(RefusedValidity::Proof(
            NotProven::OutOfOrder { missing: FIRST }
        )))
    ));
    for proof in [&first, &second] {
        let events = world.chain.submit_validity_proof(&proof.encode()).unwrap();
        assert!(matches!(events[..], [Event::ReceiptProven { .. }]));
    }
    assert_eq!(waiting(&world, 0), all[2..]);
    world.run(1);
    assert_eq!(world.heads().1, SECOND);
    assert_eq!(waiting(&world, 0), all[2..]);
    // Final: nothing is left to show.
    assert_eq!(show(&mut world, 0, FIRST), Err(ShowError::NotOwn));
}

#[test]
fn o20_nothing_is_shown_above_a_receipt_that_is_not_the_operators_own() {
    let mut world = World::new(3, proven());
    let pay = |nonce| {
        let call = Call::Transfer {
            to: user(11),
            amount: Balance(5),
        };
        transaction(1, nonce, call)
    };
    // Executed by everybody, claimed by the liar alone.
    world.send(&pay(0));
    while world.operators[0].head().unwrap().0 < FIRST {
        let proposed = world.propose();
        let mut bundles = Vec::new();
        for (index, bundle) in proposed.into_iter().filter(|(_, bundle)| !bundle.body.is_empty()) {
            let header = &bundle.header.header;
            let base = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
            bundles.push(seal(
                &world,
                index,
                header.election,
                base,
                Vec::new(),
                bundle.body.to_vec(),
            ));
        }
        world.produce(&bundles, &[]);
    }
    let election = await_election(&mut world, 2);
    let lie = &mut |number: DomainNumber| (number == FIRST).then_some(Mutant::ExecutionFees);
    let submissions = extend(&world, 2, 1, lie);
    let base = submissions.last().unwrap().receipt.compute_hash();
    let bundle = seal(&world, 2, election, base, submissions, Vec::new());
    let log = world.produce(&[bundle], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(world.heads().0, FIRST);

    assert_eq!(waiting(&world, 0), []);
    assert_eq!(show(&mut world, 0, FIRST), Err(ShowError::NotOwn));
    // A fraud proof removes it as anywhere, and the right one can be shown.
    assert_eq!(world.operators[0].challenges().count(), 1);
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(world.heads().0, DomainNumber(0));
    for _ in 0..40 {
        world.run(1);
    }
    assert_eq!(waiting(&world, 0).first(), Some(&FIRST));
    show(&mut world, 0, FIRST).unwrap();
}

#[test]
fn o20_no_receipt_waits_where_none_is_proven() {
    let mut world = World::new(2, params());
    run_to(&mut world, FIRST);
    assert_eq!(waiting(&world, 0), []);
}

#[test]
fn a_prover_that_fails_is_heard() {
    let mut world = World::new(2, proven());
    run_to(&mut world, FIRST);
    let World { operators, chain, .. } = &mut world;
    let failed = operators[0].show(&chain.state(), FIRST, |_, _| Err("no machine is free"));
    assert_eq!(failed, Err(ShowError::Prover("no machine is free")));
    let missing = operators[0].show(
        &chain.state(),
        DomainNumber(9_999),
        |_, _| Ok::<_, ()>(Vec::new()),
    );
    assert_eq!(missing, Err(ShowError::NotOwn));
}

#[test]
fn an_operator_starts_with_an_empty_tree_of_its_engines_commitment() {
    let world = World::new(1, params());
    let genesis = |world: &World| {
        let params = &world.params;
        let created = decex_core::ConsensusNumber(1);
        Genesis {
            created,
            created_hash: decex_core::ConsensusHash::default(),
            receipt: genesis_receipt(world.domain, params.rules, params.genesis, created),
            state: genesis_state(),
        }
    };
    let identity = || Identity {
        operator: None,
        keypair: operator_keypair(0),
        reporter: decex_core::AccountId::default(),
    };
    let (params, limits) = (|| world.params.clone(), PoolLimits::default());
    let mut full = MemoryTree::new();
    full.update(&genesis_state()).unwrap();
    let started = Operator::with_tree(
        identity(),
        ENGINE,
        params(),
        genesis(&world),
        limits,
        full.clone(),
    );
    assert_eq!(started.err(), Some(StartError::Tree));
    let other = LedgerTree::new();
    let started = Operator::with_tree(identity(), ENGINE, params(), genesis(&world), limits, other);
    assert_eq!(started.err(), Some(StartError::Tree));

    let mut started = Operator::with_tree(
        identity(),
        ENGINE,
        params(),
        genesis(&world),
        limits,
        MemoryTree::new(),
    )
    .unwrap();
    let entries: Vec<_> = started
        .take_writes()
        .into_iter()
        .filter_map(|write| Some((write.key, write.value?)))
        .collect();
    let restored = Operator::restore_with_tree(identity(), ENGINE, params(), entries.clone(), limits, full);
    assert_eq!(restored.err(), Some(StartError::Tree));
    assert!(Operator::restore(identity(), ENGINE, params(), entries, limits).is_ok());
}
