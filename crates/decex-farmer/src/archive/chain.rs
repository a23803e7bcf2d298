//! Headers of which each follows the one before.

use super::header::{InvalidHeader, SegmentHeader, check_header};
use super::layout::size;
use alloc::vec::Vec;
use decex_storage_audit::{CheckedAuditParams, HistorySize};

/// All headers of a history, each checked against the one before: what a [`Reader`](super::Reader) finds blocks by.
#[derive(Clone, Debug)]
pub struct HeaderChain {
    params: CheckedAuditParams,
    first_block: u64,
    headers: Vec<SegmentHeader>,
}

impl HeaderChain {
    /// Returns the empty history that begins with block `first_block`.
    #[must_use]
    pub const fn new(params: CheckedAuditParams, first_block: u64) -> Self {
        Self {
            params,
            first_block,
            headers: Vec::new(),
        }
    }

    /// Adds the next header.
    ///
    /// # Errors
    /// The first of H9 to H12 that does not hold. Then nothing has changed.
    pub fn push(&mut self, header: SegmentHeader) -> Result<(), InvalidHeader> {
        check_header(&self.params, self.first_block, self.headers.last(), &header)?;
        self.headers.push(header);
        Ok(())
    }

    /// Returns the headers, in order.
    #[must_use]
    pub fn headers(&self) -> &[SegmentHeader] {
        &self.headers
    }

    /// Returns the length of history.
    #[must_use]
    pub fn size(&self) -> HistorySize {
        HistorySize(u32::try_from(self.headers.len()).unwrap_or(u32::MAX))
    }

    /// Returns the parameters.
    #[must_use]
    pub const fn params(&self) -> &CheckedAuditParams {
        &self.params
    }

    /// Returns the header of a segment.
    pub(crate) fn header(&self, segment: u32) -> Option<&SegmentHeader> {
        self.headers.get(size(segment))
    }

    /// Returns the first block that starts in a segment or after it, as the headers before it have it.
    pub(crate) fn next_at(&self, segment: u32) -> u64 {
        let before = segment.checked_sub(1).and_then(|before| self.header(before));
        before.map_or(self.first_block, |before| before.last.next())
    }

    /// Returns the header of the segment that a block starts in; `None` if it starts in none.
    pub(crate) fn start_of(&self, block: u64) -> Option<&SegmentHeader> {
        let segment = self.headers.partition_point(|header| header.last.number < block);
        let found = self.headers.get(segment)?;
        // Blocks before the first are not archived.
        (block >= self.first_block).then_some(found)
    }

    /// Returns how many segments end with this block or an earlier one.
    pub(crate) fn ended_by(&self, block: u64) -> u32 {
        let count = self.headers.partition_point(|header| header.last.number <= block);
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}
