//! Calls that messages of other chains make: entries of a block without a transaction of this chain.

use crate::common::*;
use crate::world::*;
use decex_core::codec::BoundedBytes;
use decex_core::message::{
    ChainId, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Request,
};
use decex_core::{Balance, ConsensusNumber, Digest, DomainId, ReceiptHash};
use decex_evm::{Address, Allocation, MESSENGER};
use decex_evm_rpc::{Api, Bounds, Index, Limits, NewBlock, Refused, Start, Submit, read, write};
use serde_json::{Value, json};
use std::sync::Arc;

const LOGGER: Address = Address::repeat_byte(0x10);
/// Leaves a log with topic 0xaa, and answers with no bytes.
const CODE: &[u8] = &[
    0x60, 0xaa, 0x5f, 0x5f, 0xa1, 0x60, 0x20, 0x5f, 0x52, 0x60, 0x40, 0x5f, 0xf3,
];

struct Nobody;

impl Submit for Nobody {
    fn submit(&self, _: &[u8]) -> Result<(), Refused> {
        Err(Refused::Silent)
    }
}

fn message(payload: Payload) -> Message {
    Message {
        from: ChainId::Domain(DomainId(7)),
        to: ChainId::Domain(DomainId(3)),
        channel: ChannelId(4),
        payload,
    }
}

fn to(number: u64, recipient: Address) -> Message {
    let request = Request {
        sender: PartyId(Digest([0xab; 32])),
        recipient: PartyId(decex_evm::sender_of(&recipient).0),
        value: Balance(5),
        deadline: ConsensusNumber(1_000),
        data: BoundedBytes::new(vec![1]).unwrap(),
    };
    message(Payload::Request(MessageNumber(number), request))
}

#[test]
fn a_call_has_a_name_a_receipt_and_logs_that_are_found() {
    let mut all = allocations();
    all.push(Allocation {
        address: LOGGER,
        code: CODE.to_vec().into(),
        ..Allocation::default()
    });
    let genesis = Start {
        state: decex_evm::genesis(&all).unwrap(),
        ..start()
    };
    let index = Index::new(engine(), genesis, Bounds::default()).unwrap().share();
    let api = Api::new(index.clone(), Arc::new(Nobody), Limits::default());
    let get = |method: &str, params: Value| api.answer(method, params.as_array().unwrap()).unwrap();
    let block = |number: u64, messages: Vec<Message>, transactions: Vec<Vec<u8>>| {
        let mut context = context(number);
        context.parent = ReceiptHash(Digest(read(&index).newest().hash.0));
        let block = NewBlock {
            context,
            hash: ReceiptHash(Digest([number as u8; 32])),
            state: None,
            messages,
            transactions,
        };
        write(&index).executed(block).unwrap();
    };
    let opened = Payload::Opened(ChannelTerms {
        capacity: 8,
        opener_fee: Balance(3),
        acceptor_fee: Balance(2),
    });
    block(1, vec![message(opened)], Vec::new());
    // The second is for a contract that does not take messages.
    block(
        2,
        vec![to(0, LOGGER), to(1, PROBE)],
        vec![Tx::default().sign(&key(0))],
    );
    let found = get("eth_getBlockByNumber", json!(["0x2", true]));
    let entries = found["transactions"].as_array().unwrap();
    let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["type"]).collect();
    assert_eq!(kinds, ["0x7e", "0x7e", "0x0"]);
    assert_eq!(
        (&entries[0]["from"], &entries[0]["to"]),
        (&json!(hex_of(MESSENGER)), &json!(hex_of(LOGGER)))
    );
    assert_ne!(entries[0]["hash"], entries[1]["hash"]);
    let logs = get("eth_getLogs", json!([{"address": hex_of(LOGGER)}]));
    assert_eq!(logs.as_array().unwrap().len(), 1);
    assert_eq!(logs[0]["transactionHash"], entries[0]["hash"]);
    let receipts = get("eth_getBlockReceipts", json!(["0x2"]));
    let statuses: Vec<&Value> = receipts
        .as_array()
        .unwrap()
        .iter()
        .map(|receipt| &receipt["status"])
        .collect();
    assert_eq!(statuses, ["0x1", "0x0", "0x1"]);
    for (receipt, entry) in receipts.as_array().unwrap().iter().zip(entries) {
        assert_eq!(&get("eth_getTransactionReceipt", json!([entry["hash"]])), receipt);
        assert_eq!(&get("eth_getTransactionByHash", json!([entry["hash"]])), entry);
    }
    assert_eq!(get("eth_getBalance", json!([hex_of(LOGGER)])), "0x5");
    // Calls are no part of what is paid for gas.
    let rewards = get("eth_feeHistory", json!(["0x1", "latest", [50]]))["reward"].clone();
    assert_eq!(rewards, json!([[format!("{GWEI:#x}")]]));
}
