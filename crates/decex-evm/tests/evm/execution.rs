//! V7 to V9, V12 to V14: what transactions do to the state.

use crate::common::*;
use decex_core::execution::Engine;
use decex_core::state::{MemoryTree, Meter, Overlay, StateTree};
use decex_core::{Balance, Digest, hash::Hash, label};
use decex_evm::{
    Address, BlockTotals, Bytes, EvmConfig, EvmEngine, FEE_RECIPIENT, Outcome, Refusal, Spec, TxKind, U256,
    key as keys, query, sender_of,
};
use revm::context::transaction::{AccessList, AccessListItem};
use revm::primitives::{B256, b256, keccak256};

fn only(tx: &Tx) -> (MemoryTree, decex_evm::TransactionReceipt) {
    let (tree, block) = run_all(&[tx.sign(&key(0))]);
    (tree, block.receipts.into_iter().next().unwrap())
}

fn slot(tree: &MemoryTree, index: u64) -> U256 {
    query::storage_at(tree, &PROBE, &U256::from(index)).unwrap()
}

#[test]
fn v7_a_transfer_moves_value_and_counts_the_nonce() {
    let to = Address::repeat_byte(0xaa);
    let tx = Tx {
        value: U256::from(5 * ETHER),
        ..Tx::default()
    };
    let (tree, receipt) = only(&tx);
    assert_eq!((receipt.outcome, receipt.gas_used), (Outcome::Succeeded, 21_000));
    assert_eq!(query::balance_of(&tree, &to), Ok(Balance(5 * ETHER)));
    let fees = receipt.fees;
    let paid = fees.execution.0 + fees.storage.0 + fees.burned.0;
    assert_eq!(
        query::balance_of(&tree, &address(&key(0))),
        Ok(Balance(95 * ETHER - paid))
    );
    assert_eq!(query::nonce_of(&tree, &address(&key(0))), Ok(1));
    assert_eq!(query::nonce_of(&tree, &to), Ok(0));
}

#[test]
fn v7_a_contract_is_created_and_called() {
    let token = code(include_str!(
        "../../../../examples/devnet/transactions/contracts/Token.creation.hex"
    ));
    let runtime = code(include_str!(
        "../../../../examples/devnet/transactions/contracts/Token.runtime.hex"
    ));
    let mut data = token.to_vec();
    data.extend(U256::from(1000).to_be_bytes::<32>());
    let create = Tx {
        gas: 1_000_000,
        to: TxKind::Create,
        data: data.into(),
        ..Tx::default()
    };
    let at = address(&key(0)).create(0);
    let to = address(&key(1));
    let transfer = Tx {
        nonce: 1,
        gas: 100_000,
        to: TxKind::Call(at),
        data: call_data("transfer(address,uint256)", &[word(to), U256::from(30)]),
        ..Tx::default()
    };
    let (tree, block) = run_all(&[create.sign(&key(0)), transfer.sign(&key(0))]);
    assert_eq!(block.receipts[0].created, Some(at));
    assert_eq!(query::code_of(&tree, &at).unwrap(), runtime);
    assert_eq!(query::nonce_of(&tree, &at), Ok(1));
    // The Transfer event of ERC-20.
    let log = &block.receipts[1].logs[0];
    assert_eq!(log.address, at);
    assert_eq!(log.topics()[0], keccak256("Transfer(address,address,uint256)"));
    assert_eq!(log.topics()[2], to.into_word());
    assert_eq!(log.data.data.as_ref(), U256::from(30).to_be_bytes::<32>());
}

#[test]
fn v7_reverted_and_halted_calls_pay_and_leave_nothing_else() {
    let cases = [
        (call(0, 50_000, "fail()", &[]), Outcome::Reverted),
        (call(0, 50_000, "logAndFail()", &[]), Outcome::Reverted),
        (call(0, 50_000, "burn()", &[]), Outcome::Halted),
        (
            Tx {
                to: TxKind::Create,
                data: Bytes::from_static(&[0xfe]),
                gas: 80_000,
                ..Tx::default()
            },
            Outcome::Halted,
        ),
    ];
    for (tx, outcome) in cases {
        let before = genesis_tree(&allocations());
        let (tree, receipt) = only(&tx);
        assert_eq!(receipt.outcome, outcome);
        assert!(receipt.logs.is_empty() && receipt.created.is_none());
        assert!(outcome != Outcome::Halted || receipt.gas_used == tx.gas);
        assert!(receipt.gas_used > 21_000);
        assert_eq!(query::nonce_of(&tree, &address(&key(0))), Ok(1));
        // Only the sender, the accumulators and the parent's hash differ.
        let new: Vec<_> = keys_of(&tree).difference(&keys_of(&before)).copied().collect();
        assert_eq!(new.len(), 2);
    }
    let (_, receipt) = only(&call(0, 50_000, "fail()", &[]));
    assert!(receipt.output.ends_with(&{
        let mut text = [0; 32];
        text[..2].copy_from_slice(b"no");
        text
    }));
}

#[test]
fn v7_create2_and_access_lists() {
    let tx = call(0, 300_000, "make(bytes32)", &[U256::from(9)]);
    let (tree, receipt) = only(&Tx {
        value: U256::from(3),
        ..tx
    });
    let child = Address::from_slice(&receipt.output[12..]);
    assert_eq!(query::balance_of(&tree, &child), Ok(Balance(3)));
    assert_eq!(query::storage_at(&tree, &child, &U256::ZERO), Ok(U256::ONE));
    assert!(!query::code_of(&tree, &child).unwrap().is_empty());
    // A declared slot costs 1,900 in advance and 100 when it is read, not 2,100.
    let plain = call(0, 100_000, "get(uint256)", &[U256::from(77)]);
    let slot = B256::from(U256::from(77));
    let access = AccessList(vec![AccessListItem {
        address: PROBE,
        storage_keys: vec![slot],
    }]);
    let declared = Tx {
        fee: Fee::AccessList(2 * GWEI, access),
        ..plain.clone()
    };
    let gas = |tx: &Tx| only(tx).1.gas_used;
    assert_eq!(gas(&declared), gas(&plain) + 2_400 + 1_900 - 2_000);
}

#[test]
fn v14_zero_slots_and_empty_accounts_are_not_stored() {
    let set = |nonce, value: u64| {
        call(
            nonce,
            100_000,
            "set(uint256,uint256)",
            &[U256::from(5), U256::from(value)],
        )
    };
    let (tree, _) = run_all(&[set(0, 700).sign(&key(0))]);
    let stored = tree.get(&keys::storage(&PROBE, &U256::from(5))).unwrap().unwrap();
    assert_eq!(stored.as_ref(), [2, 188]);
    let (tree, _) = run_all(&[set(0, 700).sign(&key(0)), set(1, 0).sign(&key(0))]);
    assert_eq!(tree.get(&keys::storage(&PROBE, &U256::from(5))), Ok(None));
    // A payment of nothing to nobody leaves nobody (EIP-161).
    let (tree, receipt) = only(&Tx::default());
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(tree.get(&keys::account(&Address::repeat_byte(0xaa))), Ok(None));
}

#[test]
fn v14_selfdestruct_follows_eip_6780() {
    let heir = Address::repeat_byte(0xcc);
    // In the transaction that created it: nothing remains but the heir's money.
    let both = call(
        0,
        300_000,
        "makeAndDestroy(bytes32,address)",
        &[U256::from(1), word(heir)],
    );
    let (tree, receipt) = only(&Tx {
        value: U256::from(50),
        ..both
    });
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(query::balance_of(&tree, &heir), Ok(Balance(50)));
    let before = genesis_tree(&allocations());
    // New: parent's hash, accumulators, heir.
    assert_eq!(keys_of(&tree).difference(&keys_of(&before)).count(), 3);
    // Later: the money goes, code and slots stay.
    let make = Tx {
        value: U256::from(40),
        ..call(0, 300_000, "make(bytes32)", &[U256::from(1)])
    };
    let (_, receipt) = only(&make);
    let child = Address::from_slice(&receipt.output[12..]);
    let destroy = call(1, 300_000, "destroy(address,address)", &[word(child), word(heir)]);
    let (tree, _) = run_all(&[make.sign(&key(0)), destroy.sign(&key(0))]);
    assert_eq!(query::balance_of(&tree, &heir), Ok(Balance(40)));
    assert_eq!(query::balance_of(&tree, &child), Ok(Balance(0)));
    assert!(!query::code_of(&tree, &child).unwrap().is_empty());
    assert_eq!(query::storage_at(&tree, &child, &U256::ZERO), Ok(U256::ONE));
}

#[test]
fn v7_each_refusal_has_its_reason_and_no_effect() {
    let (max, tip) = (2 * GWEI, 3 * GWEI);
    let access = AccessList::default();
    let init_code = Bytes::from(vec![0; 49_153]);
    let cases = [
        (
            Tx {
                nonce: 1,
                ..Tx::default()
            },
            Refusal::NonceTooHigh,
        ),
        (
            Tx {
                nonce: u64::MAX,
                ..Tx::default()
            },
            Refusal::NonceTooHigh,
        ),
        (
            Tx {
                fee: Fee::Legacy(GWEI - 1),
                ..Tx::default()
            },
            Refusal::FeeCap,
        ),
        (
            Tx {
                fee: Fee::Dynamic {
                    max: GWEI - 1,
                    tip: 0,
                    access: access.clone(),
                },
                ..Tx::default()
            },
            Refusal::FeeCap,
        ),
        (
            Tx {
                fee: Fee::Dynamic { max, tip, access },
                ..Tx::default()
            },
            Refusal::PriorityFee,
        ),
        (
            Tx {
                gas: 30_000_001,
                ..Tx::default()
            },
            Refusal::BlockGas,
        ),
        (
            Tx {
                value: U256::from(100 * ETHER),
                ..Tx::default()
            },
            Refusal::Balance,
        ),
        (
            Tx {
                value: U256::MAX,
                ..Tx::default()
            },
            Refusal::Balance,
        ),
        (
            Tx {
                fee: Fee::Legacy(u128::MAX),
                ..Tx::default()
            },
            Refusal::Balance,
        ),
        (
            Tx {
                gas: 20_999,
                ..Tx::default()
            },
            Refusal::IntrinsicGas,
        ),
        (
            Tx {
                gas: 21_039,
                data: vec![1].into(),
                ..Tx::default()
            },
            Refusal::IntrinsicGas,
        ),
        (
            Tx {
                to: TxKind::Create,
                gas: 5_000_000,
                data: init_code,
                ..Tx::default()
            },
            Refusal::InitCode,
        ),
    ];
    for (tx, refusal) in cases {
        let bytes = tx.sign(&key(0));
        let price = context(1).byte_price.0;
        let (tree, block) = run_all(std::slice::from_ref(&bytes));
        let receipt = &block.receipts[0];
        assert_eq!(receipt.outcome, Outcome::Refused(refusal));
        assert_eq!(receipt.gas_used, 0);
        // V6: only the blockspace is paid, and the nonce is not used.
        let storage = bytes.len() as u128 * price;
        assert_eq!(receipt.fees.storage, Balance(storage));
        let sender = query::account(&tree, &address(&key(0))).unwrap();
        assert_eq!((sender.balance, sender.nonce), (100 * ETHER - storage, 0));
        assert_eq!(block.effects.fees, receipt.fees);
    }
}

#[test]
fn v7_a_used_nonce_is_refused() {
    let (tree, block) = run_all(&[
        Tx::default().sign(&key(0)),
        Tx {
            gas: 22_000,
            ..Tx::default()
        }
        .sign(&key(0)),
    ]);
    assert_eq!(block.receipts[1].outcome, Outcome::Refused(Refusal::NonceTooLow));
    assert_eq!(query::nonce_of(&tree, &address(&key(0))), Ok(1));
}

#[test]
fn v7_the_last_nonce_is_refused() {
    let mut all = allocations();
    all[0].nonce = u64::MAX;
    let mut tree = genesis_tree(&all);
    let tx = Tx {
        nonce: u64::MAX,
        ..Tx::default()
    };
    let block = run_block(&engine(), &context(1), &mut tree, &[tx.sign(&key(0))], 1, LIMIT);
    assert_eq!(
        block.receipts[0].outcome,
        Outcome::Refused(Refusal::NonceOverflow)
    );
}

#[test]
fn v7_a_sender_with_code_is_refused() {
    let mut all = allocations();
    all[0].code = probe_code();
    let mut tree = genesis_tree(&all);
    let tx = Tx {
        nonce: 1,
        ..Tx::default()
    };
    let block = run_block(&engine(), &context(1), &mut tree, &[tx.sign(&key(0))], 1, LIMIT);
    assert_eq!(
        block.receipts[0].outcome,
        Outcome::Refused(Refusal::SenderHasCode)
    );
}

#[test]
fn v7_a_summary_that_contradicts_the_bytes_is_refused() {
    let bytes = Tx::default().sign(&key(0));
    let honest = summary(&engine(), &bytes);
    let garbage = [0xc0u8];
    let cases = [
        (
            decex_core::transaction::Summary {
                nonce: decex_core::Nonce(1),
                ..honest
            },
            bytes.as_slice(),
        ),
        (
            decex_core::transaction::Summary {
                weight: decex_core::Weight(1),
                ..honest
            },
            bytes.as_slice(),
        ),
        (
            decex_core::transaction::Summary {
                sender: decex_core::SenderId([1; 32].into()),
                ..honest
            },
            &bytes,
        ),
        (honest, &garbage),
    ];
    for (summary, bytes) in cases {
        let tree = genesis_tree(&allocations());
        let mut state = Overlay::new(&tree, Meter::new(LIMIT));
        let input = decex_core::execution::Input {
            summary: &summary,
            bytes,
        };
        let receipt = engine().apply_observed(&context(1), &mut state, &input).unwrap();
        assert_eq!(receipt.outcome, Outcome::Refused(Refusal::Malformed));
    }
}

#[test]
fn v8_the_block_runs_out_of_gas() {
    let engine = EvmEngine::new(EvmConfig {
        block_gas_limit: 50_000,
        ..CONFIG
    });
    let mut tree = genesis_tree(&allocations());
    let transactions: Vec<Vec<u8>> = [(0, 21_000), (1, 29_001), (2, 29_000), (3, 21_000)]
        .map(|(i, gas)| Tx { gas, ..Tx::default() }.sign(&key(i)))
        .into();
    let block = run_block(&engine, &context(1), &mut tree, &transactions, 2, LIMIT);
    let outcomes: Vec<Outcome> = block.receipts.iter().map(|receipt| receipt.outcome).collect();
    // The third used 21,000 of its 29,000; 8,000 are left.
    let refused = Outcome::Refused(Refusal::BlockGas);
    assert_eq!(
        outcomes,
        [Outcome::Succeeded, refused, Outcome::Succeeded, refused]
    );
    assert_eq!(block.receipts[3].cumulative_gas, 42_000);
}

#[test]
fn v13_contracts_see_the_block() {
    let (tree, receipt) = only(&call(0, 400_000, "look()", &[]));
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    let expected = [
        U256::from_be_bytes([1; 32]),
        U256::from_be_bytes([0x5e; 32]),
        U256::ONE,
        U256::from(1_700_000_006u64),
        U256::from(BASE_FEE),
        U256::from(CHAIN),
        U256::from(30_000_000),
        U256::ZERO,
    ];
    for (i, expected) in (100..).zip(expected) {
        assert_eq!(slot(&tree, i), expected, "{i}");
    }
}

#[test]
fn v13_block_hashes_reach_back_256_blocks() {
    let mut tree = genesis_tree(&allocations());
    for number in 1..=300 {
        run_block(&engine(), &context(number), &mut tree, &[], 1, LIMIT);
    }
    for number in [299u64, 44] {
        assert_eq!(
            engine().block_hash(&tree, number),
            Ok(Some(B256::repeat_byte((number + 1) as u8)))
        );
    }
    // The ring does not grow.
    assert_eq!(
        keys_of(&tree).len(),
        keys_of(&genesis_tree(&allocations())).len() + 256 + 1
    );
}

#[test]
fn v13_begin_resets_and_finish_reads_the_accumulators() {
    let mut tree = genesis_tree(&allocations());
    let first = run_block(
        &engine(),
        &context(1),
        &mut tree,
        &[Tx::default().sign(&key(0))],
        1,
        LIMIT,
    );
    assert_ne!(first.effects.fees, Default::default());
    assert_eq!(query::block_totals(&tree).unwrap().fees, first.effects.fees);
    let second = run_block(&engine(), &context(2), &mut tree, &[], 1, LIMIT);
    assert_eq!(second.effects.fees, Default::default());
    assert_eq!(query::block_totals(&tree), Ok(BlockTotals::default()));
    assert_eq!(second.effects.outbox, decex_core::list::root(&[]));
}

#[test]
fn v12_the_state_commits_to_every_receipt() {
    let transactions = [
        call(
            0,
            100_000,
            "log(uint256,bytes)",
            &[U256::from(7), U256::from(64), U256::from(3), U256::MAX],
        )
        .sign(&key(0)),
        call(0, 100_000, "fail()", &[]).sign(&key(1)),
        Tx {
            nonce: 4,
            ..Tx::default()
        }
        .sign(&key(2)),
        Tx {
            fee: Fee::Dynamic {
                max: 4 * GWEI,
                tip: 0,
                access: AccessList::default(),
            },
            ..Tx::default()
        }
        .sign(&key(3)),
    ];
    let (tree, block) = run_all(&transactions);
    let chain = block.receipts.iter().fold(Digest::ZERO, |chain, receipt| {
        Hash::new(&label::EVM_LOGS)
            .chain(chain)
            .chain(receipt.commitment_bytes())
            .finish()
    });
    let totals = query::block_totals(&tree).unwrap();
    assert_eq!((totals.receipts, totals.transactions), (chain, 4));
    assert_eq!(
        totals.gas_used,
        block.receipts.iter().map(|receipt| receipt.gas_used).sum::<u64>()
    );
    assert_eq!(block.receipts[0].logs.len(), 1);
    // Another log, another chain.
    let mut other = block.receipts[0].clone();
    other.logs[0].data.data = Bytes::from_static(&[1]);
    assert_ne!(other.commitment_bytes(), block.receipts[0].commitment_bytes());
}

#[test]
fn v12_receipts_have_ethereums_encoding() {
    // The receipts root of an Ethereum block with one plain payment is the same on every chain. The trie of one receipt is
    // one leaf: the path of index 0, and the receipt.
    let (_, receipt) = only(&Tx::default());
    let leaf = list(&[&[0x20u8, 0x80].as_slice(), &receipt.to_ethereum().as_slice()]);
    assert_eq!(
        keccak256(&leaf),
        b256!("056b23fbba480696b65fe5a59b8f2148a1299103c4f57df839233af2cf4ca2d2")
    );
    let tip = Fee::Dynamic {
        max: 4 * GWEI,
        tip: 0,
        access: AccessList::default(),
    };
    let (_, receipt) = only(&Tx {
        fee: tip,
        ..Tx::default()
    });
    assert_eq!(receipt.to_ethereum()[0], 2);
}

#[test]
fn account_is_what_legality_reads() {
    let tree = genesis_tree(&allocations());
    let mut state = Overlay::new(&tree, Meter::new(LIMIT));
    let account = engine()
        .account(&mut state, &sender_of(&address(&key(3))))
        .unwrap();
    assert_eq!((account.nonce.0, account.balance), (0, Balance(100 * ETHER)));
    let nobody = engine()
        .account(&mut state, &decex_core::SenderId([0xff; 32].into()))
        .unwrap();
    assert_eq!(nobody, Default::default());
}

#[test]
fn the_rule_set_names_the_configuration() {
    let rules = |config| EvmEngine::new(config).rule_set();
    let others = [
        EvmConfig {
            chain_id: 1,
            ..CONFIG
        },
        EvmConfig {
            spec: Spec::Cancun,
            ..CONFIG
        },
        EvmConfig {
            block_gas_limit: 1,
            ..CONFIG
        },
        EvmConfig {
            base_fee: 1,
            ..CONFIG
        },
    ];
    assert!(others.into_iter().all(|other| rules(other) != rules(CONFIG)));
}

#[test]
fn the_spec_decides_the_price_of_call_data() {
    // EIP-7623 is in Prague and not in Cancun.
    let data: Bytes = vec![1; 1000].into();
    let tx = Tx {
        gas: 100_000,
        data,
        ..Tx::default()
    }
    .sign(&key(0));
    let gas = |spec| {
        let mut tree = genesis_tree(&allocations());
        let engine = EvmEngine::new(EvmConfig { spec, ..CONFIG });
        run_block(
            &engine,
            &context(1),
            &mut tree,
            std::slice::from_ref(&tx),
            1,
            LIMIT,
        )
        .receipts[0]
            .gas_used
    };
    assert_eq!(
        (gas(Spec::Cancun), gas(Spec::Prague)),
        (21_000 + 16_000, 21_000 + 40_000)
    );
}

#[test]
fn v11_value_sent_to_the_fee_recipient_is_a_tip() {
    let send = Tx {
        value: U256::from(12_345),
        ..call(0, 100_000, "send(address)", &[word(FEE_RECIPIENT)])
    };
    let (tree, receipt) = only(&send);
    let tip = u128::from(receipt.gas_used) * GWEI;
    assert_eq!(receipt.fees.execution, Balance(tip + 12_345));
    assert_eq!(tree.get(&keys::account(&FEE_RECIPIENT)), Ok(None));
}
