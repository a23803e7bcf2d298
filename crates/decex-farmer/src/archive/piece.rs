//! What is stored and passed on: a record with the path to its segment's root.

use super::record::RecordCoder;
use alloc::vec::Vec;
use decex_storage_audit::decex_core::codec::{BoundedVec, DecodeError, decode_exact};
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::decex_core::list::{self, InvalidListProof};
use decex_storage_audit::{CheckedAuditParams, Chunk, MAX_RECORD_CHUNKS_LOG2, MAX_SEGMENT_RECORDS_LOG2};
use parity_scale_codec::{Decode, Encode, Error, Input};

/// Most source chunks of a record.
const MAX_CHUNKS: u32 = 1 << MAX_RECORD_CHUNKS_LOG2;
/// Longest path of a record in its segment.
const MAX_PATH: u32 = 1 + MAX_SEGMENT_RECORDS_LOG2 as u32; // widening in a constant
/// Most bytes of any piece.
pub const MAX_PIECE_BYTES: usize = 2_097_445;

/// A record, source or parity, and the path of its root to the root of its segment. At production parameters 1 MiB and 261
/// bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Piece {
    /// The record's source chunks.
    pub record: Vec<Chunk>,
    /// From the record's root to the segment's, bottom first.
    pub path: Vec<Digest>,
}

/// Why a piece is not the one at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPiece {
    /// H5: the record has another number of chunks.
    #[error("a record has {expected} chunks, not {found}")]
    Record {
        /// Chunks of a record.
        expected: u32,
        /// Chunks given.
        found: usize,
    },
    /// H6: the place is not in a segment, or the path has not as many siblings as there are levels.
    #[error("the path to the segment's root: {0}")]
    Path(InvalidListProof),
    /// H7: record and path lead to another root.
    #[error("the piece leads to root {}, not {}", found.0, expected.0)]
    Root {
        /// The segment's.
        expected: ListRoot,
        /// The one led to.
        found: ListRoot,
    },
}

impl InvalidPiece {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Record { .. } => 1,
            Self::Path(_) => 2,
            Self::Root { .. } => 3,
        }
    }
}

impl Decode for Piece {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Ok(Self {
            record: BoundedVec::<Chunk, MAX_CHUNKS>::decode(input)?.into_inner(),
            path: BoundedVec::<Digest, MAX_PATH>::decode(input)?.into_inner(),
        })
    }
}

impl Piece {
    /// Decodes a piece.
    ///
    /// # Errors
    /// When the bytes are too many or not exactly one piece (C1–C3).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, MAX_PIECE_BYTES)
    }

    /// Verifies that this is the piece at `place` of the segment with this root. Costs what extending and hashing a record
    /// costs; see [`verify_with`](Self::verify_with) for many.
    ///
    /// # Errors
    /// The first of H5 to H7 that does not hold.
    pub fn verify(
        &self,
        params: &CheckedAuditParams,
        place: u32,
        segment_root: &ListRoot,
    ) -> Result<(), InvalidPiece> {
        self.verify_with(params, &mut RecordCoder::new(params), place, segment_root)?;
        Ok(())
    }

    /// What [`verify`](Self::verify) does, in the work buffers of `coder`, which is of the same parameters. Returns the root
    /// of the record.
    ///
    /// # Errors
    /// As there.
    pub fn verify_with(
        &self,
        params: &CheckedAuditParams,
        coder: &mut RecordCoder,
        place: u32,
        segment_root: &ListRoot,
    ) -> Result<ListRoot, InvalidPiece> {
        // H5
        let record = coder.root(&self.record).ok_or(InvalidPiece::Record {
            expected: params.record_chunks(),
            found: self.record.len(),
        })?;
        // H6
        let found = list::fold(place, params.segment_pieces(), &record.0, &self.path);
        let found = found.map_err(InvalidPiece::Path)?;
        // H7
        if found == *segment_root {
            Ok(record)
        } else {
            Err(InvalidPiece::Root {
                expected: *segment_root,
                found,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_limit_is_the_types() {
        let largest = Piece {
            record: alloc::vec![[0; 64]; 1 << MAX_RECORD_CHUNKS_LOG2],
            path: alloc::vec![Digest::ZERO; 9],
        };
        assert_eq!(largest.encoded_size(), MAX_PIECE_BYTES);
        assert_eq!(Piece::from_bytes(&largest.encode()), Ok(largest));
    }
}
