//! Make one table from the one before.

use super::bucket::{Bucket, Offsets};
use super::place;
use alloc::vec::Vec;
use decex_core::hash::BlockHasher;
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{self, BC, EXTRA_BITS, GROUP};

/// Blocks hashed in one go: enough for every lane, few enough for the nearest cache.
const BATCH: usize = 64;

/// An entry that was just made, and the places of the two that it was made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    pub(super) entry: Entry,
    pub(super) parents: [u32; 2],
}

/// A table whose entries stand in buckets, in the order in which they were found within each.
#[derive(Debug, Default)]
pub(super) struct Row {
    entries: Vec<Entry>,
    parents: Vec<[u32; 2]>,
    /// Where each bucket begins, and where the last one ends.
    starts: Vec<u32>,
}

impl Row {
    fn new(k: u8) -> Self {
        let values = 1_u64.wrapping_shl(k.saturating_add(EXTRA_BITS).into());
        let buckets = usize::try_from(values.div_ceil(BC.into())).unwrap_or(0);
        Self {
            starts: [0].repeat(buckets.saturating_add(1)),
            ..Self::default()
        }
    }

    /// Replaces the table by what was made: one counting sort by bucket.
    pub(super) fn refill(&mut self, made: &[Made]) {
        self.starts.fill(0);
        for made in made {
            if let Some(next) = self.starts.get_mut(bucket(&made.entry).saturating_add(1)) {
                *next = next.saturating_add(1);
            }
        }
        let mut end = 0_u32;
        for start in &mut self.starts {
            end = end.saturating_add(*start);
            *start = end;
        }
        let mut next = self.starts.clone();
        self.entries.resize(made.len(), Entry::default());
        self.parents.clear();
        self.parents.resize(made.len(), [0; 2]);
        for made in made {
            let Some(next) = next.get_mut(bucket(&made.entry)) else {
                continue;
            };
            let at = place(*next);
            *next = next.saturating_add(1);
            if let (Some(entry), Some(parents)) = (self.entries.get_mut(at), self.parents.get_mut(at)) {
                *entry = made.entry;
                *parents = made.parents;
            }
        }
    }

    /// Returns the inputs of a first table, in its order.
    pub(super) fn inputs(&self) -> Vec<u32> {
        self.entries
            .iter()
            .map(|Entry { meta: [x, ..], .. }| *x)
            .collect()
    }

    /// Takes what the proofs will need of the table.
    pub(super) fn take_parents(&mut self) -> Vec<[u32; 2]> {
        core::mem::take(&mut self.parents)
    }

    /// Returns each bucket: where it begins, and its entries.
    fn buckets(&self) -> impl Iterator<Item = (u32, &[Entry])> {
        let ends = self.starts.iter().skip(1);
        self.starts.iter().zip(ends).map(|(start, end)| {
            let entries = self.entries.get(place(*start)..place(*end));
            (*start, entries.unwrap_or_default())
        })
    }
}

fn bucket(entry: &Entry) -> usize {
    place(entry.y.checked_div(BC).unwrap_or(0))
}

/// Makes the first table.
pub(super) fn first(k: u8, hasher: &BlockHasher, made: &mut Vec<Made>) -> Row {
    let groups = 1_u32.wrapping_shl(k.into()).checked_div(GROUP).unwrap_or(0);
    made.clear();
    made.reserve(place(groups.saturating_mul(GROUP)));
    let mut blocks = Vec::with_capacity(BATCH);
    for begin in (0..groups).step_by(BATCH) {
        let batch = (begin..groups).take(BATCH);
        blocks.clear();
        blocks.extend(batch.clone().map(function::first_block));
        let mut numbers = batch;
        hasher.many(&blocks, |digest| {
            let entries = numbers
                .next()
                .map(|group| function::first_entries(k, group, &digest));
            made.extend(entries.into_iter().flatten().map(|entry| Made {
                entry,
                parents: [0; 2],
            }));
        });
    }
    let mut row = Row::new(k);
    row.refill(made);
    row
}

/// Makes the entries of `table` from those of the table before, as far as they are to be kept.
pub(super) fn advance(
    k: u8,
    table: u8,
    hasher: &BlockHasher,
    row: &Row,
    made: &mut Vec<Made>,
    keep: impl Fn(&Entry) -> bool,
) {
    made.clear();
    let offsets = Offsets::new();
    let mut map = Bucket::new();
    let (mut found, mut blocks) = (Vec::new(), Vec::new());
    for ((number, left), right) in (0..).zip(row.buckets()).zip(row.buckets().skip(1)) {
        found.clear();
        map.fill(number, right.1);
        map.join(number, left.1, &offsets, |pair| found.push(pair));
        map.clear(number, right.1);
        let entries = |[l, r]: [u32; 2]| (entry(left.1, l), entry(right.1, r));
        blocks.clear();
        blocks.extend(found.iter().map(|pair| {
            let (left, right) = entries(*pair);
            function::next_block(table, &left, &right)
        }));
        let mut pairs = found.iter();
        hasher.many(&blocks, |digest| {
            let Some([l, r]) = pairs.next() else { return };
            let (left_entry, right_entry) = entries([*l, *r]);
            let entry = function::next_entry(k, table, &left_entry, &right_entry, &digest);
            if keep(&entry) {
                made.push(Made {
                    entry,
                    parents: [left.0.saturating_add(*l), right.0.saturating_add(*r)],
                });
            }
        });
    }
}

fn entry(entries: &[Entry], at: u32) -> Entry {
    entries.get(place(at)).copied().unwrap_or_default()
}
