//! How many bytes of what a segment has (H1, H8).

use decex_storage_audit::CheckedAuditParams;

/// Bytes of the length before each block.
pub(crate) const PREFIX: u32 = 4;
/// Bytes of the prelude before its table: version, index, hash of the previous header.
const PRELUDE_HEAD: u32 = 1 + 4 + 32;
/// Bytes of the prelude for each source record: a block number and an offset.
const PRELUDE_RECORD: u32 = 8 + 4;

/// The sizes of a segment, in bytes where not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Chunks of a source record.
    pub(crate) record_chunks: usize,
    /// A source record.
    pub(crate) record: usize,
    /// Source records, and as many parity records.
    pub(crate) records: usize,
    /// The prelude. Shorter than the payload for all parameters: 37 + 12 · 2^m < 128 · 2^m.
    pub(crate) prelude: usize,
    /// All source records together: prelude and stream. At most 2^29.
    pub(crate) payload: usize,
}

impl Layout {
    pub(crate) fn new(params: &CheckedAuditParams) -> Self {
        let records = size(params.segment_records());
        let record = size(params.record_bytes());
        Self {
            record_chunks: size(params.record_chunks()),
            record,
            records,
            prelude: size(PRELUDE_RECORD)
                .saturating_mul(records)
                .saturating_add(size(PRELUDE_HEAD)),
            payload: record.saturating_mul(records),
        }
    }

    /// Bytes of the stream in each segment.
    pub(crate) fn stream(&self) -> u64 {
        u64::try_from(self.payload.saturating_sub(self.prelude)).unwrap_or(u64::MAX)
    }

    /// All chunks of a segment, parity included.
    pub(crate) const fn chunks(&self) -> usize {
        self.source_chunks().saturating_mul(2)
    }

    /// All source chunks of a segment.
    pub(crate) const fn source_chunks(&self) -> usize {
        self.record_chunks.saturating_mul(self.records)
    }
}

/// Returns how many bytes of blocks, each with the four bytes of its length, go into each segment.
#[must_use]
pub fn segment_stream_bytes(params: &CheckedAuditParams) -> u64 {
    Layout::new(params).stream()
}

/// A count of this crate as a size of this machine. All are below 2^30, which any machine that archives can address.
pub(crate) fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A place in a segment as one in the stream.
pub(crate) fn position(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
