//! The demonstration chain's host: what `decex-consensus` is embedded in.
//!
//! Everything is in one map of bytes, balances too, so that undoing a block is undoing its writes.

use crate::audit::AuditState;
use crate::domains::VERIFIER;
use crate::entropy::{self, Entropy};
use crate::rules::Rules;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::id::ListRoot;
use decex_core::{AccountId, Balance, Digest, Host, Randomness, RuleSet, Slot, VerifierId};
use decex_storage_audit::{HistoryRoots, HistorySize};
use decex_validity::TransitionVerifier;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What a block overwrote: each key once, with what stood there before.
pub type Undo = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One node's host.
#[derive(Clone, Debug)]
pub struct DevHost {
    engines: Vec<Rules>,
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    undo: Undo,
    /// Keys changed since they were last written to disk.
    dirty: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// First byte of the keys of decex-consensus, of the ledger, and of the storage audit.
const CONSENSUS: u8 = 0;
const PURSE: u8 = 1;
const BURNED: u8 = 2;
const AUDIT: u8 = 3;
const SEGMENT: u8 = 4;
const EPOCH: u8 = 5;
const CUSTODY: u8 = 6;

impl DevHost {
    /// Returns a host over what a disk held.
    #[must_use]
    pub const fn new(engines: Vec<Rules>, map: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        Self {
            engines,
            map,
            undo: Undo::new(),
            dirty: BTreeMap::new(),
        }
    }

    /// Takes what was overwritten since the last call: one block's undo.
    pub fn take_undo(&mut self) -> Undo {
        std::mem::take(&mut self.undo)
    }

    /// Takes what must be written to disk.
    pub fn take_dirty(&mut self) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        std::mem::take(&mut self.dirty)
    }

    /// Undoes a block.
    pub fn undo(&mut self, undo: Undo) {
        for (key, value) in undo {
            self.dirty.insert(key.clone(), value.clone());
            match value {
                Some(value) => self.map.insert(key, value),
                None => self.map.remove(&key),
            };
        }
        self.undo.clear();
    }

    /// Gives an account free money: the chain's genesis.
    pub fn endow(&mut self, account: &AccountId, amount: Balance) {
        let free = self.free(account).0.saturating_add(amount.0);
        self.put(key(PURSE, account.0.as_ref()), Some(Balance(free).encode()));
    }

    /// Returns what an account can spend.
    #[must_use]
    pub fn free(&self, account: &AccountId) -> Balance {
        self.read(&key(PURSE, account.0.as_ref())).unwrap_or_default()
    }

    /// Returns what is set aside for stakes, funds, deposits and domains.
    #[must_use]
    pub fn custody(&self) -> Balance {
        self.read(&key(CUSTODY, &[])).unwrap_or_default()
    }

    /// Returns what was destroyed.
    #[must_use]
    pub fn burned(&self) -> Balance {
        self.read(&key(BURNED, &[])).unwrap_or_default()
    }

    /// Returns all money: free, in custody and burned.
    #[must_use]
    pub fn total(&self) -> u128 {
        let purses = self.map.range(vec![PURSE]..vec![BURNED]).map(|(_, bytes)| bytes);
        let purses = purses.filter_map(|bytes| Balance::decode(&mut bytes.as_slice()).ok());
        let set_aside = self.custody().0.saturating_add(self.burned().0);
        purses.fold(set_aside, |sum, free| sum.saturating_add(free.0))
    }

    fn set_custody(&mut self, amount: u128) {
        self.put(key(CUSTODY, &[]), Some(Balance(amount).encode()));
    }

    /// Takes out of custody what is there and no more.
    fn take(&mut self, amount: Balance) -> Balance {
        let custody = self.custody();
        let moved = amount.min(custody);
        self.set_custody(custody.0.saturating_sub(moved.0));
        moved
    }

    /// Returns what the chain keeps of its storage audit, beside the roots of segments and the entropies of epochs.
    #[must_use]
    pub fn audit(&self) -> AuditState {
        self.read(&key(AUDIT, &[])).unwrap_or_default()
    }

    /// Replaces what the chain keeps of its storage audit.
    pub fn set_audit(&mut self, audit: &AuditState) {
        self.put(key(AUDIT, &[]), Some(audit.encode()));
    }

    /// Writes down the root of a segment.
    pub fn set_segment_root(&mut self, index: u32, root: &ListRoot) {
        self.put(key(SEGMENT, &index.to_be_bytes()), Some(root.encode()));
    }

    /// Writes down the entropy of an epoch that is settled.
    pub fn set_entropy(&mut self, epoch: u64, entropy: &Digest) {
        self.put(key(EPOCH, &epoch.to_be_bytes()), Some(entropy.encode()));
    }

    /// Returns the randomness of a slot for whoever builds on the head: `slot` is after the head's. The same for every block that may
    /// be built there, whether other blocks come before it in that epoch or not.
    #[must_use]
    pub fn next_randomness(&self, slot: u64) -> Randomness {
        let settled = self.settled(slot);
        let open = |entropy: &Entropy| entropy.of_open(entropy::epoch_of(slot));
        entropy::of_slot(&settled.unwrap_or_else(|| open(&self.audit().entropy)), slot)
    }

    /// Returns the entropy of a slot's epoch, if it is settled.
    fn settled(&self, slot: u64) -> Option<Digest> {
        self.read(&key(EPOCH, &entropy::epoch_of(slot).to_be_bytes()))
    }

    fn read<T: Decode>(&self, key: &[u8]) -> Option<T> {
        let stored = self.map.get(key)?;
        T::decode(&mut stored.as_slice()).ok()
    }

    fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let before = match &value {
            Some(value) => self.map.insert(key.clone(), value.clone()),
            None => self.map.remove(&key),
        };
        self.undo.entry(key.clone()).or_insert(before);
        self.dirty.insert(key, value);
    }
}

fn key(kind: u8, name: &[u8]) -> Vec<u8> {
    [&[kind], name].concat()
}

impl Host for DevHost {
    type Error = Infallible;
}

impl Store for DevHost {
    fn get(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.map.get(&key(CONSENSUS, name)).cloned())
    }

    fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.put(key(CONSENSUS, name), Some(value.to_vec()));
        Ok(())
    }

    fn remove(&mut self, name: &[u8]) -> Result<(), Infallible> {
        self.put(key(CONSENSUS, name), None);
        Ok(())
    }
}

impl Ledger for DevHost {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let free = self
            .free(account)
            .checked_sub(amount)
            .ok_or(HoldError::Insufficient)?;
        self.put(key(PURSE, account.0.as_ref()), Some(free.encode()));
        self.set_custody(self.custody().0.saturating_add(amount.0));
        Ok(())
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        let moved = self.take(amount);
        self.endow(account, moved);
        Ok(())
    }

    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        let moved = self.take(amount);
        let burned = self.burned().0.saturating_add(moved.0);
        self.put(key(BURNED, &[]), Some(Balance(burned).encode()));
        Ok(())
    }
}

impl HistoryRoots for DevHost {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(self.audit().segments)
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok(self.read(&key(SEGMENT, &index.to_be_bytes())))
    }
}

impl Beacon for DevHost {
    /// The randomness of a slot once it is settled: it never changes on this branch. It is known up to two epochs ahead, which may be
    /// before the slot's stake epoch begins. Here this helps nobody, since operators register in genesis alone; see
    /// [`crate::entropy`] for what else it is not. The seeded beacon of `decex-testkit`'s `MemoryHost` is for tests.
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        Ok(self
            .settled(slot.0)
            .map(|entropy| entropy::of_slot(&entropy, slot.0)))
    }
}

impl Verifiers for DevHost {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        (VERIFIER.id() == *id).then_some(&VERIFIER)
    }
}

impl Engines for DevHost {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let found = self.engines.iter().find(|engine| engine.rule_set() == *rules);
        found.map(|engine| engine as &dyn Engine)
    }
}
