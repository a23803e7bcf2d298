//! All proofs of a seed, found in the plainest way: every pair of neighbouring buckets is tried.

use decex_storage_audit::decex_core::hash::{BlockHasher, Digest};
use decex_storage_audit::space::function::{self, Entry, TABLES};
use decex_storage_audit::space::pack;
use std::collections::BTreeMap;

/// The proofs of one seed by their target.
#[derive(Debug)]
pub struct Tables(BTreeMap<u32, Vec<Vec<u8>>>);

/// An entry and the inputs that it is made of.
type Made = (Entry, Vec<u32>);

impl Tables {
    pub fn new(k: u8, seed: &Digest) -> Self {
        let hasher = BlockHasher::keyed(seed);
        let mut row: Vec<Made> = (0..1_u32 << k)
            .map(|x| (function::first(k, &hasher, x), vec![x]))
            .collect();
        for table in 2..=TABLES {
            row = above(k, table, &hasher, &row);
        }
        let mut proofs: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
        for (entry, inputs) in row {
            let mut proof = Vec::new();
            pack(k, &inputs.try_into().unwrap(), |byte| proof.push(byte));
            proofs.entry(entry.y).or_default().push(proof);
        }
        Self(proofs)
    }

    /// Every proof for a target.
    pub fn of(&self, target: u32) -> &[Vec<u8>] {
        self.0.get(&target).map_or(&[], Vec::as_slice)
    }

    /// Targets with their proofs.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[Vec<u8>])> {
        self.0.iter().map(|(target, proofs)| (*target, proofs.as_slice()))
    }
}

fn above(k: u8, table: u8, hasher: &BlockHasher, row: &[Made]) -> Vec<Made> {
    let mut buckets: BTreeMap<u32, Vec<&Made>> = BTreeMap::new();
    for made in row {
        buckets.entry(function::split(made.0.y).0).or_default().push(made);
    }
    let mut found = Vec::new();
    for (bucket, lefts) in &buckets {
        let Some(rights) = buckets.get(&(bucket + 1)) else {
            continue;
        };
        for (left, from_left) in lefts.iter().copied() {
            for (right, from_right) in rights.iter().copied() {
                if function::matches(left.y, right.y) {
                    let digest = hasher.one(&function::next_block(table, left, right));
                    let entry = function::next_entry(k, table, left, right, &digest);
                    found.push((entry, [from_left.as_slice(), from_right].concat()));
                }
            }
        }
    }
    found
}
