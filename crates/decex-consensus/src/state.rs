//! The store as typed values, with changes buffered: a call works on a [`State`] and writes nothing until it is accepted.

use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::keys;
use crate::model::{Clock, Counters, Domain, Operator, Progress};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::{AccountId, Balance, DomainId, OperatorId};
use parity_scale_codec::{Decode, DecodeAll, Encode};

/// What an accepted call does, ready to be applied.
#[derive(Debug)]
#[must_use = "an accepted call that is not applied did nothing"]
pub(crate) struct Changes {
    /// New values by key, `None` where the key goes. In key order: every host applies them in the same order.
    pub(crate) writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Held first; the only step that can be refused.
    pub(crate) hold: Option<(AccountId, Balance)>,
    /// Paid from custody at the end, in order.
    pub(crate) paid: Vec<Paid>,
    /// What to tell the host.
    pub(crate) events: Vec<Event>,
}

/// Whom money in custody goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payee {
    /// An account.
    Account(AccountId),
    /// The host's treasury.
    Treasury,
    /// Nobody: it is destroyed.
    Nobody,
}

/// Money that leaves custody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) to: Payee,
    pub(crate) amount: Balance,
}

/// The store with a call's changes over it. To hosts: every view of the rule crates over the store, read-only
/// ([`Consensus::state`](crate::Consensus::state)).
#[derive(Debug)]
pub struct State<'a, H: ?Sized> {
    pub(crate) host: &'a H,
    changes: Changes,
}

impl<'a, H: Store + ?Sized> State<'a, H> {
    pub(crate) const fn new(host: &'a H) -> Self {
        let changes = Changes {
            writes: BTreeMap::new(),
            hold: None,
            paid: Vec::new(),
            events: Vec::new(),
        };
        Self { host, changes }
    }

    pub(crate) fn into_changes(self) -> Changes {
        self.changes
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.changes.events.push(event);
    }

    pub(crate) const fn hold(&mut self, account: AccountId, amount: Balance) {
        self.changes.hold = Some((account, amount));
    }

    /// Pays from custody; nothing where there is nothing to pay.
    pub(crate) fn pay(&mut self, to: Payee, amount: Balance) {
        if amount > Balance::ZERO {
            self.changes.paid.push(Paid { to, amount });
        }
    }

    /// Returns the value under `key`, as this call has left it.
    pub(crate) fn get<T: Decode>(&self, key: &[u8]) -> Result<Option<T>, StoreError<H::Error>> {
        match self.changes.writes.get(key) {
            Some(None) => Ok(None),
            Some(Some(value)) => decode(key, value).map(Some),
            None => match self.host.get(key).map_err(StoreError::Host)? {
                Some(value) => decode(key, &value).map(Some),
                None => Ok(None),
            },
        }
    }

    /// Returns the value under `key`, which an invariant says is there.
    pub(crate) fn expect<T: Decode>(&self, key: &[u8]) -> Result<T, StoreError<H::Error>> {
        self.get(key)?.ok_or_else(|| corrupt(key))
    }

    pub(crate) fn set<T: Encode>(&mut self, key: Vec<u8>, value: &T) {
        self.changes.writes.insert(key, Some(value.encode()));
    }

    pub(crate) fn set_or_remove<T: Encode>(&mut self, key: Vec<u8>, value: Option<&T>) {
        match value {
            Some(value) => self.set(key, value),
            None => self.remove(key),
        }
    }

    pub(crate) fn remove(&mut self, key: Vec<u8>) {
        self.changes.writes.insert(key, None);
    }

    pub(crate) fn clock(&self) -> Result<Option<Clock>, StoreError<H::Error>> {
        self.get(&keys::clock())
    }

    pub(crate) fn counters(&self) -> Result<Counters, StoreError<H::Error>> {
        Ok(self.get(&keys::counters())?.unwrap_or_default())
    }

    pub(crate) fn domain(&self, domain: DomainId) -> Result<Option<Domain>, StoreError<H::Error>> {
        self.get(&keys::domain(domain))
    }

    /// Returns what is known to be in a domain.
    pub(crate) fn balance(&self, domain: DomainId) -> Result<Balance, StoreError<H::Error>> {
        Ok(self.get(&keys::balance(domain))?.unwrap_or_default())
    }

    pub(crate) fn progress(&self, domain: DomainId) -> Result<Option<Progress>, StoreError<H::Error>> {
        self.get(&keys::progress(domain))
    }

    /// Returns the progress of a domain that is known to exist.
    pub(crate) fn expect_progress(&self, domain: DomainId) -> Result<Progress, StoreError<H::Error>> {
        self.expect(&keys::progress(domain))
    }

    pub(crate) fn set_progress(&mut self, domain: DomainId, progress: &Progress) {
        self.set(keys::progress(domain), progress);
    }

    pub(crate) fn operator(&self, operator: OperatorId) -> Result<Option<Operator>, StoreError<H::Error>> {
        self.get(&keys::operator(operator))
    }

    pub(crate) fn set_operator(&mut self, id: OperatorId, operator: &Operator) {
        self.set(keys::operator(id), operator);
    }
}

fn decode<T: Decode, E>(key: &[u8], value: &[u8]) -> Result<T, StoreError<E>> {
    T::decode_all(&mut &*value).map_err(|_| corrupt(key))
}

/// The store holds something that no accepted call wrote there.
pub(crate) fn corrupt<E>(key: &[u8]) -> StoreError<E> {
    StoreError::Corrupt {
        kind: key.first().copied().unwrap_or(u8::MAX),
    }
}
