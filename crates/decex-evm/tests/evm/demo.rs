//! The devnet's transactions do what their comments say.

use crate::common::*;
use decex_core::Balance;
use decex_evm::{Address, Outcome, Transaction, query};
use std::collections::BTreeSet;

const DEMO: &str = include_str!("../../../../examples/devnet/transactions/demo.txt");
const GENESIS: &str = include_str!("../../../../examples/devnet/transactions/genesis.json");

/// The addresses of genesis.json, read without a JSON library: one per line.
fn addresses() -> Vec<Address> {
    let lines = GENESIS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"address\": \""));
    lines.map(|rest| rest[..42].parse().unwrap()).collect()
}

#[test]
fn every_transaction_of_the_demo_ends_as_its_comment_says() {
    assert!(
        GENESIS.contains(&format!("\"chainId\": {CHAIN}"))
            && GENESIS.contains(&format!("\"baseFee\": {BASE_FEE}"))
    );
    let mut raw = Vec::new();
    let mut expected = Vec::new();
    for line in DEMO.lines() {
        if let Some(hex) = line.strip_prefix("0x") {
            raw.push(hex::decode(hex).unwrap());
        } else if line.starts_with("# ") && line.as_bytes()[2].is_ascii_digit() {
            expected.push(line.split(' ').nth(2).unwrap());
        }
    }
    assert_eq!((raw.len(), expected.len()), (388, 388));
    let kinds: BTreeSet<u8> = raw
        .iter()
        .map(|bytes| Transaction::decode(bytes, CHAIN).unwrap().kind.byte())
        .collect();
    assert_eq!(kinds, [0, 1, 2].into());
    let accounts = addresses();
    let mut tree = genesis_tree(
        &accounts
            .iter()
            .map(|address| allocation(*address, 1_000 * ETHER))
            .collect::<Vec<_>>(),
    );
    let mut receipts = Vec::new();
    let mut gas = 0;
    for (number, chunk) in raw.chunks(100).enumerate() {
        let block = run_block(
            &engine(),
            &context(number as u64 + 1),
            &mut tree,
            chunk,
            16,
            LIMIT,
        );
        receipts.extend(block.receipts);
        gas = gas.max(query::block_totals(&tree).unwrap().gas_used);
    }
    let mut logs = 0;
    for (index, (receipt, expected)) in receipts.iter().zip(expected).enumerate() {
        let outcome = match expected {
            "success:" => Outcome::Succeeded,
            "revert:" => Outcome::Reverted,
            "halt:" => Outcome::Halted,
            other => panic!("{other}"),
        };
        assert_eq!(receipt.outcome, outcome, "transaction {index}");
        logs += receipt.logs.len();
    }
    assert!(logs > 100);
    assert!(gas < 30_000_000);
    assert_eq!(
        receipts
            .iter()
            .filter(|receipt| receipt.created.is_some())
            .count(),
        2
    );
    assert_ne!(query::balance_of(&tree, &accounts[3]), Ok(Balance(1_000 * ETHER)));
}
