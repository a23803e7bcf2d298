//! Blocks of transfers and token calls through the engine, against plain revm on an in-memory database; and the proof of
//! one transfer.

use crate::measure::Row;
use alloy_rlp::{Encodable, Header};
use decex_core::execution::{Context, Engine, Input, Step, run_step, trace_root};
use decex_core::state::{CompactTree, MemoryTree, ProvableTree, StateCommitment, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{Balance, DomainId, DomainNumber, StateRoot};
use decex_evm::{
    Address, Allocation, Bytes, EvmConfig, EvmEngine, FEE_RECIPIENT, Observer, Spec, Transaction,
    TransactionType, TxKind, U256, address_of, genesis,
};
use k256::ecdsa::SigningKey;
use revm::bytecode::Bytecode;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::{B256, hardfork::SpecId, keccak256};
use revm::state::AccountInfo;
use revm::{ExecuteCommitEvm, MainBuilder, MainContext};
use std::hint::black_box;
use std::time::{Duration, Instant};

const CHAIN: u64 = 717_171;
const TOKEN: Address = Address::repeat_byte(0x70);
const SENDERS: u32 = 1_000;
const ETHER: u128 = 1_000_000_000_000_000_000;
const GWEI: u128 = 1_000_000_000;
const LIMIT: u32 = 1 << 20;
const ROUNDS: u32 = 25;
const CONFIG: EvmConfig = EvmConfig {
    chain_id: CHAIN,
    spec: Spec::Prague,
    block_gas_limit: 200_000_000,
    base_fee: 1_000_000_000,
    message_gas: 500_000,
};

/// Runs this part of the table.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    let accounts = keys();
    let allocations = allocations(&accounts, 10_000);
    let tree = tree(&allocations);
    let transfers = block(&accounts, 0, transfer);
    let calls = block(&accounts, 0, token_call);
    // As a schedule has it: each sender's transactions next to each other, in order of nonces.
    let then_calls = block(&accounts, 1, token_call);
    let both: Vec<Signed> = block(&accounts, 0, transfer)
        .into_iter()
        .zip(then_calls)
        .flat_map(<[Signed; 2]>::from)
        .collect();
    let all = "1,000 transfers and 1,000 token calls";
    rows.push(compare(all, 16, true, &allocations, &tree, &both));
    rows.push(compare(all, 1, false, &allocations, &tree, &both));
    rows.push(compare(
        "1,000 transfers",
        16,
        false,
        &allocations,
        &tree,
        &transfers,
    ));
    rows.push(compare(
        "1,000 token calls",
        16,
        false,
        &allocations,
        &tree,
        &calls,
    ));
    rows.push(proof("10 k", &tree, &transfers));
    drop(tree);
    let large = self::tree(&self::allocations(&accounts, 1_000_000));
    rows.push(proof("1 M", &large, &transfers));
    rows
}

/// The time of one token call in a block of 1,000, a state root every 16, 10 k accounts.
pub fn time_of_token_call() -> Duration {
    let accounts = keys();
    let mut tree = tree(&allocations(&accounts, 10_000));
    let block = block(&accounts, 0, token_call);
    let inputs: Vec<Input<'_>> = block
        .iter()
        .map(|Signed { bytes, summary }| Input { summary, bytes })
        .collect();
    let (engine, mut best) = (EvmEngine::new(CONFIG), Best::default());
    for _ in 0..ROUNDS {
        run_ours(&engine, &mut tree, &inputs, 16, &mut best);
    }
    best.sum() / SENDERS
}

struct Signed {
    bytes: Vec<u8>,
    summary: Summary,
}

fn keys() -> Vec<SigningKey> {
    let key = |i: u32| SigningKey::from_slice(keccak256(i.to_le_bytes()).as_slice());
    (0..SENDERS).filter_map(|i| key(i).ok()).collect()
}

fn address(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_word(keccak256(&point.as_bytes()[1..]))
}

/// Senders with ether and tokens, the token, and others up to `count` accounts.
fn allocations(keys: &[SigningKey], count: u32) -> Vec<Allocation> {
    let mut all: Vec<Allocation> = keys
        .iter()
        .map(|key| Allocation {
            address: address(key),
            balance: Balance(100 * ETHER),
            ..Allocation::default()
        })
        .collect();
    let code = include_str!("../../examples/devnet/transactions/contracts/Token.runtime.hex");
    let storage = all
        .iter()
        .map(|account| (balance_slot(account.address), U256::from(ETHER)))
        .collect();
    let code: Bytes = hex::decode(code.trim()).unwrap_or_default().into();
    all.push(Allocation {
        address: TOKEN,
        code,
        storage,
        ..Allocation::default()
    });
    all.extend((SENDERS..count).map(|i| {
        let address = Address::from_word(keccak256(i.to_be_bytes()));
        Allocation {
            address,
            balance: Balance(ETHER),
            ..Allocation::default()
        }
    }));
    all
}

/// `balanceOf` is the token's slot 1.
fn balance_slot(address: Address) -> U256 {
    let mut preimage = [0; 64];
    preimage[12..32].copy_from_slice(address.as_slice());
    preimage[63] = 1;
    keccak256(preimage).into()
}

fn tree(allocations: &[Allocation]) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.update(&genesis(allocations).expect("a sound genesis"))
        .expect("memory answers");
    tree
}

fn transfer(_: Address, to: Address) -> (TxKind, U256, Bytes, u64) {
    (TxKind::Call(to), U256::from(12_345), Bytes::new(), 21_000)
}

fn token_call(_: Address, to: Address) -> (TxKind, U256, Bytes, u64) {
    let mut data = keccak256("transfer(address,uint256)")[..4].to_vec();
    data.extend(to.into_word());
    data.extend(U256::from(1_000).to_be_bytes::<32>());
    (TxKind::Call(TOKEN), U256::ZERO, data.into(), 100_000)
}

/// One EIP-1559 transaction of each sender to the next.
fn block(
    keys: &[SigningKey],
    nonce: u64,
    make: fn(Address, Address) -> (TxKind, U256, Bytes, u64),
) -> Vec<Signed> {
    let engine = EvmEngine::new(CONFIG);
    let next = keys.iter().cycle().skip(1);
    keys.iter()
        .zip(next)
        .map(|(key, next)| {
            let (to, value, data, gas) = make(address(key), address(next));
            let (tip, max, access) = (GWEI, 3 * GWEI, Vec::<u64>::new());
            let mut fields: Vec<&dyn Encodable> =
                vec![&CHAIN, &nonce, &tip, &max, &gas, &to, &value, &data, &access];
            let hash = keccak256(typed(&fields));
            let (signature, id) = key
                .sign_prehash_recoverable(hash.as_slice())
                .expect("a key signs");
            let (r, s) = signature.split_bytes();
            let (odd, r, s) = (id.is_y_odd(), U256::from_be_slice(&r), U256::from_be_slice(&s));
            fields.extend([&odd as &dyn Encodable, &r, &s]);
            let bytes = typed(&fields);
            let facts = engine.inspect(&bytes).expect("a sound transaction");
            let summary = Summary {
                sender: facts.sender,
                nonce: facts.nonce,
                weight: facts.weight,
                hash: transaction::hash(&bytes),
                bytes: bytes.len() as u32,
            };
            Signed { bytes, summary }
        })
        .collect()
}

fn typed(fields: &[&dyn Encodable]) -> Vec<u8> {
    let mut payload = Vec::new();
    fields.iter().for_each(|field| field.encode(&mut payload));
    let mut bytes = vec![2];
    Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut bytes);
    bytes.extend(payload);
    bytes
}

/// The block that all of this runs in.
pub fn context() -> Context {
    Context {
        domain: DomainId(0),
        number: DomainNumber(1),
        parent: Default::default(),
        consensus_number: Default::default(),
        consensus_hash: Default::default(),
        slot: Default::default(),
        timestamp: Default::default(),
        seed: Default::default(),
        byte_price: Balance(1_000),
    }
}

/// The shortest time that each part of a block took, over all rounds. Their sum is the time of a block that nothing else on
/// the machine interrupted.
#[derive(Default)]
pub struct Best(Vec<Duration>);

impl Best {
    /// Times a part.
    pub fn time<T>(&mut self, part: usize, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        if self.0.len() <= part {
            self.0.resize(part + 1, Duration::MAX);
        }
        self.0[part] = self.0[part].min(time);
        result
    }

    /// The sum of the parts.
    pub fn sum(&self) -> Duration {
        self.0.iter().sum()
    }
}

/// The whole block through the engine: begin, chunks, finish, a root after each, and the root over those. Then undoes it,
/// outside of the time: an operator's tree is not a fresh copy, whose first new key moves all of it.
pub fn run_ours(
    engine: &dyn Engine,
    tree: &mut MemoryTree,
    inputs: &[Input<'_>],
    interval: usize,
    best: &mut Best,
) {
    let context = context();
    let mut results = Vec::new();
    let mut step = |part, step| {
        let run = || run_step(engine, &context, tree, step, LIMIT).expect("memory answers");
        results.push(best.time(part, run));
    };
    step(0, Step::Begin);
    for (part, chunk) in (3..).zip(inputs.chunks(interval)) {
        step(part, Step::Apply(chunk));
    }
    step(1, Step::Finish);
    let trace: Vec<StateRoot> = results.iter().map(|result| result.root).collect();
    best.time(2, || black_box(trace_root(&trace)));
    for result in results.iter().rev() {
        tree.update(&result.before).expect("memory answers");
    }
}

fn database(allocations: &[Allocation]) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for Allocation {
        address,
        balance,
        code,
        storage,
        ..
    } in allocations
    {
        let code = Bytecode::new_raw(code.clone());
        let nonce = u64::from(!code.is_empty());
        let info = AccountInfo::new(U256::from(balance.0), nonce, code.hash_slow(), code);
        database.insert_account_info(*address, info);
        for (slot, value) in storage {
            database
                .insert_account_storage(*address, *slot, *value)
                .expect("the account is there");
        }
    }
    database
}

/// The same raw transactions through plain revm, each committed before the next.
fn run_theirs(database: &mut CacheDB<EmptyDB>, block: &[Signed], interval: usize, best: &mut Best) {
    let environment = BlockEnv {
        number: U256::ONE,
        beneficiary: FEE_RECIPIENT,
        gas_limit: CONFIG.block_gas_limit,
        basefee: CONFIG.base_fee,
        prevrandao: Some(B256::ZERO),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        ..BlockEnv::default()
    };
    let settings = CfgEnv::new_with_spec(SpecId::PRAGUE).with_chain_id(CHAIN);
    let context = revm::Context::mainnet()
        .with_db(database)
        .with_cfg(settings)
        .with_block(environment);
    let mut evm = context.build_mainnet();
    let mut one = |Signed { bytes, summary }: &Signed| {
        let transaction = Transaction::decode(bytes, CHAIN).expect("a sound transaction");
        let result = evm.transact_commit(TxEnv {
            tx_type: transaction.kind.byte(),
            caller: address_of(&summary.sender).unwrap_or_default(),
            gas_limit: transaction.gas_limit,
            gas_price: transaction.max_fee,
            gas_priority_fee: (transaction.kind == TransactionType::DynamicFee)
                .then_some(transaction.priority_fee),
            kind: transaction.to,
            value: transaction.value,
            data: transaction.data,
            nonce: transaction.nonce,
            chain_id: Some(CHAIN),
            access_list: transaction.access_list,
            ..TxEnv::default()
        });
        assert!(black_box(result).is_ok_and(|result| result.is_success()));
    };
    for (part, chunk) in block.chunks(interval).enumerate() {
        best.time(part, || chunk.iter().for_each(&mut one));
    }
}

fn compare(
    name: &str,
    interval: usize,
    is_goal: bool,
    allocations: &[Allocation],
    tree: &MemoryTree,
    block: &[Signed],
) -> Row {
    let engine = EvmEngine::new(CONFIG);
    let inputs: Vec<Input<'_>> = block
        .iter()
        .map(|signed| Input {
            summary: &signed.summary,
            bytes: &signed.bytes,
        })
        .collect();
    // Both sides do the same: every transaction succeeds.
    let observer = Observer::new(&engine);
    let (mut ours, mut theirs) = (Best(Vec::new()), Best(Vec::new()));
    let mut tree = tree.clone();
    run_ours(&observer, &mut tree, &inputs, interval, &mut ours);
    assert!(
        observer
            .take()
            .iter()
            .all(decex_evm::TransactionReceipt::is_success)
    );
    let database = database(allocations);
    for _ in 0..ROUNDS {
        run_ours(&engine, &mut tree, &inputs, interval, &mut ours);
        run_theirs(&mut database.clone(), block, interval, &mut theirs);
    }
    let (ours, theirs) = (ours.sum(), theirs.sum());
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let per = |time: Duration| time.as_secs_f64() * 1e6 / block.len() as f64;
    Row {
        work: format!("EVM block of {name}, decoded, executed, a state root every {interval}, 10 k accounts"),
        baseline: format!(
            "plain revm, in-memory database, same bytes decoded: {:.2} µs each",
            per(theirs)
        ),
        goal: if is_goal { "≤ 2.0" } else { "–" }.into(),
        measured: format!("{ratio:.2} ({:.2} µs each)", per(ours)),
        met: is_goal.then_some(ratio <= 2.0),
    }
}

fn proof(size: &str, tree: &MemoryTree, block: &[Signed]) -> Row {
    let engine = EvmEngine::new(CONFIG);
    let context = context();
    let mut tree = tree.clone();
    let Signed { bytes, summary } = &block[0];
    let input = [Input { summary, bytes }];
    let begun = run_step(&engine, &context, &mut tree, Step::Begin, LIMIT).expect("memory answers");
    assert_eq!(begun.root, tree.root());
    let before = tree.clone();
    let result = run_step(&engine, &context, &mut tree, Step::Apply(&input), LIMIT).expect("memory answers");
    let witness = before.prove(&result.touched).expect("memory answers");
    let root = before.root();
    let verify = || {
        let mut opened = CompactTree.open(&root, &witness).expect("a sound witness");
        run_step(&engine, &context, opened.as_mut(), Step::Apply(&input), LIMIT).expect("a complete witness")
    };
    assert_eq!(verify().root, result.root);
    let time = crate::measure::fastest(2_000, verify);
    let total = witness.len() + bytes.len();
    Row {
        work: format!("re-execution of one EVM transfer on a witness, {size} accounts"),
        baseline: "–".into(),
        goal: "≤ 4 KB, ≤ 150 µs".into(),
        measured: format!(
            "{} B witness + {} B transaction, {:.1} µs",
            witness.len(),
            bytes.len(),
            time.as_secs_f64() * 1e6
        ),
        met: Some(total <= 4096 && time <= Duration::from_micros(150)),
    }
}
