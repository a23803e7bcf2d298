//! A state that can be written to and leaves the one beneath alone: what a call would come to, without a copy of everything.

use super::state::HostState;
use decex_consensus::decex_validity::TransitionVerifier;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, VerifierId};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A state on top of another, for one call.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    state: &'a HostState,
    written: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Trial<'a> {
    pub(super) const fn new(state: &'a HostState) -> Self {
        Self {
            state,
            written: BTreeMap::new(),
        }
    }
}

impl Host for Trial<'_> {
    type Error = Infallible;
}

impl Store for Trial<'_> {
    fn get(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        match self.written.get(name) {
            Some(value) => Ok(value.clone()),
            None => self.state.get(name),
        }
    }

    fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.written.insert(name.to_vec(), Some(value.to_vec()));
        Ok(())
    }

    fn remove(&mut self, name: &[u8]) -> Result<(), Infallible> {
        self.written.insert(name.to_vec(), None);
        Ok(())
    }
}

impl Ledger for Trial<'_> {
    /// A call holds once at most: what it has moved before is not looked at.
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        match self.state.free(account).checked_sub(amount) {
            Some(_) => Ok(()),
            None => Err(HoldError::Insufficient),
        }
    }

    fn release(&mut self, _: &AccountId, _: Balance) -> Result<(), Infallible> {
        Ok(())
    }

    fn burn(&mut self, _: Balance) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Beacon for Trial<'_> {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.state.randomness(slot)
    }
}

impl Verifiers for Trial<'_> {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        self.state.verifier(id)
    }
}

impl Engines for Trial<'_> {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.state.engine(rules)
    }
}
