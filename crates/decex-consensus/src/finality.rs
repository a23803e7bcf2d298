//! The finality root: what every domain's last final receipt is, and how far its chain goes beyond, under 32 bytes. Rules K50 and K51.
//!
//! It is the root of a list by id of the domain, whose tree stands in the store node by node. Ids are given out in order, so the
//! tree is dense, and a domain that changes costs its own path.

use crate::error::StoreError;
use crate::host::Store;
use crate::keys;
use crate::state::{State, corrupt};
use decex_core::codec::BoundedVec;
use decex_core::list::{self, LeafChange};
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

    /// Stores a leaf and the path above it.
    fn put_leaf(&mut self, leaf: &FinalityLeaf) -> Result<(), StoreError<H::Error>> {
        let domain = leaf.domain;
        let domains = self.counters()?.domain.0;
        // K51: one path, whatever the number of domains: a read and a write for each level.
        let change = list::change(domain.0, domains, leaf.compute_hash(), |node| {
            self.expect::<Digest>(&keys::finality_node(node))
        })?;
        let LeafChange { path, .. } = change.ok_or_else(|| corrupt(&keys::counters()))?;
        for (node, digest) in path {
            self.set(keys::finality_node(node), &digest);
        }
        self.set(keys::finality(domain), leaf);
        Ok(())
    }

    /// Returns the root over all leaves.
    pub(crate) fn finality_root(&self) -> Result<FinalityRoot, StoreError<H::Error>> {
        let domains = self.counters()?.domain.0;
        let Some(top) = list::top(domains) else {
            return Ok(FinalityRoot(list::root(&[])));
        };
        let top: Digest = self.expect(&keys::finality_node(top))?;
        Ok(FinalityRoot(list::root_of(domains, &top)))
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
        let siblings = list::siblings(domain.0, domains)
            .map(|node| self.expect(&keys::finality_node(node)))
            .collect::<Result<_, _>>()?;
        Ok(Some(FinalityProof {
            status: leaf.status,
            head: leaf.head,
            head_hash: leaf.head_hash,
            domains,
            siblings: BoundedVec::new(siblings).ok_or_else(|| corrupt(&keys::finality(domain)))?,
        }))
    }
}
