//! Prints how large proofs are and how long they take to verify: `cargo run --release -p decex-fraud --example sizes`.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "measures, with the tests' own world"
)]

#[path = "../tests/fraud/world.rs"]
mod world;

use decex_bundle::{Item, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::hash::{Digest, digest};
use decex_core::id::{Balance, SenderId, StateRoot};
use decex_core::label;
use decex_fraud::{FraudProof, verify};
use decex_receipt::{Openings, Receipt};
use parity_scale_codec::Encode;
use std::hint::black_box;
use std::time::{Duration, Instant};
use world::{ENGINE, POOR, World, base, params_with, pay, sender};

/// Accounts of the state; transactions of the block come from 230 of them, four each, in ten bundles.
const ACCOUNTS: u32 = 100_000;

fn big(trace_interval: u32) -> World {
    let unused = |index: u32| SenderId(digest(&label::LEDGER_KEY, &index.to_le_bytes()));
    let mut accounts: Vec<_> = (0..ACCOUNTS).map(|index| (unused(index), Balance(5))).collect();
    accounts.extend((20..=249).map(|index| (sender(index), Balance(1_000_000))));
    World::with(&params_with(trace_interval), accounts, |past| {
        let at = base(&past[1].0);
        let body = |first: u8| -> Vec<Item> {
            let users = first..first + 23;
            users
                .flat_map(|user| (0..4).map(move |nonce| pay(user, nonce, user % 200 + 3)))
                .collect()
        };
        let mut bundles: Vec<_> = (0..10_u8).map(|bundle| (at, body(20 + 23 * bundle))).collect();
        let mut forged = body(20);
        let mut bytes = forged[50].bytes.to_vec();
        bytes[100] ^= 1;
        forged[50].bytes = BoundedVec::new(bytes).unwrap();
        bundles.push((at, forged));
        let mut poor = body(20);
        poor.extend((0..2).map(|nonce| pay(POOR, nonce, 1)));
        bundles.push((at, poor));
        let mut old = body(43);
        old.push(pay(1, 0, 2));
        bundles.push((at, old));
        bundles
    })
}

fn print(world: &mut World, name: &str, change: impl FnOnce(&mut Receipt, &mut Openings)) {
    let (claim, openings) = world.lie(change);
    let start = Instant::now();
    let proof: FraudProof = world.prove(&claim, &openings).unwrap();
    let proving = start.elapsed();
    let fastest = (0..300)
        .map(|_| {
            let start = Instant::now();
            let _ = black_box(verify(&ENGINE, black_box(&claim), black_box(&proof))).unwrap();
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    println!(
        "| {name} | {} | {} | {} |",
        proof.encoded_size(),
        fastest.as_nanos() / 1_000,
        proving.as_millis()
    );
}

fn accepted(bundle: usize) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |receipt, _| {
        let mut verdicts = receipt.verdicts.to_vec();
        verdicts[bundle] = Verdict::Valid;
        receipt.verdicts = BoundedVec::new(verdicts).unwrap();
    }
}

fn stepped(step: usize) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |receipt, openings| {
        let mut trace = openings.trace.to_vec();
        trace[step] = StateRoot(Digest([66; 32]));
        openings.trace = BoundedVec::new(trace).unwrap();
        receipt.state = *openings.trace.last().unwrap();
    }
}

fn main() {
    println!("| proof against | bytes | verify, µs | prove, ms |\n|---|---|---|---|");
    let mut world = big(1);
    assert_eq!(world.right.receipt.schedule.count, 920);
    print(&mut world, "a bad signature accepted (L2)", accepted(10));
    print(&mut world, "uncovered fees accepted (L5)", accepted(11));
    print(&mut world, "a used nonce accepted (L4)", accepted(12));
    print(&mut world, "two transactions swapped", |_, openings| {
        let mut entries = openings.schedule.to_vec();
        entries.swap(400, 401);
        openings.schedule = BoundedVec::new(entries).unwrap();
    });
    print(&mut world, "a transaction omitted", |_, openings| {
        let mut entries = openings.schedule.to_vec();
        let _ = entries.remove(400);
        openings.schedule = BoundedVec::new(entries).unwrap();
    });
    print(&mut world, "the first step", stepped(0));
    print(&mut world, "one transfer", stepped(402));
    print(&mut world, "the outcome", |receipt, _| {
        receipt.effects.fees.burned.0 += 1
    });
    let mut world = big(16);
    print(&mut world, "a step of 16 transfers", stepped(20));
}
