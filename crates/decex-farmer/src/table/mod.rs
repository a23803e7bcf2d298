//! The tables of the proof of space.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::hash::{BlockHasher, Digest};
use decex_storage_audit::space::function::{self, BC, Entry, TABLES};
use decex_storage_audit::space::pack;

/// The seven tables of one seed.
#[derive(Debug)]
pub struct Table {
    k: u8,
    proofs: BTreeMap<u32, [u32; 64]>,
}

impl Table {
    /// Makes the tables.
    #[must_use]
    pub fn new(k: u8, seed: &Digest) -> Self {
        let hasher = BlockHasher::keyed(seed);
        let mut row: Vec<(Entry, Vec<u32>)> = Vec::new();
        for x in 0..1_u32.wrapping_shl(k.into()) {
            row.push((function::first(k, &hasher, x), Vec::from([x])));
        }
        for table in 2..=TABLES {
            let mut buckets: BTreeMap<u32, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
            for (at, (entry, _)) in row.iter().enumerate() {
                let bucket = buckets.entry(function::split(entry.y).0).or_default();
                bucket.entry(entry.y).or_default().push(at);
            }
            let mut above = Vec::new();
            for (bucket, lefts) in &buckets {
                let Some(rights) = buckets.get(&bucket.wrapping_add(1)) else {
                    continue;
                };
                let first = bucket.wrapping_add(1).wrapping_mul(BC);
                for (y, left_at) in lefts {
                    let (_, (row_of, column)) = function::split(*y);
                    for m in 0..64 {
                        let to = row_of.wrapping_add(m).checked_rem(function::B).unwrap_or(0);
                        let target = first
                            .wrapping_add(to.wrapping_mul(function::C))
                            .wrapping_add(function::column(column, m, bucket & 1));
                        let Some(right_at) = rights.get(&target) else {
                            continue;
                        };
                        for l in left_at {
                            for r in right_at {
                                let (Some((left, xs)), Some((right, ys))) = (row.get(*l), row.get(*r)) else {
                                    continue;
                                };
                                let digest = hasher.one(&function::next_block(table, left, right));
                                let mut inputs = xs.clone();
                                inputs.extend_from_slice(ys);
                                above.push((function::next_entry(k, table, left, right, &digest), inputs));
                            }
                        }
                    }
                }
            }
            row = above;
        }
        let mut proofs = BTreeMap::new();
        for (entry, inputs) in row {
            if let Ok(inputs) = <[u32; 64]>::try_from(inputs) {
                proofs.entry(entry.y).or_insert(inputs);
            }
        }
        Self { k, proofs }
    }

    /// Returns the first proof for a target.
    #[must_use]
    pub fn proof(&self, target: u32) -> Option<Vec<u8>> {
        let inputs = self.proofs.get(&target)?;
        let mut proof = Vec::new();
        pack(self.k, inputs, |byte| proof.push(byte));
        Some(proof)
    }
}
