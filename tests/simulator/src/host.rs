//! What a simulated chain must be able to do beside being a host: be copied, counted and compared.

use decex_consensus::ConsensusHost;
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance};
use decex_testkit::host::MemoryHost;
use std::fmt::Debug;

/// A host that the simulator can run. A host team implements it for its own, and runs the same schedules over it.
pub trait SimulatedHost: ConsensusHost<Error: Debug> + Clone {
    /// Gives an account free money out of nothing, before the run.
    fn endow(&mut self, account: AccountId, amount: Balance);
    /// Returns what is held from an account.
    fn held(&self, account: &AccountId) -> Balance;
    /// Returns all money: free, held and burned.
    fn total(&self) -> u128;
    /// Returns whether two copies hold the same: store and money.
    fn same(&self, other: &Self) -> bool;
}

impl<E: Engine + Clone> SimulatedHost for MemoryHost<E> {
    fn endow(&mut self, account: AccountId, amount: Balance) {
        Self::endow(self, account, amount);
    }

    fn held(&self, account: &AccountId) -> Balance {
        self.purses.get(account).map_or(Balance::ZERO, |purse| purse.held)
    }

    fn total(&self) -> u128 {
        Self::total(self)
    }

    fn same(&self, other: &Self) -> bool {
        self.store == other.store && self.purses == other.purses && self.burned == other.burned
    }
}
