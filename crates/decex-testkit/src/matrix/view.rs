//! What a chain holds of the domain whose block is judged.

use super::World;
use alloc::vec;
use core::convert::Infallible;
use decex_bundle::Inbox;
use decex_core::{ConsensusNumber, DomainId, DomainNumber, Host, OperatorId, ReceiptHash};
use decex_receipt::{Chain, Receipt, ReceiptView, Record};

/// Who submits the receipt of the judged block.
pub(super) const SUBMITTER: OperatorId = OperatorId(3);

/// The chain before a receipt of the judged block was accepted, or after.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "engines need not have one")]
pub struct View<'a> {
    /// The block.
    pub world: &'a World<'a>,
    /// The receipt that was accepted for it.
    pub accepted: Option<&'a Receipt>,
}

impl View<'_> {
    /// The consensus block in which the receipt is submitted.
    pub(super) const fn now(&self) -> ConsensusNumber {
        ConsensusNumber(self.world.inbox.consensus_number.0.saturating_add(8))
    }

    fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        let past = self.world.past.iter().map(|(receipt, _)| receipt);
        past.chain(self.accepted)
    }
}

impl Host for View<'_> {
    type Error = Infallible;
}

impl ReceiptView for View<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let head = self
            .receipts()
            .last()
            .filter(|_| domain == self.world.inbox.domain);
        Ok(head.map(|head| Chain {
            confirmed: DomainNumber(head.number.0.saturating_sub(1)),
            head: head.number,
            head_hash: head.compute_hash(),
        }))
    }

    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        let mut receipts = self.receipts();
        let found = receipts.find(|receipt| receipt.number == number);
        Ok(found.map(Receipt::compute_hash))
    }

    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let mut receipts = self.receipts();
        let found = receipts.find(|receipt| receipt.compute_hash() == *hash);
        Ok(found.map(|receipt| Record {
            receipt: receipt.clone(),
            included_at: self.now(),
            backers: vec![SUBMITTER],
            byte_price: self.world.inbox.byte_price,
            proven: false,
        }))
    }

    fn inbox(&self, _: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        let inbox = &self.world.inbox;
        Ok((number == inbox.number).then(|| inbox.clone()))
    }
}
