//! What who keeps to no rule does: seal anything, and put receipts on parents that they were not made for.

use crate::mutant::commit;
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_bundle::{Draft, Inbox, Item, SealError, SealingRecord, Verdict, seal_bundle};
use decex_core::params::CheckedParams;
use decex_core::{BoundedVec, DomainId, DomainNumber, HeaderHash, Host, OperatorId, ReceiptHash, Window};
use decex_election::Keypair;
use decex_receipt::{Bundle, Openings, Receipt, Submission};

/// The record of an operator that remembers nothing of what it sealed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecord;

impl Host for NoRecord {
    type Error = Infallible;
}

impl SealingRecord for NoRecord {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(None)
    }
}

/// Seals a bundle of any content, whatever was sealed for the window before.
///
/// # Errors
/// When there is nothing to seal, a transaction stands there twice, or it is more than a header can commit to.
pub fn seal(
    keypair: &Keypair,
    draft: &Draft,
    receipts: Vec<Submission>,
    items: Vec<Item>,
) -> Result<Bundle, SealError<Infallible>> {
    seal_bundle(&NoRecord, keypair, draft, receipts, items).map(decex_bundle::Sealed::into_bundle)
}

/// Puts a right receipt on top of another parent: bundles whose base is not an ancestor there are called so, others are
/// not. What follows from the parent's state is left as it was, so on a wrong parent it is a claim about nothing.
#[must_use]
pub fn transplant(
    right: &Receipt,
    openings: &Openings,
    parent: ReceiptHash,
    inbox: &Inbox,
    params: &CheckedParams,
    ancestor: &dyn Fn(DomainNumber, ReceiptHash) -> bool,
) -> Option<(Receipt, Openings)> {
    let mut receipt = Receipt {
        parent,
        ..right.clone()
    };
    let mut schedule = openings.schedule.to_vec();
    let mut verdicts = receipt.verdicts.to_vec();
    for (bundle, (verdict, inboxed)) in (0_u16..).zip(verdicts.iter_mut().zip(&inbox.bundles)) {
        match (ancestor(inboxed.base.number, inboxed.base.hash), *verdict) {
            (true, Verdict::BaseRemoved) => *verdict = Verdict::Valid,
            (false, Verdict::Valid | Verdict::Invalid(_)) => {
                *verdict = Verdict::BaseRemoved;
                schedule.retain(|entry| entry.bundle != bundle);
            }
            (true, Verdict::Valid | Verdict::Invalid(_)) | (false, Verdict::BaseRemoved) => {}
        }
    }
    receipt.verdicts = BoundedVec::new(verdicts)?;
    let messages = inbox.input_counts(0).messages;
    commit(&mut receipt, schedule, openings.trace.to_vec(), messages, params)
}
