//! Find the evidence against a wrong schedule.

use crate::inbox::InboxContent;
use crate::key::{ScheduleKey, ranks};
use crate::refutation::{Refutation, Shown};
use crate::schedule::{Schedule, entry_tree};
use alloc::vec::Vec;
use decex_core::id::Seed;
use decex_core::list::{Absence, ListTree};
use decex_core::schedule::Entry;
use decex_core::transaction::Summary;

/// Returns evidence against the schedule whose published entries are `claimed`, or `None` if it is the right one for
/// this seed and inbox.
///
/// Completeness: if every entry names a transaction of a valid bundle, the keys strictly ascend, no transaction is
/// omitted and every reference is the lowest, then the entries are the right ones, one by one. The four are looked for in this
/// order, and each may rely on those before it.
#[must_use]
pub fn find(seed: &Seed, inbox: &[InboxContent<'_>], claimed: &[Entry]) -> Option<Refutation> {
    let right = Schedule::build(seed, InboxContent::valid_bodies(inbox));
    if right.entries() == claimed {
        return None;
    }
    let tree = entry_tree(claimed);
    let named: Vec<Option<&Summary>> = claimed
        .iter()
        .map(|entry| InboxContent::resolve(inbox, entry))
        .collect();
    if let Some(index) = named.iter().position(Option::is_none) {
        let proof = tree.prove(u32::try_from(index).ok()?, 1)?;
        return Some(Refutation::Invention {
            entry: *claimed.get(index)?,
            proof,
        });
    }
    let named: Vec<&Summary> = named.into_iter().flatten().collect();
    let keyed = with_keys(seed, claimed, &named);
    find_disorder(inbox, &tree, &keyed)
        .or_else(|| find_omission(seed, inbox, &tree, &keyed, &right))
        .or_else(|| find_later_copy(inbox, &tree, claimed, &right))
}

/// An entry with the key of what it names.
#[derive(Clone, Copy, Debug)]
struct Keyed {
    key: ScheduleKey,
    entry: Entry,
}

fn with_keys(seed: &Seed, entries: &[Entry], named: &[&Summary]) -> Vec<Keyed> {
    let ranks = ranks(seed, named.iter().map(|summary| summary.sender));
    let keys = ranks
        .into_iter()
        .zip(named)
        .map(|(rank, summary)| ScheduleKey::new(rank, summary));
    keys.zip(entries)
        .map(|(key, entry)| Keyed { key, entry: *entry })
        .collect()
}

fn find_disorder(inbox: &[InboxContent<'_>], tree: &ListTree, keyed: &[Keyed]) -> Option<Refutation> {
    let (index, pair) = keyed
        .array_windows::<2>()
        .enumerate()
        .find(|(_, [left, right])| left.key >= right.key)?;
    let [left, right] = pair;
    Some(Refutation::Disorder {
        proof: tree.prove(u32::try_from(index).ok()?, 2)?,
        left: show(inbox, left.entry)?,
        right: show(inbox, right.entry)?,
    })
}

/// Expects `keyed` to ascend strictly.
fn find_omission(
    seed: &Seed,
    inbox: &[InboxContent<'_>],
    tree: &ListTree,
    keyed: &[Keyed],
    right: &Schedule,
) -> Option<Refutation> {
    let named: Vec<&Summary> = right.summaries().iter().collect();
    let missing = with_keys(seed, right.entries(), &named).into_iter().find(|due| {
        keyed
            .binary_search_by(|claimed| claimed.key.cmp(&due.key))
            .is_err()
    })?;
    let gap = Absence::prove(keyed, tree, &missing.key, |claimed| claimed.key)?;
    Some(Refutation::Omission {
        omitted: show(inbox, missing.entry)?,
        gap: gap.try_map(|claimed| show(inbox, claimed.entry))?,
    })
}

/// Expects `claimed` to name the same transactions as `right`, in the same order.
fn find_later_copy(
    inbox: &[InboxContent<'_>],
    tree: &ListTree,
    claimed: &[Entry],
    right: &Schedule,
) -> Option<Refutation> {
    let (index, (copy, lower)) = claimed
        .iter()
        .zip(right.entries())
        .enumerate()
        .find(|(_, (claimed, right))| claimed != right)?;
    Some(Refutation::LaterCopy {
        proof: tree.prove(u32::try_from(index).ok()?, 1)?,
        copy: show(inbox, *copy)?,
        lower: show(inbox, *lower)?,
    })
}

fn show(inbox: &[InboxContent<'_>], entry: Entry) -> Option<Shown> {
    let summary = *InboxContent::resolve(inbox, &entry)?;
    let proof = inbox.get(usize::from(entry.bundle))?.tree.prove(entry.leaf, 1)?;
    Some(Shown {
        bundle: entry.bundle,
        summary,
        proof,
    })
}
