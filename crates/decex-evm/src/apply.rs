//! Apply one transaction: pay for blockspace, check, execute, collect fees.

use crate::account::{StoredAccount, account_from_value};
use crate::block::BlockTotals;
use crate::config::EvmConfig;
use crate::database::Database;
use crate::key;
use crate::messenger;
use crate::receipt::{Outcome, Refusal, TransactionReceipt, append_commitment};
use crate::run::{self, NoResult, Origin, Settings, Workspace};
use crate::transaction::{Transaction, TransactionType};
use alloc::vec::Vec;
use core::mem;
use decex_core::execution::{Context, Fees, Input};
use decex_core::state::{Halt, StateAccess, StateKey};
use decex_core::{Balance, SenderId};
use revm::context::TxEnv;
use revm::context::result::{ExecutionResult, ResultAndState};
use revm::handler::validation::validate_initial_tx_gas;
use revm::primitives::eip3860::MAX_INITCODE_SIZE;
use revm::primitives::{Address, Bytes, Log, U256};

/// Returns the 20-byte address of a sender, `None` if it is not padded with zeros.
#[must_use]
pub fn address_of(sender: &SenderId) -> Option<Address> {
    let (padding, address) = sender.0.as_bytes().split_at(12);
    (padding == [0; 12]).then(|| Address::from_slice(address))
}

/// Returns the sender of an address: the address after twelve zero bytes.
#[must_use]
pub fn sender_of(address: &Address) -> SenderId {
    SenderId(address.into_word().0.into())
}

/// One transaction and what it is judged by: the same for `apply` and `exceed`.
pub(crate) struct Attempt<'i> {
    config: EvmConfig,
    input: Input<'i>,
    totals: BlockTotals,
    sender: Address,
    key: StateKey,
    account: StoredAccount,
    /// What its bytes cost.
    storage_fee: u128,
    transaction: Option<Transaction<'i>>,
}

/// What a judged transaction did, to be recorded.
struct Done {
    outcome: Outcome,
    gas_used: u64,
    fees: Fees,
    created: Option<Address>,
    output: Bytes,
    logs: Vec<Log>,
}

impl Done {
    const fn without_effect(outcome: Outcome, gas_used: u64, fees: Fees) -> Self {
        Self {
            outcome,
            gas_used,
            fees,
            created: None,
            output: Bytes::new(),
            logs: Vec::new(),
        }
    }
}

impl<'i> Attempt<'i> {
    /// Reads the accumulators and the sender: the two keys that every transaction touches, in this order.
    pub(crate) fn open(
        config: &EvmConfig,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'i>,
    ) -> Result<Self, Halt> {
        let totals = BlockTotals::load(state)?;
        let summary = input.summary;
        let address = address_of(&summary.sender);
        let sender = address.unwrap_or_default();
        let key = key::account(&sender);
        let account = match address {
            Some(_) => account_from_value(state.get(&key)?.as_ref())?.unwrap_or_default(),
            None => StoredAccount::default(),
        };
        // The signature was verified before the transaction was scheduled. A summary that says something else than the
        // bytes is not scheduled either.
        let transaction = Transaction::decode(input.bytes, config.chain_id)
            .ok()
            .filter(|transaction| {
                address.is_some()
                    && transaction.nonce == summary.nonce.0
                    && transaction.gas_limit == summary.weight.0
            });
        let storage_fee = u128::from(summary.bytes).saturating_mul(context.byte_price.0);
        Ok(Self {
            config: *config,
            input: *input,
            totals,
            sender,
            key,
            account,
            storage_fee,
            transaction,
        })
    }

    /// V6, V7: the checks that need only the sender, in order. Returns the price of a unit of gas.
    fn check(&self) -> Result<u128, Refusal> {
        let transaction = self.transaction.as_ref().ok_or(Refusal::Malformed)?;
        // V6: blockspace is paid first.
        let spendable = self
            .account
            .balance
            .checked_sub(self.storage_fee)
            .ok_or(Refusal::Storage)?;
        // V7: Ethereum's own conditions for a transaction to be in a block.
        if transaction.nonce < self.account.nonce {
            return Err(Refusal::NonceTooLow);
        }
        if transaction.nonce > self.account.nonce {
            return Err(Refusal::NonceTooHigh);
        }
        if transaction.nonce == u64::MAX {
            return Err(Refusal::NonceOverflow);
        }
        let gas_price = transaction
            .gas_price(self.config.base_fee)
            .ok_or(Refusal::FeeCap)?;
        if transaction.priority_fee > transaction.max_fee {
            return Err(Refusal::PriorityFee);
        }
        // V8: the block has this much gas left.
        if transaction.gas_limit > self.config.block_gas_limit.saturating_sub(self.totals.gas_used) {
            return Err(Refusal::BlockGas);
        }
        let most = U256::from(transaction.max_fee)
            .checked_mul(U256::from(transaction.gas_limit))
            .and_then(|gas| gas.checked_add(transaction.value));
        if most.is_none_or(|most| most > U256::from(spendable)) {
            return Err(Refusal::Balance);
        }
        Ok(gas_price)
    }

    /// What keeps the transaction from being executed, as far as its sender's account and its own size show: V6 to V8, and the gas
    /// that any transaction of its form costs.
    pub(crate) fn foresee(&mut self) -> Option<Refusal> {
        if let Err(refusal) = self.check() {
            return Some(refusal);
        }
        if self.account.code_hash.is_some() {
            return Some(Refusal::SenderHasCode);
        }
        let spec = self.config.spec.id();
        let transaction = self.transaction.as_mut()?;
        if transaction.to.is_create() && transaction.data.len() > MAX_INITCODE_SIZE {
            return Some(Refusal::InitCode);
        }
        let environment = environment(transaction, self.sender, self.config.chain_id);
        let enough = validate_initial_tx_gas(environment, spec, false, false, u64::MAX, None);
        enough.err().map(|_| Refusal::IntrinsicGas)
    }

    /// Runs the transaction and records what came of it.
    pub(crate) fn apply(
        &mut self,
        settings: &Settings,
        workspace: &mut Workspace,
        context: &Context,
        state: &mut dyn StateAccess,
    ) -> Result<TransactionReceipt, Halt> {
        let gas_price = match self.check() {
            Ok(gas_price) => gas_price,
            Err(refusal) => return self.refuse(state, refusal),
        };
        let Some(transaction) = &mut self.transaction else {
            return self.refuse(state, Refusal::Malformed);
        };
        let Workspace { buffers, memory } = workspace;
        let mut database = Database::new(state, memory);
        let mut account = self.account;
        account.balance = account.balance.saturating_sub(self.storage_fee);
        database.preload(self.sender, self.key, account);
        let block = run::block(&self.config, context);
        let environment = environment(transaction, self.sender, self.config.chain_id);
        match run::run(
            settings,
            buffers,
            block,
            &mut database,
            environment,
            Origin::Transaction,
        ) {
            Ok(result) => {
                let outflow = messenger::commit(context, &mut database, &result, Balance::ZERO)?;
                let fees = Fees {
                    execution: Balance(outflow.tips),
                    storage: Balance(self.storage_fee),
                    burned: Balance(outflow.burned),
                };
                self.record(state, executed(result, fees))
            }
            Err(NoResult::Halt(halt)) => Err(halt),
            Err(NoResult::Refused(refusal)) => self.refuse(state, refusal),
            Err(NoResult::Broken) => self.charge_all(state, gas_price),
        }
    }

    /// Charges a transaction whose work went beyond what a proof can show.
    pub(crate) fn exceed(&mut self, state: &mut dyn StateAccess) -> Result<TransactionReceipt, Halt> {
        match self.check() {
            Ok(gas_price) => self.charge_all(state, gas_price),
            Err(refusal) => self.refuse(state, refusal),
        }
    }

    /// V6: no effect, except that it pays for its blockspace what it can.
    fn refuse(&mut self, state: &mut dyn StateAccess, refusal: Refusal) -> Result<TransactionReceipt, Halt> {
        let paid = self.storage_fee.min(self.account.balance);
        if paid > 0 {
            self.account.balance = self.account.balance.saturating_sub(paid);
            state.set(&self.key, self.account.to_value())?;
        }
        let fees = Fees {
            storage: Balance(paid),
            ..Fees::default()
        };
        self.record(state, Done::without_effect(Outcome::Refused(refusal), 0, fees))
    }

    /// V10: pays for blockspace and all of its gas; its nonce is used. Only for a transaction that passed the checks, so
    /// the balance covers it.
    fn charge_all(
        &mut self,
        state: &mut dyn StateAccess,
        gas_price: u128,
    ) -> Result<TransactionReceipt, Halt> {
        let gas = self
            .transaction
            .as_ref()
            .map_or(0, |transaction| transaction.gas_limit);
        let left = self.account.balance.saturating_sub(self.storage_fee);
        let whole = gas_price.saturating_mul(u128::from(gas)).min(left);
        let burned = u128::from(self.config.base_fee)
            .saturating_mul(u128::from(gas))
            .min(whole);
        self.account.balance = left.saturating_sub(whole);
        self.account.nonce = self.account.nonce.saturating_add(1);
        state.set(&self.key, self.account.to_value())?;
        let fees = Fees {
            execution: Balance(whole.saturating_sub(burned)),
            storage: Balance(self.storage_fee),
            burned: Balance(burned),
        };
        self.record(state, Done::without_effect(Outcome::Exceeded, gas, fees))
    }

    /// V11, V12: adds fees and receipt to the block's accumulators.
    fn record(&mut self, state: &mut dyn StateAccess, done: Done) -> Result<TransactionReceipt, Halt> {
        let kind = self
            .transaction
            .as_ref()
            .map_or(TransactionType::Legacy, |transaction| transaction.kind);
        let success = done.outcome == Outcome::Succeeded;
        self.totals
            .append(done.gas_used, &done.fees, |link, cumulative_gas| {
                append_commitment(link, kind.byte(), success, cumulative_gas, &done.logs);
            });
        self.totals.store(state)?;
        Ok(TransactionReceipt {
            transaction: self.input.summary.hash,
            transaction_type: kind.byte(),
            sender: self.sender,
            outcome: done.outcome,
            gas_used: done.gas_used,
            cumulative_gas: self.totals.gas_used,
            fees: done.fees,
            created: done.created,
            output: done.output,
            logs: done.logs,
        })
    }
}

/// Returns what revm wants to know. Takes data and access list out of the transaction: nothing asks for them again.
fn environment(transaction: &mut Transaction<'_>, sender: Address, chain_id: u64) -> TxEnv {
    TxEnv {
        tx_type: transaction.kind.byte(),
        caller: sender,
        gas_limit: transaction.gas_limit,
        gas_price: transaction.max_fee,
        kind: transaction.to,
        value: transaction.value,
        data: mem::take(&mut transaction.data),
        nonce: transaction.nonce,
        chain_id: Some(chain_id),
        access_list: mem::take(&mut transaction.access_list),
        gas_priority_fee: (transaction.kind == TransactionType::DynamicFee)
            .then_some(transaction.priority_fee),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}

fn executed(result: ResultAndState, fees: Fees) -> Done {
    let gas_used = result.result.tx_gas_used();
    let created = result.result.created_address();
    let (outcome, output, logs) = match result.result {
        ExecutionResult::Success { output, logs, .. } => (Outcome::Succeeded, output.into_data(), logs),
        // What was logged before a revert is reverted too.
        ExecutionResult::Revert { output, .. } => (Outcome::Reverted, output, Vec::new()),
        ExecutionResult::Halt { .. } => (Outcome::Halted, Bytes::new(), Vec::new()),
    };
    Done {
        outcome,
        gas_used,
        fees,
        created,
        output,
        logs,
    }
}
