//! The one object that a host embeds.

use crate::config::Config;
use crate::error::StoreError;
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::state::{Changes, Paid, Payee, State};
use alloc::vec::Vec;

/// The consensus side over one host. It remembers nothing itself: two objects over the same store are the same, so a
/// host makes one whenever it needs one.
///
/// Calls are in `calls`, one file each; what a host or an indexer asks is in `read`.
#[derive(Clone, Debug)]
pub struct Consensus<H> {
    pub(crate) host: H,
    pub(crate) config: Config,
}

impl<H> Consensus<H> {
    /// Puts the object over a host. `config` is part of the chain's rules: the same on every node.
    #[must_use]
    pub const fn new(host: H, config: Config) -> Self {
        Self { host, config }
    }

    /// Returns the host.
    #[must_use]
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// Returns the host, to be changed.
    #[must_use]
    pub const fn host_mut(&mut self) -> &mut H {
        &mut self.host
    }

    /// Returns the host and drops the object.
    #[must_use]
    pub fn into_host(self) -> H {
        self.host
    }

    /// Returns what the host has fixed.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

impl<H: Store> Consensus<H> {
    /// Returns the store as every view of the rule crates.
    #[must_use]
    pub const fn state(&self) -> State<'_, H> {
        State::new(&self.host)
    }
}

impl<H: ConsensusHost> Consensus<H> {
    /// Applies an accepted call: the hold first, because only it can be refused; then the store; then what is paid
    /// from custody.
    pub(crate) fn apply(&mut self, changes: Changes) -> Result<Vec<Event>, HoldError<StoreError<H::Error>>> {
        if let Some((account, amount)) = changes.hold {
            self.host.hold(&account, amount).map_err(|error| match error {
                HoldError::Insufficient => HoldError::Insufficient,
                HoldError::Host(error) => HoldError::Host(StoreError::Host(error)),
            })?;
        }
        self.write(changes)
            .map_err(|error| HoldError::Host(StoreError::Host(error)))
    }

    /// Applies an accepted call that holds nothing.
    pub(crate) fn apply_free(&mut self, changes: Changes) -> Result<Vec<Event>, StoreError<H::Error>> {
        self.write(changes).map_err(StoreError::Host)
    }

    fn write(&mut self, changes: Changes) -> Result<Vec<Event>, H::Error> {
        for (key, value) in &changes.writes {
            match value {
                Some(value) => self.host.set(key, value)?,
                None => self.host.remove(key)?,
            }
        }
        for Paid { to, amount } in changes.paid {
            match to {
                Payee::Account(account) => self.host.release(&account, amount)?,
                Payee::Treasury => self.host.release(&self.config.treasury, amount)?,
                Payee::Nobody => self.host.burn(amount)?,
            }
        }
        Ok(changes.events)
    }
}
