//! What messages of other chains do to accounts.

use crate::account::{StoredAccount, account_from_value};
use crate::apply::address_of;
use crate::block::BlockTotals;
use crate::key;
use decex_core::Balance;
use decex_core::codec::BoundedBytes;
use decex_core::id::SenderId;
use decex_core::message::{Answer, MAX_ANSWER_BYTES, PartyId, Refusal, Request};
use decex_core::state::{Halt, StateAccess};
use decex_messaging::end::{Application, Origin};

/// The accounts of an EVM domain, as messages see them.
pub(crate) struct Accounts;

impl Application for Accounts {
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        _origin: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        let credited = credit(state, &request.recipient, request.value)?;
        Ok(credited.then(BoundedBytes::default).ok_or(Refusal::Recipient))
    }

    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt> {
        // It was taken from this address before.
        credit(state, sender, refund).map(drop)
    }

    fn answered(
        &mut self,
        _state: &mut dyn StateAccess,
        _origin: Origin,
        _sender: &PartyId,
        _answer: &Answer,
    ) -> Result<(), Halt> {
        Ok(())
    }

    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        let mut totals = BlockTotals::load(state)?;
        totals.fees.execution.0 = totals.fees.execution.0.saturating_add(fee.0);
        totals.store(state)
    }
}

/// Adds to an account. Returns whether it exists as one: an address is 20 bytes, and holds 128 bits.
fn credit(state: &mut dyn StateAccess, party: &PartyId, amount: Balance) -> Result<bool, Halt> {
    let Some(address) = address_of(&SenderId(party.0)) else {
        return Ok(false);
    };
    let key = key::account(&address);
    let account = account_from_value(state.get(&key)?.as_ref())?.unwrap_or_default();
    let Some(balance) = account.balance.checked_add(amount.0) else {
        return Ok(false);
    };
    state.set(&key, StoredAccount { balance, ..account }.to_value())?;
    Ok(true)
}
