//! Reading the state, and calls that change nothing.

use crate::common::*;
use decex_core::Balance;
use decex_core::state::{Halt, StateTree};
use decex_evm::{Address, Bytes, CallRequest, CallResult, Outcome, Refusal, TxKind, U256, query, sender_of};

fn request(signature: &str, arguments: &[U256]) -> CallRequest {
    CallRequest {
        to: Some(PROBE),
        data: call_data(signature, arguments),
        ..CallRequest::default()
    }
}

#[test]
fn calls_return_revert_halt_and_are_refused() {
    let set = call(0, 100_000, "set(uint256,uint256)", &[U256::ONE, U256::from(42)]);
    let (tree, _) = run_all(&[set.sign(&key(0))]);
    let root = tree.root();
    let run = |request: &CallRequest| engine().call(&tree, &context(2), request).unwrap();
    match run(&request("get(uint256)", &[U256::ONE])) {
        CallResult::Returned { output, gas_used } => {
            assert_eq!(U256::from_be_slice(&output), U256::from(42));
            assert!(gas_used > 21_000);
        }
        other @ (CallResult::Reverted { .. } | CallResult::Halted { .. } | CallResult::Refused(_)) => {
            panic!("{other:?}")
        }
    }
    assert!(matches!(
        run(&request("fail()", &[])),
        CallResult::Reverted { .. }
    ));
    let gas = Some(90_000);
    let burn = CallRequest {
        gas,
        ..request("burn()", &[])
    };
    assert_eq!(run(&burn), CallResult::Halted { gas_used: 90_000 });
    let poor = CallRequest {
        from: Address::repeat_byte(1),
        value: U256::ONE,
        ..request("get(uint256)", &[])
    };
    assert_eq!(run(&poor), CallResult::Refused(Refusal::Balance));
    let rich = CallRequest {
        from: address(&key(0)),
        ..poor
    };
    assert!(!matches!(run(&rich), CallResult::Refused(_)));
    let creation = CallRequest {
        data: Bytes::from_static(&[0]),
        ..CallRequest::default()
    };
    assert!(matches!(run(&creation), CallResult::Returned { .. }));
    assert_eq!(tree.root(), root);
}

#[test]
fn accounts_are_read_by_address_and_by_sender() {
    let tree = genesis_tree(&allocations());
    let address = address(&key(0));
    assert_eq!(query::balance_of(&tree, &address), Ok(Balance(100 * ETHER)));
    assert_eq!(
        query::balance_of_sender(&tree, &sender_of(&address)),
        Ok(Balance(100 * ETHER))
    );
    assert_eq!(
        query::balance_of_sender(&tree, &decex_core::SenderId([9; 32].into())),
        Ok(Balance(0))
    );
    assert_eq!(query::nonce_of(&tree, &Address::ZERO), Ok(0));
    assert_eq!(query::code_of(&tree, &PROBE), Ok(probe_code()));
    assert_eq!(query::code_of(&tree, &address), Ok(Bytes::new()));
}

#[test]
fn a_call_ends_where_a_transaction_would_pass_its_witness_limit() {
    let tree = genesis_tree(&allocations());
    let request = request("get(uint256)", &[U256::ONE]);
    let within = |limit| engine().call_within(&tree, &context(2), &request, limit);
    assert_eq!(within(100), Err(Halt::Limit));
    assert!(matches!(within(LIMIT), Ok(CallResult::Returned { .. })));
}

/// What is foreseen is what then happens to the transaction as the only one of a block.
#[test]
fn what_is_foreseen_happens() {
    let tree = genesis_tree(&allocations());
    let tx = Tx::default;
    let dynamic = |max, tip| Fee::Dynamic {
        max,
        tip,
        access: Default::default(),
    };
    let cases: Vec<(Tx, Option<Refusal>)> = vec![
        (tx(), None),
        (Tx { nonce: 1, ..tx() }, Some(Refusal::NonceTooHigh)),
        (Tx { gas: 20_999, ..tx() }, Some(Refusal::IntrinsicGas)),
        (
            Tx {
                fee: Fee::Legacy(1),
                ..tx()
            },
            Some(Refusal::FeeCap),
        ),
        (
            Tx {
                fee: dynamic(2 * GWEI, 3 * GWEI),
                ..tx()
            },
            Some(Refusal::PriorityFee),
        ),
        (
            Tx {
                gas: 30_000_001,
                ..tx()
            },
            Some(Refusal::BlockGas),
        ),
        (
            Tx {
                value: U256::from(100 * ETHER),
                ..tx()
            },
            Some(Refusal::Balance),
        ),
        (
            Tx {
                to: TxKind::Create,
                gas: 29_000_000,
                data: vec![0; 49_153].into(),
                ..tx()
            },
            Some(Refusal::InitCode),
        ),
        (
            Tx {
                data: vec![1; 100].into(),
                gas: 22_700,
                ..tx()
            },
            Some(Refusal::IntrinsicGas),
        ),
    ];
    for (transaction, expected) in cases {
        let bytes = transaction.sign(&key(0));
        let foreseen = engine().foresee(&tree, &context(1), &bytes).unwrap();
        assert_eq!(foreseen, expected, "{transaction:?}");
        let outcome = run_all(&[bytes]).1.receipts[0].outcome;
        match expected {
            Some(refusal) => assert_eq!(outcome, Outcome::Refused(refusal)),
            None => assert_eq!(outcome, Outcome::Succeeded),
        }
    }
    let poor = Tx::default().sign(&key(77));
    assert_eq!(
        engine().foresee(&tree, &context(1), &poor),
        Ok(Some(Refusal::Storage))
    );
    assert_eq!(
        engine().foresee(&tree, &context(1), &[1]),
        Ok(Some(Refusal::Malformed))
    );
}
