//! A host in memory.

use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::hash::digest_encoded;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, VerifierId, label};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::proven::Reexecution;
use decex_validity::TransitionVerifier;
use std::collections::BTreeMap;
use std::convert::Infallible;

static VERIFIER: Reexecution<LedgerEngine> = Reexecution(LedgerEngine { version: 0 });

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryHost {
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Free money.
    pub money: BTreeMap<AccountId, u128>,
    pub custody: u128,
    pub burned: u128,
    pub engine: LedgerEngine,
    /// Whether it lacks the verifier.
    pub no_verifier: bool,
}

impl MemoryHost {
    /// All money there is; never changes.
    pub fn total(&self) -> u128 {
        self.money.values().sum::<u128>() + self.custody + self.burned
    }
}

impl Host for MemoryHost {
    type Error = Infallible;
}

impl Store for MemoryHost {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.store.get(key).cloned())
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.store.insert(key.to_vec(), value.to_vec());
        Ok(())
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.store.remove(key);
        Ok(())
    }
}

impl Ledger for MemoryHost {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let free = self.money.get_mut(account).ok_or(HoldError::Insufficient)?;
        *free = free.checked_sub(amount.0).ok_or(HoldError::Insufficient)?;
        self.custody += amount.0;
        Ok(())
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        // Panics where more is paid than there is.
        self.custody -= amount.0;
        *self.money.entry(*account).or_default() += amount.0;
        Ok(())
    }
    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        self.custody -= amount.0;
        self.burned += amount.0;
        Ok(())
    }
}

impl Beacon for MemoryHost {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        Ok(Some(Randomness(digest_encoded(
            &label::EVIDENCE,
            &("test beacon", slot),
        ))))
    }
}

impl Verifiers for MemoryHost {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        let verifier: &dyn TransitionVerifier = &VERIFIER;
        (!self.no_verifier && verifier.id() == *id).then_some(verifier)
    }
}

impl Engines for MemoryHost {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        (self.engine.rule_set() == *rules).then_some(&self.engine)
    }
}
