//! The contract's storage as a host of the consensus object.

use crate::engines;
use crate::error::Fault;
use crate::money::{books, owe, set_books, spend};
use cosmwasm_std::{Order, Storage};
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Digest, Host, Randomness, RuleSet, Slot};

/// First byte of the keys of the object's store.
const STORE: u8 = b's';

/// First byte of the keys of the beacon's randomness.
const BEACON: u8 = b'r';

/// Stands before each value: the storage of CosmWasm holds no empty ones.
const SOME: u8 = 1;

/// How many slots back the beacon remembers.
const REMEMBERED: u64 = 1_024;

enum Access<'a> {
    Read(&'a dyn Storage),
    Write(&'a mut dyn Storage),
}

/// A host over the storage of one message or query.
#[allow(missing_debug_implementations, reason = "storage has none")]
pub struct OnContract<'a> {
    access: Access<'a>,
    /// Burned by this message: to be burned on the bank too.
    burned: Balance,
}

impl<'a> OnContract<'a> {
    /// For a query: writes fail.
    #[must_use]
    pub const fn read(storage: &'a dyn Storage) -> Self {
        Self {
            access: Access::Read(storage),
            burned: Balance::ZERO,
        }
    }

    /// For a message.
    #[must_use]
    pub const fn write(storage: &'a mut dyn Storage) -> Self {
        Self {
            access: Access::Write(storage),
            burned: Balance::ZERO,
        }
    }

    /// Returns what this message burned.
    #[must_use]
    pub const fn burned(&self) -> Balance {
        self.burned
    }

    /// Returns the storage.
    #[must_use]
    pub const fn storage(&self) -> &dyn Storage {
        match &self.access {
            Access::Read(storage) => *storage,
            Access::Write(storage) => *storage,
        }
    }

    /// Returns the storage, to be written.
    ///
    /// # Errors
    /// When this is a query.
    pub const fn storage_mut(&mut self) -> Result<&mut dyn Storage, Fault> {
        match &mut self.access {
            Access::Read(_) => Err(Fault::ReadOnly),
            Access::Write(storage) => Ok(*storage),
        }
    }

    /// Keeps the randomness of a slot, and forgets some that is too old for any bundle.
    pub(crate) fn set_randomness(&mut self, slot: Slot, value: &Randomness) -> Result<(), Fault> {
        let storage = self.storage_mut()?;
        storage.set(&beacon_key(slot), value.0.as_bytes());
        let old = beacon_key(Slot(slot.0.saturating_sub(REMEMBERED)));
        let old = storage.range_keys(Some(&[BEACON]), Some(&old), Order::Ascending);
        // More than come, and not so many that a block would not fit.
        let old: Vec<Vec<u8>> = old.take(4).collect();
        old.iter().for_each(|key| storage.remove(key));
        Ok(())
    }
}

fn prefixed(prefix: u8, key: &[u8]) -> Vec<u8> {
    [&[prefix][..], key].concat()
}

fn beacon_key(slot: Slot) -> Vec<u8> {
    prefixed(BEACON, &slot.0.to_be_bytes())
}

impl Host for OnContract<'_> {
    type Error = Fault;
}

impl Store for OnContract<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.storage().get(&prefixed(STORE, key)) {
            None => Ok(None),
            Some(found) => match found.split_first() {
                Some((&SOME, value)) => Ok(Some(value.to_vec())),
                _ => Err(Fault::Damaged),
            },
        }
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let value = [&[SOME][..], value].concat();
        self.storage_mut()?.set(&prefixed(STORE, key), &value);
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.storage_mut()?.remove(&prefixed(STORE, key));
        Ok(())
    }
}

impl Ledger for OnContract<'_> {
    /// What the caller attached was credited to it before the call.
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Fault>> {
        let storage = self.storage_mut().map_err(HoldError::Host)?;
        if !spend(storage, account, amount).map_err(HoldError::Host)? {
            return Err(HoldError::Insufficient);
        }
        let mut sums = books(storage).map_err(HoldError::Host)?;
        sums.custody = sums
            .custody
            .checked_add(amount)
            .ok_or(HoldError::Host(Fault::Books))?;
        set_books(storage, &sums);
        Ok(())
    }

    /// Credits the payee, who withdraws it: a payee that the bank refuses to pay stops nobody else's call.
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Fault> {
        let storage = self.storage_mut()?;
        let mut sums = books(storage)?;
        sums.custody = sums.custody.checked_sub(amount).ok_or(Fault::Books)?;
        set_books(storage, &sums);
        owe(storage, account, amount)
    }

    fn burn(&mut self, amount: Balance) -> Result<(), Fault> {
        let storage = self.storage_mut()?;
        let mut sums = books(storage)?;
        sums.custody = sums.custody.checked_sub(amount).ok_or(Fault::Books)?;
        sums.burned = sums.burned.checked_add(amount).ok_or(Fault::Books)?;
        set_books(storage, &sums);
        self.burned = self.burned.checked_add(amount).ok_or(Fault::Books)?;
        Ok(())
    }
}

impl Beacon for OnContract<'_> {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Fault> {
        let found = self.storage().get(&beacon_key(slot));
        let digest = found.map(|bytes| <[u8; 32]>::try_from(bytes).map(Digest));
        let digest = digest.transpose().map_err(|_| Fault::Damaged)?;
        Ok(digest.map(Randomness))
    }
}

impl Engines for OnContract<'_> {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        engines::engine(rules)
    }
}

impl Verifiers for OnContract<'_> {}
