//! G1 to G6: which allocations are a genesis.

use crate::common::*;
use decex_core::Balance;
use decex_evm::{Address, Allocation, FEE_RECIPIENT, InvalidGenesis, U256, genesis, query};

fn contract() -> Allocation {
    Allocation {
        address: PROBE,
        code: probe_code(),
        ..Allocation::default()
    }
}

#[test]
fn g1_an_address_has_one_allocation() {
    let one = allocation(PROBE, 1);
    assert!(genesis(&[one.clone(), allocation(Address::ZERO, 1)]).is_ok());
    assert_eq!(
        genesis(&[one.clone(), one]),
        Err(InvalidGenesis::Repeated { index: 1 })
    );
}

#[test]
fn g2_the_supply_fits() {
    let rest = |balance| {
        [
            allocation(PROBE, u128::MAX - 5),
            allocation(Address::ZERO, balance),
        ]
    };
    assert!(genesis(&rest(5)).is_ok());
    assert_eq!(genesis(&rest(6)), Err(InvalidGenesis::Supply { index: 1 }));
}

#[test]
fn g3_code_could_have_been_deployed() {
    let with = |code: Vec<u8>| {
        genesis(&[Allocation {
            code: code.into(),
            ..contract()
        }])
    };
    assert!(with(vec![0; 24_576]).is_ok());
    assert_eq!(with(vec![0; 24_577]), Err(InvalidGenesis::Code { index: 0 }));
    assert_eq!(with(vec![0xef, 1, 0]), Err(InvalidGenesis::Code { index: 0 }));
}

#[test]
fn g4_only_contracts_have_slots() {
    let slot = (U256::ONE, U256::from(9));
    let sound = Allocation {
        storage: vec![slot, (U256::ZERO, U256::ZERO)],
        ..contract()
    };
    let tree = genesis_tree(&[sound]);
    assert_eq!(query::storage_at(&tree, &PROBE, &U256::ONE), Ok(U256::from(9)));
    assert_eq!(keys_of(&tree).len(), 3);
    assert_eq!(query::nonce_of(&tree, &PROBE), Ok(1));
    let error = Err(InvalidGenesis::Storage { index: 0 });
    assert_eq!(
        genesis(&[Allocation {
            storage: vec![slot],
            ..allocation(PROBE, 1)
        }]),
        error
    );
    assert_eq!(
        genesis(&[Allocation {
            storage: vec![slot, slot],
            ..contract()
        }]),
        error
    );
}

#[test]
fn g5_nobody_stands_at_the_fee_recipient() {
    assert_eq!(
        genesis(&[allocation(FEE_RECIPIENT, 1)]),
        Err(InvalidGenesis::FeeRecipient { index: 0 })
    );
}

#[test]
fn an_empty_allocation_leaves_no_key() {
    assert!(genesis(&[allocation(PROBE, 0)]).unwrap().is_empty());
    let tree = genesis_tree(&[allocation(PROBE, 8)]);
    assert_eq!(query::balance_of(&tree, &PROBE), Ok(Balance(8)));
}

#[test]
fn codes_differ() {
    let index = 0;
    let errors = [
        InvalidGenesis::Repeated { index },
        InvalidGenesis::Supply { index },
        InvalidGenesis::Code { index },
        InvalidGenesis::Storage { index },
        InvalidGenesis::FeeRecipient { index },
    ];
    let codes: Vec<u16> = errors.iter().map(InvalidGenesis::code).collect();
    assert_eq!(codes, [101, 102, 103, 104, 105]);
}

#[test]
fn g6_nothing_at_the_messenger() {
    assert!(genesis(&[allocation(PROBE, 1)]).is_ok());
    assert_eq!(
        genesis(&[allocation(decex_evm::MESSENGER, 1)]),
        Err(InvalidGenesis::Messenger { index: 0 })
    );
}
