//! Put the transactions of an inbox in order.

use crate::key::ranks;
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
        let ordered = order(seed, bodies);
        let entries: Vec<Entry> = ordered.iter().map(|placed| placed.entry).collect();
        let summaries = ordered.iter().map(|placed| *placed.summary).collect();
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

/// A transaction and the reference that stands for it.
#[derive(Clone, Copy, Debug)]
struct Placed<'a> {
    summary: &'a Summary,
    entry: Entry,
}

/// The transactions of one sender, by nonce and hash.
struct Group<'a, 'b> {
    rank: Digest,
    sender: SenderId,
    placed: &'b [Placed<'a>],
}

/// Returns every transaction once (rule S4), in order of its key (rule S3).
fn order<'a>(seed: &Seed, bodies: impl IntoIterator<Item = (u16, &'a [Summary])>) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = bodies
        .into_iter()
        .flat_map(|(bundle, body)| {
            (0..=u32::MAX).zip(body).map(move |(leaf, summary)| Placed {
                summary,
                entry: Entry { bundle, leaf },
            })
        })
        .collect();
    // By sender first, in the order of bodies: bodies ascend in it, and a sort that finds ascending runs only merges.
    placed.sort_by_key(|placed| (placed.summary.body_key(), placed.entry));
    // S4: equal keys are one transaction, and the lowest reference stands for it.
    placed.dedup_by(|later, first| later.summary.body_key() == first.summary.body_key());

    let by_sender = || placed.chunk_by(|a, b| a.summary.sender == b.summary.sender);
    let senders = || {
        by_sender()
            .filter_map(|placed| placed.first())
            .map(|placed| placed.summary.sender)
    };
    // S2: one rank per sender.
    let ranks = ranks(seed, senders());
    let mut groups: Vec<Group<'a, '_>> = by_sender()
        .zip(senders())
        .zip(ranks)
        .map(|((placed, sender), rank)| Group { rank, sender, placed })
        .collect();
    // S3: senders by rank; within a sender the order is already nonce, hash.
    groups.sort_unstable_by_key(|group| (group.rank, group.sender));
    let mut ordered = Vec::with_capacity(placed.len());
    groups
        .iter()
        .for_each(|group| ordered.extend_from_slice(group.placed));
    ordered
}
