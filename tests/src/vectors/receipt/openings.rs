//! The cases of the rules R17 to R25.

use super::submission::{given, when};
use super::view::{View, open};
use crate::vectors::Draft;
use crate::vectors::common::named;
use decex_core::{BoundedVec, ListRoot, StateRoot};
use decex_receipt::decex_shuffle::Entry;
use decex_receipt::{Openings, Submission};

pub(super) fn drafts() -> Vec<Draft> {
    [counts(), opened()].concat()
}

/// A receipt with something changed, over the same chain.
fn refused(name: &str, rules: &str, change: impl FnOnce(&mut Submission)) -> Draft {
    let view = View::grown(0);
    let mut submission = view.next();
    change(&mut submission);
    Draft::refused(name, rules, given(&view), when(&submission))
}

fn openings(submission: &Submission) -> (Vec<Entry>, Vec<StateRoot>) {
    let openings = submission.openings.as_ref().expect("openings");
    (openings.schedule.to_vec(), openings.trace.to_vec())
}

/// Publishes other lists than those that the receipt commits to.
fn publish(submission: &mut Submission, entries: Vec<Entry>, trace: Vec<StateRoot>) {
    submission.openings = Some(Openings {
        schedule: BoundedVec::new(entries).expect("short"),
        trace: BoundedVec::new(trace).expect("short"),
    });
}

fn counts() -> Vec<Draft> {
    vec![
        refused("more_scheduled_than_there_is", "R17", |submission| {
            submission.receipt.schedule.count = 4
        }),
        refused("too_long_a_trace", "R18", |submission| {
            submission.receipt.trace.length += 1
        }),
        refused("too_short_a_trace", "R18", |submission| {
            submission.receipt.trace.length -= 1
        }),
    ]
}

fn opened() -> Vec<Draft> {
    vec![
        refused("no_openings", "R21", |submission| submission.openings = None),
        refused("an_entry_missing", "R22 S6", |submission| {
            let (mut entries, trace) = openings(submission);
            entries.pop();
            publish(submission, entries, trace);
        }),
        refused("an_entry_of_no_leaf", "R22 S7", |submission| {
            let (mut entries, trace) = openings(submission);
            if let Some(last) = entries.last_mut() {
                last.leaf = 9;
            }
            open(submission, entries, trace);
        }),
        refused("entries_of_another_schedule", "R22 S8", |submission| {
            let (mut entries, trace) = openings(submission);
            entries.reverse();
            publish(submission, entries, trace);
        }),
        refused("a_trace_entry_missing", "R23", |submission| {
            let (entries, mut trace) = openings(submission);
            trace.pop();
            publish(submission, entries, trace);
        }),
        refused("another_trace", "R24", |submission| {
            let (entries, mut trace) = openings(submission);
            if let Some(first) = trace.first_mut() {
                *first = StateRoot(named(77));
            }
            publish(submission, entries, trace);
        }),
        refused("another_trace_root", "R24", |submission| {
            submission.receipt.trace.root = ListRoot(named(77))
        }),
        refused("another_state_at_the_end", "R25", |submission| {
            submission.receipt.state = StateRoot(named(77))
        }),
    ]
}
