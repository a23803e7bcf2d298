//! A domain of a few users, and contracts in the text format.

use decex_core::execution::{Context, Engine, Input, Step, StepResult, run_step};
use decex_core::hash::Digest;
use decex_core::state::{Changes, MemoryTree, Meter, Overlay, ProvableTree, StateTree};
use decex_core::transaction::{Summary, hash};
use decex_core::*;
use decex_election::Keypair;
use decex_wasm::{
    Action, Outcome, Transaction, TransactionReceipt, WasmConfig, WasmEngine, genesis, key, query,
};

pub const DOMAIN: DomainId = DomainId(7);
pub const PRICE: Balance = Balance(2);
pub const FUEL_PRICE: u64 = 3;
/// What every user begins with.
pub const RICH: u128 = 1 << 60;
pub const USERS: u8 = 5;
/// Enough for whatever is not about fuel.
pub const MUCH: u64 = 3_000_000;
pub const LIMIT: u32 = 200_000;

pub fn engine() -> WasmEngine {
    WasmEngine::new(WasmConfig {
        domain: DOMAIN,
        fuel_price: FUEL_PRICE,
        message_fuel: 1_000_000,
    })
}

pub fn user(index: u8) -> Keypair {
    Keypair::from_seed(&[index; 32])
}

pub fn sender(index: u8) -> SenderId {
    SenderId(Digest(*user(index).key().as_bytes()))
}

pub fn context(number: u64) -> Context {
    Context {
        domain: DOMAIN,
        number: DomainNumber(number),
        parent: ReceiptHash(Digest([1; 32])),
        consensus_number: ConsensusNumber(40 + number),
        consensus_hash: ConsensusHash(Digest([2; 32])),
        slot: Slot(400 + number),
        timestamp: Timestamp(4_000 + number),
        seed: Seed(Digest([3; 32])),
        byte_price: PRICE,
    }
}

pub fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

pub fn token() -> Vec<u8> {
    wat(include_str!("contracts/token.wat"))
}

pub fn vault() -> Vec<u8> {
    wat(include_str!("contracts/vault.wat"))
}

/// A contract whose `call` has this body, with every import that there is. Its `init` does nothing. Memory: the input at 0.
pub fn probe(body: &str) -> Vec<u8> {
    probe_with("", body)
}

/// As [`probe`], with more in the module.
pub fn probe_with(more: &str, body: &str) -> Vec<u8> {
    wat(&format!(
        r#"(module
        (import "decex" "input_len" (func $input_len (result i32)))
        (import "decex" "input" (func $input (param i32)))
        (import "decex" "buffer_len" (func $buffer_len (result i32)))
        (import "decex" "buffer" (func $buffer (param i32)))
        (import "decex" "caller" (func $caller (param i32)))
        (import "decex" "address" (func $address (param i32)))
        (import "decex" "value" (func $value (param i32)))
        (import "decex" "block" (func $block (param i32)))
        (import "decex" "get" (func $get (param i32 i32) (result i32)))
        (import "decex" "set" (func $set (param i32 i32 i32 i32) (result i32)))
        (import "decex" "remove" (func $remove (param i32 i32) (result i32)))
        (import "decex" "balance" (func $balance (param i32 i32) (result i32)))
        (import "decex" "transfer" (func $transfer (param i32 i32) (result i32)))
        (import "decex" "call" (func $call (param i32 i32 i32 i32) (result i32)))
        (import "decex" "emit" (func $emit (param i32 i32)))
        (import "decex" "finish" (func $finish (param i32 i32)))
        (import "decex" "revert" (func $revert (param i32 i32)))
        (memory (export "memory") 1)
        {more}
        (func (export "init"))
        (func (export "call") (local $a i32) (local $b i32) (call $input (i32.const 0)) {body}))"#
    ))
}

pub fn bounded<const MAX: u32>(bytes: &[u8]) -> BoundedBytes<MAX> {
    BoundedVec::new(bytes.to_vec()).unwrap()
}

pub fn upload(code: &[u8]) -> Action {
    Action::Upload { code: bounded(code) }
}

pub fn make(code: &[u8], value: u128, input: &[u8]) -> Action {
    Action::Instantiate {
        code: key::code_name(code),
        value: Balance(value),
        input: bounded(input),
    }
}

pub fn call(to: SenderId, value: u128, input: &[u8]) -> Action {
    Action::Call {
        to,
        value: Balance(value),
        input: bounded(input),
    }
}

pub fn transfer(to: SenderId, value: u128) -> Action {
    Action::Transfer {
        to,
        value: Balance(value),
    }
}

/// `1, to, amount`: what the token and the vault are called with.
pub fn pay(operation: u8, to: SenderId, amount: u64) -> Vec<u8> {
    [&[operation][..], to.0.as_bytes(), &amount.to_le_bytes()].concat()
}

pub fn signed(from: u8, nonce: u64, weight: u64, action: Action) -> Vec<u8> {
    Transaction::sign(&user(from), DOMAIN, Nonce(nonce), Weight(weight), action).to_bytes()
}

pub fn summary(bytes: &[u8]) -> Summary {
    let facts = engine().inspect(bytes).unwrap();
    Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        hash: hash(bytes),
        weight: facts.weight,
        bytes: bytes.len() as u32,
    }
}

pub fn genesis_changes() -> Changes {
    let accounts: Vec<_> = (0..USERS).map(|index| (sender(index), Balance(RICH))).collect();
    genesis(&accounts).unwrap()
}

pub fn genesis_tree() -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.update(&genesis_changes()).unwrap();
    tree
}

/// One step as it was run, with what its proof would show.
pub struct Ran {
    pub pre: StateRoot,
    pub witness: Vec<u8>,
    pub result: StepResult,
    pub inputs: std::ops::Range<usize>,
}

pub fn run_block(
    engine: &dyn Engine,
    tree: &mut MemoryTree,
    raw: &[Vec<u8>],
    interval: usize,
    limit: u32,
) -> Vec<Ran> {
    let summaries: Vec<Summary> = raw.iter().map(|bytes| summary(bytes)).collect();
    let inputs: Vec<Input<'_>> = summaries
        .iter()
        .zip(raw)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect();
    let mut kinds = vec![(Step::Begin, 0..0)];
    for start in (0..raw.len()).step_by(interval) {
        let range = start..(start + interval).min(raw.len());
        kinds.push((Step::Apply(&inputs[range.clone()]), range));
    }
    kinds.push((Step::Finish, 0..0));
    let mut steps = Vec::new();
    for (step, inputs) in kinds {
        let before = tree.clone();
        let result = run_step(engine, &context(1), tree, step, limit).unwrap();
        steps.push(Ran {
            pre: before.root(),
            witness: before.prove(&result.touched).unwrap(),
            result,
            inputs,
        });
    }
    steps
}

/// A state on which transactions are applied one by one.
pub struct Chain {
    pub tree: MemoryTree,
    pub nonces: [u64; USERS as usize],
    pub number: u64,
}

impl Chain {
    pub fn new() -> Self {
        let mut tree = genesis_tree();
        let _ = run_step(&engine(), &context(1), &mut tree, Step::Begin, LIMIT).unwrap();
        Self {
            tree,
            nonces: [0; USERS as usize],
            number: 1,
        }
    }

    /// Applies a transaction with the sender's next nonce.
    pub fn apply_with(&mut self, from: u8, weight: u64, action: Action) -> TransactionReceipt {
        let bytes = signed(from, self.nonces[usize::from(from)], weight, action);
        let receipt = self.apply_bytes(&bytes, LIMIT);
        if !matches!(receipt.outcome, Outcome::Refused(_)) {
            self.nonces[usize::from(from)] += 1;
        }
        receipt
    }

    pub fn apply_bytes(&mut self, bytes: &[u8], limit: u32) -> TransactionReceipt {
        let summary = summary(bytes);
        let input = Input {
            summary: &summary,
            bytes,
        };
        let (receipt, changes) = {
            let mut state = Overlay::new(&self.tree, Meter::new(limit));
            let applied = engine().apply_observed(&context(self.number), &mut state, &input);
            let receipt = match applied {
                Ok(receipt) => {
                    assert_eq!(state.halt(), None, "a halt was swallowed");
                    receipt
                }
                Err(halt) => {
                    assert_eq!(state.halt(), Some(halt));
                    state.drop_attempt(Meter::new(decex_core::execution::EXCEED_ALLOWANCE));
                    engine()
                        .exceed_observed(&context(self.number), &mut state, &input)
                        .unwrap()
                }
            };
            state.keep(Meter::new(0));
            (receipt, state.into_parts().0)
        };
        self.tree.update(&changes).unwrap();
        receipt
    }

    pub fn apply(&mut self, from: u8, action: Action) -> TransactionReceipt {
        self.apply_with(from, MUCH, action)
    }

    /// Applies what must succeed.
    #[track_caller]
    pub fn must(&mut self, from: u8, action: Action) -> TransactionReceipt {
        let receipt = self.apply(from, action);
        assert_eq!(receipt.outcome, Outcome::Succeeded);
        receipt
    }

    /// Uploads code and makes a contract of it.
    #[track_caller]
    pub fn deploy(&mut self, from: u8, code: &[u8], value: u128, input: &[u8]) -> SenderId {
        self.must(from, upload(code));
        self.must(from, make(code, value, input)).created.unwrap()
    }

    pub fn balance(&self, who: SenderId) -> u128 {
        query::account(&self.tree, &who).unwrap().balance
    }

    pub fn stored(&self, contract: SenderId, key: &[u8]) -> Option<Vec<u8>> {
        let value = query::storage_at(&self.tree, &contract, key).unwrap();
        value.map(|value| value.to_vec())
    }

    pub fn tokens(&self, token: SenderId, who: SenderId) -> u64 {
        self.stored(token, who.0.as_bytes())
            .map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
    }
}
