//! JSON-RPC on a live run with a liar and re-organisations: what it says is what the operators did.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{Folder, args};
use decex_core::DomainNumber;
use decex_operator::decex_receipt::ReceiptView;
use devnet::domains::EVM;
use devnet::feed::GenesisFile;
use devnet::live::Attached;
use devnet::problem::Problem;
use devnet::progress::Progress;
use devnet::rpc::Rpc;
use devnet::run::{Ended, run_with};
use devnet::simulation::{Happening, Simulation, What};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

fn ask(address: SocketAddr, method: &str, params: Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let answer: Value = serde_json::from_str(body).unwrap();
    assert_eq!(answer["error"], Value::Null, "{method}");
    answer["result"].clone()
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

/// Compares after every slot what clients are told with what the operator that is followed knows.
struct Watcher {
    address: Rc<Cell<Option<SocketAddr>>>,
    reorganised: u32,
    stop_at: u64,
    stopped: Rc<Cell<bool>>,
    heads: Rc<RefCell<BTreeSet<u64>>>,
    filter: Option<Value>,
    /// Blocks that the filter told of, as the last word on each stands.
    told: BTreeSet<String>,
    /// Slots in which a wrong receipt stood on the chain.
    wrong: u32,
    /// Whether it has watched since genesis.
    whole: bool,
}

impl Attached for Watcher {
    fn after_slot(&mut self, simulation: &mut Simulation, happenings: &[Happening]) -> Result<(), Problem> {
        let address = self.address.get().unwrap();
        let reorganised = happenings
            .iter()
            .filter(|happening| matches!(happening.what, What::Reorganised(_)));
        self.reorganised += u32::try_from(reorganised.count()).unwrap();
        let member = simulation.reference(EVM).unwrap();
        let (head, hash) = member.operator.head().unwrap();
        let state = member.operator.receipt(head).unwrap().state;
        let latest = ask(address, "eth_getBlockByNumber", json!(["latest", false]));
        assert_eq!(number(&latest["number"]), head.0);
        assert_eq!(latest["hash"], format!("0x{}", hex::encode(hash.0.0)));
        assert_eq!(latest["stateRoot"], format!("0x{}", hex::encode(state.0.0)));
        self.heads.borrow_mut().insert(head.0);
        let tag = |name: &str| number(&ask(address, "eth_getBlockByNumber", json!([name, false]))["number"]);
        let (finalized, safe) = (tag("finalized"), tag("safe"));
        assert!(finalized <= safe && safe <= head.0);
        let node = simulation.nodes.iter().find(|node| {
            let mut members = node.members.iter();
            members.any(|member| member.domain == EVM && member.journal.is_some())
        });
        assert_eq!(finalized, node.unwrap().heads(EVM).1.min(head.0));
        // A block is safe when the receipt on the chain is the operator's own; the liar's is not.
        let chain = node.unwrap().chain.state();
        let on_chain = |number| chain.hash_at(EVM, DomainNumber(number)).unwrap();
        let own = |number| {
            member
                .operator
                .receipt(DomainNumber(number))
                .unwrap()
                .compute_hash()
        };
        if safe > finalized {
            assert_eq!(on_chain(safe), Some(own(safe)));
        }
        if safe < head.0
            && let Some(other) = on_chain(safe + 1)
        {
            assert_ne!(other, own(safe + 1));
            self.wrong += 1;
        }
        let filter = self
            .filter
            .get_or_insert_with(|| ask(address, "eth_newFilter", json!([{}])));
        let news = ask(address, "eth_getFilterChanges", json!([filter]));
        for log in news.as_array().unwrap() {
            let name = format!("{} {}", log["blockHash"], log["logIndex"]);
            if log["removed"] == true {
                assert!(self.told.remove(&name), "taken back, never told: {name}");
            } else {
                assert!(self.told.insert(name.clone()), "told twice: {name}");
            }
        }
        let seen = !self.whole || self.wrong > 0 || simulation.slot >= 600;
        if simulation.slot >= self.stop_at && seen {
            self.stopped.set(true);
            self.compare(address, simulation);
        }
        Ok(())
    }
}

impl Watcher {
    /// Every block from genesis on against the operator's journal.
    fn compare(&self, address: SocketAddr, simulation: &Simulation) {
        let journal = simulation.reference(EVM).unwrap().journal.as_ref().unwrap();
        let mut logs = BTreeSet::new();
        for (number, noted) in journal {
            let block = ask(
                address,
                "eth_getBlockByNumber",
                json!([format!("{number:#x}"), true]),
            );
            let parent = hex::encode(noted.block.context.parent.0.0);
            assert_eq!(block["parentHash"], format!("0x{parent}"));
            let executed = block["transactions"].as_array().unwrap();
            let signed = executed
                .iter()
                .filter(|transaction| transaction["type"] != "0x7e")
                .count();
            let refused = block["refusedTransactions"].as_array().unwrap().len();
            assert_eq!(signed + refused, noted.block.transactions.len());
            for receipt in ask(address, "eth_getBlockReceipts", json!([block["number"]]))
                .as_array()
                .unwrap()
            {
                for log in receipt["logs"].as_array().unwrap() {
                    logs.insert(format!("{} {}", log["blockHash"], log["logIndex"]));
                }
            }
        }
        assert!(logs.len() > 10 && journal.len() > 5, "{} logs", logs.len());
        if self.whole {
            assert_eq!(logs, self.told, "what a filter has told is what stands");
            assert!(self.wrong > 0, "nobody lied");
            assert!(self.reorganised > 0, "{} re-orgs", self.reorganised);
        }
    }
}

/// Runs to slot `stop_at`, or until there was a wrong receipt, and lets a watcher compare. Returns the first head that it saw.
fn watch(folder: &Folder, stop_at: u64, whole: bool) -> u64 {
    // In this course of events the liar comes first with a receipt; in that of seed 1 it never does.
    let args = args(
        &folder.0,
        &["--rpc", "127.0.0.1:0", "--pace", "0", "--seed", "12"],
    );
    assert!(args.is_live());
    let address = Rc::new(Cell::new(None));
    let stopped = Rc::new(Cell::new(false));
    let tell = {
        let address = address.clone();
        move |at: SocketAddr, chain_id| {
            assert_eq!(chain_id, GenesisFile::shipped().unwrap().chain_id);
            address.set(Some(at));
        }
    };
    let mut rpc = Rpc::new(args.rpc.unwrap(), Box::new(tell));
    let heads = Rc::new(RefCell::new(BTreeSet::new()));
    let mut watcher = Watcher {
        address,
        reorganised: 0,
        stop_at,
        stopped: stopped.clone(),
        heads: heads.clone(),
        filter: None,
        told: BTreeSet::new(),
        wrong: 0,
        whole,
    };
    let mut quiet = Progress::new(true, false, false);
    let ended = run_with(
        &args,
        &mut quiet,
        &|| stopped.get(),
        &mut [&mut rpc, &mut watcher],
    )
    .unwrap();
    assert!(matches!(ended, Ended::Interrupted { .. }));
    heads.borrow().first().copied().unwrap()
}

#[test]
fn clients_are_told_what_the_operator_did_through_every_reorganisation() {
    let folder = Folder::new("rpc");
    assert_eq!(watch(&folder, 200, true), 0, "from genesis on");
    // Taken up again: the index has the whole history all the same.
    assert!(watch(&folder, 0, false) > 5);
}
