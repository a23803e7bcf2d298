//! Blocks and their events, folded into what the page shows of a branch.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a page shows a few of many kinds of event"
)]

use super::names::Names;
use super::snapshot::{Block, Bundle, Counts, Proof, Receipt, Shown, Slash, Status, Totals};
use crate::block;
use decex_consensus::Event;
use decex_core::{ConsensusHash, DomainId, ReceiptHash};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, VecDeque};

/// Most blocks and most receipts of a domain that are kept.
pub const KEPT: usize = 2_000;
/// Most fraud proofs that are kept.
pub const KEPT_PROOFS: usize = 256;

/// What a domain's receipts came to.
#[derive(Clone, Debug, Default)]
pub struct Receipts {
    /// The newest of them.
    pub list: VecDeque<Receipt>,
    /// Older ones that are left out.
    pub left_out: u64,
    /// All of them, counted.
    pub counts: Counts,
}

/// What an operator did.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    /// Its bundles.
    pub bundles: u64,
    /// Receipts that it submitted first.
    pub receipts: u64,
    /// Those of them that were removed.
    pub removed: u64,
    /// Its slashes.
    pub slashes: Vec<Slash>,
}

/// A branch from genesis to some block.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// How many blocks are in it.
    pub length: usize,
    /// The last of them.
    pub tip: ConsensusHash,
    /// The newest of them.
    pub blocks: VecDeque<Block>,
    /// Older ones that are left out.
    pub blocks_left_out: u64,
    /// The receipts of each domain.
    pub receipts: BTreeMap<u32, Receipts>,
    /// What each operator did.
    pub deeds: BTreeMap<u64, Deeds>,
    /// The newest fraud proofs.
    pub proofs: VecDeque<Proof>,
    /// Counts.
    pub totals: Totals,
}

impl Folded {
    /// Adds the next block and what it did.
    pub fn push(&mut self, names: &Names, hash: ConsensusHash, block: &block::Block, events: &[Event]) {
        self.length = self.length.saturating_add(1);
        self.tip = hash;
        let bundles: Vec<Bundle> = block.bundles.iter().map(bundle).collect();
        for bundle in &bundles {
            add(&mut self.totals.bundles, 1);
            add(&mut self.totals.transactions, bundle.transactions);
            add(&mut self.deeds.entry(bundle.operator).or_default().bundles, 1);
        }
        self.totals.blocks = block.number;
        add(&mut self.totals.messages, count(block.messages.len()));
        let shown = Block {
            number: block.number,
            hash: hash.0.to_string(),
            slot: block.slot,
            farmer: names.farmer(&block.origin),
            bundles,
            proofs: count(block.proofs.len()),
            messages: count(block.messages.len()),
            bytes: count(block.encoded_size()),
        };
        keep(&mut self.blocks, shown, KEPT, &mut self.blocks_left_out);
        for event in events {
            self.event(names, block.number, event);
        }
    }

    fn event(&mut self, names: &Names, block: u64, event: &Event) {
        match event {
            Event::ReceiptAccepted {
                domain,
                number,
                hash,
                operator,
            } => {
                add(&mut self.deeds.entry(operator.0).or_default().receipts, 1);
                let receipts = self.receipts.entry(domain.0).or_default();
                add(&mut receipts.counts.accepted, 1);
                add(&mut receipts.counts.pending, 1);
                let receipt = Receipt {
                    number: number.0,
                    hash: hash.0.to_string(),
                    status: Status::Pending,
                    shown: None,
                    refuted: false,
                    operator: operator.0,
                    backers: 1,
                    block,
                    settled: None,
                    proof: None,
                };
                keep(&mut receipts.list, receipt, KEPT, &mut receipts.left_out);
            }
            Event::ReceiptEndorsed { domain, hash, .. } => {
                if let Some(receipt) = self.find(*domain, hash) {
                    receipt.backers = receipt.backers.saturating_add(1);
                }
            }
            Event::ReceiptProven {
                domain,
                hash,
                proof_bytes,
                ..
            } => {
                if let Some(receipt) = self.find(*domain, hash) {
                    receipt.shown = Some(Shown {
                        block,
                        bytes: *proof_bytes,
                    });
                    receipt.status = Status::Proven;
                }
                let counts = &mut self.receipts.entry(domain.0).or_default().counts;
                take(&mut counts.pending, 1);
                add(&mut counts.proven, 1);
            }
            Event::ReceiptConfirmed { domain, hash, .. } => {
                let found = self.find(*domain, hash);
                let proven = found.is_some_and(|receipt| {
                    receipt.status = Status::Confirmed;
                    receipt.settled = Some(block);
                    receipt.shown.is_some()
                });
                let counts = &mut self.receipts.entry(domain.0).or_default().counts;
                take(
                    if proven {
                        &mut counts.proven
                    } else {
                        &mut counts.pending
                    },
                    1,
                );
                add(&mut counts.confirmed, 1);
            }
            Event::ReceiptsRemoved { .. } => self.removed(names, block, event),
            Event::OperatorSlashed {
                operator,
                amount,
                reward,
                treasury,
                burned,
                evidence,
                ..
            } => {
                add(&mut self.totals.slashes, 1);
                let evidence = evidence.to_string();
                let proofs = self.proofs.iter_mut();
                for proof in proofs.filter(|proof| proof.evidence == evidence) {
                    proof.slashed.push(operator.0);
                }
                self.deeds.entry(operator.0).or_default().slashes.push(Slash {
                    amount: amount.0.to_string(),
                    reward: reward.0.to_string(),
                    treasury: treasury.0.to_string(),
                    burned: burned.0.to_string(),
                    block,
                    evidence,
                });
            }
            _ => {}
        }
    }

    fn removed(&mut self, names: &Names, block: u64, event: &Event) {
        let Event::ReceiptsRemoved {
            domain,
            from,
            to,
            hash,
            family,
            proof_bytes,
            reporter,
            evidence,
        } = event
        else {
            return;
        };
        let receipts = self.receipts.entry(domain.0).or_default();
        let refuted = hash.0.to_string();
        let fallen = receipts
            .list
            .iter_mut()
            .filter(|receipt| receipt.status == Status::Pending && (from.0..=to.0).contains(&receipt.number));
        for receipt in fallen {
            receipt.status = Status::Removed;
            receipt.refuted = receipt.hash == refuted;
            receipt.settled = Some(block);
            receipt.proof = Some(evidence.to_string());
            add(&mut self.deeds.entry(receipt.operator).or_default().removed, 1);
        }
        let removed = to.0.saturating_sub(from.0).saturating_add(1);
        add(&mut receipts.counts.removed, removed);
        take(&mut receipts.counts.pending, removed);
        add(&mut self.totals.proofs, 1);
        let proof = Proof {
            evidence: evidence.to_string(),
            domain: domain.0,
            family: format!("{family:?}").to_lowercase(),
            bytes: *proof_bytes,
            verification_us: None,
            from: from.0,
            to: to.0,
            block,
            reporter: names.account(reporter),
            slashed: Vec::new(),
        };
        keep(&mut self.proofs, proof, KEPT_PROOFS, &mut 0);
    }

    /// Returns the receipt with this hash that stands, if it is kept.
    fn find(&mut self, domain: DomainId, hash: &ReceiptHash) -> Option<&mut Receipt> {
        let hash = hash.0.to_string();
        let list = &mut self.receipts.get_mut(&domain.0)?.list;
        let mut newest = list.iter_mut().rev();
        newest.find(|receipt| receipt.hash == hash && receipt.status != Status::Removed)
    }
}

fn bundle(bundle: &decex_receipt::Bundle) -> Bundle {
    let header = &bundle.header.header;
    Bundle {
        domain: header.domain.0,
        operator: header.operator.0,
        transactions: count(bundle.body.len()),
        receipts: count(bundle.receipts.len()),
    }
}

/// Appends, and drops the oldest beyond `most`.
fn keep<T>(list: &mut VecDeque<T>, item: T, most: usize, left_out: &mut u64) {
    list.push_back(item);
    if list.len() > most {
        list.pop_front();
        add(left_out, 1);
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

const fn add(to: &mut u64, more: u64) {
    *to = to.saturating_add(more);
}

const fn take(from: &mut u64, less: u64) {
    *from = from.saturating_sub(less);
}

#[cfg(test)]
mod tests;
