//! A node of the devnet as the engine sees it: it proposes what it was told to, and keeps what is final until it is asked for.

use bft_cluster::adapter::Replica;
use bft_cluster::host::Header;
use decex_core::AccountId;
use devnet::ordering::{MAX_ITEMS, Ordered, check_body};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt::Debug;

/// The engine's side of one node.
pub(crate) struct Desk {
    /// Nodes, by the account that the engine's header names a leader with.
    leaders: BTreeMap<AccountId, u32>,
    /// What to propose.
    offer: Vec<Vec<u8>>,
    /// What became final and was not asked for yet.
    ordered: Vec<Ordered>,
    /// The height of the last block that is final.
    height: u64,
}

impl Desk {
    pub(crate) const fn new(leaders: BTreeMap<AccountId, u32>) -> Self {
        Self {
            leaders,
            offer: Vec::new(),
            ordered: Vec::new(),
            height: 0,
        }
    }

    /// Replaces what is to be proposed.
    pub(crate) fn offer(&mut self, offer: Vec<Vec<u8>>) {
        self.offer = offer;
    }

    /// Takes what became final, in order.
    pub(crate) fn take(&mut self) -> Vec<Ordered> {
        std::mem::take(&mut self.ordered)
    }
}

impl Replica for Desk {
    type Failure = Infallible;

    fn applied(&self) -> u64 {
        self.height
    }

    fn select(&self, carried: &BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
        // A block that became final in this slot holds some of it too: the devnet hears of that when the slot is over.
        let heard = self.ordered.iter().flat_map(|block| &block.items);
        let heard: BTreeSet<&Vec<u8>> = heard.collect();
        let fresh = self.offer.iter();
        let fresh = fresh.filter(|item| !carried.contains(*item) && !heard.contains(item));
        fresh.take(MAX_ITEMS).cloned().collect()
    }

    fn check(items: &[Vec<u8>]) -> Result<(), impl Debug> {
        check_body(items)
    }

    fn finalized(&mut self, header: &Header, items: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Infallible> {
        // Genesis, or delivered again.
        if header.height <= self.height {
            return Ok(Vec::new());
        }
        self.height = header.height;
        self.ordered.push(Ordered {
            height: header.height,
            digest: header.hash,
            leader: self.leaders.get(&header.farmer).copied().unwrap_or(u32::MAX),
            timestamp: header.timestamp,
            items: items.to_vec(),
        });
        Ok(Vec::new())
    }

    fn receive(&mut self, _: &[u8]) -> Result<(), impl Debug> {
        // Bundles and proofs travel over the devnet's own network.
        Err::<(), &str>("nobody sends calls here")
    }
}
