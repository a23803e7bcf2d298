//! What messages of other chains do to accounts.

use crate::abi::{Reader, Writer};
use crate::account::{StoredAccount, account_from_value};
use crate::apply::address_of;
use crate::block::BlockTotals;
use crate::config::EvmConfig;
use crate::database::{Database, FEE_RECIPIENT, Outflow};
use crate::key;
use crate::messenger::{self, MESSENGER};
use crate::receipt::{MESSAGE_TYPE, MessageReceipt, Outcome, append_commitment};
use crate::run::{self, NoResult, Settings, Workspace};
use alloc::vec::Vec;
use decex_core::codec::BoundedBytes;
use decex_core::execution::{Context, Fees};
use decex_core::id::SenderId;
use decex_core::message::{Answer, ChainId, MAX_ANSWER_BYTES, PartyId, Refusal, Request};
use decex_core::state::{Halt, StateAccess};
use decex_core::{Balance, DomainId};
use decex_messaging::end::{Application, Origin};
use parity_scale_codec::Encode;
use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use revm::primitives::{Address, Bytes, Log, TxKind, U256};

/// `onMessage(uint64,uint64,uint64,bytes32,bytes)`.
pub const ON_MESSAGE: [u8; 4] = [0x7e, 0xec, 0xde, 0xa1];
/// `onAnswer(uint64,uint64,bool,bytes)`.
pub const ON_ANSWER: [u8; 4] = [0x03, 0xfa, 0x40, 0x10];

/// What contracts see as the domain number of the consensus chain.
const CONSENSUS: u64 = u64::MAX;

/// The accounts of an EVM domain, as one message sees them.
pub(crate) struct Accounts<'e> {
    config: &'e EvmConfig,
    settings: &'e Settings,
    context: &'e Context,
    /// Of the call that the message made: it makes one at most.
    receipt: Option<MessageReceipt>,
}

/// A call that the messenger makes.
struct Call {
    origin: Origin,
    is_answer: bool,
    recipient: Address,
    value: Balance,
    data: Vec<u8>,
}

/// How a call ended.
struct Ended {
    outcome: Outcome,
    gas_used: u64,
    fees: Fees,
    output: Bytes,
    logs: Vec<Log>,
}

impl<'e> Accounts<'e> {
    pub(crate) const fn new(config: &'e EvmConfig, settings: &'e Settings, context: &'e Context) -> Self {
        Self {
            config,
            settings,
            context,
            receipt: None,
        }
    }

    /// Returns the receipt of the call that was made.
    pub(crate) fn into_receipt(self) -> Option<MessageReceipt> {
        self.receipt
    }

    /// Calls a contract, and keeps what it did if it succeeds and what it returns `is_right`. Returns what it returned then.
    fn call(
        &mut self,
        state: &mut dyn StateAccess,
        call: Call,
        is_right: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Option<Bytes>, Halt> {
        let Workspace {
            mut buffers,
            mut memory,
        } = Workspace::default();
        let mut database = Database::new(state, &mut memory);
        database.enter(call.value.0);
        let result = run::run(
            self.settings,
            &mut buffers,
            run::block(self.config, self.context),
            &mut database,
            self.environment(&call),
            run::Origin::Message,
        );
        let undone = |outcome, gas_used, output| Ended {
            outcome,
            gas_used,
            fees: Fees::default(),
            output,
            logs: Vec::new(),
        };
        let ended = match result {
            // V9
            Err(NoResult::Halt(halt)) => return Err(halt),
            // A precompile gave up: the work was done.
            Err(NoResult::Broken | NoResult::Refused(_)) => {
                undone(Outcome::Exceeded, self.config.message_gas, Bytes::new())
            }
            Ok(result) => {
                let gas_used = result.result.tx_gas_used();
                match &result.result {
                    ExecutionResult::Success { output, logs, .. } if is_right(output.data()) => {
                        let outflow = messenger::commit(self.context, &mut database, &result, call.value)?;
                        Ended {
                            outcome: Outcome::Succeeded,
                            gas_used,
                            fees: fees(outflow),
                            output: output.data().clone(),
                            logs: logs.clone(),
                        }
                    }
                    // V19: what is no answer is a refusal.
                    ExecutionResult::Success { output, .. } => {
                        undone(Outcome::Reverted, gas_used, output.data().clone())
                    }
                    ExecutionResult::Revert { output, .. } => {
                        undone(Outcome::Reverted, gas_used, output.clone())
                    }
                    ExecutionResult::Halt { .. } => undone(Outcome::Halted, gas_used, Bytes::new()),
                }
            }
        };
        let said = (ended.outcome == Outcome::Succeeded).then(|| ended.output.clone());
        self.record(state, &call, ended)?;
        Ok(said)
    }

    /// V19: the messenger calls, with gas that nobody buys.
    fn environment(&self, call: &Call) -> TxEnv {
        TxEnv {
            caller: MESSENGER,
            gas_limit: self.config.message_gas,
            gas_price: 0,
            kind: TxKind::Call(call.recipient),
            value: U256::from(call.value.0),
            data: call.data.clone().into(),
            chain_id: Some(self.config.chain_id),
            ..TxEnv::default()
        }
    }

    /// V21: appends the call to the block's chain of receipts.
    fn record(&mut self, state: &mut dyn StateAccess, call: &Call, ended: Ended) -> Result<(), Halt> {
        let mut totals = BlockTotals::load(state)?;
        let success = ended.outcome == Outcome::Succeeded;
        totals.append_call(ended.gas_used, &ended.fees, |link, cumulative_gas| {
            append_commitment(link, MESSAGE_TYPE, success, cumulative_gas, &ended.logs);
        });
        totals.store(state)?;
        self.receipt = Some(MessageReceipt {
            origin: call.origin,
            is_answer: call.is_answer,
            recipient: call.recipient,
            outcome: ended.outcome,
            gas_used: ended.gas_used,
            cumulative_gas: totals.call_gas,
            fees: ended.fees,
            output: ended.output,
            logs: ended.logs,
        });
        Ok(())
    }
}

impl Application for Accounts<'_> {
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        // V19: an account that can hold the value.
        let Some(recipient) = account_of(&request.recipient) else {
            return Ok(Err(Refusal::Recipient));
        };
        let account = load(state, &recipient)?;
        let Some(balance) = account.balance.checked_add(request.value.0) else {
            return Ok(Err(Refusal::Recipient));
        };
        // V19: without code, that is all.
        if account.code_hash.is_none() {
            let credited = StoredAccount { balance, ..account };
            state.set(&key::account(&recipient), credited.to_value())?;
            return Ok(Ok(BoundedBytes::default()));
        }
        let data = Writer::new(&ON_MESSAGE)
            .number(number_of(origin.chain))
            .number(origin.channel.0)
            .number(origin.number.0)
            .word(U256::from_be_bytes(request.sender.0.0))
            .bytes(5, &request.data)
            .finish();
        let call = Call {
            origin,
            is_answer: false,
            recipient,
            value: request.value,
            data,
        };
        let said = self.call(state, call, |output| answer(output).is_some())?;
        Ok(said.and_then(|output| answer(&output)).ok_or(Refusal::Recipient))
    }

    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt> {
        // It was taken from this address before.
        let Some(address) = account_of(sender) else {
            return Ok(());
        };
        let account = load(state, &address)?;
        let balance = account.balance.saturating_add(refund.0);
        state.set(
            &key::account(&address),
            StoredAccount { balance, ..account }.to_value(),
        )
    }

    fn answered(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        sender: &PartyId,
        answer: &Answer,
    ) -> Result<(), Halt> {
        let Some(recipient) = account_of(sender) else {
            return Ok(());
        };
        // V20: a contract is told. Whatever it does then, the answer is settled.
        if load(state, &recipient)?.code_hash.is_none() {
            return Ok(());
        }
        let (delivered, said) = match answer {
            Answer::Delivered(said) => (true, said.to_vec()),
            Answer::Refused(refusal) => (false, refusal.encode()),
        };
        let data = Writer::new(&ON_ANSWER)
            .number(origin.channel.0)
            .number(origin.number.0)
            .number(delivered.into())
            .bytes(4, &said)
            .finish();
        let call = Call {
            origin,
            is_answer: true,
            recipient,
            value: Balance::ZERO,
            data,
        };
        self.call(state, call, |_| true).map(drop)
    }

    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        let mut totals = BlockTotals::load(state)?;
        totals.fees.execution.0 = totals.fees.execution.0.saturating_add(fee.0);
        totals.store(state)
    }
}

/// Returns the address that a message names: 20 bytes after zeros, where an account can stand.
fn account_of(party: &PartyId) -> Option<Address> {
    address_of(&SenderId(party.0)).filter(|address| *address != MESSENGER && *address != FEE_RECIPIENT)
}

fn load(state: &mut dyn StateAccess, address: &Address) -> Result<StoredAccount, Halt> {
    Ok(account_from_value(state.get(&key::account(address))?.as_ref())?.unwrap_or_default())
}

/// V19: reads an answer: `bytes` in the standard ABI, no more than fit into one.
fn answer(output: &[u8]) -> Option<BoundedBytes<MAX_ANSWER_BYTES>> {
    BoundedBytes::new(Reader::new(output).bytes()?.to_vec())
}

fn number_of(chain: ChainId) -> u64 {
    chain.domain().map_or(CONSENSUS, |DomainId(domain)| domain.into())
}

const fn fees(outflow: Outflow) -> Fees {
    Fees {
        execution: Balance(outflow.tips),
        storage: Balance::ZERO,
        burned: Balance(outflow.burned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::keccak256;

    #[test]
    fn the_selectors_are_derived() {
        let selector = |signature: &str| keccak256(signature)[..4].to_vec();
        assert_eq!(
            selector("onMessage(uint64,uint64,uint64,bytes32,bytes)"),
            ON_MESSAGE
        );
        assert_eq!(selector("onAnswer(uint64,uint64,bool,bytes)"), ON_ANSWER);
    }
}
