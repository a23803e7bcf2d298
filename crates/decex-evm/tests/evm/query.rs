//! Reading the state, and calls that change nothing.

use crate::common::*;
use decex_core::Balance;
use decex_core::state::StateTree;
use decex_evm::{Address, Bytes, CallRequest, CallResult, Refusal, U256, query, sender_of};

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
