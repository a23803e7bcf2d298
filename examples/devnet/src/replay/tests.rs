#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use super::*;
use crate::feed::{DEMO, Feed};
use decex_core::execution::{Engine, Input, Step, run_step};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::transaction::{Summary, hash};
use decex_core::{ConsensusNumber, DomainId, DomainNumber, ReceiptHash, Seed, Slot, Timestamp};
use decex_evm::EvmEngine;

const BYTE_PRICE: u128 = 1_000_000_000;

fn context(number: u64, byte_price: u128) -> Context {
    Context {
        domain: DomainId(0),
        number: DomainNumber(number),
        parent: ReceiptHash(Digest([u8::try_from(number % 251).unwrap(); 32])),
        consensus_number: ConsensusNumber(number * 2),
        consensus_hash: Default::default(),
        slot: Slot(number * 3),
        timestamp: Timestamp(1_700_000_000_500 + number * 6000),
        seed: Seed(Digest([7; 32])),
        byte_price: Balance(byte_price),
    }
}

fn summary(engine: &EvmEngine, bytes: &[u8]) -> Summary {
    let facts = engine.inspect(bytes).unwrap();
    Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        hash: hash(bytes),
        bytes: bytes.len().try_into().unwrap(),
    }
}

/// Executes blocks with the domain's own engine.
fn execute(limit: u32, genesis: &GenesisFile, blocks: &[ReplayBlock]) -> (MemoryTree, Fees) {
    let engine = EvmEngine::new(genesis.config());
    let mut tree = MemoryTree::new();
    tree.update(&decex_evm::genesis(&genesis.allocations()).unwrap())
        .unwrap();
    let mut fees = Fees::default();
    for block in blocks {
        let summaries: Vec<Summary> = block
            .transactions
            .iter()
            .map(|bytes| summary(&engine, bytes))
            .collect();
        let inputs: Vec<Input<'_>> = summaries
            .iter()
            .zip(&block.transactions)
            .map(|(summary, bytes)| Input { summary, bytes })
            .collect();
        let mut run = |step| {
            run_step(&engine, &block.context, &mut tree, step, limit)
                .unwrap()
                .effects
        };
        run(Step::Begin);
        for chunk in inputs.chunks(8) {
            let _ = run(Step::Apply(chunk));
        }
        let effects = run(Step::Finish).unwrap();
        fees.execution.0 += effects.fees.execution.0;
        fees.storage.0 += effects.fees.storage.0;
        fees.burned.0 += effects.fees.burned.0;
    }
    (tree, fees)
}

fn blocks(size: usize, byte_price: u128, transactions: Vec<Vec<u8>>) -> Vec<ReplayBlock> {
    let chunks = transactions.chunks(size);
    (1..)
        .zip(chunks)
        .map(|(number, chunk)| ReplayBlock {
            context: context(number, byte_price),
            messages: Vec::new(),
            transactions: chunk.to_vec(),
        })
        .collect()
}

fn demo() -> Vec<Vec<u8>> {
    let genesis = GenesisFile::shipped().unwrap();
    Feed::read(DEMO, genesis.chain_id).unwrap().transactions
}

fn equal(genesis: &GenesisFile, blocks: &[ReplayBlock]) -> Replayed {
    equal_within(1 << 20, genesis, blocks)
}

fn equal_within(limit: u32, genesis: &GenesisFile, blocks: &[ReplayBlock]) -> Replayed {
    let (tree, fees) = execute(limit, genesis, blocks);
    let replayed = replay_within(limit, genesis, blocks).unwrap();
    let comparison = compare(&replayed, &tree);
    assert_eq!(comparison.differences, Vec::<String>::new());
    assert_eq!(replayed.fees, fees);
    replayed
}

#[test]
fn the_witness_limit_falls_at_the_same_places() {
    let genesis = GenesisFile::shipped().unwrap();
    let blocks = blocks(100, BYTE_PRICE, demo());
    let free = replay(&genesis, &blocks).unwrap();
    let mut changed = Vec::new();
    for limit in [
        6_000, 6_400, 8_500, 10_000, 11_400, 12_700, 13_500, 14_700, 17_000,
    ] {
        let limited = equal_within(limit, &genesis, &blocks);
        let pairs = limited
            .statuses
            .iter()
            .flatten()
            .zip(free.statuses.iter().flatten());
        changed.push(pairs.filter(|(limited, free)| limited != free).count());
    }
    assert!(changed[0] > 100, "{changed:?}");
    changed.dedup();
    assert!(
        changed.len() > 3,
        "the limits fall at different transactions: {changed:?}"
    );
}

#[test]
fn the_demo_replays_to_the_same_state_and_its_comments() {
    let genesis = GenesisFile::shipped().unwrap();
    let blocks = blocks(50, BYTE_PRICE, demo());
    let replayed = equal(&genesis, &blocks);
    let says = |what: &str| {
        DEMO.lines()
            .filter(|line| line.split(' ').nth(2) == Some(what))
            .count()
    };
    assert_eq!(replayed.succeeded, says("success:"));
    assert_eq!(replayed.reverted, says("revert:"));
    assert_eq!(replayed.halted, says("halt:"));
    assert_eq!(replayed.refused, 0);
    assert!(replayed.fees.burned.0 > 0 && replayed.fees.execution.0 > 0 && replayed.codes.len() == 2);
}

#[test]
fn any_order_replays_to_the_same_state() {
    let genesis = GenesisFile::shipped().unwrap();
    let mut backwards = demo();
    backwards.reverse();
    let replayed = equal(&genesis, &blocks(30, BYTE_PRICE, backwards));
    assert!(replayed.refused > 100, "nonces come too early");
    let mut mixed = demo();
    mixed.sort_by_key(|bytes| hash(bytes).0);
    equal(&genesis, &blocks(97, BYTE_PRICE, mixed));
}

#[test]
fn who_cannot_pay_for_blockspace_pays_all_there_is() {
    let genesis = GenesisFile::shipped().unwrap();
    // A block of 100 bytes costs a tenth of what each account has.
    let replayed = equal(&genesis, &blocks(40, 10u128.pow(18), demo()));
    assert!(replayed.refused > 50);
    assert!(replayed.accounts.len() < 15 + 12);
}

#[test]
fn a_full_block_refuses() {
    let mut genesis = GenesisFile::shipped().unwrap();
    genesis.block_gas_limit = 1_500_000;
    let replayed = equal(&genesis, &blocks(100, BYTE_PRICE, demo()));
    assert!(replayed.refused > 0);
}

#[test]
fn block_hashes_go_round() {
    let genesis = GenesisFile::shipped().unwrap();
    let blocks: Vec<_> = (1..=300)
        .map(|number| ReplayBlock {
            context: context(number, 1),
            messages: Vec::new(),
            transactions: Vec::new(),
        })
        .collect();
    equal(&genesis, &blocks);
    equal(&genesis, &[]);
}

#[test]
fn every_difference_is_found() {
    let genesis = GenesisFile::shipped().unwrap();
    let blocks = blocks(100, BYTE_PRICE, demo());
    let (tree, _) = execute(1 << 20, &genesis, &blocks);
    let replayed = replay(&genesis, &blocks).unwrap();
    let sizes = compare(&replayed, &tree);
    assert!(sizes.accounts >= 14 && sizes.slots >= 10, "{sizes:?}");
    let one = |changed: &Replayed| {
        let [difference] = <[String; 1]>::try_from(compare(changed, &tree).differences).unwrap();
        difference
    };
    let address = genesis.accounts[0].address;
    let mut changed = replayed.clone();
    changed.accounts.get_mut(&address).unwrap().balance += 1;
    assert!(one(&changed).contains("balance"));
    let mut changed = replayed.clone();
    changed.accounts.get_mut(&address).unwrap().nonce += 1;
    assert!(one(&changed).contains("nonce"));
    let mut changed = replayed.clone();
    changed.accounts.insert(
        Address::repeat_byte(1),
        ReplayedAccount {
            balance: 1,
            ..Default::default()
        },
    );
    assert!(one(&changed).contains("only in the replay"));
    let mut changed = replayed.clone();
    changed.accounts.remove(&address);
    assert!(one(&changed).contains("only in the domain"));
    let contract = replayed
        .accounts
        .iter()
        .find(|(_, account)| !account.slots.is_empty())
        .unwrap()
        .0;
    let mut changed = replayed.clone();
    *changed
        .accounts
        .get_mut(contract)
        .unwrap()
        .slots
        .values_mut()
        .next()
        .unwrap() += U256::ONE;
    assert!(one(&changed).contains("slot 0x"));
    let mut changed = replayed.clone();
    changed.accounts.get_mut(contract).unwrap().slots.pop_first();
    assert!(one(&changed).contains("only in the domain"));
    let mut changed = replayed.clone();
    changed.accounts.get_mut(contract).unwrap().code_hash = None;
    assert!(one(&changed).contains("code None"));
    let mut changed = replayed.clone();
    changed.codes.pop_first();
    assert!(one(&changed).contains("only in the domain"));
    let mut changed = replayed;
    changed.totals.as_mut().unwrap().receipts = Digest::ZERO;
    assert!(one(&changed).contains("sums of the last block"));
}

#[test]
fn blocks_out_of_order_and_foreign_bytes_are_told() {
    let genesis = GenesisFile::shipped().unwrap();
    let second = ReplayBlock {
        context: context(2, 1),
        messages: Vec::new(),
        transactions: Vec::new(),
    };
    let told = replay(&genesis, &[second]).unwrap_err().to_string();
    assert_eq!(told, "replay: expected block 1, found block 2");
    let foreign = ReplayBlock {
        context: context(1, 1),
        messages: Vec::new(),
        transactions: vec![vec![0xc0]],
    };
    let told = replay(&genesis, &[foreign]).unwrap_err().to_string();
    assert_eq!(told, "replay of block 1, transaction 0: not a canonical encoding");
}
