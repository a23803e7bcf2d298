//! A host in memory.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Slash, Store};
use decex_core::execution::Engine;
use decex_core::hash::Hash;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, label};

/// An account of the host's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// What the account can spend.
    pub free: Balance,
    /// What is set aside for stakes and deposits.
    pub held: Balance,
}

/// A whole host in memory: store, ledger, beacon and engines. Clone it to keep a state to come back to.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost<E> {
    /// The store, as bytes.
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The ledger.
    pub purses: BTreeMap<AccountId, Purse>,
    /// What slashes burned.
    pub burned: Balance,
    /// The engines compiled in.
    pub engines: Vec<E>,
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
            burned: Balance::ZERO,
            engines,
            beacon,
        }
    }

    /// Gives an account free money out of nothing.
    pub fn endow(&mut self, account: AccountId, amount: Balance) {
        let purse = self.purses.entry(account).or_default();
        purse.free = Balance(purse.free.0.saturating_add(amount.0));
    }

    /// Returns all money: free, held and burned. No call changes it.
    #[must_use]
    pub fn total(&self) -> u128 {
        let sum = |sum: u128, purse: &Purse| sum.saturating_add(purse.free.0).saturating_add(purse.held.0);
        self.purses.values().fold(self.burned.0, sum)
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
        purse.held = Balance(purse.held.0.saturating_add(amount.0));
        Ok(())
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        let purse = self.purses.entry(*account).or_default();
        // Moves what is there and no more, so that a caller's mistake shows as missing money and makes none.
        let moved = amount.min(purse.held);
        purse.held = Balance(purse.held.0.saturating_sub(moved.0));
        purse.free = Balance(purse.free.0.saturating_add(moved.0));
        Ok(())
    }

    fn slash(&mut self, slash: &Slash) -> Result<(), Infallible> {
        let purse = self.purses.entry(slash.account).or_default();
        let taken = slash.amount.min(purse.held);
        purse.held = Balance(purse.held.0.saturating_sub(taken.0));
        let reward = slash.reward.min(taken);
        self.burned = Balance(self.burned.0.saturating_add(taken.0.saturating_sub(reward.0)));
        self.endow(slash.reporter, reward);
        Ok(())
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

impl<E: Engine> Engines for MemoryHost<E> {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let engine = self.engines.iter().find(|engine| engine.rule_set() == *rules)?;
        Some(engine)
    }
}
