//! The tables of the proof of space: slow to make, and thrown away when the proofs have been taken.
//!
//! What an entry is and when two match stands in [`function`](decex_storage_audit::space::function), for prover and verifier alike. Here
//! is only the search: entries stand in buckets of neighbouring values, every bucket is joined with the next one, and each
//! entry that comes of it remembers the two that it was made of.

mod bucket;
mod build;

use alloc::vec::Vec;
use build::{advance, first};
use decex_core::hash::{BlockHasher, Digest};
use decex_storage_audit::space;
use decex_storage_audit::space::function::{INPUTS, TABLES};

/// The seven tables of one seed, as far as proofs need them.
///
/// Memory at k = 20: about 100 MB while they are made, 50 MB afterwards; both double with each step of k.
#[derive(Clone, Debug)]
pub struct Table {
    k: u8,
    /// The inputs, in the order of the first table.
    inputs: Vec<u32>,
    /// For tables 2 to 6, the places of the two entries of the table before that each entry was made of.
    parents: Vec<Vec<[u32; 2]>>,
    /// For table 7: value and parents, ascending by value; equal values in the order in which they were found.
    last: Vec<(u32, [u32; 2])>,
}

impl Table {
    /// Makes the tables of `seed` with proofs for every target, 0 to 2^k - 1.
    #[must_use]
    pub fn new(k: u8, seed: &Digest) -> Self {
        Self::below(k, seed, u32::MAX)
    }

    /// Makes the tables of `seed` with proofs for the targets below `targets` alone: the same proofs, a little faster.
    #[must_use]
    pub fn below(k: u8, seed: &Digest, targets: u32) -> Self {
        let hasher = BlockHasher::keyed(seed);
        let mut made = Vec::new();
        let mut row = first(k, &hasher, &mut made);
        let inputs = row.inputs();
        let mut parents = Vec::new();
        for table in 2..TABLES {
            advance(k, table, &hasher, &row, &mut made, |_| true);
            row.refill(&made);
            parents.push(row.take_parents());
        }
        advance(k, TABLES, &hasher, &row, &mut made, |entry| entry.y < targets);
        let mut last: Vec<(u32, [u32; 2])> = made.iter().map(|made| (made.entry.y, made.parents)).collect();
        last.sort_by_key(|(value, _)| *value);
        Self {
            k,
            inputs,
            parents,
            last,
        }
    }

    /// Returns the proof for `target`, 8k bytes, or `None` if there is none. Of several always the same.
    #[must_use]
    pub fn proof(&self, target: u32) -> Option<Vec<u8>> {
        let at = self.last.partition_point(|(value, _)| *value < target);
        let (_, parents) = self.last.get(at).filter(|(value, _)| *value == target)?;
        let inputs = self.inputs(parents)?;
        let mut proof = Vec::with_capacity(usize::from(self.k).saturating_mul(8));
        space::pack(self.k, &inputs, |byte| proof.push(byte));
        Some(proof)
    }

    /// Returns the 64 inputs that an entry of the last table was made of.
    fn inputs(&self, parents: &[u32; 2]) -> Option<[u32; INPUTS]> {
        let mut row = Vec::with_capacity(INPUTS);
        row.extend_from_slice(parents);
        for table in self.parents.iter().rev() {
            let above = row.iter().map(|entry| table.get(place(*entry)).copied());
            row = above.collect::<Option<Vec<_>>>()?.into_flattened();
        }
        let inputs = row.iter().map(|entry| self.inputs.get(place(*entry)).copied());
        inputs.collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    /// Returns the number of entries of each table, the last as far as it was kept.
    #[must_use]
    pub fn lengths(&self) -> [usize; 7] {
        let mut lengths = [self.last.len(); 7];
        let rows = core::iter::once(self.inputs.len()).chain(self.parents.iter().map(Vec::len));
        lengths
            .iter_mut()
            .zip(rows)
            .for_each(|(length, row)| *length = row);
        lengths
    }
}

/// The place that a stored number names.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
