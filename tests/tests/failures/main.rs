//! The real failures of deployed decoupled execution, each tried against this code. A test is named for the number of
//! the report; `docs/failures.md` has the table.
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

mod chance;
mod counting;
mod election;
mod evidence;
mod fraud;
mod house;
mod launch;
mod operator;
mod receipts;
mod slashing;
mod stakes;
mod verdicts;

use decex_bundle::Equivocation;
use decex_consensus::{CallError, Event, RefusedBundle, registration_message};
use decex_core::params::DomainParams;
use decex_core::{AccountId, Balance, Digest, DomainNumber, OperatorId, ReceiptHash, label};
use decex_election::ElectionProof;
use decex_receipt::{Bundle, InvalidReceipt, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{
    Log, TERMS, World, deposit_for, operator_account, operator_keypair, params, transaction, user,
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

fn now(world: &World) -> u64 {
    world.blocks.last().unwrap().info.number.0
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

fn accepted(log: &Log) {
    assert!(log.refused.is_empty(), "{:?}", log.refused);
}

/// Registers operator `index`, which must be the next free id, in the world's domain. It runs no code of ours.
fn join(world: &mut World, index: usize, stake: Balance) {
    let (account, keypair) = (operator_account(index), operator_keypair(index));
    world.chain.host_mut().endow(account, deposit_for(stake));
    let key = *keypair.key().as_bytes();
    let message = registration_message(world.domain, &account, &key);
    let possession = keypair.sign(&label::REGISTRATION, &message);
    let registered = world.chain.register_operator(
        account,
        world.domain,
        &key,
        &possession,
        deposit_for(stake),
        TERMS,
    );
    assert_eq!(registered.unwrap().0, OperatorId(index as u64));
}

/// Includes a bundle of operator `index` with these transactions, based on the head.
fn include(world: &mut World, index: usize, transactions: &[Vec<u8>]) {
    let election = await_election(world, index);
    let items = transactions.iter().map(|bytes| item(bytes)).collect();
    let bundle = seal(world, index, election, head_hash(world), Vec::new(), items);
    accepted(&world.produce(&[bundle], &[]));
}

/// Makes `blocks` domain blocks that everybody executed and nobody claimed.
fn unclaimed(world: &mut World, blocks: u64) {
    let start = world.operators[0].head().unwrap().0.0;
    for nonce in start..start + blocks {
        let transactions: Vec<_> = (0..4).map(|from| transfer(from, nonce)).collect();
        include(world, 0, &transactions);
    }
    for _ in 0..world.params.seed_delay.max(1) {
        world.produce(&[], &[]);
    }
    assert_eq!(world.operators[0].head().unwrap().0, DomainNumber(start + blocks));
}

/// Right receipts above the head, at most `most`, but for a lie about number `at`.
fn claims(world: &World, most: usize, at: Option<u64>) -> Vec<Submission> {
    extend(world, 0, most, &mut |number| {
        (Some(number.0) == at).then_some(Mutant::TraceFrom(1))
    })
}

/// Operator `index` vouches for receipts, in a block of its own.
fn vouch(world: &mut World, index: usize, submissions: Vec<Submission>) -> Log {
    let election = await_election(world, index);
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

/// Operator `index` vouches for receipts that lie about number `at`.
fn lie(world: &mut World, index: usize, most: usize, at: u64) {
    let submissions = claims(world, most, Some(at));
    accepted(&vouch(world, index, submissions));
}

/// Makes empty blocks until all these operators are elected for the next one.
fn await_all<const N: usize>(world: &mut World, operators: [usize; N]) -> [ElectionProof; N] {
    for _ in 0..2_000 {
        let won = operators.map(|index| elected(world, index, world.next_slot()));
        if won.iter().all(Option::is_some) {
            return won.map(Option::unwrap);
        }
        world.produce(&[], &[]);
    }
    panic!("they are never elected together");
}

/// Refused, and every byte as before.
fn refuse(world: &mut World, bundle: &Bundle) -> RefusedBundle {
    let host = world.chain.host().clone();
    let refused = match world.chain.submit_bundle(&bundle.encode()) {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    refused
}

fn receipt_fault(refused: RefusedBundle) -> InvalidReceipt {
    match refused {
        RefusedBundle::Receipt { invalid, .. } => invalid,
        other => panic!("{other:?}"),
    }
}

/// Evidence that operator `index` sealed two headers for the window of this election.
fn two_seals(world: &World, index: usize, election: ElectionProof) -> Equivocation {
    let base = head_hash(world);
    let header = |from| {
        seal(
            world,
            index,
            election,
            base,
            Vec::new(),
            vec![item(&transfer(from, 0))],
        )
        .header
    };
    Equivocation {
        first: header(20),
        second: header(21),
    }
}

/// Parameters with which many blocks can wait for their receipts.
fn wide() -> DomainParams {
    DomainParams {
        max_gap: 64,
        messages: 8,
        max_base_lag: 64,
        ..params()
    }
}

/// And receipts for a proof, while several operators wait to be elected.
fn patient() -> DomainParams {
    DomainParams {
        challenge_period: 60,
        ..wide()
    }
}
