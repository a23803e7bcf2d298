//! `eth_sendRawTransaction` into a real operator's pool.

use crate::common::*;
use crate::world::*;
use decex_evm_rpc::hash_of;
use serde_json::{Value, json};

fn send(world: &World, bytes: &[u8]) -> Result<Value, (i32, String)> {
    let sent = world.ask("eth_sendRawTransaction", json!([hex_of(bytes)]));
    sent.map_err(|error| (error.code, error.message))
}

#[test]
fn what_is_sent_waits_and_is_found() {
    let world = World::new(Default::default(), Default::default());
    let bytes = Tx::default().sign(&key(6));
    let hash = hex_of(hash_of(&bytes));
    assert_eq!(send(&world, &bytes), Ok(json!(hash)));
    let found = world.get("eth_getTransactionByHash", json!([hash]));
    assert_eq!(
        (&found["from"], &found["blockHash"]),
        (&json!(of(6)), &Value::Null)
    );
    assert_eq!(world.get("eth_getTransactionReceipt", json!([hash])), Value::Null);
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(6), "pending"])),
        "0x1"
    );
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(6), "latest"])),
        "0x0"
    );
    assert_eq!(send(&world, &bytes), Err((-32000, "already known".into())));
}

#[test]
fn an_executed_transaction_is_known_and_waits_no_more() {
    let mut world = World::new(Default::default(), Default::default());
    let bytes = Tx::default().sign(&key(6));
    send(&world, &bytes).unwrap();
    // Another of the same nonce comes first: this one never will.
    world.block(&[Tx {
        value: U256::ONE,
        ..Tx::default()
    }
    .sign(&key(6))]);
    let hash = hex_of(hash_of(&bytes));
    assert_eq!(world.get("eth_getTransactionByHash", json!([hash])), Value::Null);
    let done = Tx {
        value: U256::ONE,
        ..Tx::default()
    }
    .sign(&key(6));
    assert_eq!(send(&world, &done), Err((-32000, "already known".into())));
}

/// Clients recognise errors by their words: these are go-ethereum's where it has any.
#[test]
fn what_is_wrong_is_told() {
    let mut world = World::new(Default::default(), Default::default());
    world.block(&[Tx::default().sign(&key(0))]);
    let next = || Tx {
        nonce: 1,
        ..Tx::default()
    };
    let dynamic = |max, tip| Fee::Dynamic {
        max,
        tip,
        access: Default::default(),
    };
    let mut malleable = next().sign(&key(0));
    *malleable.last_mut().unwrap() ^= 1;
    let cases = [
        (Tx::default().sign(&key(0)), "already known"),
        (
            Tx {
                value: U256::ONE,
                ..Tx::default()
            }
            .sign(&key(0)),
            "nonce too low: next nonce 1, tx nonce 0",
        ),
        (
            Tx {
                nonce: 10,
                ..Tx::default()
            }
            .sign(&key(0)),
            "nonce too high",
        ),
        (
            Tx {
                nonce: u64::MAX,
                ..Tx::default()
            }
            .sign(&key(0)),
            "nonce too high",
        ),
        (next().sign(&key(77)), "insufficient funds for blockspace"),
        (
            Tx {
                value: U256::from(100 * ETHER),
                ..next()
            }
            .sign(&key(0)),
            "insufficient funds for gas * price + value",
        ),
        (
            Tx {
                gas: 20_000,
                ..next()
            }
            .sign(&key(0)),
            "intrinsic gas too low",
        ),
        (
            Tx {
                gas: 30_000_001,
                ..next()
            }
            .sign(&key(0)),
            "exceeds block gas limit",
        ),
        (
            Tx {
                fee: Fee::Legacy(1),
                ..next()
            }
            .sign(&key(0)),
            "max fee per gas less than block base fee",
        ),
        (
            Tx {
                fee: dynamic(GWEI, 2 * GWEI),
                ..next()
            }
            .sign(&key(0)),
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            next().sign_for(1, &key(0)),
            "invalid chain id for signer: have 1 want 717171",
        ),
        (vec![3; 100], "transaction type not supported"),
        (vec![0xc0], "invalid transaction"),
        (Vec::new(), "invalid transaction"),
        (vec![2; 33_000], "oversized data"),
    ];
    for (bytes, expected) in cases {
        let (code, message) = send(&world, &bytes).unwrap_err();
        assert!(
            code == -32000 && message.starts_with(expected),
            "{expected}: {message}"
        );
    }
    // Another signature of the same: of another sender, who has nothing.
    let (_, message) = send(&world, &malleable).unwrap_err();
    assert!(
        message.starts_with("insufficient funds") || message.starts_with("invalid"),
        "{message}"
    );
}

#[test]
fn the_first_of_a_nonce_stays_and_a_sender_has_so_much_room() {
    let world = World::new(Default::default(), Default::default());
    for nonce in [0, 1, 2] {
        send(
            &world,
            &Tx {
                nonce,
                ..Tx::default()
            }
            .sign(&key(0)),
        )
        .unwrap();
    }
    assert_eq!(
        world.get("eth_getTransactionCount", json!([of(0), "pending"])),
        "0x3"
    );
    let other = Tx {
        value: U256::ONE,
        fee: Fee::Legacy(9 * GWEI),
        ..Tx::default()
    };
    let underpriced = Err((-32000, "replacement transaction underpriced".into()));
    assert_eq!(send(&world, &other.sign(&key(0))), underpriced);
    let fourth = Tx {
        nonce: 3,
        ..Tx::default()
    }
    .sign(&key(0));
    assert_eq!(send(&world, &fourth), Err((-32000, "txpool is full".into())));
}
