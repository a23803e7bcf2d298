//! Join a bucket with the one after it: find every pair that matches (M5).

use alloc::boxed::Box;
use alloc::vec::Vec;
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{BC, C, WAYS, column};

/// Values of a bucket, rounded up: an index below it needs no check.
const VALUES: usize = 1 << 14;
/// Values of a bucket and the rows that follow when rows go round, rounded up.
const ROUND: usize = 1 << 15;

/// For each parity and column, the 64 distances from an entry's row to the values that it matches. Rows go round; columns have gone
/// round already.
#[derive(Debug)]
pub(super) struct Offsets([Vec<[u16; 64]>; 2]);

impl Offsets {
    pub(super) fn new() -> Self {
        let of = |parity| {
            let columns = (0..C).map(|from| {
                let mut row = [0; 64];
                for (offset, m) in row.iter_mut().zip(0..WAYS) {
                    let distance = m.wrapping_mul(C).wrapping_add(column(from, m, parity));
                    *offset = u16::try_from(distance).unwrap_or(u16::MAX);
                }
                row
            });
            columns.collect()
        };
        Self([of(0), of(1)])
    }

    fn of(&self, bucket: u32, column: u32) -> &[u16; 64] {
        let Self([even, odd]) = self;
        let columns = if bucket.is_multiple_of(2) { even } else { odd };
        columns.get(super::place(column)).unwrap_or(&[0; 64])
    }
}

/// The right-hand bucket of a join, by value.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Whether a value occurs: what the inner loop looks at, small enough for the nearest cache.
    here: Box<[u8; ROUND]>,
    /// One more than the place of the first entry with a value.
    places: Box<[u16; VALUES]>,
    /// For each entry, one more than the place of the next one with the same value, or 0.
    same: Vec<u16>,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self {
            here: Box::new([0; ROUND]),
            places: Box::new([0; VALUES]),
            same: Vec::new(),
        }
    }

    /// Notes the entries of the bucket after `left`.
    pub(super) fn fill(&mut self, left: u32, entries: &[Entry]) {
        self.same.clear();
        self.same.resize(entries.len(), 0);
        // From the last to the first, so that equal values are found in their order. Buckets have about 240 entries.
        let last = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        let numbered = (1..=last).rev().zip(entries.iter().rev());
        for ((number, entry), same) in numbered.zip(self.same.iter_mut().rev()) {
            let value = value(entry, left.wrapping_add(1));
            if let Some(place) = self.places.get_mut(value & (VALUES - 1)) {
                *same = core::mem::replace(place, number);
            }
            set(&mut self.here, value, 1);
        }
    }

    /// Forgets the entries of the bucket after `left`.
    pub(super) fn clear(&mut self, left: u32, entries: &[Entry]) {
        for entry in entries {
            let value = value(entry, left.wrapping_add(1));
            if let Some(place) = self.places.get_mut(value & (VALUES - 1)) {
                *place = 0;
            }
            set(&mut self.here, value, 0);
        }
    }

    /// Hands the places of every entry of bucket `left` and one of this that match to `each`.
    pub(super) fn join(
        &self,
        left: u32,
        entries: &[Entry],
        offsets: &Offsets,
        mut each: impl FnMut([u32; 2]),
    ) {
        let mut hits = [0_u16; 64];
        for (place, entry) in (0..).zip(entries) {
            let value = u32::try_from(value(entry, left)).unwrap_or(0);
            let column = value.checked_rem(C).unwrap_or(0);
            let row = super::place(value.saturating_sub(column));
            let mut count = 0_usize;
            // No branch: where two of a hundred are hits, guessing costs more than storing.
            for offset in offsets.of(left, column) {
                if let Some(hit) = hits.get_mut(count & 63) {
                    *hit = *offset;
                }
                let at = row.wrapping_add(usize::from(*offset)) & (ROUND - 1);
                count = count.wrapping_add(self.here.get(at).copied().unwrap_or(0).into());
            }
            for hit in hits.iter().take(count) {
                self.each_at(row.wrapping_add(usize::from(*hit)), |other| each([place, other]));
            }
        }
    }

    /// Hands the place of every entry with `value` to `each`. Rows go round.
    fn each_at(&self, value: usize, mut each: impl FnMut(u32)) {
        let bucket = super::place(BC);
        let value = value.checked_sub(bucket).unwrap_or(value);
        let mut next = self.places.get(value & (VALUES - 1)).copied().unwrap_or(0);
        while let Some(place) = next.checked_sub(1) {
            each(place.into());
            next = self.same.get(usize::from(place)).copied().unwrap_or(0);
        }
    }
}

/// The place of an entry's value in its bucket.
fn value(entry: &Entry, bucket: u32) -> usize {
    super::place(entry.y.wrapping_sub(bucket.wrapping_mul(BC)))
}

/// Sets a value, and the same value when rows have gone round once.
fn set(here: &mut [u8; ROUND], value: usize, to: u8) {
    for at in [value, value.wrapping_add(super::place(BC))] {
        if let Some(cell) = here.get_mut(at & (ROUND - 1)) {
            *cell = to;
        }
    }
}
