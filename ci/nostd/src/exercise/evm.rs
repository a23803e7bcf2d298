//! decex-evm: signed Ethereum transactions, executed over the full state and again over nothing but its witnesses.

use super::holds;
use alloc::vec::Vec;
use decex_core::execution::{Context, Engine, Input, Step, run_step};
use decex_core::state::{CompactTree, MemoryTree, ProvableTree, StateCommitment, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{
    Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, ReceiptHash, Seed, Slot,
    Timestamp,
};
use decex_evm::{Allocation, EvmConfig, EvmEngine, Spec, address_of, genesis};

/// What the devnet executes: the first is a contract's deployment.
const TRANSACTIONS: &str = include_str!("../../../../examples/devnet/transactions/demo.txt");
const TAKEN: usize = 30;
const CONFIG: EvmConfig = EvmConfig {
    chain_id: 717_171,
    spec: Spec::Prague,
    block_gas_limit: 30_000_000,
    base_fee: 1_000_000_000,
    message_gas: 500_000,
};
const WITNESS_LIMIT: u32 = 1 << 20;

pub(super) fn block_over_state_and_witness() -> Result<(), &'static str> {
    let engine = EvmEngine::new(CONFIG);
    let lines = TRANSACTIONS.lines().filter_map(|line| line.strip_prefix("0x"));
    let transactions: Vec<Vec<u8>> = lines.take(TAKEN).map(unhex).collect::<Option<_>>().ok_or("hex")?;
    let summaries: Vec<Summary> = transactions
        .iter()
        .map(|bytes| summary(&engine, bytes))
        .collect::<Option<_>>()
        .ok_or("inspect signed transactions")?;
    let mut forged = transactions[0].clone();
    forged[20] ^= 1;
    holds(
        engine.inspect(&forged).is_err()
            || summary(&engine, &forged).map(|summary| summary.sender) != Some(summaries[0].sender),
        "a changed transaction is not the sender's",
    )?;

    let mut full = MemoryTree::new();
    full.update(&genesis(&allocations(&summaries)).map_err(|_| "genesis")?)
        .map_err(|_| "store the genesis")?;
    let inputs: Vec<Input<'_>> = summaries
        .iter()
        .zip(&transactions)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect();
    let first = full.root();
    for step in [Step::Begin, Step::Apply(&inputs), Step::Finish] {
        let before = full.clone();
        let done = run_step(&engine, &context(), &mut full, step, WITNESS_LIMIT).map_err(|_| "run a step")?;
        let witness = before
            .prove(&done.touched)
            .map_err(|_| "prove what a step touched")?;
        let mut opened = CompactTree
            .open(&before.root(), &witness)
            .map_err(|_| "open a witness")?;
        let again =
            run_step(&engine, &context(), &mut *opened, step, WITNESS_LIMIT).map_err(|_| "verify a step")?;
        holds(
            again.root == done.root && again.effects == done.effects,
            "the witness gives the same result",
        )?;
        holds(
            CompactTree.open(&done.root, &witness).is_err() || done.root == before.root(),
            "a witness has one root",
        )?;
        if let Some(effects) = done.effects {
            holds(
                effects.fees.execution > Balance::ZERO,
                "somebody paid for execution",
            )?;
        }
    }
    holds(full.root() != first, "the block changed the state")
}

fn summary(engine: &EvmEngine, bytes: &[u8]) -> Option<Summary> {
    let facts = engine.inspect(bytes).ok()?;
    let length = u32::try_from(bytes.len()).ok()?;
    let hash = transaction::hash(bytes);
    Some(Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        hash,
        weight: facts.weight,
        bytes: length,
    })
}

fn allocations(summaries: &[Summary]) -> Vec<Allocation> {
    let mut addresses: Vec<_> = summaries
        .iter()
        .filter_map(|summary| address_of(&summary.sender))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let balance = Balance(1_000_000_000_000_000_000_000);
    addresses
        .into_iter()
        .map(|address| Allocation {
            address,
            balance,
            ..Allocation::default()
        })
        .collect()
}

fn context() -> Context {
    Context {
        domain: DomainId(0),
        number: DomainNumber(1),
        parent: ReceiptHash(Digest([1; 32])),
        consensus_number: ConsensusNumber(1),
        consensus_hash: ConsensusHash(Digest([2; 32])),
        slot: Slot(1),
        timestamp: Timestamp(1_000),
        seed: Seed(Digest([3; 32])),
        byte_price: Balance(1),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?))
        .collect()
}
