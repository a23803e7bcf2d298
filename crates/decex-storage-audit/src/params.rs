//! The parameters of a storage audit, checked as a set.
//!
//! They are values: a host chooses them once, the code is the same for all of them.

use core::num::NonZeroU16;
use core::ops::Deref;

/// Smallest size of a proof-of-space function. Below it tables lose so many entries at their edges that too few chunks of a
/// record find a proof (spec/space.md).
pub const MIN_K: u8 = 15;
/// Largest size of a proof-of-space function: tables of 2^24 entries take gigabytes to make.
pub const MAX_K: u8 = 24;
/// Most chunks in a record, as a power of two: with parity, 2^16 places.
pub const MAX_RECORD_CHUNKS_LOG2: u8 = 15;
/// Most source records in a segment, as a power of two: with parity, 512 pieces.
pub const MAX_SEGMENT_RECORDS_LOG2: u8 = 8;

/// What a host chooses when it takes up the storage audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditParams {
    /// Size of the proof-of-space function: its tables have about 2^k entries, a proof has 8k bytes.
    pub k: u8,
    /// Source chunks of a record, as a power of two. A record has 2^this chunks of 64 bytes, and as many parity chunks.
    pub record_chunks_log2: u8,
    /// Source records of a segment, as a power of two. A segment has 2^this records, and as many parity records.
    pub segment_records_log2: u8,
    /// Pieces of a sector.
    pub sector_pieces: u16,
    /// The newest segments, of which every tenth piece of a sector is while history is more than ten times as long.
    pub recent_segments: u16,
    /// Segments by which history grows before a sector can expire.
    pub min_lifetime: u16,
}

impl AuditParams {
    /// What the deployed system of this kind uses, as near as the constructions are: 1 MiB records, 128 MiB segments,
    /// sectors of 1,000 pieces, k = 20.
    pub const PRODUCTION: Self = Self {
        k: 20,
        record_chunks_log2: 14,
        segment_records_log2: 7,
        sector_pieces: 1000,
        recent_segments: 5,
        min_lifetime: 4,
    };

    /// Small enough to plot in a moment: 16 KiB records, 64 KiB segments, sectors of 8 pieces, k = 17. What it takes to
    /// recompute such a sector on demand is small too: for tests and demonstrations alone.
    pub const SMALL: Self = Self {
        k: 17,
        record_chunks_log2: 8,
        segment_records_log2: 2,
        sector_pieces: 8,
        recent_segments: 2,
        min_lifetime: 2,
    };

    /// Checks the set.
    ///
    /// # Errors
    /// The first bound that does not hold (A1).
    pub const fn check(self) -> Result<CheckedAuditParams, InvalidAuditParams> {
        // A1: every size is one that the formats and the arithmetic were made for.
        if self.k < MIN_K || self.k > MAX_K {
            return Err(InvalidAuditParams::K { found: self.k });
        }
        if self.record_chunks_log2 == 0 || self.record_chunks_log2 > MAX_RECORD_CHUNKS_LOG2 {
            return Err(InvalidAuditParams::RecordChunks {
                found: self.record_chunks_log2,
            });
        }
        if self.record_chunks_log2 >= self.k {
            return Err(InvalidAuditParams::Places {
                chunks: self.record_chunks_log2,
                k: self.k,
            });
        }
        if self.segment_records_log2 == 0 || self.segment_records_log2 > MAX_SEGMENT_RECORDS_LOG2 {
            return Err(InvalidAuditParams::SegmentRecords {
                found: self.segment_records_log2,
            });
        }
        let (Some(sector_pieces), Some(recent_segments), Some(min_lifetime)) = (
            NonZeroU16::new(self.sector_pieces),
            NonZeroU16::new(self.recent_segments),
            NonZeroU16::new(self.min_lifetime),
        ) else {
            return Err(InvalidAuditParams::Zero);
        };
        Ok(CheckedAuditParams {
            params: self,
            sector_pieces,
            recent_segments,
            min_lifetime,
        })
    }
}

/// Parameters that passed [`AuditParams::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedAuditParams {
    params: AuditParams,
    sector_pieces: NonZeroU16,
    recent_segments: NonZeroU16,
    min_lifetime: NonZeroU16,
}

impl Deref for CheckedAuditParams {
    type Target = AuditParams;
    fn deref(&self) -> &AuditParams {
        &self.params
    }
}

impl CheckedAuditParams {
    /// Source chunks of a record.
    #[must_use]
    pub const fn record_chunks(&self) -> u32 {
        1 << self.params.record_chunks_log2
    }

    /// Chunks of a record with parity: the places that an audit chooses from.
    #[must_use]
    pub const fn places(&self) -> u32 {
        2 << self.params.record_chunks_log2
    }

    /// Bytes of a record, which are those of a piece's content.
    #[must_use]
    pub const fn record_bytes(&self) -> u32 {
        64 << self.params.record_chunks_log2
    }

    /// Source records of a segment.
    #[must_use]
    pub const fn segment_records(&self) -> u32 {
        1 << self.params.segment_records_log2
    }

    /// Pieces of a segment: source records first, then parity.
    #[must_use]
    pub const fn segment_pieces(&self) -> u32 {
        2 << self.params.segment_records_log2
    }

    /// Bytes of a segment before extension; at most 2^29.
    #[must_use]
    pub const fn segment_bytes(&self) -> u32 {
        self.record_bytes() << self.params.segment_records_log2
    }

    /// Bytes of a proof of space.
    #[must_use]
    pub const fn proof_bytes(&self) -> u32 {
        space_proof_bytes(self.params.k)
    }

    pub(crate) const fn recent(&self) -> NonZeroU16 {
        self.recent_segments
    }

    pub(crate) const fn lifetime(&self) -> NonZeroU16 {
        self.min_lifetime
    }

    /// Pieces of a sector.
    #[must_use]
    pub const fn pieces(&self) -> NonZeroU16 {
        self.sector_pieces
    }
}

/// Sixty-four values of k bits.
const fn space_proof_bytes(k: u8) -> u32 {
    8_u32.saturating_mul(k as u32) // widening in a constant
}

/// The bound that a set of parameters breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuditParams {
    /// A1: k is out of range.
    #[error("k = {found} is not within {MIN_K}..={MAX_K}")]
    K {
        /// The one given.
        found: u8,
    },
    /// A1: the chunks of a record are out of range.
    #[error("2^{found} chunks in a record are not within 2^1..=2^{MAX_RECORD_CHUNKS_LOG2}")]
    RecordChunks {
        /// The power of two given.
        found: u8,
    },
    /// A1: more places in a record than the proof-of-space function has targets.
    #[error("2^({chunks}+1) places need more than the 2^{k} targets of the proof of space")]
    Places {
        /// Chunks of a record, as a power of two.
        chunks: u8,
        /// Size of the function.
        k: u8,
    },
    /// A1: the records of a segment are out of range.
    #[error("2^{found} records in a segment are not within 2^1..=2^{MAX_SEGMENT_RECORDS_LOG2}")]
    SegmentRecords {
        /// The power of two given.
        found: u8,
    },
    /// A1: a count is zero.
    #[error("pieces of a sector, recent segments and least lifetime are at least 1")]
    Zero,
}

impl InvalidAuditParams {
    /// Returns the stable code of this error: its rule's number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::K { .. }
            | Self::RecordChunks { .. }
            | Self::Places { .. }
            | Self::SegmentRecords { .. }
            | Self::Zero => 1,
        }
    }
}
