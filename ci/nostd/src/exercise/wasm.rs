//! decex-wasm: code is uploaded, made a contract of and called, over the full state and again over nothing but witnesses.

use super::holds;
use alloc::vec::Vec;
use decex_core::execution::{Context, Engine, Input, Step, run_step};
use decex_core::state::{CompactTree, MemoryTree, ProvableTree, StateCommitment, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{
    Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, Nonce, ReceiptHash,
    Seed, SenderId, Slot, Timestamp, Weight,
};
use decex_election::Keypair;
use decex_wasm::{Action, Transaction, WasmConfig, WasmEngine, genesis, key, query};

/// `init` does nothing; `call` stores its input under the key `[0]`, and tells of it.
const CODE: &str = concat!(
    "0061736d0100000001190560017f006000017f60047f7f7f7f017f60027f7f00600000023a0405646563657805696e70",
    "7574000005646563657809696e7075745f6c656e000105646563657803736574000205646563657804656d6974000303",
    "030204040503010001071803066d656d6f7279020004696e697400040463616c6c00050a1c0202000b17004108100041",
    "0041014108100110021a4108100110030b",
);
const WITNESS_LIMIT: u32 = 1 << 20;

pub(super) fn block_over_state_and_witness() -> Result<(), &'static str> {
    let domain = DomainId(0);
    let engine = WasmEngine::new(WasmConfig {
        domain,
        fuel_price: 1,
        message_fuel: 0,
    });
    let user = Keypair::from_seed(&[7; 32]);
    let sender = SenderId(Digest(*user.key().as_bytes()));
    let contract = key::contract(&sender, Nonce(1));
    let code = unhex(CODE).ok_or("hex")?;
    let name = key::code_name(&code);
    let actions = [
        Action::Upload {
            code: BoundedVec::new(code).ok_or("short code")?,
        },
        Action::Instantiate {
            code: name,
            value: Balance(5),
            input: BoundedVec::default(),
        },
        Action::Call {
            to: contract,
            value: Balance(6),
            input: BoundedVec::new(b"hello".to_vec()).ok_or("short input")?,
        },
    ];
    let transactions: Vec<Vec<u8>> = (0..)
        .zip(actions)
        .map(|(nonce, action)| {
            Transaction::sign(&user, domain, Nonce(nonce), Weight(500_000), action).to_bytes()
        })
        .collect();
    let summaries: Vec<Summary> = transactions
        .iter()
        .map(|bytes| summary(&engine, bytes))
        .collect::<Option<_>>()
        .ok_or("inspect signed calls")?;
    let mut forged = transactions[2].clone();
    forged[60] ^= 1;
    holds(engine.inspect(&forged).is_err(), "a changed call is not signed")?;

    let mut full = MemoryTree::new();
    full.update(&genesis(&[(sender, Balance(1 << 40))]).map_err(|_| "genesis of accounts")?)
        .map_err(|_| "store the genesis of accounts")?;
    let inputs: Vec<Input<'_>> = summaries
        .iter()
        .zip(&transactions)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect();
    for step in [Step::Begin, Step::Apply(&inputs), Step::Finish] {
        let before = full.clone();
        let done = run_step(&engine, &context(), &mut full, step, WITNESS_LIMIT)
            .map_err(|_| "run a step of calls")?;
        let witness = before.prove(&done.touched).map_err(|_| "prove a step of calls")?;
        let mut opened = CompactTree
            .open(&before.root(), &witness)
            .map_err(|_| "open a witness of calls")?;
        let again = run_step(&engine, &context(), &mut *opened, step, WITNESS_LIMIT)
            .map_err(|_| "verify a step of calls")?;
        holds(
            again.root == done.root && again.effects == done.effects,
            "the witness of calls gives the same result",
        )?;
    }
    let stored = query::storage_at(&full, &contract, &[0]).map_err(|_| "read what a contract stored")?;
    holds(
        stored.as_deref() == Some(b"hello"),
        "the contract stored its input",
    )?;
    let account = query::account(&full, &contract).map_err(|_| "read a contract")?;
    holds(account.balance == 11, "the contract was paid")
}

fn summary(engine: &WasmEngine, bytes: &[u8]) -> Option<Summary> {
    let facts = engine.inspect(bytes).ok()?;
    Some(Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        hash: transaction::hash(bytes),
        weight: facts.weight,
        bytes: u32::try_from(bytes.len()).ok()?,
    })
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
