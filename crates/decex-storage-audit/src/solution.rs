//! What a farmer shows to have won a slot.

use crate::history::{Chunk, HistorySize};
use crate::params::{MAX_K, MAX_RECORD_CHUNKS_LOG2, MAX_SEGMENT_RECORDS_LOG2};
use crate::sector::{FarmerId, PieceOffset, Sector};
use decex_core::codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
use decex_core::hash::Digest;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Longest path of a chunk in its record.
const MAX_CHUNK_PATH: u32 = 1 + MAX_RECORD_CHUNKS_LOG2 as u32; // widening in a constant
/// Longest path of a record in its segment.
const MAX_RECORD_PATH: u32 = 1 + MAX_SEGMENT_RECORDS_LOG2 as u32; // widening in a constant
/// Longest proof of space.
const MAX_PROOF: u32 = 8 * MAX_K as u32; // widening in a constant

/// Most bytes of any solution.
pub const MAX_SOLUTION_BYTES: usize = 1_113;

/// What a farmer shows to have won a slot: about 1 KiB at production parameters.
///
/// Everything else follows: the sector's pieces from its name, the place in the record from slot and sector, the root that
/// the paths must lead to from the host's history.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Solution {
    /// The sector that won.
    pub sector: Sector,
    /// Which of its pieces.
    pub offset: PieceOffset,
    /// The chunk of history, not masked.
    pub chunk: Chunk,
    /// From the chunk to the root of its record, bottom first.
    pub chunk_path: BoundedVec<Digest, MAX_CHUNK_PATH>,
    /// From the record's root to the root of its segment, bottom first.
    pub record_path: BoundedVec<Digest, MAX_RECORD_PATH>,
    /// The proof of space that the chunk is masked with.
    pub proof: BoundedBytes<MAX_PROOF>,
}

impl Solution {
    /// Decodes a solution.
    ///
    /// # Errors
    /// When the bytes are too many or not exactly one solution (C1–C3).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, MAX_SOLUTION_BYTES)
    }

    /// Returns who claims to have won.
    #[must_use]
    pub const fn farmer(&self) -> FarmerId {
        self.sector.farmer
    }

    /// Returns the length of history that the sector was plotted from.
    #[must_use]
    pub const fn history(&self) -> HistorySize {
        self.sector.history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_limit_is_the_types() {
        assert_eq!(Solution::max_encoded_len(), MAX_SOLUTION_BYTES);
    }
}
