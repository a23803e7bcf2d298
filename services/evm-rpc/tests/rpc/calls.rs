//! `eth_call` and `eth_estimateGas`.

use crate::common::*;
use crate::world::*;
use decex_evm::TxKind;
use decex_evm_rpc::{Bounds, Limits};
use serde_json::{Value, json};

fn probe(signature: &str, arguments: &[U256]) -> Value {
    json!({"to": hex_of(PROBE), "data": hex_of(call_data(signature, arguments))})
}

#[test]
fn a_call_reads_the_state_of_its_block() {
    let world = World::filled();
    let request = probe("get(uint256)", &[U256::ONE]);
    let at = |block: &str| world.get("eth_call", json!([request, block]));
    assert_eq!(at("latest"), hex_of(U256::from(42).to_be_bytes::<32>()));
    assert_eq!(at("0x0"), hex_of([0; 32]));
    // `input` is the newer name of `data`; both may be there if they agree.
    let mut both = request.clone();
    both["input"] = both["data"].clone();
    assert_eq!(world.get("eth_call", json!([both])), at("latest"));
    both["input"] = json!("0x00");
    assert_eq!(world.refused("eth_call", json!([both])).0, -32602);
}

#[test]
fn a_call_that_fails_says_why() {
    let world = World::filled();
    let error = world.ask("eth_call", json!([probe("fail()", &[])])).unwrap_err();
    assert_eq!(error.code, 3);
    assert!(error.message.starts_with("execution reverted"), "{error}");
    assert!(error.data.is_some());
    assert_eq!(
        world.refused("eth_estimateGas", json!([probe("fail()", &[])])).0,
        3
    );
    let mut burn = probe("burn()", &[]);
    burn["gas"] = json!("0x20000");
    let (code, message) = world.refused("eth_call", json!([burn]));
    assert!(code == -32000 && message.contains("out of gas"), "{message}");
    let (code, message) = world.refused("eth_estimateGas", json!([burn]));
    assert!(
        code == -32000 && message.contains("gas required exceeds allowance (131072)"),
        "{message}"
    );
    let poor = json!({"from": hex_of([1; 20]), "to": of(0), "value": "0x1"});
    let (code, message) = world.refused("eth_call", json!([poor]));
    assert!(
        code == -32000 && message.contains("insufficient funds"),
        "{message}"
    );
    let contract = json!({"from": hex_of(PROBE), "to": of(0)});
    assert_eq!(
        world.refused("eth_call", json!([contract])),
        (-32000, "sender not an eoa".into())
    );
}

#[test]
fn wrong_calls_are_refused_as_such() {
    let world = World::filled();
    for request in [
        json!([]),
        json!(["0x"]),
        json!([{}]),
        json!([{"to": "0x1"}]),
        json!([{"to": of(0), "value": "1"}]),
        json!([{"to": of(0), "gas": "0x10000000000000000"}]),
        json!([{"to": of(0), "maxFeePerGas": true}]),
        json!([{"to": of(0)}, "latest", {of(0): {"balance": "0x1"}}]),
        json!([{"to": of(0)}, "latest", {}, {}]),
    ] {
        assert_eq!(world.refused("eth_call", request.clone()).0, -32602, "{request}");
    }
    // An empty object of overrides overrides nothing.
    assert_eq!(world.get("eth_call", json!([{"to": of(0)}, "latest", {}])), "0x");
}

#[test]
fn a_call_has_bounds() {
    let limits = Limits {
        call_gas: 60_000,
        call_data: 64,
        ..Limits::default()
    };
    let world = World::new(Bounds::default(), limits);
    let mut burn = probe("burn()", &[]);
    burn["gas"] = json!("0xffffffffffffffff");
    let (code, message) = world.refused("eth_call", json!([burn]));
    assert!(code == -32000 && message.contains("60000 gas used"), "{message}");
    let long = json!({"to": of(0), "data": hex_of([0; 65])});
    assert_eq!(world.refused("eth_call", json!([long])).0, -32005);
}

/// With the estimate a transaction succeeds, and an estimate is not much more than what is needed.
#[test]
fn estimates_are_enough_and_not_much_more() {
    let init = [0x60, 0x01, 0x60, 0x00, 0xf3];
    let deploy = json!({"from": of(4), "data": hex_of(init)});
    let cases: Vec<(Value, Tx)> = vec![
        (
            json!({"from": of(4), "to": of(7), "value": "0x1"}),
            Tx {
                value: U256::ONE,
                to: TxKind::Call(address(&key(7))),
                ..Tx::default()
            },
        ),
        (
            probe("set(uint256,uint256)", &[U256::from(3), U256::from(5)]),
            call(0, 0, "set(uint256,uint256)", &[U256::from(3), U256::from(5)]),
        ),
        // A refund: what is used in the end is less than what is needed on the way.
        (
            probe("set(uint256,uint256)", &[U256::ONE, U256::ZERO]),
            call(0, 0, "set(uint256,uint256)", &[U256::ONE, U256::ZERO]),
        ),
        (
            probe(
                "writeMany(uint256,uint256,uint256)",
                &[U256::from(9), U256::from(20), U256::ONE],
            ),
            call(
                0,
                0,
                "writeMany(uint256,uint256,uint256)",
                &[U256::from(9), U256::from(20), U256::ONE],
            ),
        ),
        // Hands gas on: 63 parts of 64.
        (
            probe("make(bytes32)", &[U256::from(9)]),
            call(0, 0, "make(bytes32)", &[U256::from(9)]),
        ),
        (
            deploy,
            Tx {
                to: TxKind::Create,
                data: init.to_vec().into(),
                ..Tx::default()
            },
        ),
    ];
    for (mut request, tx) in cases {
        request["from"] = json!(of(4));
        let mut world = World::filled();
        let estimate = world.get("eth_estimateGas", json!([request]));
        let gas = u64::from_str_radix(&estimate.as_str().unwrap()[2..], 16).unwrap();
        let run = |world: &mut World, gas| {
            let bytes = Tx { gas, ..tx.clone() }.sign(&key(4));
            world.block(std::slice::from_ref(&bytes));
            let receipt = world.get(
                "eth_getTransactionReceipt",
                json!([hex_of(decex_evm_rpc::hash_of(&bytes))]),
            );
            receipt["status"] == "0x1"
        };
        assert!(run(&mut world, gas), "{request}: {gas} is too little");
        let mut world = World::filled();
        assert!(!run(&mut world, gas - gas / 50), "{request}: {gas} is too much");
    }
}

#[test]
fn an_estimate_knows_the_witness_limit() {
    let world = World::filled();
    let request = probe("readMany(uint256,uint256)", &[U256::from(100), U256::from(8_000)]);
    assert!(world.ask("eth_call", json!([request])).is_ok());
    let (code, message) = world.refused("eth_estimateGas", json!([request]));
    assert!(code == -32000 && message.contains("fraud proof"), "{message}");
}
