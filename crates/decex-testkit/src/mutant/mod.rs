//! Wrong receipts: every field, and every way in which it can be wrong.
//!
//! A mutant lies in one respect and is consistent in every other: its openings open its commitments, its trace has the
//! length that its counts ask for. So what answers it is the rule or the proof that this lie is for, and no other.
//!
//! [`every`] lists all lies that can be told of one receipt. It takes the receipt apart field by field, so a new field
//! does not compile until somebody lists how it can be wrong; [`Mutant::row`] does the same for a new lie and its answer.
//! `spec/matrix.md` is the same table in prose, and a test compares the two.

mod every;
mod row;

pub use every::every;
pub use row::{Answer, ROWS, Row};

use alloc::vec::Vec;
use decex_bundle::{Fault, Illegal, Inbox, Verdict};
use decex_core::BoundedVec;
use decex_core::execution::{InputCounts, trace_length, trace_root};
use decex_core::hash::Digest;
use decex_core::id::{Balance, DomainId, StateRoot};
use decex_core::list;
use decex_core::params::CheckedParams;
use decex_core::schedule::Entry;
use decex_receipt::{Openings, Receipt};

/// One way to lie. Numbers are places: of a trace entry, a schedule entry, a bundle, a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Another version.
    Version,
    /// Another rule set.
    Rules,
    /// Another domain.
    Domain,
    /// The number after the right one.
    NumberAhead,
    /// The number of the parent.
    NumberHeld,
    /// Another parent.
    Parent,
    /// Another consensus block, by number.
    ConsensusNumber,
    /// Another consensus block, by hash.
    ConsensusHash,
    /// Another seed.
    Seed,
    /// The last verdict is missing.
    VerdictMissing,
    /// There is a verdict more than bundles.
    VerdictAdded,
    /// A bundle is called invalid at a transaction that it does not have.
    VerdictBeyond(u16),
    /// A bundle whose base stands is said to have lost it.
    CalledRemoved(u16),
    /// A bundle whose base is gone is called valid.
    RemovedAccepted(u16),
    /// A bundle whose base is gone is called invalid.
    RemovedRejected(u16),
    /// A valid bundle is called invalid at this transaction.
    Reject(u16, u32, Illegal),
    /// An invalid bundle is called valid.
    Accept(u16),
    /// An invalid bundle's first fault is said to be another.
    OtherFault(u16, u32, Illegal),
    /// The schedule's root is not that of any list.
    ScheduleRoot,
    /// More is scheduled than the valid bundles hold.
    ScheduleCountOver,
    /// Less is counted than the schedule's list has.
    ScheduleCountUnder,
    /// The schedule is not published.
    ScheduleHidden,
    /// An entry names a transaction of a bundle that is not valid, or none.
    Unnamed(u32, Entry),
    /// Two neighbours of the schedule are swapped.
    Swap(u32),
    /// An entry of the schedule is left out.
    Omit(u32),
    /// An entry of the schedule stands twice, in place of its neighbour.
    Repeat(u32),
    /// An entry is another transaction of a valid bundle: invented, repeated, or the other copy of a transaction.
    Replace(u32, Entry),
    /// An entry more, before this place.
    Insert(u32, Entry),
    /// The trace's root is not that of any list.
    TraceRoot,
    /// The trace has an entry less than its steps.
    TraceShort,
    /// The trace has an entry more than its steps.
    TraceLong,
    /// The trace is not published whole.
    TraceHidden,
    /// The trace is wrong from this entry to the end, and so is the final state.
    TraceFrom(u32),
    /// One trace entry before the last is wrong, the final state is right.
    TraceEntry(u32),
    /// Two neighbours of the trace, neither the last, are swapped.
    TraceSwap(u32),
    /// The state is not the last entry of the trace.
    State,
    /// The outbox is another.
    Outbox,
    /// The execution fees are too high.
    ExecutionFees,
    /// The execution fees are too low.
    FewerExecutionFees,
    /// The storage fees are too high.
    StorageFees,
    /// The storage fees are too low.
    FewerStorageFees,
    /// The burned amount is too high.
    Burned,
    /// The burned amount is too low.
    LessBurned,
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
    let mut draft = Draft {
        receipt: right.clone(),
        schedule: openings.schedule.to_vec(),
        trace: openings.trace.to_vec(),
    };
    draft.change(mutant, inbox)?;
    let (mut receipt, mut openings) = commit(
        &mut draft.receipt,
        draft.schedule,
        draft.trace,
        inbox.input_counts(0).messages,
        params,
    )?;
    break_commitments(mutant, &mut receipt, &mut openings, inbox, params)?;
    let hidden = matches!(mutant, Mutant::ScheduleHidden | Mutant::TraceHidden);
    (hidden || receipt != *right).then_some((receipt, openings))
}

/// Makes the commitments match: roots, counts, and the trace's length and end, for a block that takes in so many messages. `None` if something is too long.
#[must_use]
pub fn commit(
    receipt: &mut Receipt,
    schedule: Vec<Entry>,
    mut trace: Vec<StateRoot>,
    messages: u32,
    params: &CheckedParams,
) -> Option<(Receipt, Openings)> {
    let leaves: Vec<Digest> = schedule.iter().map(Entry::compute_leaf).collect();
    receipt.schedule.root = list::root(&leaves);
    receipt.schedule.count = u32::try_from(schedule.len()).ok()?;
    let counts = InputCounts {
        messages,
        transactions: receipt.schedule.count,
    };
    let length = trace_length(counts, params.trace_interval());
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

/// A receipt with what it commits to, not committed yet.
struct Draft {
    receipt: Receipt,
    schedule: Vec<Entry>,
    trace: Vec<StateRoot>,
}

impl Draft {
    /// Tells the lie, as far as it is not about the commitments themselves.
    fn change(&mut self, mutant: Mutant, inbox: &Inbox) -> Option<()> {
        let receipt = &mut self.receipt;
        match mutant {
            Mutant::Version => receipt.version = receipt.version.wrapping_add(1),
            Mutant::Rules => flip(&mut receipt.rules.0),
            Mutant::Domain => receipt.domain = DomainId(!receipt.domain.0),
            Mutant::NumberAhead => receipt.number = receipt.number.next()?,
            Mutant::NumberHeld => receipt.number = receipt.number.previous()?,
            Mutant::Parent => flip(&mut receipt.parent.0),
            Mutant::ConsensusNumber => receipt.consensus_number.0 = !receipt.consensus_number.0,
            Mutant::ConsensusHash => flip(&mut receipt.consensus_hash.0),
            Mutant::Seed => flip(&mut receipt.seed.0),
            Mutant::Outbox => flip(&mut receipt.effects.outbox.0),
            Mutant::ExecutionFees => more(&mut receipt.effects.fees.execution)?,
            Mutant::FewerExecutionFees => less(&mut receipt.effects.fees.execution)?,
            Mutant::StorageFees => more(&mut receipt.effects.fees.storage)?,
            Mutant::FewerStorageFees => less(&mut receipt.effects.fees.storage)?,
            Mutant::Burned => more(&mut receipt.effects.fees.burned)?,
            Mutant::LessBurned => less(&mut receipt.effects.fees.burned)?,
            Mutant::VerdictMissing => self.verdicts(|verdicts| verdicts.pop().map(drop))?,
            Mutant::VerdictAdded => self.verdicts(|verdicts| {
                verdicts.push(Verdict::Valid);
                Some(())
            })?,
            Mutant::VerdictBeyond(bundle) => {
                let index = body_count(inbox, bundle)?;
                let rule = Illegal::Malformed;
                self.call(bundle, is_judged, Verdict::Invalid(Fault { index, rule }))?;
            }
            Mutant::CalledRemoved(bundle) => self.call(bundle, is_judged, Verdict::BaseRemoved)?,
            Mutant::RemovedAccepted(bundle) => self.call(bundle, is_removed, Verdict::Valid)?,
            Mutant::RemovedRejected(bundle) => {
                let (index, rule) = (0, Illegal::Malformed);
                self.call(bundle, is_removed, Verdict::Invalid(Fault { index, rule }))?;
            }
            Mutant::Reject(bundle, index, rule) => {
                (index < body_count(inbox, bundle)?).then_some(())?;
                self.call(bundle, is_valid, Verdict::Invalid(Fault { index, rule }))?;
            }
            Mutant::OtherFault(bundle, index, rule) => {
                (index < body_count(inbox, bundle)?).then_some(())?;
                self.call(bundle, is_invalid, Verdict::Invalid(Fault { index, rule }))?;
            }
            Mutant::Accept(bundle) => {
                let count = body_count(inbox, bundle)?;
                self.call(bundle, is_invalid, Verdict::Valid)?;
                self.schedule
                    .extend((0..count).map(|leaf| Entry { bundle, leaf }));
            }
            Mutant::Unnamed(at, entry) | Mutant::Replace(at, entry) => {
                *self.schedule.get_mut(place(at)?)? = entry;
            }
            Mutant::Insert(at, entry) => {
                let at = place(at)?;
                (at <= self.schedule.len()).then(|| self.schedule.insert(at, entry))?;
            }
            Mutant::Swap(at) => swap(&mut self.schedule, at)?,
            Mutant::Omit(at) => {
                let at = place(at)?;
                (at < self.schedule.len()).then(|| self.schedule.remove(at))?;
            }
            Mutant::Repeat(at) => {
                let at = place(at)?;
                let entry = *self.schedule.get(at)?;
                // Only as many entries as the valid bundles hold pass submission: repeat one instead of its neighbour.
                let other = if at == 0 { 1 } else { at.checked_sub(1)? };
                *self.schedule.get_mut(other)? = entry;
            }
            Mutant::TraceFrom(from) => {
                let from = place(from)?;
                self.trace.get(from)?;
                self.trace
                    .iter_mut()
                    .skip(from)
                    .for_each(|root| flip(&mut root.0));
                receipt.state = *self.trace.last()?;
            }
            Mutant::TraceEntry(at) => {
                let at = place(at)?;
                (at.checked_add(1)? < self.trace.len()).then_some(())?;
                flip(&mut self.trace.get_mut(at)?.0);
            }
            Mutant::TraceSwap(at) => {
                (place(at)?.checked_add(2)? < self.trace.len()).then_some(())?;
                swap(&mut self.trace, at)?;
            }
            // About the commitments: see below.
            Mutant::ScheduleRoot
            | Mutant::ScheduleCountOver
            | Mutant::ScheduleCountUnder
            | Mutant::ScheduleHidden
            | Mutant::TraceRoot
            | Mutant::TraceShort
            | Mutant::TraceLong
            | Mutant::TraceHidden
            | Mutant::State => {}
        }
        Some(())
    }

    /// Changes a bundle's verdict from one that `held` accepts, and takes out of the schedule what is not valid any more.
    fn call(&mut self, bundle: u16, held: fn(&Verdict) -> bool, verdict: Verdict) -> Option<()> {
        self.verdicts(|verdicts| {
            let old = verdicts.get_mut(usize::from(bundle)).filter(|old| held(old))?;
            *old = verdict;
            Some(())
        })?;
        if verdict != Verdict::Valid {
            self.schedule.retain(|entry| entry.bundle != bundle);
        }
        Some(())
    }

    fn verdicts(&mut self, change: impl FnOnce(&mut Vec<Verdict>) -> Option<()>) -> Option<()> {
        let mut verdicts = self.receipt.verdicts.to_vec();
        change(&mut verdicts)?;
        self.receipt.verdicts = BoundedVec::new(verdicts)?;
        Some(())
    }
}

/// Lies about the commitments: what they say is not what is published beside them.
fn break_commitments(
    mutant: Mutant,
    receipt: &mut Receipt,
    openings: &mut Openings,
    inbox: &Inbox,
    params: &CheckedParams,
) -> Option<()> {
    let recount = |receipt: &mut Receipt| {
        receipt.trace.length = trace_length(
            inbox.input_counts(receipt.schedule.count),
            params.trace_interval(),
        );
    };
    if mutant == Mutant::ScheduleRoot {
        flip(&mut receipt.schedule.root.0);
    } else if mutant == Mutant::ScheduleCountOver {
        receipt.schedule.count = u32::try_from(capacity(receipt, inbox).checked_add(1)?).ok()?;
        recount(receipt);
    } else if mutant == Mutant::ScheduleCountUnder {
        receipt.schedule.count = receipt.schedule.count.checked_sub(1)?;
        recount(receipt);
    } else if mutant == Mutant::ScheduleHidden {
        (!openings.schedule.is_empty()).then_some(())?;
        openings.schedule = BoundedVec::default();
    } else if mutant == Mutant::TraceRoot {
        flip(&mut receipt.trace.root.0);
    } else if mutant == Mutant::TraceShort {
        receipt.trace.length = receipt.trace.length.checked_sub(1)?;
    } else if mutant == Mutant::TraceLong {
        receipt.trace.length = receipt.trace.length.checked_add(1)?;
    } else if mutant == Mutant::TraceHidden {
        let shown = openings.trace.split_last()?.1.to_vec();
        openings.trace = BoundedVec::new(shown)?;
    } else if mutant == Mutant::State {
        flip(&mut receipt.state.0);
    }
    Some(())
}

/// How many transactions the bundles hold that a receipt calls valid.
fn capacity(receipt: &Receipt, inbox: &Inbox) -> u64 {
    let pairs = receipt.verdicts.iter().zip(&inbox.bundles);
    let valid = pairs.filter(|(verdict, _)| is_valid(verdict));
    valid.fold(0, |sum: u64, (_, bundle)| {
        sum.saturating_add(bundle.body.count.into())
    })
}

fn is_valid(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Valid)
}

fn is_invalid(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Invalid(_))
}

fn is_removed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::BaseRemoved)
}

fn is_judged(verdict: &Verdict) -> bool {
    !is_removed(verdict)
}

fn body_count(inbox: &Inbox, bundle: u16) -> Option<u32> {
    Some(inbox.bundles.get(usize::from(bundle))?.body.count)
}

fn place(at: u32) -> Option<usize> {
    usize::try_from(at).ok()
}

fn swap<T>(list: &mut [T], at: u32) -> Option<()> {
    let at = place(at)?;
    let next = at.checked_add(1)?;
    (next < list.len()).then(|| list.swap(at, next))
}

fn flip(digest: &mut Digest) {
    digest.0.iter_mut().for_each(|byte| *byte = !*byte);
}

fn more(amount: &mut Balance) -> Option<()> {
    amount.0 = amount.0.checked_add(1)?;
    Some(())
}

fn less(amount: &mut Balance) -> Option<()> {
    amount.0 = amount.0.checked_sub(1)?;
    Some(())
}
