//! What the tests share: wallets, contracts, and a block run step by step.

use alloy_rlp::{Encodable, Header};
use decex_core::execution::{Context, Effects, Engine, Input, Step, StepResult, run_step};
use decex_core::message::Message;
use decex_core::state::{MemoryTree, ProvableTree, StateKey, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{Balance, DomainNumber, ReceiptHash, Seed, StateRoot, Timestamp};
use decex_evm::{
    Address, Allocation, Bytes, EvmConfig, EvmEngine, MessageReceipt, Observer, Spec, TransactionReceipt,
    TxKind, U256,
};
use k256::ecdsa::SigningKey;
use revm::context::transaction::AccessList;
use revm::primitives::keccak256;
use std::collections::BTreeSet;

pub(crate) const CHAIN: u64 = 717_171;
pub(crate) const BASE_FEE: u64 = 1_000_000_000;
pub(crate) const GWEI: u128 = 1_000_000_000;
pub(crate) const ETHER: u128 = GWEI * GWEI;
pub(crate) const LIMIT: u32 = 1 << 20;

pub(crate) const CONFIG: EvmConfig = EvmConfig {
    chain_id: CHAIN,
    spec: Spec::Prague,
    block_gas_limit: 30_000_000,
    base_fee: BASE_FEE,
    message_gas: 500_000,
};

pub(crate) fn engine() -> EvmEngine {
    EvmEngine::new(CONFIG)
}

pub(crate) fn code(hex: &str) -> Bytes {
    hex::decode(hex.trim()).unwrap().into()
}

pub(crate) fn probe_code() -> Bytes {
    code(include_str!("contracts/Probe.runtime.hex"))
}

pub(crate) const PROBE: Address = Address::repeat_byte(0x77);

/// A key that only tests use.
pub(crate) fn key(index: u8) -> SigningKey {
    SigningKey::from_slice(&[index + 1; 32]).unwrap()
}

pub(crate) fn address(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_word(keccak256(&point.as_bytes()[1..]))
}

#[derive(Clone, Debug)]
pub(crate) enum Fee {
    Legacy(u128),
    AccessList(u128, AccessList),
    Dynamic {
        max: u128,
        tip: u128,
        access: AccessList,
    },
}

/// A transaction as a wallet composes it. Encoded here by hand, apart from the code under test.
#[derive(Clone, Debug)]
pub(crate) struct Tx {
    pub(crate) nonce: u64,
    pub(crate) gas: u64,
    pub(crate) to: TxKind,
    pub(crate) value: U256,
    pub(crate) data: Bytes,
    pub(crate) fee: Fee,
}

impl Default for Tx {
    fn default() -> Self {
        Self {
            nonce: 0,
            gas: 21_000,
            to: TxKind::Call(Address::repeat_byte(0xaa)),
            value: U256::ZERO,
            data: Bytes::new(),
            fee: Fee::Legacy(2 * GWEI),
        }
    }
}

pub(crate) fn list(fields: &[&dyn Encodable]) -> Vec<u8> {
    let mut payload = Vec::new();
    fields.iter().for_each(|field| field.encode(&mut payload));
    let mut out = Vec::new();
    Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut out);
    out.extend(payload);
    out
}

impl Tx {
    pub(crate) fn encode(&self, chain: u64, signature: Option<(bool, U256, U256)>) -> Vec<u8> {
        let Self {
            nonce,
            gas,
            to,
            value,
            data,
            fee,
        } = self;
        let (kind, mut fields): (u8, Vec<&dyn Encodable>) = match fee {
            Fee::Legacy(price) => (0, vec![nonce, price, gas, to, value, data]),
            Fee::AccessList(price, access) => (1, vec![&chain, nonce, price, gas, to, value, data, access]),
            Fee::Dynamic { max, tip, access } => {
                (2, vec![&chain, nonce, tip, max, gas, to, value, data, access])
            }
        };
        let v = chain * 2 + 35 + u64::from(signature.is_some_and(|(odd, ..)| odd));
        match (&signature, kind) {
            (None, 0) => fields.extend([&chain as &dyn Encodable, &0u8, &0u8]),
            (None, _) => {}
            (Some((_, r, s)), 0) => fields.extend([&v as &dyn Encodable, r, s]),
            (Some((odd, r, s)), _) => fields.extend([odd as &dyn Encodable, r, s]),
        }
        let mut out = if kind == 0 { vec![] } else { vec![kind] };
        out.extend(list(&fields));
        out
    }

    pub(crate) fn sign_for(&self, chain: u64, key: &SigningKey) -> Vec<u8> {
        let hash = keccak256(self.encode(chain, None));
        let (signature, id) = key.sign_prehash_recoverable(hash.as_slice()).unwrap();
        let (r, s) = signature.split_bytes();
        let parts = (id.is_y_odd(), U256::from_be_slice(&r), U256::from_be_slice(&s));
        self.encode(chain, Some(parts))
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> Vec<u8> {
        self.sign_for(CHAIN, key)
    }
}

/// A call of the probe contract.
pub(crate) fn call(nonce: u64, gas: u64, signature: &str, arguments: &[U256]) -> Tx {
    Tx {
        nonce,
        gas,
        to: TxKind::Call(PROBE),
        data: call_data(signature, arguments),
        ..Tx::default()
    }
}

pub(crate) fn call_data(signature: &str, arguments: &[U256]) -> Bytes {
    let mut data = keccak256(signature)[..4].to_vec();
    arguments
        .iter()
        .for_each(|argument| data.extend(argument.to_be_bytes::<32>()));
    data.into()
}

pub(crate) fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

pub(crate) fn context(number: u64) -> Context {
    Context {
        domain: decex_core::DomainId(3),
        number: DomainNumber(number),
        parent: ReceiptHash([number as u8; 32].into()),
        consensus_number: decex_core::ConsensusNumber(number * 2),
        consensus_hash: Default::default(),
        slot: decex_core::Slot(number * 3),
        timestamp: Timestamp(1_700_000_000_500 + number * 6000),
        seed: Seed([0x5e; 32].into()),
        byte_price: Balance(7 * GWEI),
    }
}

pub(crate) fn allocation(address: Address, balance: u128) -> Allocation {
    Allocation {
        address,
        balance: Balance(balance),
        ..Allocation::default()
    }
}

/// Ten accounts with 100 ether each, and the probe contract.
pub(crate) fn allocations() -> Vec<Allocation> {
    let mut all: Vec<Allocation> = (0..10)
        .map(|i| allocation(address(&key(i)), 100 * ETHER))
        .collect();
    all.push(Allocation {
        address: PROBE,
        code: probe_code(),
        ..Allocation::default()
    });
    all
}

pub(crate) fn genesis_tree(allocations: &[Allocation]) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.update(&decex_evm::genesis(allocations).unwrap()).unwrap();
    tree
}

pub(crate) fn summary(engine: &dyn Engine, bytes: &[u8]) -> Summary {
    let facts = engine.inspect(bytes).unwrap();
    Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        hash: transaction::hash(bytes),
        bytes: bytes.len() as u32,
    }
}

/// One step as it ran over the full state, with the witness for it.
pub(crate) struct Ran {
    pub(crate) pre: StateRoot,
    pub(crate) kind: Kind,
    pub(crate) result: StepResult,
    pub(crate) witness: Vec<u8>,
}

/// Which step it was.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Begin,
    Receive(std::ops::Range<usize>),
    Apply(std::ops::Range<usize>),
    Finish,
}

impl Kind {
    /// Returns the step over the block's messages and inputs.
    pub(crate) fn step<'a>(&self, messages: &'a [Message], inputs: &'a [Input<'a>]) -> Step<'a> {
        match self {
            Self::Begin => Step::Begin,
            Self::Receive(range) => Step::Receive(&messages[range.clone()]),
            Self::Apply(range) => Step::Apply(&inputs[range.clone()]),
            Self::Finish => Step::Finish,
        }
    }
}

pub(crate) struct Block {
    pub(crate) steps: Vec<Ran>,
    pub(crate) receipts: Vec<TransactionReceipt>,
    pub(crate) calls: Vec<MessageReceipt>,
    pub(crate) effects: Effects,
}

/// Runs a block without messages over the full state, step by step, and keeps a witness for every step.
pub(crate) fn run_block(
    engine: &EvmEngine,
    context: &Context,
    tree: &mut MemoryTree,
    transactions: &[Vec<u8>],
    interval: usize,
    limit: u32,
) -> Block {
    run_whole(engine, context, tree, (&[], transactions), interval, limit)
}

/// Runs a block with messages.
pub(crate) fn run_whole(
    engine: &EvmEngine,
    context: &Context,
    tree: &mut MemoryTree,
    (messages, transactions): (&[Message], &[Vec<u8>]),
    interval: usize,
    limit: u32,
) -> Block {
    let summaries: Vec<Summary> = transactions.iter().map(|bytes| summary(engine, bytes)).collect();
    let inputs = inputs(&summaries, transactions);
    let observer = Observer::new(engine);
    let chunks = |count: usize| {
        let starts = (0..count).step_by(interval);
        starts.map(move |start| start..count.min(start + interval))
    };
    let kinds = std::iter::once(Kind::Begin)
        .chain(chunks(messages.len()).map(Kind::Receive))
        .chain(chunks(inputs.len()).map(Kind::Apply))
        .chain([Kind::Finish]);
    let mut steps = Vec::new();
    for kind in kinds {
        let before = tree.clone();
        let result = run_step(&observer, context, tree, kind.step(messages, &inputs), limit).unwrap();
        let witness = before.prove(&result.touched).unwrap();
        steps.push(Ran {
            pre: before.root(),
            kind,
            result,
            witness,
        });
    }
    let effects = steps.last().unwrap().result.effects.unwrap();
    Block {
        steps,
        receipts: observer.take(),
        calls: observer.take_calls(),
        effects,
    }
}

pub(crate) fn inputs<'a>(summaries: &'a [Summary], transactions: &'a [Vec<u8>]) -> Vec<Input<'a>> {
    summaries
        .iter()
        .zip(transactions)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect()
}

/// Runs transactions as block 1 on the standard genesis.
pub(crate) fn run_all(transactions: &[Vec<u8>]) -> (MemoryTree, Block) {
    let mut tree = genesis_tree(&allocations());
    let block = run_block(&engine(), &context(1), &mut tree, transactions, 1, LIMIT);
    (tree, block)
}

/// Sum of all balances that stand in the state.
pub(crate) fn supply(tree: &MemoryTree, addresses: &BTreeSet<Address>) -> u128 {
    addresses
        .iter()
        .map(|address| decex_evm::query::balance_of(tree, address).unwrap().0)
        .sum()
}

pub(crate) fn keys_of(tree: &MemoryTree) -> BTreeSet<StateKey> {
    tree.iter().map(|(key, _)| key).collect()
}
