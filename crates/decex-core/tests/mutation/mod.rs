//! Witnesses taken apart, changed and put together again. Shared by the tests and the long run of the benchmarks.
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

use decex_core::hash::{Digest, digest};
use decex_core::label;
use decex_core::state::{
    Changes, CompactTree, InvalidWitness, MemoryTree, ProvableTree, ReadError, StateCommitment, StateKey,
    StateTree, Value,
};
use parity_scale_codec::{Compact, Decode, Encode};
use std::collections::BTreeSet;

/// A witness, section by section.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    pub keys: Vec<[u8; 32]>,
    pub present: Vec<bool>,
    pub values: Vec<Vec<u8>>,
    pub shape: Vec<bool>,
    pub digests: Vec<[u8; 32]>,
}

fn bits(bytes: &[u8]) -> Vec<bool> {
    bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |i| byte >> (7 - i) & 1 == 1))
        .collect()
}

fn bytes(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|bits| {
            bits.iter()
                .zip(0..)
                .fold(0, |byte, (bit, i)| byte | u8::from(*bit) << (7 - i))
        })
        .collect()
}

impl Parts {
    /// Takes a valid witness apart. The shape keeps its unused bits.
    pub fn of(witness: &[u8]) -> Self {
        let mut rest = witness;
        let count = Compact::<u32>::decode(&mut rest).unwrap().0 as usize;
        let keys = rest[..count * 32]
            .chunks(32)
            .map(|key| key.try_into().unwrap())
            .collect();
        rest = &rest[count * 32..];
        let mut present = bits(&rest[..count.div_ceil(8)]);
        present.truncate(count);
        rest = &rest[count.div_ceil(8)..];
        let values = present
            .iter()
            .filter(|present| **present)
            .map(|_| Vec::decode(&mut rest).unwrap())
            .collect();
        let shape = bits(&Vec::decode(&mut rest).unwrap());
        let digests = rest.chunks(32).map(|digest| digest.try_into().unwrap()).collect();
        Self {
            keys,
            present,
            values,
            shape,
            digests,
        }
    }

    /// Puts the witness together.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Compact(self.keys.len() as u32).encode();
        self.keys.iter().for_each(|key| out.extend(key));
        out.extend(bytes(&self.present));
        self.values.iter().for_each(|value| value.encode_to(&mut out));
        bytes(&self.shape).encode_to(&mut out);
        self.digests.iter().for_each(|digest| out.extend(digest));
        out
    }
}

/// Small, fast, good enough to pick mutations with (SplitMix64).
#[derive(Clone, Debug)]
pub struct Picker(pub u64);

impl Picker {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`, 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            (self.next() % end as u64) as usize
        }
    }
}

/// What became of the mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Opened, and were the honest witness of their claims (the mutation changed nothing or swapped it for another).
    pub honest: u64,
    /// Refused as malformed.
    pub malformed: u64,
    /// Refused for their root.
    pub other_root: u64,
    /// Opened with other bytes than the honest witness of the same claims.
    pub second_encodings: u64,
    /// Opened, and answered or updated otherwise than the full state.
    pub false_statements: u64,
}

fn key(picker: &mut Picker) -> StateKey {
    let mut key = digest(&label::TRACE, &(picker.next() % 400).to_le_bytes()).0;
    // Some share long prefixes, so that paths are deep and neighbours close.
    let shared = [0, 0, 1, 4, 31][picker.below(5)];
    key[..shared].fill(0x5a);
    StateKey(Digest(key))
}

fn value(picker: &mut Picker) -> Value {
    let length = [0, 1, 32, 100][picker.below(4)];
    (0..length).map(|_| picker.next() as u8).collect()
}

fn mutate_parts(witness: &[u8], picker: &mut Picker) -> Vec<u8> {
    let mut parts = Parts::of(witness);
    let claim = picker.below(parts.keys.len());
    let place = picker.below(parts.digests.len());
    let shown = |parts: &Parts| parts.present[..claim].iter().filter(|present| **present).count();
    match picker.below(12) {
        0 if parts.present[claim] => {
            // Present becomes absent.
            parts.values.remove(shown(&parts));
            parts.present[claim] = false;
        }
        1 if !parts.present[claim] => {
            parts.values.insert(shown(&parts), value(picker).to_vec());
            parts.present[claim] = true;
        }
        2 => {
            // The claim goes, its value with it.
            if parts.present[claim] {
                parts.values.remove(shown(&parts));
            }
            parts.keys.remove(claim);
            parts.present.remove(claim);
        }
        3 => {
            let bit = picker.below(parts.shape.len());
            parts.shape[bit] ^= true;
        }
        4 => _ = parts.shape.remove(picker.below(parts.shape.len())),
        5 => parts
            .shape
            .insert(picker.below(parts.shape.len()), picker.next() & 1 == 1),
        6 if !parts.digests.is_empty() => _ = parts.digests.remove(place),
        7 => parts
            .digests
            .insert(place, digest(&label::TRACE, &picker.next().to_le_bytes()).0),
        8 => parts.digests.insert(place, parts.keys[claim]),
        9 if !parts.digests.is_empty() => parts.digests[place][0] ^= 0x80,
        10 if !parts.digests.is_empty() => {
            let other = picker.below(parts.digests.len());
            parts.digests.swap(place, other);
        }
        11 => {
            // Another key asks for the same place.
            let byte = picker.below(32);
            parts.keys[claim][byte] ^= 1 << picker.below(8);
        }
        _ => {
            let value = picker.below(parts.values.len());
            if let Some(value) = parts.values.get_mut(value) {
                value.push(picker.next() as u8);
            }
        }
    }
    parts.encode()
}

fn mutate_bytes(witness: &[u8], other: &[u8], picker: &mut Picker) -> Vec<u8> {
    let mut out = witness.to_vec();
    let (from, to) = (picker.below(out.len()), picker.below(out.len()));
    let length = 1 + picker.below(40);
    match picker.below(8) {
        0 => out[from] ^= 1 << picker.below(8),
        1 => out[from] = picker.next() as u8,
        2 => out.truncate(from),
        3 => out.extend((0..length).map(|_| picker.next() as u8)),
        4 => drop(out.drain(from..out.len().min(from + length))),
        5 => out.insert(from, picker.next() as u8),
        6 => {
            let source = witness[from..witness.len().min(from + 32)].to_vec();
            let end = out.len().min(to + source.len());
            out.splice(to..end, source);
        }
        _ => out = [&witness[..from], &other[other.len().min(to)..]].concat(),
    }
    out
}

/// Opens `count` mutated witnesses of one tree and compares every answer with the full state.
pub fn run(count: u64, seed: u64) -> Outcome {
    let picker = &mut Picker(seed);
    let mut full = MemoryTree::new();
    full.update(&(0..200).map(|_| (key(picker), Some(value(picker)))).collect())
        .unwrap();
    let root = full.root();
    let pool: Vec<StateKey> = full
        .iter()
        .map(|(key, _)| key)
        .chain((0..100).map(|_| key(picker)))
        .collect();
    let witnesses: Vec<Vec<u8>> = (0..64)
        .map(|_| {
            (0..=picker.below(6))
                .map(|_| pool[picker.below(pool.len())])
                .collect::<BTreeSet<_>>()
        })
        .map(|keys| full.prove(&keys).unwrap())
        .collect();
    let mut outcome = Outcome::default();
    for _ in 0..count {
        let (witness, other) = (&witnesses[picker.below(64)], &witnesses[picker.below(64)]);
        let mutant = match picker.below(4) {
            0 => mutate_bytes(witness, other, picker),
            1 => mutate_bytes(&mutate_parts(witness, picker), other, picker),
            _ => mutate_parts(witness, picker),
        };
        match CompactTree.open(&root, &mutant) {
            Err(InvalidWitness::Root) => outcome.other_root += 1,
            Err(InvalidWitness::TooLong | InvalidWitness::Malformed) => outcome.malformed += 1,
            Ok(opened) => judge(opened, &mutant, &full, &pool, picker, &mut outcome),
        }
    }
    outcome
}

fn judge(
    mut opened: Box<dyn StateTree>,
    mutant: &[u8],
    full: &MemoryTree,
    pool: &[StateKey],
    picker: &mut Picker,
    outcome: &mut Outcome,
) {
    let claimed: BTreeSet<StateKey> = Parts::of(mutant)
        .keys
        .into_iter()
        .map(|key| StateKey(Digest(key)))
        .collect();
    let mut right = claimed.iter().all(|key| opened.get(key) == full.get(key));
    right &= pool
        .iter()
        .filter(|key| !claimed.contains(key))
        .all(|key| opened.get(key) == Err(ReadError::IncompleteWitness));
    let changes: Changes = claimed
        .iter()
        .map(|key| (*key, (picker.next() & 1 == 0).then(|| value(picker))))
        .collect();
    right &= opened.update(&changes) == full.clone().update(&changes);
    if !right {
        outcome.false_statements += 1;
    } else if full.prove(&claimed).unwrap() != mutant {
        outcome.second_encodings += 1;
    } else {
        outcome.honest += 1;
    }
}
