//! A domain of a few blocks, and an operator whose pool takes transactions.

use crate::common::*;
use decex_core::execution::{Context, Engine};
use decex_core::params::{
    BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, ReceiptHash, StateRoot, Weight,
};
use decex_election::Keypair;
use decex_evm::EvmEngine;
use decex_evm_rpc::{
    Api, Bounds, Index, IndexError, Limits, NewBlock, Refused, RpcError, Shared, Start, Submit, write,
};
use decex_operator::decex_receipt::genesis_receipt;
use decex_operator::{Genesis, Identity, Operator, PoolLimits};
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) index: Shared,
    /// The same blocks, executed apart from the index.
    tree: MemoryTree,
    history: Vec<(MemoryTree, ReceiptHash)>,
    salt: u8,
}

/// A real operator's pool.
struct Pool(Mutex<Operator<EvmEngine>>);

impl Submit for Pool {
    fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        let added = self.0.lock().unwrap().add_transaction(transaction).unwrap();
        added.map(drop).map_err(Refused::Pool)
    }
}

fn params(root: StateRoot) -> DomainParams {
    DomainParams {
        rules: engine().rule_set(),
        genesis: root,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 8,
            epoch: 100,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 200_000,
            weight: Weight(60_000_000),
        },
        transaction_bytes: 32 * 1024,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 14_400,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 16,
        max_gap: 8,
        messages: 8,
        witness_limit: 256 * 1024,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

fn operator() -> Operator<EvmEngine> {
    let state = decex_evm::genesis(&allocations()).unwrap();
    let root = MemoryTree::new().update(&state).unwrap();
    let params = params(root);
    let host = HostLimits {
        message_bytes: 2 << 20,
        slot_numerator: 1,
        slot_denominator: 6,
        censorship: 7_200,
        unlock_period: 20_000,
        submission_lag: 100,
    };
    let created = ConsensusNumber(1);
    let genesis = Genesis {
        created,
        created_hash: ConsensusHash(Digest([1; 32])),
        receipt: genesis_receipt(DomainId(3), params.rules, params.genesis, created),
        state,
    };
    let identity = Identity {
        operator: None,
        keypair: Keypair::from_seed(&[2; 32]),
        reporter: AccountId(Digest([3; 32])),
    };
    let limits = PoolLimits {
        per_sender: 3,
        nonce_lead: 8,
        ..PoolLimits::default()
    };
    Operator::new(identity, engine(), params.check(&host).unwrap(), genesis, limits).unwrap()
}

pub(crate) const GENESIS: ReceiptHash = ReceiptHash(Digest([0xee; 32]));

pub(crate) fn start() -> Start {
    Start {
        context: context(0),
        hash: GENESIS,
        state: decex_evm::genesis(&allocations()).unwrap(),
        trace_interval: NonZeroU32::new(2).unwrap(),
        witness_limit: 256 * 1024,
    }
}

impl World {
    pub(crate) fn new(bounds: Bounds, limits: Limits) -> Self {
        let index = Index::new(engine(), start(), bounds).unwrap().share();
        let api = Api::new(index.clone(), Arc::new(Pool(Mutex::new(operator()))), limits);
        Self {
            api,
            index,
            tree: genesis_tree(&allocations()),
            history: vec![(genesis_tree(&allocations()), GENESIS)],
            salt: 0,
        }
    }

    /// Blocks as most tests want them: payments, a contract's storage, a revert, a repetition, and logs.
    pub(crate) fn filled() -> Self {
        let mut world = Self::new(Bounds::default(), Limits::default());
        let pay = Tx::default().sign(&key(0));
        world.block(&[
            pay.clone(),
            call(0, 200_000, "set(uint256,uint256)", &[U256::ONE, U256::from(42)]).sign(&key(1)),
            call(1, 100_000, "fail()", &[]).sign(&key(1)),
            pay,
        ]);
        world.block(&[log(2, 7, 1), log(3, 8, 1), log(0, 7, 2)]);
        world
    }

    /// The block that follows, and its hash.
    pub(crate) fn next(&mut self, transactions: &[Vec<u8>]) -> NewBlock {
        let number = self.history.len() as u64;
        let (_, parent) = self.history.last().unwrap();
        let context = Context {
            parent: *parent,
            ..context(number)
        };
        run_block(&engine(), &context, &mut self.tree, transactions, 2, 256 * 1024);
        self.salt += 1;
        let hash = ReceiptHash(Digest([self.salt; 32]));
        self.history.push((self.tree.clone(), hash));
        NewBlock {
            context,
            hash,
            state: Some(self.tree.root()),
            messages: Vec::new(),
            transactions: transactions.to_vec(),
        }
    }

    pub(crate) fn block(&mut self, transactions: &[Vec<u8>]) {
        let block = self.next(transactions);
        write(&self.index).executed(block).unwrap();
    }

    pub(crate) fn retract(&mut self) -> Result<(), IndexError> {
        write(&self.index).retract()?;
        self.history.pop();
        self.tree = self.history.last().unwrap().0.clone();
        Ok(())
    }

    pub(crate) fn ask(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        self.api.answer(method, params.as_array().unwrap())
    }

    pub(crate) fn get(&self, method: &str, params: Value) -> Value {
        match self.ask(method, params.clone()) {
            Ok(value) => value,
            Err(error) => panic!("{method} {params}: {error}"),
        }
    }

    /// Asks for what is refused; returns code and message.
    pub(crate) fn refused(&self, method: &str, params: Value) -> (i32, String) {
        match self.ask(method, params.clone()) {
            Ok(value) => panic!("{method} {params}: {value}"),
            Err(error) => (error.code, error.message),
        }
    }
}

/// A call that leaves a log with `what` as its topic.
pub(crate) fn log(nonce: u64, what: u64, sender: u8) -> Vec<u8> {
    let arguments = [
        U256::from(what),
        U256::from(64),
        U256::from(3),
        U256::from(0xabcdef) << 232,
    ];
    call(nonce, 100_000, "log(uint256,bytes)", &arguments).sign(&key(sender))
}

pub(crate) fn hex_of(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

pub(crate) fn of(sender: u8) -> String {
    hex_of(address(&key(sender)))
}

pub(crate) fn balance(amount: Balance) -> String {
    format!("{:#x}", amount.0)
}

pub(crate) use decex_evm::U256;
