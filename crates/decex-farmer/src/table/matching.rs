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
}

impl Matcher {
    pub(super) fn new() -> Self {
        Self {
            columns: [0, 1].map(|parity| (0..C).map(|left| columns(left, parity)).collect()),
            layers: Vec::new(),
            used: 0,
            filled: [0; ROWS],
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

    /// Adds the places of the entries that match one with `left`, in ascending order. The bucket laid out is the one after its.
    pub(super) fn matches(&self, left: u32, found: &mut Vec<u32>) {
        let before = found.len();
        let (bucket, (row, column)) = function::split(left);
        let [even, odd] = &self.columns;
        let columns = if bucket & 1 == 0 { even } else { odd };
        let Some(wanted) = columns.get(size(column)) else {
            return;
        };
        let row = size(row);
        for layer in self.layers.iter().take(self.used) {
            let rows = layer.columns.get(row..).and_then(<[u8]>::first_chunk);
            let Some(rows) = rows.filter(|rows| meets(wanted, rows)) else {
                continue;
            };
            let places = layer.places.get(row..).unwrap_or_default();
            each_meeting(wanted, rows, |way| found.extend(places.get(way)));
        }
        if let Some(found) = found.get_mut(before..).filter(|found| found.len() > 1) {
            found.sort_unstable();
        }
    }
}

impl Layer {
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

/// Hands each place at which the bytes are the same to `each`.
fn each_meeting(a: &[u8; WAYS], b: &[u8; WAYS], mut each: impl FnMut(usize)) {
    let high = ONES.wrapping_mul(0x80);
    let (words, _) = a.as_chunks();
    let (others, _) = b.as_chunks();
    for (word, (a, b)) in words.iter().zip(others).enumerate() {
        let mut same = !differing(*a, *b) & high;
        while same != 0 {
            let byte = size(same.trailing_zeros().wrapping_shr(3));
            each(word.wrapping_mul(8).wrapping_add(byte));
            same &= same.wrapping_sub(1);
        }
    }
}
