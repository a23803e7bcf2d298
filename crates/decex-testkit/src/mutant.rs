//! Wrong receipts that consensus accepts: every one must be refuted.
//!
//! A mutant lies in one respect and is consistent in every other: its openings open its commitments, its trace has the
//! length that its counts ask for. What is left to show the lie is a fraud proof.

use alloc::vec::Vec;
use decex_bundle::{Fault, Illegal, Inbox, Verdict};
use decex_core::BoundedVec;
use decex_core::execution::{trace_length, trace_root};
use decex_core::hash::Digest;
use decex_core::id::{Balance, DomainId, ListRoot, StateRoot};
use decex_core::list;
use decex_core::params::CheckedParams;
use decex_core::schedule::Entry;
use decex_receipt::{Openings, Receipt};

/// One way to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The trace is wrong from this entry to the end, and so is the final state.
    TraceFrom(u32),
    /// One trace entry before the last is wrong, the final state is right.
    TraceEntry(u32),
    /// The execution fees are too high.
    ExecutionFees,
    /// The storage fees are too high.
    StorageFees,
    /// The burned amount is too low or too high.
    Burned,
    /// A transfer to this domain is invented.
    Transfer(DomainId),
    /// The outbox is another.
    Outbox,
    /// Two neighbours of the schedule are swapped.
    Swap(u32),
    /// An entry of the schedule is left out.
    Omit(u32),
    /// An entry of the schedule stands twice.
    Repeat(u32),
    /// A valid bundle is called invalid at this transaction.
    Reject(u16, u32, Illegal),
    /// An invalid bundle is called valid.
    Accept(u16),
    /// An invalid bundle's first fault is said to be another.
    OtherFault(u16, u32, Illegal),
}

/// Returns the mutant of a right receipt, with openings to match, or `None` if this lie cannot be told of it (no such
/// entry, no such bundle, nothing would change).
#[must_use]
pub fn mutate(
    mutant: Mutant,
    right: &Receipt,
    openings: &Openings,
    inbox: &Inbox,
    params: &CheckedParams,
) -> Option<(Receipt, Openings)> {
    let mut receipt = right.clone();
    let mut schedule = openings.schedule.to_vec();
    let mut trace = openings.trace.to_vec();
    match mutant {
        Mutant::TraceFrom(from) => {
            let from = usize::try_from(from).ok()?;
            trace.get(from)?;
            trace.iter_mut().skip(from).for_each(flip);
            receipt.state = *trace.last()?;
        }
        Mutant::TraceEntry(index) => {
            let index = usize::try_from(index).ok()?;
            (index.checked_add(1)? < trace.len()).then_some(())?;
            trace.get_mut(index).map(flip)?;
        }
        Mutant::ExecutionFees => bump(&mut receipt.effects.fees.execution),
        Mutant::StorageFees => bump(&mut receipt.effects.fees.storage),
        Mutant::Burned => bump(&mut receipt.effects.fees.burned),
        Mutant::Transfer(to) => {
            (to != receipt.domain && receipt.effects.transfers.is_empty()).then_some(())?;
            let transfer = decex_core::execution::Transfer {
                to,
                amount: Balance(1),
            };
            receipt.effects.transfers = BoundedVec::new(Vec::from([transfer]))?;
        }
        Mutant::Outbox => {
            let ListRoot(Digest(root)) = &mut receipt.effects.outbox;
            root.iter_mut().for_each(|byte| *byte = !*byte);
        }
        Mutant::Swap(index) => {
            let index = usize::try_from(index).ok()?;
            let next = index.checked_add(1)?;
            (next < schedule.len()).then(|| schedule.swap(index, next))?;
        }
        Mutant::Omit(index) => {
            let index = usize::try_from(index).ok()?;
            (index < schedule.len()).then(|| schedule.remove(index))?;
        }
        Mutant::Repeat(index) => {
            let index = usize::try_from(index).ok()?;
            let entry = *schedule.get(index)?;
            // Only as many entries as the valid bundles hold pass submission: repeat one instead of its neighbour.
            let other = if index == 0 { 1 } else { index.checked_sub(1)? };
            *schedule.get_mut(other)? = entry;
        }
        Mutant::Reject(bundle, index, rule) => {
            set_verdict(
                &mut receipt,
                bundle,
                Verdict::Valid,
                Verdict::Invalid(Fault { index, rule }),
                inbox,
            )?;
            schedule.retain(|entry| entry.bundle != bundle);
        }
        Mutant::Accept(bundle) => {
            let old = *receipt.verdicts.get(usize::from(bundle))?;
            matches!(old, Verdict::Invalid(_)).then_some(())?;
            set_verdict(&mut receipt, bundle, old, Verdict::Valid, inbox)?;
            let count = inbox.bundles.get(usize::from(bundle))?.body.count;
            schedule.extend((0..count).map(|leaf| Entry { bundle, leaf }));
        }
        Mutant::OtherFault(bundle, index, rule) => {
            let old = *receipt.verdicts.get(usize::from(bundle))?;
            matches!(old, Verdict::Invalid(_)).then_some(())?;
            set_verdict(
                &mut receipt,
                bundle,
                old,
                Verdict::Invalid(Fault { index, rule }),
                inbox,
            )?;
        }
    }
    commit(&mut receipt, schedule, trace, params).filter(|(receipt, _)| receipt != right)
}

/// Makes the commitments match: roots, counts, and the trace's length and end. `None` if something is too long.
#[must_use]
pub fn commit(
    receipt: &mut Receipt,
    schedule: Vec<Entry>,
    mut trace: Vec<StateRoot>,
    params: &CheckedParams,
) -> Option<(Receipt, Openings)> {
    let leaves: Vec<Digest> = schedule.iter().map(Entry::compute_leaf).collect();
    receipt.schedule.root = list::root(&leaves);
    receipt.schedule.count = u32::try_from(schedule.len()).ok()?;
    let length = trace_length(receipt.schedule.count, params.trace_interval());
    trace.resize(usize::try_from(length).ok()?, receipt.state);
    *trace.last_mut()? = receipt.state;
    receipt.trace.root = trace_root(&trace);
    receipt.trace.length = length;
    let openings = Openings {
        schedule: BoundedVec::new(schedule)?,
        trace: BoundedVec::new(trace)?,
    };
    Some((receipt.clone(), openings))
}

fn set_verdict(receipt: &mut Receipt, bundle: u16, old: Verdict, new: Verdict, inbox: &Inbox) -> Option<()> {
    if let Verdict::Invalid(Fault { index, .. }) = new {
        (index < inbox.bundles.get(usize::from(bundle))?.body.count).then_some(())?;
    }
    let mut verdicts = receipt.verdicts.to_vec();
    let verdict = verdicts
        .get_mut(usize::from(bundle))
        .filter(|verdict| **verdict == old)?;
    *verdict = new;
    receipt.verdicts = BoundedVec::new(verdicts)?;
    Some(())
}

fn flip(root: &mut StateRoot) {
    root.0.0.iter_mut().for_each(|byte| *byte = !*byte);
}

const fn bump(amount: &mut Balance) {
    amount.0 = amount.0.wrapping_add(1);
}
