//! V6, V10, V11: who pays what.

use crate::common::*;
use decex_core::Balance;
use decex_core::execution::Fees;
use decex_evm::{Address, Allocation, Outcome, Refusal, TxKind, U256, query};
use proptest::prelude::*;
use revm::context::transaction::AccessList;
use std::collections::BTreeSet;

fn fees_of(tx: &Tx) -> (Fees, u128, u64) {
    let bytes = tx.sign(&key(0));
    let (_, block) = run_all(std::slice::from_ref(&bytes));
    (
        block.receipts[0].fees,
        bytes.len() as u128 * context(1).byte_price.0,
        block.receipts[0].gas_used,
    )
}

#[test]
fn v11_fees_split_into_burned_tip_and_storage() {
    let dynamic = |max, tip| Fee::Dynamic {
        max,
        tip,
        access: AccessList::default(),
    };
    // (fee, price above the base fee)
    let cases = [
        (Fee::Legacy(3 * GWEI), 2 * GWEI),
        (Fee::Legacy(GWEI), 0),
        (Fee::AccessList(5 * GWEI, AccessList::default()), 4 * GWEI),
        // Whole priority fee; cut by the cap; none.
        (dynamic(9 * GWEI, 2 * GWEI), 2 * GWEI),
        (dynamic(3 * GWEI, 3 * GWEI), 2 * GWEI),
        (dynamic(GWEI, 0), 0),
    ];
    for (fee, tip) in cases {
        let (fees, storage, gas) = fees_of(&Tx { fee, ..Tx::default() });
        assert_eq!(gas, 21_000);
        let expected = Fees {
            execution: Balance(21_000 * tip),
            storage: Balance(storage),
            burned: Balance(21_000 * GWEI),
        };
        assert_eq!(fees, expected);
    }
}

#[test]
fn v11_what_a_contract_destroys_is_burned() {
    let tx = Tx {
        value: U256::from(777),
        ..call(0, 300_000, "makeAndLose(bytes32)", &[U256::ONE])
    };
    let (fees, _, gas) = fees_of(&tx);
    assert_eq!(fees.burned, Balance(u128::from(gas) * GWEI + 777));
}

#[test]
fn v6_storage_is_paid_first_and_as_far_as_the_balance_goes() {
    let bytes = Tx::default().sign(&key(20));
    let storage = bytes.len() as u128 * context(1).byte_price.0;
    let gas = 21_000 * 2 * GWEI;
    let sender = address(&key(20));
    let run = |balance| {
        let mut tree = genesis_tree(&[allocation(sender, balance)]);
        let block = run_block(
            &engine(),
            &context(1),
            &mut tree,
            std::slice::from_ref(&bytes),
            1,
            LIMIT,
        );
        (
            block.receipts[0].outcome,
            block.effects.fees,
            query::balance_of(&tree, &sender).unwrap().0,
        )
    };
    let stored = |amount| Fees {
        storage: Balance(amount),
        ..Fees::default()
    };
    // Exactly enough.
    let (outcome, fees, left) = run(storage + gas);
    assert_eq!(
        (outcome, fees.storage, left),
        (Outcome::Succeeded, Balance(storage), 0)
    );
    // One wei short for the gas: the bytes are paid.
    assert_eq!(
        run(storage + gas - 1),
        (Outcome::Refused(Refusal::Balance), stored(storage), gas - 1)
    );
    // One wei short for the bytes: all there is.
    assert_eq!(
        run(storage - 1),
        (Outcome::Refused(Refusal::Storage), stored(storage - 1), 0)
    );
    assert_eq!(run(0), (Outcome::Refused(Refusal::Storage), Fees::default(), 0));
}

#[test]
fn v10_an_input_over_its_witness_limit_pays_for_all_its_gas() {
    let many = call(
        0,
        5_000_000,
        "readMany(uint256,uint256)",
        &[U256::ZERO, U256::from(200)],
    );
    let price = 3 * GWEI;
    let tx = Tx {
        fee: Fee::Legacy(price),
        value: U256::ZERO,
        ..many
    };
    let bytes = tx.sign(&key(0));
    let mut tree = genesis_tree(&allocations());
    let block = run_block(
        &engine(),
        &context(1),
        &mut tree,
        std::slice::from_ref(&bytes),
        1,
        100_000,
    );
    let receipt = &block.receipts[0];
    let storage = bytes.len() as u128 * context(1).byte_price.0;
    assert_eq!(
        (receipt.outcome, receipt.gas_used),
        (Outcome::Exceeded, 5_000_000)
    );
    let expected = Fees {
        execution: Balance(5_000_000 * 2 * GWEI),
        storage: Balance(storage),
        burned: Balance(5_000_000 * GWEI),
    };
    assert_eq!(receipt.fees, expected);
    let sender = query::account(&tree, &address(&key(0))).unwrap();
    assert_eq!(
        (sender.nonce, sender.balance),
        (1, 100 * ETHER - storage - 5_000_000 * price)
    );
    assert_eq!(block.effects.fees, expected);
    // With room enough it executes.
    let mut tree = genesis_tree(&allocations());
    let block = run_block(&engine(), &context(1), &mut tree, &[bytes], 1, LIMIT);
    assert_eq!(block.receipts[0].outcome, Outcome::Succeeded);
}

#[test]
fn v10_a_limit_is_not_caught_by_a_contract() {
    let tx = call(
        0,
        5_000_000,
        "tryReadMany(uint256,uint256)",
        &[U256::ZERO, U256::from(200)],
    );
    let bytes = tx.sign(&key(0));
    let mut tree = genesis_tree(&allocations());
    let block = run_block(&engine(), &context(1), &mut tree, &[bytes], 1, 100_000);
    assert_eq!(block.receipts[0].outcome, Outcome::Exceeded);
    let flag = U256::MAX - U256::ONE;
    assert_eq!(query::storage_at(&tree, &PROBE, &flag), Ok(U256::ZERO));
}

#[test]
fn v10_a_refusal_stays_a_refusal_when_charged() {
    let bytes = Tx {
        nonce: 3,
        ..Tx::default()
    }
    .sign(&key(0));
    let summary = summary(&engine(), &bytes);
    let tree = genesis_tree(&allocations());
    let mut state = decex_core::state::Overlay::new(&tree, decex_core::state::Meter::new(LIMIT));
    let input = decex_core::execution::Input {
        summary: &summary,
        bytes: &bytes,
    };
    let receipt = engine().exceed_observed(&context(1), &mut state, &input).unwrap();
    assert_eq!(receipt.outcome, Outcome::Refused(Refusal::NonceTooHigh));
}

/// What random users do.
pub(crate) fn any_tx() -> impl Strategy<Value = (u8, Tx)> {
    let data = prop_oneof![
        3 => Just((None, 21_000u64)),
        1 => Just((Some(("fail()", vec![])), 60_000)),
        1 => Just((Some(("burn()", vec![])), 60_000)),
        2 => (0u64..4, 0u64..3).prop_map(|(s, v)| (Some(("set(uint256,uint256)", vec![s, v])), 100_000)),
        1 => (0u64..4).prop_map(|n| (Some(("readMany(uint256,uint256)", vec![n, 3])), 100_000)),
        1 => (0u64..3).prop_map(|salt| (Some(("make(bytes32)", vec![salt])), 200_000)),
        1 => (0u64..3).prop_map(|salt| (Some(("makeAndDestroy(bytes32,address)", vec![salt, 0xabc])), 200_000)),
        1 => (0u64..3).prop_map(|salt| (Some(("makeAndLose(bytes32)", vec![salt])), 200_000)),
        1 => (0u64..3).prop_map(|to| (Some(("send(address)", vec![0x1000 + to])), 100_000)),
        1 => Just((Some(("look()", vec![])), 400_000)),
        1 => Just((Some(("log(uint256,bytes)", vec![1, 64, 2, 0])), 60_000)),
    ];
    let fee = prop_oneof![
        (0..4 * GWEI).prop_map(|price| Fee::Legacy(GWEI / 2 + price)),
        (GWEI..4 * GWEI).prop_map(|price| Fee::AccessList(price, AccessList::default())),
        (GWEI..9 * GWEI, 0..2 * GWEI).prop_map(|(max, tip)| Fee::Dynamic {
            max,
            tip,
            access: AccessList::default()
        }),
    ];
    (0u8..6, prop::bool::weighted(0.95), 0..ETHER, data, fee, 0u8..12).prop_map(
        |(sender, right_nonce, value, (data, gas), fee, to)| {
            let (to, data) = match data {
                None => (
                    TxKind::Call(if to < 10 {
                        address(&key(to))
                    } else {
                        Address::repeat_byte(to)
                    }),
                    vec![],
                ),
                Some((signature, arguments)) => {
                    let arguments: Vec<U256> = arguments.into_iter().map(U256::from).collect();
                    (TxKind::Call(PROBE), call_data(signature, &arguments).to_vec())
                }
            };
            // Nonces are filled in by the caller; a wrong one is marked here.
            let nonce = if right_nonce { 0 } else { 5 };
            (
                sender,
                Tx {
                    nonce,
                    gas,
                    to,
                    value: U256::from(value),
                    data: data.into(),
                    fee,
                },
            )
        },
    )
}

/// Gives each sender its nonces in order, as far as the transactions are going to be executed.
pub(crate) fn in_order(transactions: Vec<(u8, Tx)>) -> Vec<Vec<u8>> {
    let mut nonces = [0u64; 256];
    transactions
        .into_iter()
        .map(|(sender, mut tx)| {
            let next = &mut nonces[usize::from(sender)];
            let covers = match &tx.fee {
                Fee::Legacy(price) | Fee::AccessList(price, _) => *price >= GWEI,
                Fee::Dynamic { max, tip, .. } => *max >= GWEI && tip <= max,
            };
            let executes = tx.nonce == 0 && covers;
            tx.nonce += *next;
            *next += u64::from(executes);
            tx.sign(&key(sender))
        })
        .collect()
}

/// Every address that the random transactions can reach.
pub(crate) fn reachable() -> BTreeSet<Address> {
    let mut all: BTreeSet<Address> = (0..12).map(|i| address(&key(i))).collect();
    all.extend((10..12).map(Address::repeat_byte));
    all.extend((0..3).map(|i: u64| Address::from_word(U256::from(0x1000 + i).into())));
    all.extend([PROBE, Address::from_word(U256::from(0xabc).into())]);
    let child = decex_evm::Bytes::from(hex::decode(CHILD_CREATION.trim()).unwrap());
    all.extend((0..3u64).map(|salt| PROBE.create2_from_code(U256::from(salt).to_be_bytes::<32>(), &child)));
    all
}

const CHILD_CREATION: &str = include_str!("contracts/Child.creation.hex");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Balances before = balances after + fees, in every block.
    #[test]
    fn v11_value_is_conserved(
        first in prop::collection::vec(any_tx(), 0..14),
        extra in 0..ETHER,
    ) {
        let mut all = allocations();
        all.push(Allocation { balance: Balance(extra), ..allocation(Address::repeat_byte(10), 0) });
        let mut tree = genesis_tree(&all);
        let addresses = reachable();
        let before = supply(&tree, &addresses);
        let block = run_block(&engine(), &context(1), &mut tree, &in_order(first), 4, 200_000);
        let Fees { execution, storage, burned } = block.effects.fees;
        let sum = supply(&tree, &addresses) + execution.0 + storage.0 + burned.0;
        prop_assert_eq!(before, sum);
        let each: u128 = block.receipts.iter().map(|r| r.fees.execution.0 + r.fees.storage.0 + r.fees.burned.0).sum();
        prop_assert_eq!(each, execution.0 + storage.0 + burned.0);
    }
}
