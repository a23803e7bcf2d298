//! What a node counts while it applies blocks. Nothing of it is read by the protocol.

use crate::host::{Applied, Chain};
use decex_consensus::Event;
use decex_core::{DomainId, DomainNumber, OperatorId, ReceiptHash};
use std::collections::BTreeMap;

/// A domain block on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    included: u64,
    received: u64,
    transactions: u64,
}

/// What is counted of a domain.
#[derive(Clone, Debug, Default)]
pub struct DomainStats {
    /// Transactions in bundles that were included.
    pub included: u64,
    /// Transactions that receipts on the chain vouch for; less those of receipts that were removed.
    pub received: u64,
    /// Transactions whose receipts are final.
    pub confirmed: u64,
    /// Domain blocks confirmed.
    pub blocks: u64,
    /// Receipts removed.
    pub removed: u64,
    /// Blocks from inclusion to receipt, over all confirmed domain blocks.
    pub to_receipt: u64,
    /// Blocks from inclusion to confirmation, over all confirmed domain blocks.
    pub to_confirmation: u64,
    pending: BTreeMap<DomainNumber, Block>,
}

/// What a node counts.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Blocks applied since the start.
    pub blocks: u64,
    /// Bundles included.
    pub bundles: u64,
    /// Calls in blocks that the chain refused.
    pub refused: u64,
    /// Blocks that were delivered again.
    pub redelivered: u64,
    /// Operators slashed, and in which block.
    pub slashed: Vec<(OperatorId, u64)>,
    /// Receipts refuted: the domain, its block, the receipt, the proof's bytes.
    pub refuted: Vec<(DomainId, DomainNumber, ReceiptHash, u32)>,
    /// By domain.
    pub domains: BTreeMap<DomainId, DomainStats>,
}

impl Stats {
    /// Counts a block.
    pub fn note(&mut self, chain: &Chain, block: &Applied) {
        let height = block.header.height;
        self.blocks = self.blocks.saturating_add(1);
        self.refused = self.refused.saturating_add(count(&block.refused));
        for bundle in &block.included {
            let domain = self.domains.entry(bundle.header.header.domain).or_default();
            domain.included = domain.included.saturating_add(count(&bundle.body));
        }
        for event in &block.events {
            self.note_event(chain, height, event);
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "most events are of no interest here"
    )]
    fn note_event(&mut self, chain: &Chain, height: u64, event: &Event) {
        match event {
            Event::BundleIncluded { domain, number, .. } => {
                self.bundles = self.bundles.saturating_add(1);
                if let Some(number) = number {
                    let domain = self.domains.entry(*domain).or_default();
                    domain.pending.entry(*number).or_default().included = height;
                }
            }
            Event::ReceiptAccepted {
                domain, number, hash, ..
            } => {
                let record = chain.consensus().record(*domain, hash).ok().flatten();
                let transactions = record.map_or(0, |record| record.receipt.schedule.count.into());
                let domain = self.domains.entry(*domain).or_default();
                domain.received = domain.received.saturating_add(transactions);
                let block = domain.pending.entry(*number).or_default();
                (block.received, block.transactions) = (height, transactions);
            }
            Event::ReceiptConfirmed { domain, number, .. } => {
                let domain = self.domains.entry(*domain).or_default();
                let block = domain.pending.remove(number).unwrap_or_default();
                domain.confirmed = domain.confirmed.saturating_add(block.transactions);
                domain.blocks = domain.blocks.saturating_add(1);
                domain.to_receipt = domain
                    .to_receipt
                    .saturating_add(block.received.saturating_sub(block.included));
                domain.to_confirmation = domain
                    .to_confirmation
                    .saturating_add(height.saturating_sub(block.included));
            }
            Event::ReceiptsRemoved {
                domain,
                from,
                to,
                hash,
                proof_bytes,
                ..
            } => {
                self.refuted.push((*domain, *from, *hash, *proof_bytes));
                let domain = self.domains.entry(*domain).or_default();
                for (_, block) in domain.pending.range_mut(*from..=*to) {
                    domain.removed = domain.removed.saturating_add(1);
                    domain.received = domain.received.saturating_sub(block.transactions);
                    block.transactions = 0;
                }
            }
            Event::OperatorSlashed { operator, .. } => self.slashed.push((*operator, height)),
            _ => {}
        }
    }
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
