//! Put the transactions of an inbox in order.

use crate::key::{key, ranks};
use alloc::vec::Vec;
use decex_core::Digest;
use decex_core::id::{ListRoot, Seed};
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

/// Adjacent transactions of one sender in one body, and the first eight bytes of the sender's rank.
#[derive(Clone, Copy, Debug)]
struct Run<'a> {
    prefix: u64,
    /// Leaf of the first of them.
    first: u32,
    bundle: u16,
    summaries: &'a [Summary],
}

impl<'a> Run<'a> {
    /// Splits a body into runs without prefix. A body that inclusion accepted has one run per sender.
    fn of_body((bundle, body): (u16, &'a [Summary])) -> impl Iterator<Item = Self> {
        let mut next = 0u32;
        body.chunk_by(|a, b| a.sender == b.sender).map(move |summaries| {
            let first = next;
            next = next.saturating_add(u32::try_from(summaries.len()).unwrap_or(u32::MAX));
            Self {
                prefix: 0,
                first,
                bundle,
                summaries,
            }
        })
    }

    fn placed(&self) -> impl Iterator<Item = (Entry, &'a Summary)> {
        let bundle = self.bundle;
        (self.first..=u32::MAX)
            .zip(self.summaries)
            .map(move |(leaf, summary)| (Entry { bundle, leaf }, summary))
    }
}

/// How many senders are ranked at a time: enough to fill every lane, few enough to stay in the fastest memory.
const RANKED_AT_ONCE: usize = 128;

/// Returns every transaction once (rule S4), in order of its key (rule S3).
///
/// Runs, not transactions, are sorted, and by the first eight bytes of their rank only; what is equal in these is sorted by the
/// whole key. Nearly always that is one sender in several bundles, but nothing depends on it.
fn order<'a>(
    seed: &Seed,
    bodies: impl IntoIterator<Item = (u16, &'a [Summary])>,
) -> (Vec<Entry>, Vec<Summary>) {
    let mut runs: Vec<Run<'a>> = bodies.into_iter().flat_map(Run::of_body).collect();
    for some in runs.chunks_mut(RANKED_AT_ONCE) {
        // S2: one rank per sender.
        let ranks = ranks(
            seed,
            some.iter()
                .flat_map(|run| run.summaries.first())
                .map(|first| first.sender),
        );
        some.iter_mut()
            .zip(ranks)
            .for_each(|(run, rank)| run.prefix = prefix(&rank));
    }
    runs.sort_unstable_by_key(|run| run.prefix);

    let count = runs
        .iter()
        .map(|run| run.summaries.len())
        .fold(0, usize::saturating_add);
    let (mut entries, mut summaries) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut group = Vec::new();
    for equal in runs.chunk_by(|a, b| a.prefix == b.prefix) {
        group.clear();
        group.extend(equal.iter().flat_map(Run::placed));
        sort_group(seed, &mut group);
        entries.extend(group.iter().map(|(entry, _)| *entry));
        summaries.extend(group.iter().map(|(_, summary)| **summary));
    }
    (entries, summaries)
}

/// Sorts transactions by key and drops all but the lowest reference to each (rule S4).
fn sort_group(seed: &Seed, group: &mut Vec<(Entry, &Summary)>) {
    if group.is_sorted_by(|(_, a), (_, b)| a.sender == b.sender && a.body_key() < b.body_key()) {
        return;
    }
    // Of one sender, the rank decides nothing.
    if group.is_sorted_by(|(_, a), (_, b)| a.sender == b.sender) {
        group.sort_unstable_by_key(|(entry, summary)| (summary.nonce, summary.hash, *entry));
    } else {
        group.sort_by_cached_key(|(entry, summary)| (key(seed, summary), *entry));
    }
    group.dedup_by_key(|(_, summary)| summary.body_key());
}

/// Returns the first eight bytes of a rank, in its order.
fn prefix(rank: &Digest) -> u64 {
    rank.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::sort_group;
    use crate::key::key;
    use alloc::vec::Vec;
    use decex_core::Digest;
    use decex_core::id::{Nonce, Seed, SenderId};
    use decex_core::schedule::Entry;
    use decex_core::transaction::Summary;

    /// Senders whose ranks begin alike are too rare to be met from outside.
    #[test]
    fn s3_s4_a_group_of_several_senders_is_sorted_by_the_whole_key() {
        let seed = Seed(Digest([3; 32]));
        let summaries: Vec<Summary> = (0..24u8)
            .map(|n| Summary {
                sender: SenderId(Digest([n % 4; 32])),
                nonce: Nonce(u64::from(n / 4 % 3)),
                hash: Default::default(),
                weight: Default::default(),
                bytes: 0,
            })
            .collect();
        let mut group: Vec<_> = (0u32..)
            .map(|leaf| Entry { bundle: 0, leaf })
            .zip(&summaries)
            .collect();
        group.reverse();
        sort_group(&seed, &mut group);
        assert_eq!(group.len(), 12);
        assert!(group.is_sorted_by(|(_, a), (_, b)| key(&seed, a) < key(&seed, b)));
        assert!(group.iter().all(|(entry, _)| entry.leaf < 12));
    }

    /// Senders that stand in the order of their names are still put in that of their ranks.
    #[test]
    fn s3_a_group_that_ascends_by_sender_is_sorted_by_rank() {
        let seed = Seed(Digest([3; 32]));
        let summaries: Vec<Summary> = (0..8u8)
            .map(|n| Summary {
                sender: SenderId(Digest([n; 32])),
                nonce: Nonce(0),
                hash: Default::default(),
                weight: Default::default(),
                bytes: 0,
            })
            .collect();
        let mut group: Vec<_> = (0u32..)
            .map(|leaf| Entry { bundle: 0, leaf })
            .zip(&summaries)
            .collect();
        sort_group(&seed, &mut group);
        assert_eq!(group.len(), 8);
        assert!(group.is_sorted_by(|(_, a), (_, b)| key(&seed, a) < key(&seed, b)));
    }
}
