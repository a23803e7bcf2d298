//! Make one table after another.

use super::matching::Matcher;
use super::size;
use super::sort::{self, Starts};
use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::{BlockHasher, Digest};
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{self, GROUP, TABLES, low};

/// Groups of inputs that are hashed in one go.
const BATCH: usize = 1024;

/// One of the seven tables while the next one is made of it.
#[derive(Clone, Debug)]
pub struct Level {
    k: u8,
    table: u8,
    hasher: BlockHasher,
    entries: Vec<Entry>,
    /// Where both partners of each entry stand in the table before; nothing in the first table.
    partners: Vec<[u32; 2]>,
    starts: Starts,
}

impl Level {
    /// Makes the first table.
    pub(super) fn first(k: u8, seed: &Digest) -> Self {
        let hasher = BlockHasher::keyed(seed);
        let groups = low(k).checked_div(GROUP).unwrap_or(0);
        let mut made = Vec::with_capacity(size(low(k)).saturating_add(1));
        let mut blocks = Vec::with_capacity(BATCH);
        let mut group = 0_u32;
        while group <= groups {
            blocks.clear();
            blocks.extend((group..=groups).map(function::first_block).take(BATCH));
            hasher.many(&blocks, |digest| {
                made.extend(function::first_entries(k, group, &digest));
                group = group.wrapping_add(1);
            });
        }
        let none = alloc::vec![(); made.len()];
        let (entries, _, starts) = sort::by_bucket(k, &made, &none);
        Self {
            k,
            table: 1,
            hasher,
            entries,
            partners: Vec::new(),
            starts,
        }
    }

    /// Makes the next table of this one.
    pub(super) fn next(self) -> Self {
        let table = self.table.saturating_add(1);
        let (made, partners) = self.pairs(table);
        let Self { k, hasher, .. } = self;
        drop(self.entries);
        let (entries, partners, starts) = if table < TABLES {
            sort::by_bucket(k, &made, &partners)
        } else {
            (made, partners, Starts::new())
        };
        Self {
            k,
            table,
            hasher,
            entries,
            partners,
            starts,
        }
    }

    /// Makes an entry of `table` of every two of this one that match, by left and then by right partner.
    fn pairs(&self, table: u8) -> (Vec<Entry>, Vec<[u32; 2]>) {
        let mut matcher = Matcher::new();
        // The next table is about as long.
        let mut made = Vec::with_capacity(self.entries.len());
        let mut partners = Vec::with_capacity(self.entries.len());
        let mut blocks = Vec::new();
        for bounds in self.starts.windows(3) {
            let [first, middle, end] = *bounds else { continue };
            let (left, right) = (self.between(first, middle), self.between(middle, end));
            if left.is_empty() || right.is_empty() {
                continue;
            }
            matcher.lay_out(middle, right);
            let begin = partners.len();
            matcher.pairs(first, left, &mut partners);
            let pairs = partners.get(begin..).unwrap_or_default();
            blocks.clear();
            blocks.extend(pairs.iter().map(|pair| {
                let [left, right] = self.both(pair);
                function::next_block(table, &left, &right)
            }));
            let mut pairs = pairs.iter();
            self.hasher.many(&blocks, |digest| {
                let [left, right] = pairs.next().map(|pair| self.both(pair)).unwrap_or_default();
                made.push(function::next_entry(self.k, table, &left, &right, &digest));
            });
        }
        (made, partners)
    }

    fn both(&self, pair: &[u32; 2]) -> [Entry; 2] {
        pair.map(|place| self.entries.get(size(place)).copied().unwrap_or_default())
    }

    fn between(&self, first: u32, end: u32) -> &[Entry] {
        self.entries.get(size(first)..size(end)).unwrap_or_default()
    }

    /// Returns which table it is, 1 to 7.
    #[must_use]
    pub const fn table(&self) -> u8 {
        self.table
    }

    /// Returns the entries, in the order of the table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns where the partners of each entry stand in the table before, left and right. Empty for the first table.
    #[must_use]
    pub fn partners(&self) -> &[[u32; 2]] {
        &self.partners
    }

    /// The inputs, in the order of the first table.
    pub(super) fn inputs(&self) -> impl Iterator<Item = u32> {
        self.entries.iter().map(|entry| {
            let [input, ..] = entry.meta;
            input
        })
    }

    pub(super) fn take_partners(&mut self) -> Vec<[u32; 2]> {
        core::mem::take(&mut self.partners)
    }
}
