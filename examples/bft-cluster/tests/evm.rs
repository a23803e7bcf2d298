//! An EVM domain at one operator, and JSON-RPC on it, without a network: blocks are made here.

mod support;

use bft_cluster::adapter::Shared;
use bft_cluster::disk::{Batch, Disk};
use bft_cluster::host::{Chain, Genesis, Header, TALLY};
use bft_cluster::journal;
use bft_cluster::node::{Node, Role};
use bft_cluster::operator::Habits;
use bft_cluster::rpc::{Place, Rpc, RpcStatus, address_of};
use decex_core::execution::Context;
use decex_core::{AccountId, DomainId, DomainNumber};
use decex_evm_rpc::{Bounds, Index, Start};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use support::{CHAIN_ID, Client, FIRST, call, eventually, first, number, payment};

const EVM: DomainId = DomainId(0);
const PATIENCE: Duration = Duration::from_secs(60);
const GENESIS: Genesis = Genesis {
    seed: 3,
    validators: 4,
    operators: 1,
    domains: 1,
    evm: 1,
    users: 4,
};

/// The only operator, whose blocks carry what it sent after the last.
struct Alone {
    shared: Shared<Node>,
    disk: Disk,
    height: u8,
    calls: Vec<Vec<u8>>,
}

impl Alone {
    fn start(load: u32, disk: Disk) -> Self {
        let habits = Habits { load, lie: None };
        let role = Role::Operator { index: 0, habits };
        let node = Node::start(&GENESIS, [0; 32], role, Some(disk.clone())).expect("a node");
        let height = u8::try_from(node.chain().tip().0).expect("few blocks");
        Self {
            shared: Shared::new(node),
            disk,
            height,
            calls: Vec::new(),
        }
    }

    fn new(load: u32) -> Self {
        Self::start(load, Disk::in_memory().expect("memory"))
    }

    fn step(&mut self) {
        let hash = |height: u8| [height; 32];
        let header = Header {
            height: u64::from(self.height) + 1,
            hash: hash(self.height + 1),
            parent: hash(self.height),
            timestamp: u64::from(self.height) * 1_000,
            farmer: AccountId::default(),
        };
        let finalized = self.shared.lock().finalized(&header, &self.calls);
        self.calls = finalized.expect("it goes on");
        self.height += 1;
    }

    fn head(&self) -> u64 {
        let node = self.shared.lock();
        let head = node.members().first().and_then(|member| member.operator().head());
        head.expect("an operator has a head").0.0
    }

    fn rpc(&self) -> Rpc {
        let place = Place {
            genesis: GENESIS,
            hash: [0; 32],
            domain: EVM,
            address: ([127, 0, 0, 1], 0).into(),
        };
        Rpc::start(place, self.shared.clone(), self.disk.clone())
    }
}

fn client(rpc: &Rpc) -> Client {
    eventually("JSON-RPC", PATIENCE, || {
        let RpcStatus { address, failure } = rpc.status();
        assert_eq!(failure, None);
        address.map(Client)
    })
}

#[test]
fn a_transaction_is_latest_then_safe_then_finalized() {
    let mut alone = Alone::new(0);
    let rpc = alone.rpc();
    let client = client(&rpc);
    assert_eq!(client.get("eth_chainId", json!([])), json!("0xaf173"));
    let wallet = first(CHAIN_ID);
    assert_eq!(format!("{:?}", wallet.address()).to_lowercase(), FIRST);
    let hash = client.get("eth_sendRawTransaction", json!([payment(&wallet, 0)]));
    assert_eq!(client.executed_in(&hash), None);
    let mut seen = Vec::new();
    while seen.last() != Some(&"finalized") && alone.height < 100 {
        alone.step();
        let Some(block) = client.executed_in(&hash) else {
            continue;
        };
        let newest = ["finalized", "safe", "latest"];
        let tag = newest.into_iter().find(|tag| client.block_number(tag) >= block);
        let tag = tag.expect("it is executed");
        if seen.last() != Some(&tag) {
            seen.push(tag);
        }
    }
    assert_eq!(seen, ["latest", "safe", "finalized"]);
    let paid = client.get(
        "eth_getBalance",
        json!([format!("0x{}", "aa".repeat(20)), "finalized"]),
    );
    assert_eq!(paid, json!("0x5"));
}

#[test]
fn after_a_restart_everything_since_genesis_is_served_again() {
    let mut alone = Alone::new(6);
    let (hash, before) = {
        let rpc = alone.rpc();
        let client = client(&rpc);
        let hash = client.get("eth_sendRawTransaction", json!([payment(&first(CHAIN_ID), 0)]));
        while alone.height < 60 {
            alone.step();
        }
        (hash.clone(), answers(&client, &hash))
    };
    assert!(before.iter().all(|answer| !answer.is_null()), "{before:?}");
    // The index is gone with its server.
    assert!(!alone.shared.lock().has_index(EVM));
    let disk = alone.disk.clone();
    drop(alone);
    let mut alone = Alone::start(6, disk);
    assert_eq!(alone.height, 60);
    let rpc = alone.rpc();
    let client = client(&rpc);
    assert_eq!(answers(&client, &hash), before);
    let newest = client.block_number("latest");
    while alone.height < 80 {
        alone.step();
    }
    assert!(client.block_number("latest") > newest);
    // Users played calls too, more than once each.
    let wallet = GENESIS.wallet(EVM, 0, 0).expect("a genesis").expect("a key");
    let slot = format!("0x{}{}", "0".repeat(24), hex::encode(wallet.address()));
    let tally = client.get("eth_getStorageAt", json!([format!("{TALLY:?}"), slot, "latest"]));
    let count = tally.as_str().expect("a word").trim_start_matches("0x");
    assert!(u64::from_str_radix(count, 16).expect("a count") > 1, "{tally}");
}

/// What must not change: the transaction, its block, states then and now, how far receipts are.
fn answers(client: &Client, hash: &Value) -> Vec<Value> {
    let block = client.get("eth_getTransactionReceipt", json!([hash]))["blockNumber"].take();
    let tags = ["latest", "safe", "finalized"];
    let tagged = tags.map(|tag| client.get("eth_getBlockByNumber", json!([tag, true])));
    let mut all = vec![
        client.get("eth_getTransactionByHash", json!([hash])),
        client.get("eth_getTransactionReceipt", json!([hash])),
        client.get("eth_getBlockByNumber", json!([block, true])),
        client.get("eth_getBalance", json!([FIRST, block])),
        client.get("eth_getBalance", json!([FIRST, "latest"])),
        client.get("eth_getBlockByNumber", json!(["0x1", true])),
    ];
    all.extend(tagged);
    all
}

#[test]
fn a_server_that_starts_late_catches_up_with_a_node_that_goes_on() {
    let mut alone = Alone::new(6);
    while alone.height < 40 {
        alone.step();
    }
    let rpc = alone.rpc();
    let began = alone.height;
    let client = eventually("JSON-RPC", PATIENCE, || {
        alone.step();
        assert_eq!(rpc.status().failure, None);
        rpc.status().address.map(Client)
    });
    assert!(alone.height > began);
    assert_eq!(client.block_number("latest"), alone.head());
}

#[test]
fn a_broken_journal_ends_the_server_and_not_the_node() {
    let mut alone = Alone::new(6);
    while alone.head() < 3 {
        alone.step();
    }
    let broken = Batch {
        executed: vec![(EVM, vec![(DomainNumber(2), vec![1, 2, 3])])],
        ..Batch::default()
    };
    alone.disk.commit(&broken).expect("it is written");
    let rpc = alone.rpc();
    let failure = eventually("the failure", PATIENCE, || rpc.status().failure);
    assert!(failure.starts_with("a block on disk"), "{failure}");
    let head = alone.head();
    while alone.height < 40 {
        alone.step();
    }
    assert!(alone.head() > head);
}

#[test]
fn a_server_whose_index_is_left_behind_says_so_and_stops() {
    let mut alone = Alone::new(6);
    let rpc = alone.rpc();
    let client = client(&rpc);
    alone.step();
    alone.shared.lock().detach(EVM);
    let failure = eventually("the failure", PATIENCE, || rpc.status().failure);
    assert!(failure.contains("does not follow"), "{failure}");
    eventually("the end of the server", PATIENCE, || {
        client.post("[]").is_err().then_some(())
    });
    alone.step();
}

#[test]
fn an_index_that_is_too_far_behind_is_not_taken() {
    let mut alone = Alone::new(6);
    while alone.height < 60 {
        alone.step();
    }
    let genesis = || {
        let (params, genesis) = GENESIS.domain(EVM, [0; 32]).expect("a domain");
        let rules = GENESIS.rules(EVM).expect("a genesis");
        let first = alone.disk.executed(EVM, 0, 1).expect("blocks").remove(0);
        let context = journal::decode(&first).expect("a block").context;
        let start = Start {
            context: Context {
                number: DomainNumber(0),
                ..context
            },
            hash: genesis.receipt.compute_hash(),
            state: genesis.state,
            trace_interval: params.trace_interval(),
            witness_limit: params.witness_limit,
        };
        Index::new(rules.evm().expect("an EVM").clone(), start, Bounds::default()).expect("an index")
    };
    let attach = |catch_up: fn(&Disk, &mut Index)| {
        let mut node = alone.shared.lock();
        let attached = node.attach(EVM, genesis(), |index| {
            catch_up(&alone.disk, index);
            Ok::<_, Infallible>(())
        });
        (attached.expect("no error").is_some(), node.has_index(EVM))
    };
    // What the operator keeps begins long after genesis.
    assert_eq!(attach(|_, _| {}), (false, false));
    let execute = |disk: &Disk, index: &mut Index| {
        for block in disk.executed(EVM, 0, usize::MAX).expect("blocks") {
            index
                .executed(journal::decode(&block).expect("a block"))
                .expect("the next");
        }
    };
    assert_eq!(attach(execute), (true, true));
}

#[test]
fn a_flood_of_transactions_holds_neither_blocks_nor_the_end_up() {
    let mut alone = Alone::new(2);
    let rpc = alone.rpc();
    let client = client(&rpc);
    let transaction = payment(&first(CHAIN_ID), 3);
    let request =
        json!({"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [transaction]});
    let batch = Value::Array(vec![request; 16]).to_string();
    let answered = Arc::new(AtomicU32::new(0));
    let flood = {
        let answered = answered.clone();
        move || {
            while client.post(&batch).is_ok_and(|answer| answer.contains("known")) {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let floods: Vec<_> = (0..8).map(|_| std::thread::spawn(flood.clone())).collect();
    let began = Instant::now();
    while alone.height < 60 {
        alone.step();
    }
    assert!(alone.head() > 0 && began.elapsed() < PATIENCE);
    // It goes on, and ends in the middle of it.
    eventually("answers", PATIENCE, || {
        (answered.load(Ordering::Relaxed) > 16).then_some(())
    });
    let ends = Instant::now();
    drop(rpc);
    assert!(ends.elapsed() < Duration::from_secs(5), "{:?}", ends.elapsed());
    floods
        .into_iter()
        .for_each(|flood| flood.join().expect("it ends"));
}

#[test]
fn the_journal_keeps_domains_apart_and_gives_so_many_blocks_at_once() {
    let disk = Disk::in_memory().expect("memory");
    let blocks = |domain: u8| {
        (1..=5)
            .map(|number| (DomainNumber(number.into()), vec![domain, number]))
            .collect()
    };
    let executed = (0..3)
        .map(|domain| (DomainId(domain.into()), blocks(domain)))
        .collect();
    let batch = Batch {
        executed,
        ..Batch::default()
    };
    disk.commit(&batch).expect("it is written");
    let read = |after, most| disk.executed(DomainId(1), after, most).expect("it is read");
    assert_eq!(read(0, 2), [[1, 1], [1, 2]]);
    assert_eq!(read(2, 9), [[1, 3], [1, 4], [1, 5]]);
    assert_eq!(read(5, 9), Vec::<Vec<u8>>::new());
}

#[test]
fn wrong_input_gets_the_codes_that_clients_expect() {
    let mut alone = Alone::new(0);
    let rpc = alone.rpc();
    let client = client(&rpc);
    let send = |transaction: String| client.refused("eth_sendRawTransaction", json!([transaction]));
    let wallet = first(CHAIN_ID);
    assert_eq!(client.refused("eth_nothing", json!([])).0, -32_601);
    assert_eq!(
        client.refused("eth_getBalance", json!(["0x12", "latest"])).0,
        -32_602
    );
    assert_eq!(client.refused("eth_sendRawTransaction", json!([])).0, -32_602);
    let cases = [
        ("0x02c0".to_owned(), "invalid transaction"),
        (payment(&first(1), 0), "invalid chain id for signer"),
        // What another EVM domain of the cluster would take.
        (payment(&first(CHAIN_ID + 1), 0), "invalid chain id for signer"),
        (payment(&wallet, 100_000), "nonce too high"),
        (format!("0x{}", "02".repeat(40_000)), "oversized data"),
    ];
    for (transaction, expected) in cases {
        let (code, message) = send(transaction);
        assert_eq!(code, -32_000);
        assert!(message.starts_with(expected), "{message:?} is not {expected:?}");
    }
    client.get("eth_sendRawTransaction", json!([payment(&wallet, 0)]));
    assert_eq!(send(payment(&wallet, 0)), (-32_000, "already known".into()));
    let other = send(call(&wallet, 0, TALLY, 0));
    assert_eq!(other, (-32_000, "replacement transaction underpriced".into()));
    while alone.height < 60 {
        alone.step();
    }
    let (_, message) = send(call(&wallet, 0, TALLY, 0));
    assert_eq!(message, "nonce too low: next nonce 1, tx nonce 0");
    let count = client.get("eth_getTransactionCount", json!([FIRST, "finalized"]));
    assert_eq!(number(&count), 1);
}

#[test]
fn a_taken_port_and_ports_that_there_are_not_are_told() {
    let alone = Alone::new(0);
    let (one, place) = (alone.rpc(), |address| Place {
        genesis: GENESIS,
        hash: [0; 32],
        domain: EVM,
        address,
    });
    let taken = client(&one).0;
    let other = Rpc::start(place(taken), alone.shared.clone(), alone.disk.clone());
    let failure = eventually("the failure", PATIENCE, || other.status().failure);
    assert!(failure.contains("in use"), "{failure}");
    let genesis = Genesis {
        operators: 3,
        domains: 2,
        evm: 2,
        ..GENESIS
    };
    let at = |port| {
        move |domain, index| {
            let base = ([127, 0, 0, 1], port).into();
            address_of(&genesis, base, DomainId(domain), index)
                .map(|address| address.port())
                .ok()
        }
    };
    assert_eq!(
        [at(8_545)(0, 0), at(8_545)(0, 2), at(8_545)(1, 1)],
        [Some(8_545), Some(8_547), Some(8_549)]
    );
    assert_eq!(
        [at(0)(1, 2), at(65_530)(1, 2), at(65_531)(1, 2)],
        [Some(0), Some(65_535), None]
    );
}

#[test]
fn there_are_no_more_evm_domains_than_domains_and_each_has_its_chain_id() {
    let genesis = Genesis { evm: 2, ..GENESIS };
    let error = Chain::new(&genesis, [0; 32]).expect_err("one domain");
    assert!(error.to_string().contains("2 of 1 domains"), "{error}");
    let genesis = Genesis {
        domains: 2,
        ..genesis
    };
    Chain::new(&genesis, [0; 32]).expect("two domains");
    let chain_id = |domain| {
        let rules = genesis.rules(DomainId(domain)).expect("a genesis");
        rules.evm().map(|engine| engine.config().chain_id)
    };
    // What is signed for one is nothing for the other; the third would be a ledger.
    let ids = [chain_id(0), chain_id(1), chain_id(2)];
    assert_eq!(ids, [Some(CHAIN_ID), Some(CHAIN_ID + 1), None]);
}
