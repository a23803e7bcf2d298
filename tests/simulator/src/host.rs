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
    /// Returns what is in custody.
    fn custody(&self) -> u128;
    /// Returns all money: free, in custody and burned.
    fn total(&self) -> u128;
    /// Returns whether two copies hold the same: store and money.
    fn same(&self, other: &Self) -> bool;
}

impl<E: Engine + Clone> SimulatedHost for MemoryHost<E> {
    fn endow(&mut self, account: AccountId, amount: Balance) {
        Self::endow(self, account, amount);
    }

    fn custody(&self) -> u128 {
        self.custody.0
    }

    fn total(&self) -> u128 {
        Self::total(self)
    }

    fn same(&self, other: &Self) -> bool {
        self.store == other.store
            && self.purses == other.purses
            && (self.custody, self.burned) == (other.custody, other.burned)
    }
}
