//! What messages of other chains do to accounts and contracts.

use crate::account::StoredAccount;
use crate::block::BlockTotals;
use crate::code::{RECEIVE, Workspace};
use crate::config::WasmConfig;
use crate::journal::Journal;
use crate::key;
use crate::machine::{Entry, Machine};
use crate::receipt::link;
use decex_core::codec::BoundedBytes;
use decex_core::execution::Context;
use decex_core::hash::digest_encoded;
use decex_core::message::{Answer, MAX_ANSWER_BYTES, PartyId, Refusal, Request};
use decex_core::state::{Halt, StateAccess};
use decex_core::{Balance, SenderId, TransactionHash, label};
use decex_messaging::end::{Application, Origin};
use parity_scale_codec::Encode;

/// The accounts of a domain, as messages see them.
pub(crate) struct Accounts<'e> {
    pub(crate) config: &'e WasmConfig,
    pub(crate) context: &'e Context,
}

impl Application for Accounts<'_> {
    /// J19: the value goes to the recipient. A contract runs; if it fails, the request is refused.
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        let contract = SenderId(request.recipient.0);
        let mut workspace = Workspace::default();
        let mut machine = Machine {
            context: self.context,
            workspace: &mut workspace,
            journal: Journal::new(state),
        };
        if !machine.journal.credit(&contract, request.value.0)? {
            return Ok(Err(Refusal::Recipient));
        }
        let Some(code) = machine.journal.account(&contract)?.code else {
            machine.journal.commit()?;
            return Ok(Ok(BoundedBytes::default()));
        };
        let named = (origin.chain, origin.channel, origin.number, request.sender);
        let mut input = named.encode();
        input.extend_from_slice(&request.data);
        let entry = Entry {
            // Nobody of this domain called it: no key hashes to nothing, and no contract either.
            caller: SenderId::default(),
            contract,
            code,
            value: request.value.0,
            input,
            export: RECEIVE,
            depth: 1,
        };
        let ended = machine.call(entry, self.config.message_fuel)?;
        // What is too long for an answer is no answer.
        let (None, Some(said)) = (ended.failure, BoundedBytes::new(ended.output)) else {
            return Ok(Err(Refusal::Recipient));
        };
        machine.journal.commit()?;
        let mut totals = BlockTotals::load(state)?;
        let name = TransactionHash(digest_encoded(&label::TRANSACTION, &named));
        totals.receipts = link(totals.receipts, name, true, totals.fuel_used, &ended.events);
        totals.store(state)?;
        Ok(Ok(said))
    }

    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt> {
        let key = key::account(&SenderId(sender.0));
        let account = StoredAccount::from_value(state.get(&key)?.as_ref())?;
        // It was taken from this account before.
        let balance = account.balance.saturating_add(refund.0);
        state.set(&key, StoredAccount { balance, ..account }.to_value())
    }

    fn answered(
        &mut self,
        _state: &mut dyn StateAccess,
        _origin: Origin,
        _sender: &PartyId,
        _answer: &Answer,
    ) -> Result<(), Halt> {
        // Only users send, and they read the answer from the chain.
        Ok(())
    }

    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        let mut totals = BlockTotals::load(state)?;
        totals.fees.execution.0 = totals.fees.execution.0.saturating_add(fee.0);
        totals.store(state)
    }
}
