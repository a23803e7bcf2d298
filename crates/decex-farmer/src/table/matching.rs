//! Find all entries of one bucket that match entries of the bucket before.
//!
//! The right bucket is laid out by row: layer `i` has the column of the `i`-th entry of each row. A left entry looks at 64 rows,
//! at one column in each ([`function::column`]): that is one comparison of 64 bytes with 64 bytes per layer, of which there are
//! about seven. Rows go round, so the first ones stand behind the last ones again.

use super::size;
use alloc::vec::Vec;
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{self, B, C};

/// Rows that a left entry looks at.
const WAYS: usize = 64;
/// Rows of a layer: 119, and the first 63 again; rounded up.
const ROWS: usize = 192;
/// No column: there are 127, from 0 on.
const EMPTY: u8 = 127;
/// Columns where no entry is, and none matches.
const NOWHERE: [u8; WAYS] = [0x7e; WAYS];
/// The lowest bit of each of eight bytes; times 0x7f all but the highest; times 0x80 the highest.
const ONES: u64 = 0x0101_0101_0101_0101;

/// One entry of each row of a bucket.
#[derive(Debug)]
struct Layer {
    columns: [u8; ROWS],
    places: [u32; ROWS],
}

const NO_LAYER: Layer = Layer {
    columns: [EMPTY; ROWS],
    places: [0; ROWS],
};

/// A layer that has at least one match for a left entry.
#[derive(Clone, Copy, Debug, Default)]
struct Hit {
    left: u32,
    y: u32,
    layer: u32,
}

/// A right bucket laid out by row, and the tables for looking into it.
#[derive(Debug)]
pub(super) struct Matcher {
    /// For each parity and column of a left entry, the column in each of the 64 rows that it matches.
    columns: [Vec<[u8; WAYS]>; 2],
    layers: Vec<Layer>,
    /// Layers that have an entry of the present bucket.
    used: usize,
    /// Entries in each row.
    filled: [usize; ROWS],
    /// Room for what [`pairs`](Self::pairs) notes.
    hits: Vec<Hit>,
}

impl Matcher {
    pub(super) fn new() -> Self {
        Self {
            columns: [0, 1].map(|parity| (0..C).map(|left| columns(left, parity)).collect()),
            layers: Vec::new(),
            used: 0,
            filled: [0; ROWS],
            hits: Vec::new(),
        }
    }

    /// Lays out the entries of a bucket, of which the first stands at `first` in its table.
    pub(super) fn lay_out(&mut self, first: u32, bucket: &[Entry]) {
        let used = self.layers.iter_mut().take(self.used);
        used.for_each(|layer| layer.columns = [EMPTY; ROWS]);
        (self.used, self.filled) = (0, [0; ROWS]);
        for (place, entry) in (first..).zip(bucket) {
            let (_, (row, column)) = function::split(entry.y);
            let column = u8::try_from(column).unwrap_or(EMPTY);
            let Some(filled) = self.filled.get_mut(size(row)) else {
                continue;
            };
            if *filled == self.layers.len() {
                self.layers.push(NO_LAYER);
            }
            if let Some(layer) = self.layers.get_mut(*filled) {
                layer.set(row, column, place);
                layer.set(row.saturating_add(B), column, place);
            }
            *filled = filled.saturating_add(1);
            self.used = self.used.max(*filled);
        }
    }

    /// Adds every two that match to `pairs`, by left and then by right place. The bucket laid out is the one after `left`,
    /// of which the first entry stands at `first` in its table.
    pub(super) fn pairs(&mut self, first: u32, left: &[Entry], pairs: &mut Vec<[u32; 2]>) {
        // Whether a layer has a match is a toss of a coin that no processor foresees. So layers that do are noted without a
        // branch, and looked at afterwards.
        let most = left.len().saturating_mul(self.used);
        let mut hits = core::mem::take(&mut self.hits);
        if hits.len() < most {
            hits.resize(most, Hit::default());
        }
        let mut count = 0_usize;
        for (place, entry) in (first..).zip(left) {
            let (row, wanted) = self.wanted(entry.y);
            for (layer, other) in (0..).zip(self.layers.iter().take(self.used)) {
                if let Some(hit) = hits.get_mut(count) {
                    *hit = Hit {
                        left: place,
                        y: entry.y,
                        layer,
                    };
                }
                let met = other.rows(row).is_some_and(|rows| meets(wanted, rows));
                count = count.wrapping_add(usize::from(met));
            }
        }
        for hit in hits.iter().take(count) {
            self.look(hit, pairs);
        }
        self.hits = hits;
    }

    /// Adds what a layer has for a left entry.
    fn look(&self, hit: &Hit, pairs: &mut Vec<[u32; 2]>) {
        let Some(layer) = self.layers.get(size(hit.layer)) else {
            return;
        };
        let (row, wanted) = self.wanted(hit.y);
        let Some(rows) = layer.rows(row) else { return };
        let places = layer.places.get(row..).unwrap_or_default();
        let mut same = meeting(wanted, rows);
        while same != 0 {
            if let Some(right) = places.get(size(same.trailing_zeros())) {
                pairs.push([hit.left, *right]);
                settle(pairs);
            }
            same &= same.wrapping_sub(1);
        }
    }

    /// The row of an entry, and the columns that it matches from there on.
    fn wanted(&self, y: u32) -> (usize, &[u8; WAYS]) {
        let (bucket, (row, column)) = function::split(y);
        let [even, odd] = &self.columns;
        let columns = if bucket & 1 == 0 { even } else { odd };
        (size(row), columns.get(size(column)).unwrap_or(&NOWHERE))
    }
}

/// Moves the last pair to where it belongs: the pairs of one left entry come layer by layer.
fn settle(pairs: &mut [[u32; 2]]) {
    let mut end = pairs.len();
    while let Some([.., before, last]) = pairs.get_mut(..end) {
        if before <= last {
            break;
        }
        core::mem::swap(before, last);
        end = end.saturating_sub(1);
    }
}

impl Layer {
    /// The columns in the 64 rows from `row` on.
    fn rows(&self, row: usize) -> Option<&[u8; WAYS]> {
        self.columns.get(row..)?.first_chunk()
    }

    fn set(&mut self, row: u32, column: u8, place: u32) {
        let row = size(row);
        if let (Some(to_column), Some(to_place)) = (self.columns.get_mut(row), self.places.get_mut(row)) {
            (*to_column, *to_place) = (column, place);
        }
    }
}

/// The column in each of the 64 rows from a left entry's on that it matches.
fn columns(left: u32, parity: u32) -> [u8; WAYS] {
    let mut columns = [EMPTY; WAYS];
    (0..).zip(&mut columns).for_each(|(way, column)| {
        *column = u8::try_from(function::column(left, way, parity)).unwrap_or(EMPTY);
    });
    columns
}

/// For each of eight bytes, the highest bit where two words differ. All bytes are below 128.
fn differing(a: [u8; 8], b: [u8; 8]) -> u64 {
    // What differs is at least 1 and at most 127: with 127 it has the highest bit and does not reach the next byte.
    let differs = u64::from_le_bytes(a) ^ u64::from_le_bytes(b);
    differs.wrapping_add(ONES.wrapping_mul(0x7f))
}

/// Whether any byte is the same.
fn meets(a: &[u8; WAYS], b: &[u8; WAYS]) -> bool {
    let high = ONES.wrapping_mul(0x80);
    let (words, _) = a.as_chunks();
    let (others, _) = b.as_chunks();
    let differ = words
        .iter()
        .zip(others)
        .fold(high, |all, (a, b)| all & differing(*a, *b));
    differ != high
}

/// The places at which the bytes are the same, as bits.
fn meeting(a: &[u8; WAYS], b: &[u8; WAYS]) -> u64 {
    let (words, _) = a.as_chunks();
    let (others, _) = b.as_chunks();
    let mut bits = [0; 8];
    for (bits, (a, b)) in bits.iter_mut().zip(words.iter().zip(others)) {
        // The highest bit of byte i, moved to the lowest, times 2^(56 - 7i), is bit 56 + i of the product.
        let same = (!differing(*a, *b) >> 7) & ONES;
        let [.., top] = same.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        *bits = top;
    }
    u64::from_le_bytes(bits)
}
