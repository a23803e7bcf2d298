//! A host that counts.

use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot};
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use std::cell::Cell;
use std::convert::Infallible;

/// A host that counts what is asked of its store.
pub(crate) struct Counting {
    pub(crate) host: MemoryHost<LedgerEngine>,
    pub(crate) reads: Cell<usize>,
    pub(crate) bytes_read: Cell<usize>,
    pub(crate) writes: usize,
}

impl Counting {
    pub(crate) const fn new(host: MemoryHost<LedgerEngine>) -> Self {
        Self {
            host,
            reads: Cell::new(0),
            bytes_read: Cell::new(0),
            writes: 0,
        }
    }
}

impl Host for Counting {
    type Error = Infallible;
}

impl Store for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.reads.set(self.reads.get() + 1);
        let found = self.host.get(key)?;
        let bytes = found.as_ref().map_or(0, Vec::len);
        self.bytes_read.set(self.bytes_read.get() + bytes);
        Ok(found)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.set(key, value)
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.remove(key)
    }
}

impl Ledger for Counting {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        self.host.hold(account, amount)
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.host.release(account, amount)
    }

    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        self.writes += 1;
        self.host.burn(amount)
    }
}

impl Beacon for Counting {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.host.randomness(slot)
    }
}

impl Verifiers for Counting {}

impl Engines for Counting {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.host.engine(rules)
    }
}
