//! Transactions that wait in an operator's pool, as far as wallets ask for them.

use decex_evm::{Address, B256};
use std::collections::BTreeMap;

/// A transaction that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) sender: Address,
    pub(crate) nonce: u64,
    pub(crate) raw: Vec<u8>,
}

impl Waiting {
    pub(crate) const fn new(sender: Address, nonce: u64, raw: Vec<u8>) -> Self {
        Self { sender, nonce, raw }
    }
}

/// By hash, and by sender and nonce. Bounded: when it is full, nothing more is noted; the operator has the transaction all the same.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    most: (usize, usize),
    bytes: usize,
    by_hash: BTreeMap<B256, Waiting>,
    by_sender: BTreeMap<(Address, u64), B256>,
}

impl Pending {
    pub(crate) const fn new(most: (usize, usize)) -> Self {
        Self {
            most,
            bytes: 0,
            by_hash: BTreeMap::new(),
            by_sender: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&self, hash: &B256) -> Option<&Waiting> {
        self.by_hash.get(hash)
    }

    /// Returns the nonce after those that wait without a gap from `next` on.
    pub(crate) fn next_nonce(&self, sender: &Address, next: u64) -> u64 {
        let waiting = self.by_sender.range((*sender, next)..=(*sender, u64::MAX));
        let mut after = next;
        for ((_, nonce), _) in waiting {
            if *nonce != after {
                break;
            }
            after = after.saturating_add(1);
        }
        after
    }

    /// Notes one in place of another of the same sender and nonce, which has left the pool if this one is in it. Does nothing when there
    /// is no room.
    pub(crate) fn insert(&mut self, hash: B256, waiting: Waiting) {
        let (count, bytes) = self.most;
        let place = (waiting.sender, waiting.nonce);
        if let Some(other) = self.by_sender.get(&place).copied() {
            self.remove(&other);
        }
        let size = self.bytes.saturating_add(waiting.raw.len());
        if self.by_hash.len() >= count || size > bytes {
            return;
        }
        self.bytes = size;
        self.by_sender.insert(place, hash);
        self.by_hash.insert(hash, waiting);
    }

    pub(crate) fn remove(&mut self, hash: &B256) {
        if let Some(waiting) = self.by_hash.remove(hash) {
            self.bytes = self.bytes.saturating_sub(waiting.raw.len());
            self.by_sender.remove(&(waiting.sender, waiting.nonce));
        }
    }

    /// Drops what a sender can no longer execute: its next nonce is `next`.
    pub(crate) fn drop_stale(&mut self, sender: &Address, next: u64) {
        let stale = self.by_sender.range((*sender, 0)..(*sender, next));
        let stale: Vec<B256> = stale.map(|(_, hash)| *hash).collect();
        stale.iter().for_each(|hash| self.remove(hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(nonce: u64, bytes: usize) -> Waiting {
        Waiting::new(Address::ZERO, nonce, vec![0; bytes])
    }

    #[test]
    fn nonces_count_up_to_the_first_gap() {
        let mut pending = Pending::new((10, 1_000));
        for nonce in [3, 4, 6] {
            pending.insert(B256::repeat_byte(nonce), waiting(nonce.into(), 1));
        }
        assert_eq!(pending.next_nonce(&Address::ZERO, 3), 5);
        assert_eq!(pending.next_nonce(&Address::ZERO, 5), 5);
        assert_eq!(pending.next_nonce(&Address::repeat_byte(1), 0), 0);
        pending.drop_stale(&Address::ZERO, 4);
        assert_eq!(pending.get(&B256::repeat_byte(3)), None);
        assert!(pending.get(&B256::repeat_byte(4)).is_some());
    }

    #[test]
    fn it_holds_so_many_and_so_many_bytes_and_counts_what_leaves() {
        let mut pending = Pending::new((2, 100));
        pending.insert(B256::repeat_byte(1), waiting(1, 60));
        pending.insert(B256::repeat_byte(2), waiting(2, 60));
        assert!(pending.get(&B256::repeat_byte(2)).is_none(), "too many bytes");
        pending.insert(B256::repeat_byte(3), waiting(3, 10));
        pending.insert(B256::repeat_byte(4), waiting(4, 10));
        assert!(pending.get(&B256::repeat_byte(4)).is_none(), "too many");
        pending.remove(&B256::repeat_byte(1));
        pending.insert(B256::repeat_byte(2), waiting(2, 60));
        assert!(pending.get(&B256::repeat_byte(2)).is_some());
        pending.insert(B256::repeat_byte(5), waiting(2, 1));
        let noted = [2, 5].map(|name| pending.get(&B256::repeat_byte(name)).is_some());
        assert_eq!(noted, [false, true], "the one that came last is in the pool");
    }
}
