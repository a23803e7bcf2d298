//! Logs and filters, re-organisations included.

use crate::common::*;
use crate::world::*;
use decex_evm_rpc::{Bounds, Limits};
use serde_json::{Value, json};
use std::time::Duration;

fn topic(what: u64) -> String {
    hex_of(U256::from(what).to_be_bytes::<32>())
}

fn seen() -> String {
    hex_of(decex_evm::keccak256("Seen(uint256,bytes)"))
}

fn count(world: &World, filter: Value) -> usize {
    world
        .get("eth_getLogs", json!([filter]))
        .as_array()
        .unwrap()
        .len()
}

#[test]
fn logs_are_chosen_by_block_address_and_topics() {
    let world = World::filled();
    let all = json!({"fromBlock": "0x0"});
    assert_eq!(count(&world, all.clone()), 3);
    let with = |name: &str, value: Value| {
        let mut filter = all.clone();
        filter[name] = value;
        count(&world, filter)
    };
    assert_eq!(with("toBlock", json!("0x1")), 0);
    assert_eq!(with("toBlock", json!("0x99")), 3);
    assert_eq!(with("address", json!(hex_of(PROBE))), 3);
    assert_eq!(with("address", json!([of(0), hex_of(PROBE)])), 3);
    assert_eq!(with("address", json!(of(0))), 0);
    assert_eq!(with("topics", json!([])), 3);
    assert_eq!(with("topics", json!([seen(), topic(7)])), 2);
    assert_eq!(with("topics", json!([null, [topic(7), topic(8)]])), 3);
    assert_eq!(with("topics", json!([[seen(), topic(1)], topic(8)])), 1);
    assert_eq!(
        with("topics", json!([topic(7)])),
        0,
        "the first topic is the event's"
    );
    assert_eq!(with("topics", json!([null, null, null])), 0, "there is no third");
    // The newest block, unless something else is asked for.
    assert_eq!(count(&world, json!({})), 3);
    let hash = world.get("eth_getBlockByNumber", json!(["0x1", false]))["hash"].clone();
    assert_eq!(count(&world, json!({"blockHash": hash})), 0);
    let logs = world.get("eth_getLogs", json!([all]));
    assert_eq!(logs[1]["topics"], json!([seen(), topic(8)]));
    assert_eq!(
        (&logs[1]["logIndex"], &logs[1]["transactionIndex"]),
        (&json!("0x1"), &json!("0x1"))
    );
    assert_eq!(logs[0]["removed"], false);
}

#[test]
fn wrong_and_excessive_filters_are_refused() {
    let limits = Limits {
        logs: 2,
        log_blocks: 2,
        filter_choices: 2,
        ..Limits::default()
    };
    let mut world = World::new(Bounds::default(), limits);
    world.block(&[log(0, 7, 1), log(1, 7, 1)]);
    world.block(&[log(2, 7, 1)]);
    world.block(&[]);
    assert_eq!(count(&world, json!({"fromBlock": "0x1", "toBlock": "0x1"})), 2);
    let cases = [
        (json!({"fromBlock": "0x1", "toBlock": "0x2"}), -32005),
        (json!({"fromBlock": "0x1"}), -32005),
        (json!({"fromBlock": "0x2", "toBlock": "0x1"}), -32602),
        (json!({"fromBlock": "0x1", "blockHash": hex_of([1; 32])}), -32602),
        (json!({"blockHash": hex_of([9; 32])}), -32000),
        (json!({"address": "0x1"}), -32602),
        (json!({"address": [of(0), of(1), of(2)]}), -32602),
        (json!({"topics": seen()}), -32602),
        (json!({"topics": [null, null, null, null, null]}), -32602),
        (json!({"topics": [[topic(1), topic(2), topic(3)]]}), -32602),
        (json!("0x1"), -32602),
    ];
    for (filter, code) in cases {
        assert_eq!(world.refused("eth_getLogs", json!([filter])).0, code, "{filter}");
    }
}

#[test]
fn a_filter_tells_what_is_new_and_what_was_taken_back() {
    let mut world = World::filled();
    let logs = world.get("eth_newFilter", json!([{"topics": [null, topic(9)]}]));
    let blocks = world.get("eth_newBlockFilter", json!([]));
    let news = |world: &World, id: &Value| {
        world
            .get("eth_getFilterChanges", json!([id]))
            .as_array()
            .unwrap()
            .clone()
    };
    assert!(news(&world, &logs).is_empty() && news(&world, &blocks).is_empty());
    world.block(&[log(4, 9, 1), log(5, 8, 1)]);
    let found = news(&world, &logs);
    assert_eq!((found.len(), &found[0]["removed"]), (1, &json!(false)));
    assert_eq!(news(&world, &blocks), [found[0]["blockHash"].clone()]);
    assert!(news(&world, &logs).is_empty(), "told once");
    // Another branch: two blocks in place of one.
    world.retract().unwrap();
    world.block(&[]);
    world.block(&[log(4, 9, 1)]);
    let found = news(&world, &logs);
    let removed: Vec<&Value> = found.iter().map(|log| &log["removed"]).collect();
    assert_eq!(removed, [true, false]);
    assert_eq!(found[0]["transactionHash"], found[1]["transactionHash"]);
    assert_eq!(found[1]["blockNumber"], "0x4");
    assert_eq!(news(&world, &blocks).len(), 2);
    assert_eq!(
        world
            .get("eth_getFilterLogs", json!([logs]))
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.refused("eth_getFilterLogs", json!([blocks])).0, -32000);
    assert_eq!(world.get("eth_uninstallFilter", json!([logs])), true);
    assert_eq!(world.get("eth_uninstallFilter", json!([logs])), false);
    assert_eq!(
        world.refused("eth_getFilterChanges", json!([logs])),
        (-32000, "filter not found".into())
    );
}

#[test]
fn filters_are_bounded_and_die_when_nobody_asks() {
    let limits = Limits {
        filters: 2,
        filter_life: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::new(Bounds::default(), limits);
    let first = world.get("eth_newBlockFilter", json!([]));
    world.get("eth_newFilter", json!([{}]));
    assert_eq!(world.refused("eth_newBlockFilter", json!([])).0, -32005);
    std::thread::sleep(Duration::from_millis(60));
    world.get("eth_newBlockFilter", json!([]));
    assert_eq!(world.refused("eth_getFilterChanges", json!([first])).0, -32000);
    assert_eq!(
        world
            .refused("eth_newFilter", json!([{"blockHash": hex_of([1; 32])}]))
            .0,
        -32602
    );
}
