//! Execute a run's transactions once more, on revm as Ethereum has it, and compare all that is left.
//!
//! Nothing here goes through the domain's engine: revm runs over its own in-memory database, and the rules that the
//! domain adds to Ethereum's (`spec/evm.md`: V6 blockspace is paid first, V8 the block's gas, V10 the witness limit,
//! V11 where fees go, V12 the chain of receipts) are written down a second time. Only the reading of a transaction's
//! bytes is shared.

mod compare;
mod messages;
mod witness;

pub use compare::{Comparison, compare};

use crate::feed::GenesisFile;
use crate::problem::Problem;
use crate::replay::witness::Witnessed;
use alloy_rlp::{Encodable, Header};
use decex_core::execution::{Context, Fees};
use decex_core::hash::Hash;
use decex_core::message::Message;
use decex_core::state::{StateKey, Value};
use decex_core::{Balance, Digest, label};
use decex_evm::{
    Address, B256, BlockTotals, Bytes, FEE_RECIPIENT, Log, Spec, Transaction, TransactionType, U256,
};
use parity_scale_codec::{Decode, Encode};
use revm::bytecode::Bytecode;
use revm::context::result::{EVMError, ExecutionResult};
use revm::context::{BlockEnv, CfgEnv, Context as EvmContext, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::{KECCAK_EMPTY, hardfork::SpecId};
use revm::state::AccountInfo;
use revm::{DatabaseCommit, ExecuteEvm, MainBuilder, MainContext};
use std::collections::BTreeMap;

/// A domain block as it is to be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReplayBlock {
    /// What it was executed in.
    pub context: Context,
    /// The messages that it takes in first.
    pub messages: Vec<Message>,
    /// Its transactions in the order of its schedule.
    pub transactions: Vec<Vec<u8>>,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Executed; its effects stand.
    Succeeded,
    /// Executed, and reverted by the contract.
    Reverted,
    /// Executed, and stopped by the EVM: out of gas, invalid opcode.
    Halted,
    /// Not executed; it paid for its blockspace what its sender had.
    Refused,
}

/// What the replay leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How each transaction ended, block by block.
    pub statuses: Vec<Vec<Status>>,
    /// How many succeeded.
    pub succeeded: usize,
    /// How many were reverted.
    pub reverted: usize,
    /// How many were halted.
    pub halted: usize,
    /// How many were refused.
    pub refused: usize,
    /// Every account that is not empty.
    pub accounts: BTreeMap<Address, ReplayedAccount>,
    /// Every code that was deployed, by its hash.
    pub codes: BTreeMap<B256, Bytes>,
    /// The hashes that contracts can ask for, by block number.
    pub block_hashes: BTreeMap<u64, B256>,
    /// Sums over the last block; `None` without a block.
    pub totals: Option<BlockTotals>,
    /// Fees of all blocks.
    pub fees: Fees,
    /// What the domain keeps of its channels: the one thing that is not written down a second time, but done by `decex-messaging`.
    pub channels: BTreeMap<StateKey, Value>,
}

/// An account that the replay leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayedAccount {
    /// The next nonce.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: u128,
    /// Keccak-256 of its code, `None` without code.
    pub code_hash: Option<B256>,
    /// Every slot that is not zero.
    pub slots: BTreeMap<U256, U256>,
}

/// Replays `blocks`, all from the domain's first on, without a witness limit.
///
/// # Errors
/// When the blocks are not numbered 1, 2, 3 …, or hold something that is no transaction of this domain.
pub fn replay(genesis: &GenesisFile, blocks: &[ReplayBlock]) -> Result<Replayed, Problem> {
    replay_within(u32::MAX, genesis, blocks)
}

/// As [`replay`], in a domain where the witness of one transaction is limited to so many bytes.
///
/// # Errors
/// As [`replay`].
pub fn replay_within(
    witness_limit: u32,
    genesis: &GenesisFile,
    blocks: &[ReplayBlock],
) -> Result<Replayed, Problem> {
    let mut machine = Machine::new(genesis, witness_limit);
    let mut statuses = Vec::new();
    for (number, block) in (1..).zip(blocks) {
        if block.context.number.0 != number {
            let why = format!("expected block {number}, found block {}", block.context.number.0);
            return Err(Problem::new("replay", why));
        }
        statuses.push(machine.block(block)?);
    }
    machine.end(statuses)
}

/// Plain revm, its database, and what this domain counts beside it.
struct Machine<'g> {
    genesis: &'g GenesisFile,
    witness_limit: u32,
    database: CacheDB<EmptyDB>,
    block_hashes: BTreeMap<u64, B256>,
    totals: Option<BlockTotals>,
    fees: Fees,
    channels: BTreeMap<StateKey, Value>,
}

/// What executing one transaction came to.
struct Ran {
    status: Status,
    gas: u64,
    logs: Vec<Log>,
}

impl Ran {
    const fn without_logs(status: Status, gas: u64) -> Self {
        Self {
            status,
            gas,
            logs: Vec::new(),
        }
    }
}

impl<'g> Machine<'g> {
    fn new(genesis: &'g GenesisFile, witness_limit: u32) -> Self {
        let mut database = CacheDB::new(EmptyDB::default());
        for account in &genesis.accounts {
            let code = Bytecode::new_raw(account.code.clone());
            let nonce = if code.is_empty() {
                account.nonce
            } else {
                account.nonce.max(1)
            };
            let info = AccountInfo::new(U256::from(account.balance.0), nonce, code.hash_slow(), code);
            database.insert_account_info(account.address, info);
            if let Some(entry) = database.cache.accounts.get_mut(&account.address) {
                entry.storage.extend(account.storage.iter().copied());
            }
        }
        Self {
            genesis,
            witness_limit,
            database,
            block_hashes: BTreeMap::new(),
            totals: None,
            fees: Fees::default(),
            channels: BTreeMap::new(),
        }
    }

    fn block(&mut self, block: &ReplayBlock) -> Result<Vec<Status>, Problem> {
        let context = &block.context;
        let number = context.number.0;
        // V13: contracts can ask for the parent's hash.
        let (parent, hash) = (number.saturating_sub(1), B256::new(context.parent.0.0));
        self.block_hashes.insert(parent, hash);
        self.database.cache.block_hashes.insert(U256::from(parent), hash);
        let mut totals = BlockTotals::default();
        for message in &block.messages {
            self.message(context, message, &mut totals)?;
        }
        // What messages brought is there, and what they paid was taken in another chain.
        let brought = totals.fees.execution.0;
        let before = self.supply();
        let mut statuses = Vec::new();
        for (index, bytes) in block.transactions.iter().enumerate() {
            let what = || format!("replay of block {number}, transaction {index}");
            let transaction = Transaction::decode(bytes, self.genesis.chain_id);
            let transaction = transaction.map_err(|error| Problem::new(what(), error))?;
            let sender = transaction
                .recover()
                .map_err(|error| Problem::new(what(), error))?;
            let ran = self.transaction(context, &transaction, sender, bytes.len(), &mut totals)?;
            append_receipt(&mut totals, transaction.kind, &ran);
            statuses.push(ran.status);
        }
        // V11: what no account has any more, and nobody was paid.
        let execution = totals.fees.execution.0.saturating_sub(brought);
        let paid = execution.saturating_add(totals.fees.storage.0);
        let gone = before
            .saturating_sub(self.supply())
            .saturating_sub(U256::from(paid));
        totals.fees.burned = Balance(narrow(gone)?);
        add(&mut self.fees.execution, totals.fees.execution.0);
        add(&mut self.fees.storage, totals.fees.storage.0);
        add(&mut self.fees.burned, totals.fees.burned.0);
        self.totals = Some(totals);
        Ok(statuses)
    }

    fn transaction(
        &mut self,
        context: &Context,
        transaction: &Transaction<'_>,
        sender: Address,
        bytes: usize,
        totals: &mut BlockTotals,
    ) -> Result<Ran, Problem> {
        // V6: blockspace first; who cannot pay it pays all there is.
        let price = U256::from(bytes).saturating_mul(U256::from(context.byte_price.0));
        let before = self.info(sender);
        let balance = before.balance;
        let paid = price.min(balance);
        self.change(sender, |info| info.balance = balance.saturating_sub(paid));
        add(&mut totals.fees.storage, narrow(paid)?);
        // V8: the block's gas.
        let gas_left = self.genesis.block_gas_limit.saturating_sub(totals.gas_used);
        if balance < price || transaction.gas_limit > gas_left {
            return Ok(Ran::without_logs(Status::Refused, 0));
        }
        let spec = match self.genesis.spec {
            Spec::Cancun => SpecId::CANCUN,
            Spec::Prague => SpecId::PRAGUE,
        };
        let totals_length = totals.encode().len();
        let witnessed = Witnessed::new(&mut self.database, totals_length, sender, &before);
        let mut evm = EvmContext::mainnet()
            .with_db(witnessed)
            .with_cfg(CfgEnv::new_with_spec(spec).with_chain_id(self.genesis.chain_id))
            .with_block(environment(self.genesis, context))
            .build_mainnet();
        let ran = evm.transact(envelope(transaction, sender, self.genesis.chain_id));
        let witness = evm
            .ctx
            .journaled_state
            .database
            .bytes(ran.as_ref().ok().map(|ran| &ran.state));
        // V10: the work was done, but no proof could show it.
        if witness > u64::from(self.witness_limit) {
            return self.charge_all(transaction, sender, totals);
        }
        let result = match ran {
            Ok(ran) => {
                self.database.commit(ran.state);
                ran.result
            }
            Err(EVMError::Transaction(_)) => return Ok(Ran::without_logs(Status::Refused, 0)),
            Err(EVMError::Database(never)) => match never {},
            Err(EVMError::Header(_) | EVMError::Custom(_) | EVMError::CustomAny(_)) => {
                return self.charge_all(transaction, sender, totals);
            }
        };
        // V11: what arrived at the fee recipient is the execution fee; no account stays there.
        let tips = self.info(FEE_RECIPIENT).balance;
        self.change(FEE_RECIPIENT, |info| *info = AccountInfo::default());
        add(&mut totals.fees.execution, narrow(tips)?);
        let gas = result.tx_gas_used();
        Ok(match result {
            ExecutionResult::Success { logs, .. } => Ran {
                status: Status::Succeeded,
                gas,
                logs,
            },
            ExecutionResult::Revert { .. } => Ran::without_logs(Status::Reverted, gas),
            ExecutionResult::Halt { .. } => Ran::without_logs(Status::Halted, gas),
        })
    }

    /// V10: the witness limit was passed, or a precompile gave up; all gas is charged and the nonce is used.
    fn charge_all(
        &mut self,
        transaction: &Transaction<'_>,
        sender: Address,
        totals: &mut BlockTotals,
    ) -> Result<Ran, Problem> {
        let base = u128::from(self.genesis.base_fee);
        let price = match transaction.kind {
            TransactionType::Legacy | TransactionType::AccessList => transaction.max_fee,
            TransactionType::DynamicFee => transaction
                .max_fee
                .min(base.saturating_add(transaction.priority_fee)),
        };
        let gas = U256::from(transaction.gas_limit);
        let whole = gas.saturating_mul(U256::from(price));
        let tip = gas.saturating_mul(U256::from(price.saturating_sub(base)));
        self.change(sender, |info| {
            info.balance = info.balance.saturating_sub(whole);
            info.nonce = info.nonce.saturating_add(1);
        });
        add(&mut totals.fees.execution, narrow(tip)?);
        Ok(Ran::without_logs(Status::Halted, transaction.gas_limit))
    }

    fn info(&self, address: Address) -> AccountInfo {
        let entry = self.database.cache.accounts.get(&address);
        entry
            .and_then(revm::database::DbAccount::info)
            .unwrap_or_default()
    }

    /// Changes an account, if that makes a difference.
    fn change(&mut self, address: Address, change: impl FnOnce(&mut AccountInfo)) {
        let before = self.info(address);
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.database.insert_account_info(address, after);
        }
    }

    fn supply(&self) -> U256 {
        let accounts = self.database.cache.accounts.values();
        accounts.fold(U256::ZERO, |sum, account| {
            sum.saturating_add(account.info.balance)
        })
    }

    fn end(self, statuses: Vec<Vec<Status>>) -> Result<Replayed, Problem> {
        let mut accounts = BTreeMap::new();
        for (address, entry) in &self.database.cache.accounts {
            let Some(info) = entry.info().filter(|info| !info.is_empty()) else {
                continue;
            };
            let slots = entry.storage.iter().filter(|(_, value)| !value.is_zero());
            let account = ReplayedAccount {
                nonce: info.nonce,
                balance: narrow(info.balance)?,
                code_hash: (info.code_hash != KECCAK_EMPTY).then_some(info.code_hash),
                slots: slots.map(|(slot, value)| (*slot, *value)).collect(),
            };
            accounts.insert(*address, account);
        }
        let contracts = self
            .database
            .cache
            .contracts
            .iter()
            .filter(|(_, code)| !code.is_empty());
        let codes = contracts
            .map(|(hash, code)| (*hash, code.original_bytes()))
            .collect();
        let Self {
            block_hashes,
            totals,
            fees,
            channels,
            ..
        } = self;
        let count = |status| {
            statuses
                .iter()
                .flatten()
                .filter(|found| **found == status)
                .count()
        };
        Ok(Replayed {
            succeeded: count(Status::Succeeded),
            reverted: count(Status::Reverted),
            halted: count(Status::Halted),
            refused: count(Status::Refused),
            statuses,
            accounts,
            codes,
            block_hashes,
            totals,
            fees,
            channels,
        })
    }
}

/// V13: the block as contracts see it.
fn environment(genesis: &GenesisFile, context: &Context) -> BlockEnv {
    BlockEnv {
        number: U256::from(context.number.0),
        beneficiary: FEE_RECIPIENT,
        timestamp: U256::from(context.timestamp.0.checked_div(1000).unwrap_or_default()),
        gas_limit: genesis.block_gas_limit,
        basefee: genesis.base_fee,
        prevrandao: Some(B256::new(context.seed.0.0)),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        ..BlockEnv::default()
    }
}

fn envelope(transaction: &Transaction<'_>, sender: Address, chain_id: u64) -> TxEnv {
    let dynamic = transaction.kind == TransactionType::DynamicFee;
    TxEnv {
        tx_type: transaction.kind.byte(),
        caller: sender,
        gas_limit: transaction.gas_limit,
        gas_price: transaction.max_fee,
        gas_priority_fee: dynamic.then_some(transaction.priority_fee),
        kind: transaction.to,
        value: transaction.value,
        data: transaction.data.clone(),
        nonce: transaction.nonce,
        chain_id: Some(chain_id),
        access_list: transaction.access_list.clone(),
        ..TxEnv::default()
    }
}

/// V12: the chain of receipts, and the sums that stand beside it.
fn append_receipt(totals: &mut BlockTotals, kind: TransactionType, ran: &Ran) {
    totals.gas_used = totals.gas_used.saturating_add(ran.gas);
    totals.transactions = totals.transactions.saturating_add(1);
    let mut fields = Vec::new();
    Encodable::encode(&(ran.status == Status::Succeeded), &mut fields);
    Encodable::encode(&totals.gas_used, &mut fields);
    Encodable::encode(&ran.logs, &mut fields);
    let mut receipt = vec![kind.byte()];
    Header {
        list: true,
        payload_length: fields.len(),
    }
    .encode(&mut receipt);
    receipt.extend(fields);
    let previous: Digest = totals.receipts;
    totals.receipts = Hash::new(&label::EVM_LOGS)
        .chain(previous)
        .chain(receipt)
        .finish();
}

fn add(sum: &mut Balance, amount: u128) {
    sum.0 = sum.0.saturating_add(amount);
}

/// Genesis bounds the sum of all balances to 128 bits, and nothing adds to it.
fn narrow(value: U256) -> Result<u128, Problem> {
    u128::try_from(value).map_err(|error| Problem::new("replay: a sum of balances", error))
}

#[cfg(test)]
mod tests;
