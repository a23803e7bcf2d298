//! A host in memory.

use crate::chain::Money;
use crate::proven::Reexecution;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_consensus::decex_validity::TransitionVerifier;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::hash::Hash;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, VerifierId, label};

/// An account of the host's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// What the account can spend.
    pub free: Balance,
}

/// A whole host in memory: store, ledger, beacon and engines. Clone it to keep a state to come back to.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost<E> {
    /// The store, as bytes.
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The ledger: what the accounts can spend.
    pub purses: BTreeMap<AccountId, Purse>,
    /// What is set aside for stakes, funds, deposits and domains.
    pub custody: Balance,
    /// What was destroyed.
    pub burned: Balance,
    /// The engines compiled in.
    pub engines: Vec<E>,
    /// The verifiers compiled in, none to begin with.
    pub verifiers: Vec<Reexecution<E>>,
    /// What the beacon's answers derive from. Known to everybody: good for tests, useless against an attacker.
    pub beacon: u64,
}

impl<E> MemoryHost<E> {
    /// Returns an empty host with these engines.
    #[must_use]
    pub const fn new(engines: Vec<E>, beacon: u64) -> Self {
        Self {
            store: BTreeMap::new(),
            purses: BTreeMap::new(),
            custody: Balance::ZERO,
            burned: Balance::ZERO,
            engines,
            verifiers: Vec::new(),
            beacon,
        }
    }

    /// Gives an account free money out of nothing.
    pub fn endow(&mut self, account: AccountId, amount: Balance) {
        let purse = self.purses.entry(account).or_default();
        purse.free = Balance(purse.free.0.saturating_add(amount.0));
    }

    /// Takes out of custody what is there and no more, so that a caller's mistake shows as missing money and makes none.
    fn take(&mut self, amount: Balance) -> Balance {
        let moved = amount.min(self.custody);
        self.custody = Balance(self.custody.0.saturating_sub(moved.0));
        moved
    }

    /// Returns all money: free, in custody and burned. No call changes it.
    #[must_use]
    pub fn total(&self) -> u128 {
        let set_aside = self.custody.0.saturating_add(self.burned.0);
        let sum = |sum: u128, purse: &Purse| sum.saturating_add(purse.free.0);
        self.purses.values().fold(set_aside, sum)
    }
}

impl<E> Host for MemoryHost<E> {
    type Error = Infallible;
}

impl<E> Store for MemoryHost<E> {
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

impl<E> Ledger for MemoryHost<E> {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let purse = self.purses.entry(*account).or_default();
        purse.free = purse.free.checked_sub(amount).ok_or(HoldError::Insufficient)?;
        self.custody = Balance(self.custody.0.saturating_add(amount.0));
        Ok(())
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        let moved = self.take(amount);
        self.endow(*account, moved);
        Ok(())
    }

    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        let moved = self.take(amount);
        self.burned = Balance(self.burned.0.saturating_add(moved.0));
        Ok(())
    }
}

impl<E> Money for MemoryHost<E> {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Infallible> {
        Self::endow(self, account, amount);
        Ok(())
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Infallible> {
        Ok(self.purses.get(account).copied().unwrap_or_default().free)
    }

    fn custody(&self) -> Result<Balance, Infallible> {
        Ok(self.custody)
    }

    fn supply(&self) -> Result<u128, Infallible> {
        Ok(self.total().saturating_sub(self.burned.0))
    }
}

impl<E> Beacon for MemoryHost<E> {
    /// A seeded beacon, for tests alone: everybody can compute it for every slot.
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        let seed = Hash::new(&label::LEDGER_KEY)
            .chain([2])
            .chain(self.beacon.to_le_bytes());
        Ok(Some(Randomness(seed.chain(slot.0.to_le_bytes()).finish())))
    }
}

impl<E: Engine> Verifiers for MemoryHost<E> {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        let verifier = self.verifiers.iter().find(|verifier| verifier.id() == *id)?;
        Some(verifier)
    }
}

impl<E: Engine> Engines for MemoryHost<E> {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let engine = self.engines.iter().find(|engine| engine.rule_set() == *rules)?;
        Some(engine)
    }
}
