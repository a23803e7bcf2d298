//! What must be impossible, or cost its author the stake. Each test is named for what somebody tries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "tests"
)]

mod bundles;
mod equivocation;
mod offenders;
mod receipts;
mod stakes;

use decex_bundle::{Equivocation, InvalidBundle, InvalidEquivocation, Verdict};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::model::Access;
use decex_consensus::{
    CallError, Event, RefusedBundle, RefusedEquivocation, RefusedProof, registration_message,
};
use decex_core::{
    AccountId, Balance, BoundedVec, Digest, DomainId, DomainNumber, OperatorId, ReceiptHash, RuleSet,
    StateRoot, label,
};
use decex_fraud::FraudProof;
use decex_receipt::{Bundle, InvalidReceipt, Openings, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{
    Log, STAKE, TERMS, World, deposit_for, operator_account, operator_keypair, params, pool, transaction,
    user,
};
use parity_scale_codec::Encode;

const STRANGER: AccountId = AccountId(Digest([77; 32]));

fn transfer(from: usize, nonce: u64) -> Vec<u8> {
    transaction(
        from,
        nonce,
        Call::Transfer {
            to: user(from + 10),
            amount: Balance(5),
        },
    )
}

fn head_hash(world: &World) -> ReceiptHash {
    world.chain.chain(world.domain).unwrap().unwrap().head_hash
}

/// Includes a bundle of operator `index` with these transactions, based on the head.
fn include(world: &mut World, index: usize, transactions: &[Vec<u8>]) -> Bundle {
    let election = await_election(world, index);
    let items = transactions.iter().map(|bytes| item(bytes)).collect();
    let bundle = seal(world, index, election, head_hash(world), Vec::new(), items);
    let log = world.produce(std::slice::from_ref(&bundle), &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    bundle
}

/// Makes `blocks` domain blocks that everybody executed and nobody claimed.
fn unclaimed(world: &mut World, blocks: u64) {
    for nonce in 0..blocks {
        include(world, 0, &[transfer(0, nonce), transfer(1, nonce)]);
    }
    world.produce(&[], &[]);
    assert_eq!(world.operators[0].head().unwrap().0, DomainNumber(blocks));
}

fn vouch(world: &mut World, index: usize, submissions: Vec<Submission>) -> Log {
    let election = await_election(world, index);
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

fn right(world: &World, most: usize) -> Vec<Submission> {
    extend(world, 0, most, &mut |_| None)
}

fn wrong(world: &World, at: u64, most: usize) -> Vec<Submission> {
    extend(world, 0, most, &mut |number| {
        (number.0 == at).then_some(Mutant::TraceFrom(1))
    })
}

fn slashed(events: &[Event]) -> Vec<OperatorId> {
    let slash = |event: &Event| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    };
    events.iter().filter_map(slash).collect()
}

fn all_events(logs: &[Log]) -> Vec<Event> {
    logs.iter().flat_map(|log| log.events.clone()).collect()
}

/// Refused, and every byte as before.
fn refuse(world: &mut World, bundle: &Bundle) -> RefusedBundle {
    let (store, purses) = (
        world.chain.host().store.clone(),
        world.chain.host().purses.clone(),
    );
    let refused = match world.chain.submit_bundle(&bundle.encode()) {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, store);
    assert_eq!(world.chain.host().purses, purses);
    refused
}

fn refuse_proof(world: &mut World, proof: &FraudProof) -> RefusedProof {
    let (store, purses) = (
        world.chain.host().store.clone(),
        world.chain.host().purses.clone(),
    );
    let refused = match world.chain.submit_proof(&proof.encode()) {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, store);
    assert_eq!(world.chain.host().purses, purses);
    refused
}

fn receipt_fault(refused: RefusedBundle) -> InvalidReceipt {
    match refused {
        RefusedBundle::Receipt { invalid, .. } => invalid,
        other => panic!("{other:?}"),
    }
}

fn vouch_wrong(world: &mut World, index: usize, at: u64, most: usize) -> Log {
    let election = await_election(world, index);
    let submissions = wrong(world, at, most);
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

fn vouch_right(world: &mut World, most: usize) -> Log {
    let election = await_election(world, 0);
    let submissions = right(world, most);
    let bundle = seal(world, 0, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}
