//! Rules R1 to R26: accept a receipt onto the chain, or a further backer of one.

use crate::error::{InvalidReceipt, SubmitError};
use crate::host::{Chain, MAX_BACKERS, ReceiptView, Record};
use crate::receipt::{Openings, Receipt, Submission, VERSION};
use alloc::vec;
use alloc::vec::Vec;
use decex_bundle::{Inbox, Verdict};
use decex_core::execution::{trace_length, trace_root};
use decex_core::id::{ConsensusNumber, DomainId, DomainNumber, OperatorId, ReceiptHash};
use decex_core::params::CheckedParams;
use decex_shuffle::{InboxBody, check_openings};

/// What an accepted submission changes. The host applies it before it submits the next receipt of the same bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an accepted receipt that is not stored is lost"]
#[allow(
    clippy::large_enum_variant,
    reason = "returned once per receipt and taken apart at once, never kept in lists"
)]
pub enum Accepted {
    /// The receipt is the new head: store `record` under `hash`, and `hash` at the record's number.
    Extended {
        /// The new head's hash.
        hash: ReceiptHash,
        /// What to keep.
        record: Record,
    },
    /// The operator backs a receipt that was accepted in this same block: append it to the record's backers.
    Endorsed {
        /// Whose backers grow.
        hash: ReceiptHash,
    },
    /// The chain holds this receipt; nothing changes.
    Known,
}

/// Judges one receipt that `operator` submits in a bundle of `domain` in consensus block `now`.
///
/// Several receipts of one bundle are submitted one after another, each to a view in which the one before is applied.
///
/// # Errors
/// The first of R1 to R25, R33 and R43 that does not hold, or a failure of the host.
pub fn submit<V: ReceiptView>(
    view: &V,
    now: ConsensusNumber,
    params: &CheckedParams,
    operator: OperatorId,
    domain: DomainId,
    submission: &Submission,
) -> Result<Accepted, SubmitError<V::Error>> {
    let receipt = &submission.receipt;
    // R1: a version that these rules know.
    if receipt.version != VERSION {
        return Err(InvalidReceipt::Version {
            expected: VERSION,
            found: receipt.version,
        }
        .into());
    }
    // R2: of the bundle's domain.
    if receipt.domain != domain {
        return Err(InvalidReceipt::Domain {
            expected: domain,
            found: receipt.domain,
        }
        .into());
    }
    // R3: which has a chain.
    let chain = view
        .chain(domain)
        .map_err(SubmitError::Host)?
        .ok_or(InvalidReceipt::UnknownDomain { domain })?;
    let hash = receipt.compute_hash();
    if receipt.number <= chain.head {
        return repeat(view, now, &chain, operator, submission, hash);
    }
    check_place(view, &chain, receipt, hash)?;
    // R9: its inbox is closed, so its seed is known.
    let inbox = view
        .inbox(domain, receipt.number)
        .map_err(SubmitError::Host)?
        .ok_or(InvalidReceipt::NoInbox {
            number: receipt.number,
        })?;
    check_origin(receipt, &inbox)?;
    check_verdicts(view, receipt, &inbox)?;
    let bodies = valid_bodies(receipt, &inbox);
    check_counts(receipt, params, &inbox, &bodies)?;
    // R21: whoever introduces a receipt publishes what its commitments hide.
    let openings = submission.openings.as_ref().ok_or(InvalidReceipt::NoOpenings)?;
    check_opened(receipt, openings, &bodies)?;
    let record = Record {
        receipt: receipt.clone(),
        included_at: now,
        backers: vec![operator],
        byte_price: inbox.byte_price,
    };
    Ok(Accepted::Extended { hash, record })
}

/// A receipt at a number that the chain holds: a further backer, a repetition, or another claim.
fn repeat<V: ReceiptView>(
    view: &V,
    now: ConsensusNumber,
    chain: &Chain,
    operator: OperatorId,
    submission: &Submission,
    hash: ReceiptHash,
) -> Result<Accepted, SubmitError<V::Error>> {
    let receipt = &submission.receipt;
    let number = receipt.number;
    // R4: the chain still knows what stands there.
    let held = view
        .hash_at(receipt.domain, number)
        .map_err(SubmitError::Host)?
        .ok_or(InvalidReceipt::Forgotten { number })?;
    // R5: the same receipt.
    if held != hash {
        return Err(InvalidReceipt::Conflict { number, held }.into());
    }
    check_repeated(receipt, submission.openings.as_ref())?;
    if number <= chain.confirmed {
        return Ok(Accepted::Known);
    }
    // R26: backed in the block that accepted it, by each operator once. Later it would be a share without risk: the
    // backer would have seen nobody refute it. And by so many: a record is read whole, and a sweep slashes all its backers.
    let record = view.record(receipt.domain, &hash).map_err(SubmitError::Host)?;
    let endorses = record.is_some_and(|record| {
        record.included_at == now && record.backers.len() < MAX_BACKERS && !record.backers.contains(&operator)
    });
    Ok(if endorses {
        Accepted::Endorsed { hash }
    } else {
        Accepted::Known
    })
}

/// R43: what stands beside a known receipt is not looked at, but it takes blockspace, and no seal covers it.
fn check_repeated(receipt: &Receipt, openings: Option<&Openings>) -> Result<(), InvalidReceipt> {
    let Some(openings) = openings else {
        return Ok(());
    };
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let found = (length(openings.schedule.len()), length(openings.trace.len()));
    let expected = (receipt.schedule.count, receipt.trace.length);
    // R43: as long as the receipt says, so that nobody on the way can make a bundle longer.
    if found != expected {
        return Err(InvalidReceipt::OpeningsLength { expected, found });
    }
    Ok(())
}

/// R6 to R8: it follows the head, and is not one that was removed.
fn check_place<V: ReceiptView>(
    view: &V,
    chain: &Chain,
    receipt: &Receipt,
    hash: ReceiptHash,
) -> Result<(), SubmitError<V::Error>> {
    let number = receipt.number;
    // R6: a removed receipt's record waits for the sweep; taking it back would mix new backers with offenders.
    if view
        .record(receipt.domain, &hash)
        .map_err(SubmitError::Host)?
        .is_some()
    {
        return Err(InvalidReceipt::Removed { number }.into());
    }
    // R7: the next number.
    let expected = chain.head.next().unwrap_or(chain.head);
    if number != expected {
        return Err(InvalidReceipt::Number {
            expected,
            found: number,
        }
        .into());
    }
    // R8: built on the head.
    if receipt.parent != chain.head_hash {
        return Err(InvalidReceipt::Parent {
            expected: chain.head_hash,
            found: receipt.parent,
        }
        .into());
    }
    Ok(())
}

/// R10 to R12 and R33: made from its inbox, under its rules.
fn check_origin(receipt: &Receipt, inbox: &Inbox) -> Result<(), InvalidReceipt> {
    // R10: the rules of the block, whatever is in force now.
    if receipt.rules != inbox.rules {
        return Err(InvalidReceipt::Rules {
            expected: inbox.rules,
            found: receipt.rules,
        });
    }
    // R11, R12: the consensus block.
    if receipt.consensus_number != inbox.consensus_number {
        let (expected, found) = (inbox.consensus_number, receipt.consensus_number);
        return Err(InvalidReceipt::ConsensusNumber { expected, found });
    }
    if receipt.consensus_hash != inbox.consensus_hash {
        let (expected, found) = (inbox.consensus_hash, receipt.consensus_hash);
        return Err(InvalidReceipt::ConsensusHash { expected, found });
    }
    // R33: the seed, which the consensus block does not bind: its randomness may be a later block's.
    if receipt.seed != inbox.seed {
        let (expected, found) = (inbox.seed, receipt.seed);
        return Err(InvalidReceipt::Seed { expected, found });
    }
    Ok(())
}

/// R13 to R16: one verdict per bundle, each about something that is there.
fn check_verdicts<V: ReceiptView>(
    view: &V,
    receipt: &Receipt,
    inbox: &Inbox,
) -> Result<(), SubmitError<V::Error>> {
    // R13: one each.
    let (expected, found) = (inbox.bundles.len(), receipt.verdicts.len());
    if found != expected {
        return Err(InvalidReceipt::VerdictCount { expected, found }.into());
    }
    for (bundle, (verdict, inboxed)) in receipt.verdicts.iter().zip(&inbox.bundles).enumerate() {
        // R14: the blamed transaction exists.
        if let Verdict::Invalid(fault) = verdict
            && fault.index >= inboxed.body.count
        {
            let (limit, found) = (inboxed.body.count, fault.index);
            return Err(InvalidReceipt::VerdictIndex { bundle, limit, found }.into());
        }
        // The receipt extends the present chain, so its ancestors are what stands there. The base lies within what the
        // chain keeps: at inclusion it was at most `max_base_lag` behind a head that was at most `max_gap` behind.
        let base = &inboxed.base;
        let ancestor = view
            .hash_at(receipt.domain, base.number)
            .map_err(SubmitError::Host)?
            == Some(base.hash);
        match verdict {
            // R15: L0 only where the base is gone.
            Verdict::BaseRemoved if ancestor => return Err(InvalidReceipt::BasePresent { bundle }.into()),
            // R16: and always there.
            Verdict::Valid | Verdict::Invalid(_) if !ancestor => {
                return Err(InvalidReceipt::BaseRemoved { bundle }.into());
            }
            Verdict::BaseRemoved | Verdict::Valid | Verdict::Invalid(_) => {}
        }
    }
    Ok(())
}

/// Returns the inbox's bodies with what the receipt says of them: what schedule entries may refer to.
fn valid_bodies(receipt: &Receipt, inbox: &Inbox) -> Vec<InboxBody> {
    let pairs = inbox.bundles.iter().zip(&receipt.verdicts);
    let body = |(inboxed, verdict): (&decex_bundle::Inboxed, &Verdict)| InboxBody {
        root: inboxed.body.root,
        count: inboxed.body.count,
        valid: matches!(verdict, Verdict::Valid),
    };
    pairs.map(body).collect()
}

/// R17 and R18: counts that follow from one another.
fn check_counts(
    receipt: &Receipt,
    params: &CheckedParams,
    inbox: &Inbox,
    bodies: &[InboxBody],
) -> Result<(), InvalidReceipt> {
    // R17: duplicates drop out, nothing is added. At most 2^16 counts of 32 bits: the sum fits.
    let valid = bodies.iter().filter(|body| body.valid);
    let limit = valid.fold(0_u64, |sum, body| sum.saturating_add(body.count.into()));
    if u64::from(receipt.schedule.count) > limit {
        return Err(InvalidReceipt::ScheduleCount {
            limit,
            found: receipt.schedule.count,
        });
    }
    // R18: so that every trace entry belongs to a known step.
    let expected = trace_length(
        inbox.input_counts(receipt.schedule.count),
        params.trace_interval(),
    );
    if receipt.trace.length != expected {
        return Err(InvalidReceipt::TraceLength {
            expected,
            found: receipt.trace.length,
        });
    }
    Ok(())
}

/// R22 to R25: what is published is what is committed to. The only checks that hash more than the receipt; last.
fn check_opened(receipt: &Receipt, openings: &Openings, bodies: &[InboxBody]) -> Result<(), InvalidReceipt> {
    // R22: the schedule, every entry a transaction of a valid bundle.
    check_openings(&receipt.schedule, bodies, &openings.schedule)
        .map_err(InvalidReceipt::ScheduleOpenings)?;
    // R23: the trace, whole.
    let found = openings.trace.len();
    if u32::try_from(found) != Ok(receipt.trace.length) {
        return Err(InvalidReceipt::TraceCount {
            expected: receipt.trace.length,
            found,
        });
    }
    // R24: as committed to.
    if trace_root(&openings.trace) != receipt.trace.root {
        return Err(InvalidReceipt::TraceRoot);
    }
    // R25: the state after the last step is the block's.
    if openings.trace.last() != Some(&receipt.state) {
        return Err(InvalidReceipt::FinalState);
    }
    Ok(())
}

/// Checks that receipts which travel together have consecutive numbers (R27): then each but a known one extends the one
/// before it, and none is carried twice.
///
/// # Errors
/// The index of the first receipt that does not follow its predecessor.
pub fn check_consecutive<'a>(
    receipts: impl IntoIterator<Item = &'a Submission>,
) -> Result<(), NotConsecutive> {
    let mut previous: Option<DomainNumber> = None;
    for (index, submission) in receipts.into_iter().enumerate() {
        let number = submission.receipt.number;
        // R27: the next number.
        if previous.is_some_and(|previous| previous.next() != Some(number)) {
            return Err(NotConsecutive { index });
        }
        previous = Some(number);
    }
    Ok(())
}

/// R27: a receipt that does not follow the one before it in its bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("receipt {index} does not follow the one before it")]
pub struct NotConsecutive {
    /// Which receipt of the bundle.
    pub index: usize,
}
