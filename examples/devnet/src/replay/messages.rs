//! What messages do to the accounts: a request to an address without code adds to it, every other is refused. Users of the run
//! ask nothing else of the EVM.

use super::Machine;
use crate::problem::Problem;
use decex_core::codec::BoundedBytes;
use decex_core::execution::Context;
use decex_core::message::{Answer, MAX_ANSWER_BYTES, Message, PartyId, Refusal, Request};
use decex_core::state::{Halt, StateAccess, StateKey, Value};
use decex_core::{Balance, SenderId};
use decex_evm::{BlockTotals, U256, address_of};
use decex_messaging::end::{Application, Origin, receive};
use std::collections::BTreeMap;

/// What the domain keeps of its channels, as a state.
struct Channels<'a>(&'a mut BTreeMap<StateKey, Value>);

impl StateAccess for Channels<'_> {
    fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        Ok(self.0.get(key).cloned())
    }

    fn set(&mut self, key: &StateKey, value: Option<Value>) -> Result<(), Halt> {
        match value {
            Some(value) => self.0.insert(*key, value),
            None => self.0.remove(key),
        };
        Ok(())
    }
}

/// The accounts of the replay.
struct Accounts<'a, 'g> {
    machine: &'a mut Machine<'g>,
    fees: Balance,
}

impl Application for Accounts<'_, '_> {
    fn deliver(
        &mut self,
        _: &mut dyn StateAccess,
        _: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        let Some(address) = address_of(&SenderId(request.recipient.0)) else {
            return Ok(Err(Refusal::Recipient));
        };
        let value = U256::from(request.value.0);
        self.machine
            .change(address, |info| info.balance = info.balance.saturating_add(value));
        Ok(Ok(BoundedBytes::default()))
    }

    fn refund(&mut self, _: &mut dyn StateAccess, _: &PartyId, _: Balance) -> Result<(), Halt> {
        Ok(())
    }

    fn answered(&mut self, _: &mut dyn StateAccess, _: Origin, _: &PartyId, _: &Answer) -> Result<(), Halt> {
        Ok(())
    }

    fn collect(&mut self, _: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        self.fees.0 = self.fees.0.saturating_add(fee.0);
        Ok(())
    }
}

impl Machine<'_> {
    /// Takes a message in.
    pub(super) fn message(
        &mut self,
        context: &Context,
        message: &Message,
        totals: &mut BlockTotals,
    ) -> Result<(), Problem> {
        let failed = |error: String| Problem::new("replay of a message", error);
        let mut channels = std::mem::take(&mut self.channels);
        let mut accounts = Accounts {
            machine: self,
            fees: Balance::ZERO,
        };
        let received = receive(context, &mut Channels(&mut channels), message, &mut accounts);
        received.map_err(|error| failed(error.to_string()))?;
        super::add(&mut totals.fees.execution, accounts.fees.0);
        self.channels = channels;
        Ok(())
    }
}
