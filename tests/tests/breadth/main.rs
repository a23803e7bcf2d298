//! Settings that the other tests leave as they are: enforced legality, two domains at once, windows of several slots, a
//! chain that confirms late, seeds that come at once or late, traces that are fine or coarse.
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

mod domains;
mod enforced;
mod leaving;
mod settings;
mod windows;

use decex_bundle::{Equivocation, Fault, Illegal, InvalidBundle, Item, Verdict};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::{CallError, Config, Event, RefusedBundle, RefusedEquivocation, RefusedProof};
use decex_core::execution::{InputCounts, trace_length};
use decex_core::params::{DomainParams, ElectionParams, HostLimits, LegalityMode};
use decex_core::{
    Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, Nonce, OperatorId, ReceiptHash, Slot,
    Weight, Window,
};

use decex_election::InvalidWindow;
use decex_receipt::{Bundle, InvalidReceipt, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{
    Log, STAKE, World, config, limits, operator_account, params, pool, transaction, user,
};

use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

fn transfer(from: usize, nonce: u64, to: usize, amount: u128) -> Vec<u8> {
    let (to, amount) = (user(to), Balance(amount));
    transaction(from, nonce, Call::Transfer { to, amount })
}

fn feed(world: &mut World, nonce: u64) {
    for from in 0..6 {
        world.send(&transfer(from, nonce, from + 10, 5));
    }
    world.send(&transaction(7, nonce, Call::Fail));
}

fn head_hash(world: &World) -> ReceiptHash {
    world.chain.chain(world.domain).unwrap().unwrap().head_hash
}

fn events(logs: &[Log]) -> Vec<Event> {
    logs.iter().flat_map(|log| log.events.clone()).collect()
}

fn refused(logs: &[Log]) -> Vec<String> {
    logs.iter().flat_map(|log| log.refused.clone()).collect()
}

fn slashed(events: &[Event]) -> Vec<OperatorId> {
    let slash = |event: &Event| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    };
    events.iter().filter_map(slash).collect()
}

/// Includes a bundle of operator `index` with these transactions, based on the head.
fn include(world: &mut World, index: usize, transactions: &[Vec<u8>]) {
    let election = await_election(world, index);
    let items = transactions.iter().map(|bytes| item(bytes)).collect();
    let bundle = seal(world, index, election, head_hash(world), Vec::new(), items);
    let log = world.produce(&[bundle], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
}

/// Makes `blocks` domain blocks that everybody executed and nobody claimed.
fn unclaimed(world: &mut World, blocks: u64) {
    let start = world.operators[0].head().unwrap().0.0;
    for nonce in start..start + blocks {
        include(world, 0, &[transfer(0, nonce, 10, 5), transfer(1, nonce, 11, 5)]);
    }
    for _ in 0..world.params.seed_delay.max(1) {
        world.produce(&[], &[]);
    }
    assert_eq!(world.operators[0].head().unwrap().0, DomainNumber(start + blocks));
}

/// Lets operator `index` vouch for its receipts above the head, at most `most`, lying at number `lie`.
fn vouch(world: &mut World, index: usize, most: usize, lie: Option<u64>) -> Log {
    let election = await_election(world, index);
    let submissions = extend(world, index, most, &mut |number| {
        (Some(number.0) == lie).then_some(Mutant::TraceFrom(1))
    });
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

/// Replaces the receipts of a bundle of operator `index` by a lie about the first of them that it can be told of, and
/// what follows on top of it. `None` if it can be told of none.
fn lie(world: &World, index: usize, bundle: &Bundle, mutant: Mutant) -> Option<(DomainNumber, Bundle)> {
    let told = |submissions: &[Submission]| {
        let own = |number| world.operators[index].receipt(number).unwrap().compute_hash();
        let mut numbers = submissions.iter().map(|submission| &submission.receipt);
        numbers
            .find(|receipt| receipt.compute_hash() != own(receipt.number))
            .map(|receipt| receipt.number)
    };
    for first in bundle.receipts.iter().map(|submission| submission.receipt.number) {
        let submissions = extend(world, index, 16, &mut |number| {
            (number == first).then_some(mutant)
        });
        if let Some(number) = told(&submissions) {
            let election = bundle.header.header.election;
            let sealed = seal(world, index, election, head_hash(world), submissions, Vec::new());
            return Some((number, sealed));
        }
    }
    None
}

/// Submits to a domain of either mode.
enum Way {
    Plain,
    WithAccounts,
}

/// Refused, and every byte as before.
fn refuse(world: &mut World, bundle: &Bundle, way: &Way) -> RefusedBundle {
    let host = world.chain.host().clone();
    let submitted = match way {
        Way::Plain => world.chain.submit_bundle(&bundle.encode()),
        Way::WithAccounts => world
            .chain
            .submit_bundle_enforced(&bundle.encode(), &world.states),
    };
    let refused = match submitted {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    refused
}
