//! Check a proof of space, and mask a chunk with it.

use super::function::{self, Entry, INPUTS, TABLES};
use crate::history::Chunk;
use decex_core::hash::{BlockHasher, Digest, Hash};
use decex_core::label;

/// The rule that a proof of space breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpaceProof {
    /// M1: not 64 values of k bits.
    #[error("a proof of space has {expected} bytes, not {found}")]
    Length {
        /// 8k.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// M2: two neighbours make no entry of the next table.
    #[error("pair {pair} makes no entry of table {table}")]
    NoMatch {
        /// The table, from 2 on.
        table: u8,
        /// Which pair, from the left.
        pair: u8,
    },
    /// M3: a proof for another target.
    #[error("the proof is for target {found}, not {expected}")]
    Target {
        /// The target asked for.
        expected: u32,
        /// The proof's.
        found: u32,
    },
}

impl InvalidSpaceProof {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Length { .. } => 1,
            Self::NoMatch { .. } => 2,
            Self::Target { .. } => 3,
        }
    }
}

/// Verifies that `proof` inverts the function of `seed` at `target`. At most 64 + 63 hashes, no allocation.
///
/// # Errors
/// The first of M1 to M3 that does not hold.
pub fn verify(k: u8, seed: &Digest, target: u32, proof: &[u8]) -> Result<(), InvalidSpaceProof> {
    // M1
    let expected = usize::from(k).saturating_mul(8);
    if proof.len() != expected {
        return Err(InvalidSpaceProof::Length {
            expected,
            found: proof.len(),
        });
    }
    let hasher = BlockHasher::keyed(seed);
    let mut row = [Entry::default(); INPUTS];
    row.iter_mut()
        .zip(inputs(k, proof))
        .for_each(|(entry, x)| *entry = function::first(k, &hasher, x));
    let mut length = INPUTS;
    for table in 2..=TABLES {
        length = length.wrapping_shr(1);
        let mut above = [Entry::default(); INPUTS];
        let (pairs, _) = row.as_chunks::<2>();
        for (pair, (made, [left, right])) in (0..).zip(above.iter_mut().zip(pairs).take(length)) {
            // M2: so no value of a proof can be exchanged for its neighbour.
            if !function::matches(left.y, right.y) {
                return Err(InvalidSpaceProof::NoMatch { table, pair });
            }
            let digest = hasher.one(&function::next_block(table, left, right));
            *made = function::next_entry(k, table, left, right, &digest);
        }
        row = above;
    }
    // M3
    let found = row.first().map_or(0, |entry| entry.y);
    if found == target {
        Ok(())
    } else {
        Err(InvalidSpaceProof::Target {
            expected: target,
            found,
        })
    }
}

/// Returns the values of a proof: k bits each, least significant first.
fn inputs(k: u8, proof: &[u8]) -> impl Iterator<Item = u32> {
    let mut bytes = proof.iter();
    let (mut kept, mut bits) = (0_u64, 0_u8);
    (0..INPUTS).map(move |_| {
        while bits < k {
            let next = u64::from(bytes.next().copied().unwrap_or(0));
            kept |= next.wrapping_shl(bits.into());
            bits = bits.saturating_add(8);
        }
        let value = u32::try_from(kept & u64::from(function::low(k))).unwrap_or(0);
        kept = kept.wrapping_shr(k.into());
        bits = bits.saturating_sub(k);
        value
    })
}

/// Packs 64 inputs into a proof: what [`verify`] reads. Hands each byte of the 8k to `each`.
pub fn pack(k: u8, inputs: &[u32; INPUTS], mut each: impl FnMut(u8)) {
    let (mut kept, mut bits) = (0_u64, 0_u8);
    for input in inputs {
        kept |= u64::from(input & function::low(k)).wrapping_shl(bits.into());
        bits = bits.saturating_add(k);
        while bits >= 8 {
            let [byte, ..] = kept.to_le_bytes();
            each(byte);
            kept = kept.wrapping_shr(8);
            bits = bits.saturating_sub(8);
        }
    }
}

/// Returns the chunk under the mask of a proof of space, and takes it off again (M7). Whether the proof holds is not looked at.
#[must_use]
pub fn mask(proof: &[u8], chunk: &Chunk) -> Chunk {
    // M7
    let mut masked = Hash::new(&label::SPACE_MASK).chain(proof).finish_wide();
    masked
        .iter_mut()
        .zip(chunk)
        .for_each(|(byte, plain)| *byte ^= plain);
    masked
}
