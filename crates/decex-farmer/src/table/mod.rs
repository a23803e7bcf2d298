//! The tables of a proof of space: what a farmer makes, asks for proofs and throws away.
//!
//! [`Table::new`] makes the seven tables of one seed; [`Table::proof`] answers. Entries of a table stand in order of
//! bucket, those of one bucket in the order in which they are made: by input in the first table, by left and then right
//! partner in the others. The last table is in the order in which it is made. So two provers answer alike.

pub mod cost;
mod level;
mod matching;
mod sort;

pub use level::Level;

use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::space::function::{INPUTS, TABLES, low};
use decex_storage_audit::space::pack;
use decex_storage_audit::{MAX_K, MIN_K};

/// The seven tables of one seed, without the values that only making them takes: 4 bytes for each entry of the first table,
/// 8 for each of the others, 4 for each target.
#[derive(Clone, Debug)]
pub struct Table {
    k: u8,
    /// Inputs in the order of the first table.
    inputs: Vec<u32>,
    /// For tables 2 to 7: where the partners of each entry stand in the table before.
    partners: Vec<Vec<[u32; 2]>>,
    /// For each target the first entry of the last table that has it, or [`NONE`].
    found: Vec<u32>,
}

/// No entry.
const NONE: u32 = u32::MAX;

impl Table {
    /// Makes the tables of `seed`. A `k` out of bounds is taken to the nearest within them: parameters were checked.
    #[must_use]
    pub fn new(k: u8, seed: &Digest) -> Self {
        Self::traced(k, seed, |_| ())
    }

    /// Makes the tables of `seed` and hands each to `each` when it is made.
    #[must_use]
    pub fn traced(k: u8, seed: &Digest, mut each: impl FnMut(&Level)) -> Self {
        let k = k.clamp(MIN_K, MAX_K);
        let mut level = Level::first(k, seed);
        each(&level);
        let inputs = level.inputs().collect();
        let mut partners = Vec::with_capacity(TABLES.into());
        for _ in 2..=TABLES {
            level = level.next();
            each(&level);
            partners.push(level.take_partners());
        }
        Self {
            k,
            inputs,
            partners,
            found: first_of_each_target(k, &level),
        }
    }

    /// Returns the size of the function.
    #[must_use]
    pub const fn k(&self) -> u8 {
        self.k
    }

    /// Returns how many entries each of the seven tables has.
    pub fn entries(&self) -> impl Iterator<Item = usize> {
        core::iter::once(self.inputs.len()).chain(self.partners.iter().map(Vec::len))
    }

    /// Returns whether there is a proof for `target`.
    #[must_use]
    pub fn has_proof(&self, target: u32) -> bool {
        self.entry(target).is_some()
    }

    /// Returns a proof for `target`, 8k bytes: of several, the one whose entry of the last table stands first. `None` if
    /// the tables have none.
    #[must_use]
    pub fn proof(&self, target: u32) -> Option<Vec<u8>> {
        let mut proof = Vec::with_capacity(usize::from(self.k).saturating_mul(8));
        pack(self.k, &self.inputs_of(self.entry(target)?), |byte| {
            proof.push(byte)
        });
        Some(proof)
    }

    /// Hands a proof to `each` for every target below `targets` that has one, in ascending order.
    pub fn proofs(&self, targets: u32, mut each: impl FnMut(u32, &[u8])) {
        let mut proof = Vec::with_capacity(usize::from(self.k).saturating_mul(8));
        for (target, entry) in (0..targets).zip(&self.found) {
            if *entry != NONE {
                proof.clear();
                pack(self.k, &self.inputs_of(*entry), |byte| proof.push(byte));
                each(target, &proof);
            }
        }
    }

    /// Returns the entry of the last table that answers `target`.
    fn entry(&self, target: u32) -> Option<u32> {
        let entry = self.found.get(size(target)).copied();
        entry.filter(|entry| *entry != NONE)
    }

    /// Returns the inputs that an entry of the last table is made of.
    fn inputs_of(&self, entry: u32) -> [u32; INPUTS] {
        let mut row = [0; INPUTS];
        if let Some(first) = row.first_mut() {
            *first = entry;
        }
        let mut length = 1_usize;
        for partners in self.partners.iter().rev() {
            let mut below = [0; INPUTS];
            let (pairs, _) = below.as_chunks_mut::<2>();
            for (pair, place) in pairs.iter_mut().zip(row).take(length) {
                *pair = partners.get(size(place)).copied().unwrap_or_default();
            }
            row = below;
            length = length.wrapping_shl(1);
        }
        row.map(|place| self.inputs.get(size(place)).copied().unwrap_or_default())
    }
}

fn first_of_each_target(k: u8, last: &Level) -> Vec<u32> {
    let mut found = alloc::vec![NONE; size(low(k)).saturating_add(1)];
    for (place, entry) in (0..NONE).zip(last.entries()) {
        if let Some(first) = found.get_mut(size(entry.y)).filter(|first| **first == NONE) {
            *first = place;
        }
    }
    found
}

/// A place as an index. No table has 2^32 entries, on no machine is an index shorter.
fn size(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
