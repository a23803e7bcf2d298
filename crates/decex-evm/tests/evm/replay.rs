//! The engine's blocks equal those of revm on its own, over an ordinary in-memory database.

use crate::common::*;
use crate::fees::{any_tx, reachable};
use decex_core::execution::Fees;
use decex_evm::{Address, FEE_RECIPIENT, Log, Outcome, TxKind, U256, query};
use proptest::prelude::*;
use revm::bytecode::Bytecode;
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::{B256, hardfork::SpecId};
use revm::state::AccountInfo;
use revm::{Context, Database, ExecuteCommitEvm, MainBuilder, MainContext};

/// Plain revm and the two things this domain adds: blockspace is paid first, and the fee recipient is emptied.
pub(crate) struct Replay {
    database: CacheDB<EmptyDB>,
    gas_used: u64,
    fees: Fees,
}

/// What a replayed transaction did: status, gas, logs; `None` if it was not executed.
pub(crate) type Replayed = Option<(bool, u64, Vec<Log>)>;

impl Replay {
    pub(crate) fn new() -> Self {
        let mut database = CacheDB::new(EmptyDB::default());
        for allocation in allocations() {
            let code = Bytecode::new_raw(allocation.code.clone());
            let nonce = if code.is_empty() { 0 } else { 1 };
            let info = AccountInfo::new(U256::from(allocation.balance.0), nonce, code.hash_slow(), code);
            database.insert_account_info(allocation.address, info);
        }
        // BLOCKHASH of the parent.
        database
            .cache
            .block_hashes
            .insert(U256::ZERO, B256::repeat_byte(1));
        Self {
            database,
            gas_used: 0,
            fees: Fees::default(),
        }
    }

    fn info(&mut self, address: Address) -> AccountInfo {
        self.database.basic(address).unwrap().unwrap_or_default()
    }

    pub(crate) fn run(&mut self, sender: Address, tx: &Tx, bytes: usize) -> Replayed {
        let mut info = self.info(sender);
        let storage = (bytes as u128 * context(1).byte_price.0).min(u128::try_from(info.balance).unwrap());
        info.balance -= U256::from(storage);
        self.database.insert_account_info(sender, info);
        self.fees.storage.0 += storage;
        if tx.gas > CONFIG.block_gas_limit - self.gas_used {
            return None;
        }
        let (tx_type, gas_price, gas_priority_fee, access_list) = match tx.fee.clone() {
            Fee::Legacy(price) => (0, price, None, Default::default()),
            Fee::AccessList(price, access) => (1, price, None, access),
            Fee::Dynamic { max, tip, access } => (2, max, Some(tip), access),
        };
        let environment = TxEnv {
            tx_type,
            caller: sender,
            gas_limit: tx.gas,
            gas_price,
            gas_priority_fee,
            kind: tx.to,
            value: tx.value,
            data: tx.data.clone(),
            nonce: tx.nonce,
            chain_id: Some(CHAIN),
            access_list,
            ..TxEnv::default()
        };
        let context = context(1);
        let block = BlockEnv {
            number: U256::ONE,
            beneficiary: FEE_RECIPIENT,
            timestamp: U256::from(context.timestamp.0 / 1000),
            gas_limit: CONFIG.block_gas_limit,
            basefee: BASE_FEE,
            prevrandao: Some(B256::from(context.seed.0.0)),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
                excess_blob_gas: 0,
                blob_gasprice: 1,
            }),
            ..BlockEnv::default()
        };
        let settings = CfgEnv::new_with_spec(SpecId::PRAGUE).with_chain_id(CHAIN);
        let mut evm = Context::mainnet()
            .with_db(&mut self.database)
            .with_cfg(settings)
            .with_block(block)
            .build_mainnet();
        let result = evm.transact_commit(environment).ok()?;
        let gas = result.tx_gas_used();
        self.gas_used += gas;
        self.fees.burned.0 += u128::from(gas) * u128::from(BASE_FEE);
        let recipient = self.info(FEE_RECIPIENT);
        self.fees.execution.0 += u128::try_from(recipient.balance).unwrap();
        self.database
            .insert_account_info(FEE_RECIPIENT, AccountInfo::default());
        let logs = match &result {
            ExecutionResult::Success { logs, .. } => logs.clone(),
            ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => vec![],
        };
        Some((result.is_success(), gas, logs))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn blocks_equal_plain_revm(transactions in prop::collection::vec(any_tx(), 0..20), interval in 1usize..5) {
        let mut nonces = [0u64; 256];
        let mut replay = Replay::new();
        let mut raw = vec![];
        let mut expected = vec![];
        let mut lost = 0u128;
        for (sender, mut tx) in transactions {
            tx.nonce += nonces[usize::from(sender)];
            let bytes = tx.sign(&key(sender));
            let result = replay.run(address(&key(sender)), &tx, bytes.len());
            nonces[usize::from(sender)] += u64::from(result.is_some());
            let loses = tx.to == TxKind::Call(PROBE) && tx.data.starts_with(&call_data("makeAndLose(bytes32)", &[]));
            if loses && result.as_ref().is_some_and(|(success, ..)| *success) {
                lost += u128::try_from(tx.value).unwrap();
            }
            expected.push(result);
            raw.push(bytes);
        }
        let mut tree = genesis_tree(&allocations());
        let block = run_block(&engine(), &context(1), &mut tree, &raw, interval, LIMIT);
        for (receipt, expected) in block.receipts.iter().zip(&expected) {
            match expected {
                None => prop_assert!(matches!(receipt.outcome, Outcome::Refused(_))),
                Some((success, gas, logs)) => {
                    prop_assert_eq!((receipt.is_success(), receipt.gas_used), (*success, *gas));
                    prop_assert_eq!(&receipt.logs, logs);
                }
            }
        }
        for account in reachable() {
            let info = replay.info(account);
            let ours = query::account(&tree, &account).unwrap();
            prop_assert_eq!((U256::from(ours.balance), ours.nonce), (info.balance, info.nonce), "{}", account);
            prop_assert_eq!(ours.code_hash.is_some(), !info.is_empty_code_hash());
        }
        for slot in (0..8).chain(100..108).map(U256::from).chain([U256::MAX]) {
            let theirs = replay.database.storage(PROBE, slot).unwrap();
            prop_assert_eq!(query::storage_at(&tree, &PROBE, &slot).unwrap(), theirs, "{}", slot);
        }
        replay.fees.burned.0 += lost;
        prop_assert_eq!(block.effects.fees, replay.fees);
    }
}
