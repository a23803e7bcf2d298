//! The finality root: what every domain's last final receipt is, and how far its chain goes beyond, under 32 bytes. Rules K50 and K51.
//!
//! It is the root of a list by id of the domain, whose tree stands in the store in pages of sixteen nodes. Ids are given out in order, so
//! the tree is dense; a domain that changes costs one page of each storey, of which there are three for 4,096 domains. The three levels
//! within a page are hashed again each time: that is cheaper than to read and write them one by one.

use crate::error::StoreError;
use crate::host::Store;
use crate::keys;
use crate::state::{State, corrupt};
use alloc::vec::Vec;
use decex_core::codec::BoundedVec;
use decex_core::list::{self, ListTree};
use decex_core::{ConsensusNumber, Digest, DomainId, DomainNumber, ReceiptHash};
use decex_receipt::{FinalityLeaf, FinalityProof, FinalityRoot, Record, Status};

impl<H: Store + ?Sized> State<'_, H> {
    /// Appends the leaf of a domain that was just given its id: its genesis is final.
    pub(crate) fn begin_finality(
        &mut self,
        domain: DomainId,
        genesis: ReceiptHash,
        since: ConsensusNumber,
    ) -> Result<(), StoreError<H::Error>> {
        self.put_leaf(&FinalityLeaf {
            domain,
            number: DomainNumber(0),
            receipt: genesis,
            status: Status::Genesis { since },
            head: DomainNumber(0),
            head_hash: genesis,
        })
    }

    /// Brings a domain's leaf up to what its receipt chain is now. To be called once after whatever moved the chain.
    pub(crate) fn follow_finality(&mut self, domain: DomainId) -> Result<(), StoreError<H::Error>> {
        let before: FinalityLeaf = self.expect(&keys::finality(domain))?;
        let progress = self.expect_progress(domain)?;
        // K50: the last final receipt, never one that a proof can still remove.
        let (receipt, status) = if progress.confirmed == before.number {
            (before.receipt, before.status)
        } else {
            let hash = self.expect(&keys::hash_at(domain, progress.confirmed))?;
            let record: Record = self.expect(&keys::record(domain, &hash))?;
            let accepted = record.included_at;
            let since = self.expect_clock()?.block.number;
            (hash, Status::Unrefuted { accepted, since })
        };
        let after = FinalityLeaf {
            domain,
            number: progress.confirmed,
            receipt,
            status,
            head: progress.head,
            head_hash: progress.head_hash,
        };
        // K51: a chain that has not moved costs one read.
        if after == before {
            return Ok(());
        }
        self.put_leaf(&after)
    }

    /// Stores a leaf and the pages above it.
    fn put_leaf(&mut self, leaf: &FinalityLeaf) -> Result<(), StoreError<H::Error>> {
        let domains = self.counters()?.domain.0;
        let mut node = leaf.compute_hash();
        // K51: one page of each storey.
        for Place { storey, page, place } in places(leaf.domain.0, domains) {
            let key = keys::finality_page(storey, page);
            let mut nodes = self.page(storey, page, place)?;
            if place == nodes.len() {
                // A new domain stands behind all others.
                nodes.push(node);
            } else {
                *nodes.get_mut(place).ok_or_else(|| corrupt(&key))? = node;
            }
            self.set(key.clone(), &nodes);
            node = *ListTree::new(nodes).top().ok_or_else(|| corrupt(&key))?;
        }
        self.set(keys::finality(leaf.domain), leaf);
        Ok(())
    }

    /// Returns a page as it is, to be changed at `place`. The first page of a new storey begins with the top of the one that was the
    /// highest until now.
    fn page(&self, storey: u8, page: u32, place: usize) -> Result<Vec<Digest>, StoreError<H::Error>> {
        if let Some(nodes) = self.get(&keys::finality_page(storey, page))? {
            return Ok(nodes);
        }
        let below = storey.checked_sub(1).filter(|_| place == 1);
        let Some(below) = below.map(|below| keys::finality_page(below, page)) else {
            return Ok(Vec::new());
        };
        let below = ListTree::new(self.expect(&below)?);
        Ok(below.top().into_iter().copied().collect())
    }

    /// Returns the root over all leaves.
    pub(crate) fn finality_root(&self) -> Result<FinalityRoot, StoreError<H::Error>> {
        let domains = self.counters()?.domain.0;
        let Some(highest) = places(0, domains).last() else {
            return Ok(FinalityRoot(list::root(&[])));
        };
        let nodes = self.expect(&keys::finality_page(highest.storey, 0))?;
        Ok(FinalityRoot(list::root_of(domains, ListTree::new(nodes).top())))
    }

    /// Returns what shows a domain's leaf under the root, `None` if there is no such domain.
    pub(crate) fn finality_proof(
        &self,
        domain: DomainId,
    ) -> Result<Option<FinalityProof>, StoreError<H::Error>> {
        let Some(leaf) = self.get::<FinalityLeaf>(&keys::finality(domain))? else {
            return Ok(None);
        };
        let domains = self.counters()?.domain.0;
        let mut siblings = Vec::new();
        for Place { storey, page, place } in places(domain.0, domains) {
            let key = keys::finality_page(storey, page);
            let nodes = ListTree::new(self.expect(&key)?);
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            let run = nodes.prove(place, 1).ok_or_else(|| corrupt(&key))?;
            siblings.extend(run.siblings.into_inner());
        }
        Ok(Some(FinalityProof {
            status: leaf.status,
            head: leaf.head,
            head_hash: leaf.head_hash,
            domains,
            siblings: BoundedVec::new(siblings).ok_or_else(|| corrupt(&keys::finality(domain)))?,
        }))
    }
}

/// Nodes of a page: four levels of the tree.
const PAGE: u32 = 16;

/// Where the path of a leaf goes through the pages.
#[derive(Clone, Copy, Debug)]
struct Place {
    storey: u8,
    page: u32,
    place: usize,
}

/// The pages from the leaf at `index` of `length` up to the one that has all below it; none if the list is empty. At most eight.
fn places(index: u32, length: u32) -> impl Iterator<Item = Place> {
    let first = (length > 0).then_some((index, length));
    let above = |(index, length): &(u32, u32)| {
        (*length > PAGE).then_some((index.div_euclid(PAGE), length.div_ceil(PAGE)))
    };
    let storeys = core::iter::successors(first, above);
    (0_u8..).zip(storeys).map(|(storey, (index, _))| Place {
        storey,
        page: index.div_euclid(PAGE),
        place: usize::try_from(index.rem_euclid(PAGE)).unwrap_or(usize::MAX),
    })
}
