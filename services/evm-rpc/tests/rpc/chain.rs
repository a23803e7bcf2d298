//! Blocks, transactions, receipts, accounts and fees.

use crate::common::*;
use crate::world::*;
use decex_evm::{keccak256, query};
use decex_evm_rpc::{Bounds, IndexError, Limits, METHODS, View, hash_of, read, write};
use serde_json::{Value, json};

#[test]
fn what_a_client_asks_first() {
    let world = World::filled();
    assert_eq!(world.get("eth_chainId", json!([])), "0xaf173");
    assert_eq!(world.get("net_version", json!([])), "717171");
    assert_eq!(world.get("eth_blockNumber", json!([])), "0x2");
    assert_eq!(world.get("eth_syncing", json!([])), false);
    assert_eq!(world.get("eth_accounts", json!([])), json!([]));
    assert_eq!(world.get("net_listening", json!([])), true);
    assert_eq!(world.get("net_peerCount", json!([])), "0x0");
    assert_eq!(world.get("rpc_modules", json!([]))["eth"], "1.0");
    let version = world.get("web3_clientVersion", json!([]));
    assert!(version.as_str().unwrap().ends_with(decex_evm::RULES), "{version}");
    assert_eq!(world.get("web3_sha3", json!(["0x"])), hex_of(keccak256([])));
    assert_eq!(world.get("eth_gasPrice", json!([])), "0x3b9aca00");
    assert_eq!(world.get("eth_maxPriorityFeePerGas", json!([])), "0x0");
}

/// No method of the list is unknown, none takes parameters that it does not have, and what is not on the list does not exist.
#[test]
fn every_method_is_there_and_counts_its_parameters() {
    let world = World::filled();
    let many = json!(["0x1", "0x1", "0x1", "0x1", "0x1", "0x1"]);
    for method in METHODS {
        let (code, message) = world.refused(method, many.clone());
        assert_ne!(code, -32601, "{method}: {message}");
    }
    for method in [
        "eth_getProof",
        "eth_sign",
        "eth_sendTransaction",
        "debug_traceCall",
        "",
    ] {
        let (code, message) = world.refused(method, json!([]));
        assert_eq!(code, -32601);
        assert!(message.contains("does not exist/is not available"), "{message}");
    }
}

#[test]
fn accounts_are_read_after_any_kept_block() {
    let world = World::filled();
    let full = balance(decex_core::Balance(100 * ETHER));
    assert_eq!(world.get("eth_getBalance", json!([of(0), "0x0"])), full);
    assert_eq!(world.get("eth_getBalance", json!([of(0), "earliest"])), full);
    let spent = world.get("eth_getBalance", json!([of(0), "0x1"]));
    assert_ne!(spent, full);
    assert_eq!(world.get("eth_getBalance", json!([of(0)])), spent);
    assert_eq!(world.get("eth_getTransactionCount", json!([of(1), "0x0"])), "0x0");
    assert_eq!(world.get("eth_getTransactionCount", json!([of(1), "0x1"])), "0x2");
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(1), "latest"])),
        "0x4"
    );
    assert_eq!(
        world.get("eth_getCode", json!([hex_of(PROBE), "latest"])),
        hex_of(probe_code())
    );
    assert_eq!(world.get("eth_getCode", json!([of(0), "latest"])), "0x");
    let slot = |at: &str| world.get("eth_getStorageAt", json!([hex_of(PROBE), "0x1", at]));
    assert_eq!(slot("0x0"), hex_of([0; 32]));
    assert_eq!(slot("0x1"), hex_of(U256::from(42).to_be_bytes::<32>()));
    // The forms of EIP-1898.
    let block = world.get("eth_getBlockByNumber", json!(["0x1", false]));
    let by_hash = json!({"blockHash": block["hash"], "requireCanonical": true});
    assert_eq!(world.get("eth_getBalance", json!([of(0), by_hash])), spent);
    assert_eq!(
        world.get("eth_getBalance", json!([of(0), {"blockNumber": "0x0"}])),
        full
    );
}

#[test]
fn tags_follow_the_receipts() {
    let world = World::filled();
    let number = |tag: &str| world.get("eth_getBlockByNumber", json!([tag, false]))["number"].clone();
    let all = || ["earliest", "finalized", "safe", "latest", "pending"].map(number);
    assert_eq!(all(), ["0x0", "0x0", "0x0", "0x2", "0x2"]);
    write(&world.index).mark(2, 1);
    assert_eq!(all(), ["0x0", "0x1", "0x2", "0x2", "0x2"]);
    let finalized = world.get("eth_getTransactionCount", json!([of(1), "finalized"]));
    assert_eq!(finalized, "0x2");
    // A chain that knows more than the index does not make it lie.
    write(&world.index).mark(9, 9);
    assert_eq!(all(), ["0x0", "0x2", "0x2", "0x2", "0x2"]);
    write(&world.index).retract().unwrap();
    assert_eq!(all(), ["0x0", "0x1", "0x1", "0x1", "0x1"]);
}

#[test]
fn blocks_hold_what_was_executed_and_tell_what_was_not() {
    let world = World::filled();
    let block = world.get("eth_getBlockByNumber", json!(["0x1", false]));
    let pay = hex_of(hash_of(&Tx::default().sign(&key(0))));
    assert_eq!(block["transactions"].as_array().unwrap().len(), 3);
    assert_eq!(block["transactions"][0], pay);
    assert_eq!(block["refusedTransactions"][0]["hash"], pay);
    assert_eq!(block["refusedTransactions"][0]["reason"], "NonceTooLow");
    assert_eq!(block["parentHash"], hex_of(GENESIS.0.0));
    assert_eq!(
        block["timestamp"],
        format!("{:#x}", context(1).timestamp.0 / 1_000)
    );
    assert_eq!(
        world.get("eth_getBlockByHash", json!([block["hash"], false])),
        block
    );
    let whole = world.get("eth_getBlockByNumber", json!(["0x1", true]));
    for (place, transaction) in whole["transactions"].as_array().unwrap().iter().enumerate() {
        let by_hash = world.get("eth_getTransactionByHash", json!([transaction["hash"]]));
        assert_eq!(&by_hash, transaction);
        let place = format!("{place:#x}");
        let nth = world.get("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", place]));
        assert_eq!(&nth, transaction);
        let nth = world.get(
            "eth_getTransactionByBlockHashAndIndex",
            json!([block["hash"], place]),
        );
        assert_eq!(&nth, transaction);
    }
    for method in [
        "eth_getBlockTransactionCountByNumber",
        "eth_getUncleCountByBlockNumber",
    ] {
        let expected = if method.contains("Uncle") { "0x0" } else { "0x3" };
        assert_eq!(world.get(method, json!(["0x1"])), expected);
        let method = method.replace("Number", "Hash");
        assert_eq!(world.get(&method, json!([block["hash"]])), expected);
    }
    // What is not there is null, not an error.
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0x3", false])),
        ("eth_getBlockByHash", json!([hex_of([9; 32]), false])),
        ("eth_getBlockReceipts", json!(["0x3"])),
        ("eth_getTransactionByHash", json!([hex_of([9; 32])])),
        ("eth_getTransactionReceipt", json!([hex_of([9; 32])])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x3"])),
    ] {
        assert_eq!(world.get(method, params), Value::Null, "{method}");
    }
}

#[test]
fn receipts_are_those_of_the_engine() {
    let world = World::filled();
    let receipts = world.get("eth_getBlockReceipts", json!(["0x1"]));
    let receipts = receipts.as_array().unwrap();
    let statuses: Vec<&Value> = receipts.iter().map(|receipt| &receipt["status"]).collect();
    assert_eq!(statuses, ["0x1", "0x1", "0x0"]);
    let number = |value: &Value| u64::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap();
    let mut sum = 0;
    for receipt in receipts {
        sum += number(&receipt["gasUsed"]);
        assert_eq!(number(&receipt["cumulativeGasUsed"]), sum);
        assert_eq!(
            &world.get("eth_getTransactionReceipt", json!([receipt["transactionHash"]])),
            receipt
        );
    }
    assert_eq!(receipts[0]["gasUsed"], "0x5208");
    assert_eq!(receipts[0]["effectiveGasPrice"], format!("{:#x}", 2 * GWEI));
    let bytes = Tx::default().sign(&key(0)).len() as u128;
    assert_eq!(receipts[0]["blockspaceFee"], format!("{:#x}", bytes * 7 * GWEI));
    assert_eq!(receipts[0]["contractAddress"], Value::Null);
    let logs = world.get("eth_getBlockReceipts", json!(["latest"]));
    let places: Vec<_> = logs
        .as_array()
        .unwrap()
        .iter()
        .map(|receipt| receipt["logs"][0]["logIndex"].clone())
        .collect();
    assert_eq!(places, ["0x0", "0x1", "0x2"]);
}

#[test]
fn a_creation_names_the_contract() {
    let mut world = World::filled();
    // Returns one byte of code: STOP.
    let init = vec![0x60, 0x01, 0x60, 0x00, 0xf3];
    let create = Tx {
        to: decex_evm::TxKind::Create,
        data: init.into(),
        gas: 100_000,
        ..Tx::default()
    };
    let bytes = create.sign(&key(5));
    world.block(std::slice::from_ref(&bytes));
    let receipt = world.get("eth_getTransactionReceipt", json!([hex_of(hash_of(&bytes))]));
    let created = address(&key(5)).create(0);
    assert_eq!(
        (&receipt["contractAddress"], &receipt["to"]),
        (&json!(hex_of(created)), &Value::Null)
    );
    assert_eq!(world.get("eth_getCode", json!([hex_of(created)])), "0x00");
}

#[test]
fn fee_history_has_one_fee_more_than_blocks() {
    let world = World::filled();
    let history = world.get("eth_feeHistory", json!(["0x2", "latest", [0, 50, 100]]));
    assert_eq!(history["oldestBlock"], "0x1");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 3);
    assert_eq!(history["gasUsedRatio"].as_array().unwrap().len(), 2);
    let tip = format!("{GWEI:#x}");
    assert_eq!(history["reward"], json!([[tip, tip, tip], [tip, tip, tip]]));
    // More than there are: those there are.
    let history = world.get("eth_feeHistory", json!(["0x400", "latest"]));
    assert_eq!(
        (&history["oldestBlock"], &history["reward"]),
        (&json!("0x0"), &Value::Null)
    );
    assert_eq!(
        world.refused("eth_feeHistory", json!(["0x401", "latest"])).0,
        -32602
    );
    assert_eq!(
        world
            .refused("eth_feeHistory", json!(["0x1", "latest", [60, 50]]))
            .0,
        -32602
    );
}

#[test]
fn wrong_parameters_are_refused_as_such() {
    let world = World::filled();
    let cases = [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([12])),
        ("eth_getBalance", json!([of(0), "newest"])),
        ("eth_getBalance", json!([of(0), "12"])),
        ("eth_getBalance", json!([of(0), "0x"])),
        ("eth_getBalance", json!([of(0), "0xzz"])),
        ("eth_getBalance", json!([of(0), "0x10000000000000000"])),
        ("eth_getBalance", json!([of(0), {}])),
        (
            "eth_getBalance",
            json!([of(0), {"blockHash": hex_of([1; 32]), "blockNumber": "0x1"}]),
        ),
        ("eth_getBalance", json!([of(0), "latest", 1])),
        ("eth_getStorageAt", json!([of(0), hex_of([0; 33]), "latest"])),
        ("eth_getBlockByHash", json!(["0x1", false])),
        ("eth_getBlockByNumber", json!(["latest", "yes"])),
        ("eth_getTransactionByHash", json!(["0x123"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x1"])),
        ("eth_sendRawTransaction", json!(["hello"])),
        ("web3_sha3", json!([])),
        ("eth_chainId", json!([1])),
    ];
    for (method, params) in cases {
        let (code, message) = world.refused(method, params.clone());
        assert_eq!(code, -32602, "{method} {params}: {message}");
    }
    let (code, message) = world.refused("eth_getBalance", json!([of(0), "0x3"]));
    assert_eq!((code, message.as_str()), (-32000, "header not found"));
}

#[test]
fn what_is_forgotten_is_said_to_be() {
    let bounds = Bounds {
        states: 2,
        blocks: 4,
        ..Bounds::default()
    };
    let mut world = World::new(bounds, Limits::default());
    for nonce in 0..8 {
        world.block(&[Tx {
            nonce,
            ..Tx::default()
        }
        .sign(&key(0))]);
    }
    let index = read(&world.index);
    assert_eq!(
        (index.oldest(), index.oldest_state(), index.newest().number()),
        (5, 6, 8)
    );
    drop(index);
    assert_eq!(world.get("eth_getTransactionCount", json!([of(0), "0x6"])), "0x6");
    let (code, message) = world.refused("eth_getTransactionCount", json!([of(0), "0x5"]));
    assert!(
        code == -32000 && message.contains("after block 5 is not kept") && message.contains("block 6"),
        "{message}"
    );
    let (code, message) = world.refused("eth_getTransactionCount", json!([of(0), "0x1"]));
    assert!(
        code == -32000 && message.contains("block 1 is not kept"),
        "{message}"
    );
    assert_eq!(
        world.get("eth_getBlockByNumber", json!(["0x3", false])),
        Value::Null
    );
    let gone = hex_of(hash_of(
        &Tx {
            nonce: 0,
            ..Tx::default()
        }
        .sign(&key(0)),
    ));
    assert_eq!(world.get("eth_getTransactionReceipt", json!([gone])), Value::Null);
    assert_eq!(
        world.refused("eth_getLogs", json!([{"fromBlock": "0x0"}])).0,
        -32000
    );
    // Two states back and no further; the index stays where it is.
    world.retract().unwrap();
    world.retract().unwrap();
    assert_eq!(world.retract(), Err(IndexError::OutOfReach { number: 6 }));
    assert_eq!(world.get("eth_getTransactionCount", json!([of(0)])), "0x6");
}

#[test]
fn memory_is_bounded_in_bytes_too() {
    let bounds = Bounds {
        bytes: 4_000,
        ..Bounds::default()
    };
    let mut world = World::new(bounds, Limits::default());
    for nonce in 0..8 {
        world.block(&[Tx {
            nonce,
            ..Tx::default()
        }
        .sign(&key(0))]);
    }
    let index = read(&world.index);
    let kept: usize = (index.oldest()..=8)
        .map(|number| index.block(number).unwrap().bytes)
        .sum();
    assert!(
        kept <= 4_000 && index.oldest() > 2,
        "{kept} from {}",
        index.oldest()
    );
}

#[test]
fn a_branch_replaces_another_and_nothing_of_it_is_left() {
    let mut world = World::filled();
    let lost = log(4, 9, 1);
    world.block(std::slice::from_ref(&lost));
    let hash = hex_of(hash_of(&lost));
    let old = world.get("eth_getBlockByNumber", json!(["latest", false]));
    let by_hash = json!({"blockHash": old["hash"]});
    world.retract().unwrap();
    // It waits again.
    assert_eq!(world.get("eth_getTransactionReceipt", json!([hash])), Value::Null);
    assert_eq!(
        world.get("eth_getTransactionByHash", json!([hash]))["blockNumber"],
        Value::Null
    );
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(1), "pending"])),
        "0x5"
    );
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(1), "latest"])),
        "0x4"
    );
    assert_eq!(
        world.get("eth_getBlockByHash", json!([old["hash"], false])),
        Value::Null
    );
    assert_eq!(world.refused("eth_getBalance", json!([of(1), by_hash])).0, -32000);
    // On the other branch it comes two blocks later.
    world.block(&[Tx {
        nonce: 1,
        ..Tx::default()
    }
    .sign(&key(0))]);
    world.block(&[lost]);
    let receipt = world.get("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(
        (&receipt["blockNumber"], &receipt["status"]),
        (&json!("0x4"), &json!("0x1"))
    );
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(1), "pending"])),
        "0x5"
    );
}

#[test]
fn a_block_that_is_not_the_next_or_comes_to_another_state_is_refused() {
    let mut world = World::filled();
    let block = world.next(&[log(4, 9, 1)]);
    let mut other = block.clone();
    other.context.number.0 += 1;
    let not_next = Err(IndexError::NotNext { newest: 2, found: 4 });
    assert_eq!(write(&world.index).executed(other), not_next);
    let mut other = block.clone();
    other.context.parent = GENESIS;
    assert!(matches!(
        write(&world.index).executed(other),
        Err(IndexError::NotNext { .. })
    ));
    let mut other = block.clone();
    other.state = Some(Default::default());
    assert_eq!(
        write(&world.index).executed(other),
        Err(IndexError::State { number: 3 })
    );
    let mut other = block.clone();
    other.transactions.push(vec![1]);
    assert!(matches!(
        write(&world.index).executed(other),
        Err(IndexError::Replay(_))
    ));
    // None of them left a trace: the right one fits.
    write(&world.index).executed(block).unwrap();
    assert_eq!(world.get("eth_blockNumber", json!([])), "0x3");
}

#[test]
fn a_state_that_is_read_is_never_that_of_another_branch() {
    let mut world = World::filled();
    world.block(&[log(4, 9, 1)]);
    let sender = address(&key(1));
    let view = View::of(&world.index, 3).unwrap();
    let before = View::of(&world.index, 2).unwrap();
    assert_eq!(query::nonce_of(&view, &sender), Ok(5));
    world.retract().unwrap();
    assert!(query::nonce_of(&view, &sender).is_err(), "it is gone");
    // Another block of the same number: the old view does not answer for it.
    world.block(&[
        Tx {
            nonce: 4,
            ..Tx::default()
        }
        .sign(&key(1)),
        Tx {
            nonce: 5,
            ..Tx::default()
        }
        .sign(&key(1)),
    ]);
    assert!(query::nonce_of(&view, &sender).is_err());
    assert_eq!(
        query::nonce_of(&View::of(&world.index, 3).unwrap(), &sender),
        Ok(6)
    );
    assert_eq!(query::nonce_of(&before, &sender), Ok(4), "what lies below stands");
    assert!(View::of(&world.index, 4).is_none());
}
