//! The state: bytes under bytes, with a root over all of it.
//!
//! Balances, randomness and the consensus object's own store stand in one map, so that a block's writes are one batch and the root
//! commits to everything that the next block depends on.

use super::hash;
use super::rules::Rules;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::state::{Changes, MemoryTree, StateKey, StateTree, Value};
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, StateRoot};
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What was written since the last commit: the new value of each key, `None` where it is gone.
pub type Dirty = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// First bytes of keys: the consensus object's, an account's free money, what is in custody, what was destroyed, the randomness of a
/// slot, the last block, block 0, how many
/// calls of an account were taken.
const CONSENSUS: u8 = 0;
const FREE: u8 = 1;
const CUSTODY: u8 = 2;
const BURNED: u8 = 3;
const BEACON: u8 = 4;
const TIP: u8 = 5;
const MARK: u8 = 6;
const NONCE: u8 = 7;

/// The randomness of this many slots is kept. Bundles of older windows are refused by then (`longevity` is less).
const KEPT_RANDOMNESS: u64 = 256;

/// One node's copy of the chain's state.
#[derive(Clone, Debug)]
pub struct HostState {
    /// What proofs are judged by.
    engines: Vec<Rules>,
    beacon: Option<fn(Slot) -> Randomness>,
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    tree: MemoryTree,
    /// Written, but not in the tree yet.
    unrooted: Dirty,
    /// Written, but not on disk yet.
    dirty: Dirty,
}

impl HostState {
    /// Takes what a disk held; nothing for a new chain.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        let map: BTreeMap<_, _> = entries.into_iter().collect();
        let unrooted = map
            .iter()
            .map(|(key, value)| (key.clone(), Some(value.clone())))
            .collect();
        Self {
            engines: vec![Rules::Ledger(LedgerEngine::default())],
            beacon: None,
            map,
            tree: MemoryTree::new(),
            unrooted,
            dirty: Dirty::new(),
        }
    }

    /// Returns the root over everything, with all that was written.
    pub fn root(&mut self) -> StateRoot {
        let changes: Changes = std::mem::take(&mut self.unrooted)
            .into_iter()
            .map(|(key, value)| {
                // A value may be longer than a tree takes: its hash stands for it.
                let value = value.map(|value| hash("decex bft-cluster 1 value", &[&value]));
                let value = value.map(|value| Value::copy_from_slice(value.as_bytes()));
                (StateKey(hash("decex bft-cluster 1 key", &[&key])), value)
            })
            .collect();
        // A tree in memory has no store that could fail; if it had, the root would stay behind and be seen to differ.
        self.tree.update(&changes).unwrap_or_else(|_| self.tree.root())
    }

    /// Takes what must be written to disk.
    pub fn take_dirty(&mut self) -> Dirty {
        std::mem::take(&mut self.dirty)
    }

    /// Returns the consensus object's entries alone: what hosts of other make agree on.
    pub fn consensus_entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let range = self.map.range(vec![CONSENSUS]..vec![FREE]);
        range.filter_map(|(key, value)| Some((key.split_first()?.1, value.as_slice())))
    }

    /// Gives an account free money out of nothing: genesis alone may.
    pub fn endow(&mut self, account: &AccountId, amount: Balance) {
        let free = self.free(account).0.saturating_add(amount.0);
        self.put(key(FREE, account.0.as_ref()), Some(Balance(free).encode()));
    }

    /// Returns what an account can spend.
    #[must_use]
    pub fn free(&self, account: &AccountId) -> Balance {
        self.read(&key(FREE, account.0.as_ref())).unwrap_or_default()
    }

    /// Returns what is held for stakes, funds, deposits and domains.
    #[must_use]
    pub fn custody(&self) -> Balance {
        self.read(&key(CUSTODY, &[])).unwrap_or_default()
    }

    /// Returns what was destroyed.
    #[must_use]
    pub fn burned(&self) -> Balance {
        self.read(&key(BURNED, &[])).unwrap_or_default()
    }

    /// Returns all money, the burned included: constant after genesis.
    #[must_use]
    pub fn total(&self) -> u128 {
        let free = self.map.range(vec![FREE]..vec![CUSTODY]).map(|(_, bytes)| bytes);
        let free = free.filter_map(|bytes| Balance::decode(&mut bytes.as_slice()).ok());
        let aside = self.custody().0.saturating_add(self.burned().0);
        free.fold(aside, |sum, free| sum.saturating_add(free.0))
    }

    /// Writes down the randomness of a slot, and forgets that of one long past.
    pub(super) fn set_randomness(&mut self, slot: u64, randomness: Randomness) {
        self.put(key(BEACON, &slot.to_be_bytes()), Some(randomness.encode()));
        if let Some(old) = slot.checked_sub(KEPT_RANDOMNESS) {
            self.put(key(BEACON, &old.to_be_bytes()), None);
        }
    }

    /// Returns the height and hash of the last applied block.
    #[must_use]
    pub fn tip(&self) -> Option<(u64, [u8; 32])> {
        self.read(&key(TIP, &[]))
    }

    pub(super) fn set_tip(&mut self, height: u64, hash: [u8; 32]) {
        self.put(key(TIP, &[]), Some((height, hash).encode()));
    }

    /// Returns the hash of block 0.
    #[must_use]
    pub fn mark(&self) -> Option<[u8; 32]> {
        self.read(&key(MARK, &[]))
    }

    pub(super) fn set_mark(&mut self, hash: [u8; 32]) {
        self.put(key(MARK, &[]), Some(hash.encode()));
    }

    /// Takes what the chain's domains run. Without it there are ledgers alone, as in the suites.
    pub(super) fn set_engines(&mut self, engines: Vec<Rules>) {
        self.engines = engines;
    }

    /// Takes the randomness of slots from elsewhere: for suites that fix it.
    pub(super) const fn set_beacon(&mut self, beacon: Option<fn(Slot) -> Randomness>) {
        self.beacon = beacon;
    }

    /// Returns how many calls of an account were taken.
    #[must_use]
    pub fn nonce(&self, account: &AccountId) -> u64 {
        self.read(&key(NONCE, account.0.as_ref())).unwrap_or_default()
    }

    pub(super) fn set_nonce(&mut self, account: &AccountId, nonce: u64) {
        self.put(key(NONCE, account.0.as_ref()), Some(nonce.encode()));
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

    fn read<T: Decode>(&self, key: &[u8]) -> Option<T> {
        let stored = self.map.get(key)?;
        T::decode(&mut stored.as_slice()).ok()
    }

    fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        match &value {
            Some(value) => self.map.insert(key.clone(), value.clone()),
            None => self.map.remove(&key),
        };
        self.unrooted.insert(key.clone(), value.clone());
        self.dirty.insert(key, value);
    }
}

fn key(kind: u8, name: &[u8]) -> Vec<u8> {
    [&[kind], name].concat()
}

impl Host for HostState {
    type Error = Infallible;
}

impl Store for HostState {
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

impl Ledger for HostState {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let free = self
            .free(account)
            .checked_sub(amount)
            .ok_or(HoldError::Insufficient)?;
        self.put(key(FREE, account.0.as_ref()), Some(free.encode()));
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

impl Beacon for HostState {
    /// What the block before the slot left behind; see [`Header::output`](super::Header::output) for who can bend it.
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        match self.beacon {
            Some(beacon) => Ok(Some(beacon(slot))),
            None => Ok(self.read(&key(BEACON, &slot.0.to_be_bytes()))),
        }
    }
}

impl Verifiers for HostState {}

impl Engines for HostState {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let found = self.engines.iter().find(|engine| engine.rule_set() == *rules)?;
        Some(found)
    }
}

/// For the suites of decex-testkit.
impl decex_testkit::chain::Money for HostState {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Infallible> {
        Self::endow(self, &account, amount);
        Ok(())
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Infallible> {
        Ok(Self::free(self, account))
    }

    fn custody(&self) -> Result<Balance, Infallible> {
        Ok(Self::custody(self))
    }

    fn supply(&self) -> Result<u128, Infallible> {
        Ok(self.total().saturating_sub(self.burned().0))
    }
}
