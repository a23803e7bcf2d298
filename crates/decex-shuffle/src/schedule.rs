//! Put the transactions of an inbox in order.

use crate::key::{ScheduleKey, ranks};
use alloc::vec::Vec;
use decex_core::Digest;
use decex_core::id::{ListRoot, Seed, SenderId};
use decex_core::list::ListTree;
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_core::transaction::Summary;

/// The order of execution of one domain block, committed to.
///
/// Only [`build`](Self::build) makes one, so it always ascends strictly by [`ScheduleKey`](crate::ScheduleKey).
#[derive(Clone, Debug)]
pub struct Schedule {
    entries: Vec<Entry>,
    summaries: Vec<Summary>,
    tree: ListTree,
}

impl Schedule {
    /// Builds the schedule of the valid bundles' bodies, each given with its bundle's index in the canonical inbox.
    ///
    /// The result depends on the set of (bundle, leaf, summary) only: neither the order of the iterator nor the order of a
    /// body plays a part. At most `u32::MAX` transactions; an inbox's own limits are far below that.
    #[must_use]
    pub fn build<'a>(seed: &Seed, bodies: impl IntoIterator<Item = (u16, &'a [Summary])>) -> Self {
        let (entries, summaries) = order(seed, bodies);
        let tree = entry_tree(&entries);
        Self {
            entries,
            summaries,
            tree,
        }
    }

    /// Returns the entries in order: what a receipt's author publishes as the schedule's openings.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the scheduled transactions' summaries in order, one for each of [`entries`](Self::entries).
    #[must_use]
    pub fn summaries(&self) -> &[Summary] {
        &self.summaries
    }

    /// Returns the tree over the entries, for proving single inputs of a step.
    #[must_use]
    pub const fn tree(&self) -> &ListTree {
        &self.tree
    }

    /// Returns the root over the entries.
    #[must_use]
    pub fn root(&self) -> ListRoot {
        self.tree.root()
    }

    /// Returns how many transactions are scheduled.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.tree.length()
    }

    /// Returns what a receipt says of this schedule.
    #[must_use]
    pub fn claim(&self) -> ScheduleClaim {
        ScheduleClaim {
            root: self.root(),
            count: self.count(),
        }
    }
}

/// Returns the tree over the leaves of `entries` (rule S5).
pub(crate) fn entry_tree(entries: &[Entry]) -> ListTree {
    ListTree::new(entries.iter().map(Entry::compute_leaf).collect())
}

/// Adjacent transactions of one sender in one body.
#[derive(Clone, Copy, Debug)]
struct Run<'a> {
    bundle: u16,
    /// Leaf of the first of them.
    first: u32,
    sender: SenderId,
    summaries: &'a [Summary],
}

impl<'a> Run<'a> {
    /// Splits a body into runs. A body that inclusion accepted has one run per sender.
    fn of_body((bundle, body): (u16, &'a [Summary])) -> impl Iterator<Item = Self> {
        let mut next = 0u32;
        body.chunk_by(|a, b| a.sender == b.sender)
            .filter_map(move |summaries| {
                let first = next;
                next = next.saturating_add(u32::try_from(summaries.len()).unwrap_or(u32::MAX));
                Some(Self {
                    bundle,
                    first,
                    sender: summaries.first()?.sender,
                    summaries,
                })
            })
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let bundle = self.bundle;
        (self.first..=u32::MAX)
            .zip(self.summaries)
            .map(move |(leaf, _)| Entry { bundle, leaf })
    }

    fn ascends(&self) -> bool {
        self.summaries.is_sorted_by(|a, b| a.body_key() < b.body_key())
    }
}

/// Returns every transaction once (rule S4), in order of its key (rule S3).
///
/// Runs, not transactions, are sorted, and by the first eight bytes of their rank. Runs that are equal in these are nearly
/// always of one sender in several bundles; they are merged by the whole key, so whether it was chance makes no difference.
fn order<'a>(
    seed: &Seed,
    bodies: impl IntoIterator<Item = (u16, &'a [Summary])>,
) -> (Vec<Entry>, Vec<Summary>) {
    let runs: Vec<Run<'a>> = bodies.into_iter().flat_map(Run::of_body).collect();
    // S2: one rank per sender.
    let ranks = ranks(seed, runs.iter().map(|run| run.sender));
    let mut places: Vec<(u64, u32)> = ranks
        .iter()
        .zip(0..=u32::MAX)
        .map(|(rank, index)| (prefix(rank), index))
        .collect();
    places.sort_unstable();

    let count = runs
        .iter()
        .map(|run| run.summaries.len())
        .fold(0, usize::saturating_add);
    let (mut entries, mut summaries) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for group in places.chunk_by(|a, b| a.0 == b.0) {
        let ranked = || {
            let indices = group.iter().filter_map(|(_, index)| usize::try_from(*index).ok());
            indices.filter_map(|index| Some((ranks.get(index)?, runs.get(index)?)))
        };
        if let ([_], Some((_, run))) = (group, ranked().next())
            && run.ascends()
        {
            entries.extend(run.entries());
            summaries.extend_from_slice(run.summaries);
        } else {
            let (merged_entries, merged_summaries) = merge(ranked());
            entries.extend(merged_entries);
            summaries.extend(merged_summaries);
        }
    }
    (entries, summaries)
}

/// Merges runs by key. Rule S4: equal keys are one transaction, and the lowest reference stands for it.
fn merge<'a, 'b: 'a>(runs: impl Iterator<Item = (&'a Digest, &'a Run<'b>)>) -> (Vec<Entry>, Vec<Summary>) {
    let mut placed: Vec<(ScheduleKey, Entry, &Summary)> = runs
        .flat_map(|(rank, run)| {
            let keyed = run
                .summaries
                .iter()
                .map(|summary| (ScheduleKey::new(*rank, summary), summary));
            keyed
                .zip(run.entries())
                .map(|((key, summary), entry)| (key, entry, summary))
        })
        .collect();
    placed.sort_unstable_by_key(|(key, entry, _)| (*key, *entry));
    placed.dedup_by_key(|(key, ..)| *key);
    placed
        .into_iter()
        .map(|(_, entry, summary)| (entry, *summary))
        .unzip()
}

/// Returns the first eight bytes of a rank, in its order.
fn prefix(rank: &Digest) -> u64 {
    rank.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
