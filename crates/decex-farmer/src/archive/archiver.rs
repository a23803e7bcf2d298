//! Blocks in, segments out.

use super::header::{LastBlock, MAX_SEGMENT_INDEX, SegmentHeader, VERSION};
use super::layout::{Layout, PREFIX};
use super::prelude::{Prelude, Start};
use super::segment::{Segment, SegmentCoder};
use alloc::vec;
use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::{CheckedAuditParams, Chunk, HistorySize};

/// Why a block cannot be archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// H13: not the block that is next.
    #[error("block {expected} is next, not {found}")]
    Number {
        /// The next one.
        expected: u64,
        /// The one given.
        found: u64,
    },
    /// H14: a block is longer than its length can say.
    #[error("a block of {found} bytes is over the most, {most}")]
    TooLong {
        /// The longest there is.
        most: u32,
        /// The one given.
        found: usize,
    },
    /// H15: all of the block, or more, is archived already, and history says that something of it is missing.
    #[error("{archived} bytes of a block are archived that has {found}")]
    TooShort {
        /// Bytes archived, with those of the length.
        archived: u64,
        /// Bytes of the block given, with those of the length.
        found: u64,
    },
    /// H16: block numbers or segment indices end here.
    #[error("history is full")]
    Full,
    /// The erasure code refused records of a checked size: a fault of this crate.
    #[error("the erasure code refused")]
    Code,
}

impl ArchiveError {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Number { .. } => 1,
            Self::TooLong { .. } => 2,
            Self::TooShort { .. } => 3,
            Self::Full => 4,
            Self::Code => 5,
        }
    }
}

/// A segment, and what the host keeps of it.
#[derive(Clone, Debug)]
pub struct Archived {
    /// What the host keeps.
    pub header: SegmentHeader,
    /// All its pieces.
    pub segment: Segment,
}

/// Makes segments of blocks. The bytes of a segment depend on parameters, the first block's number and the blocks alone: every
/// machine makes the same, however often it is stopped and [resumed](Self::resume).
///
/// Holds the segment that is being filled, with room for its parity; nothing of blocks that are in finished segments.
#[derive(Debug)]
pub struct Archiver {
    layout: Layout,
    coder: SegmentCoder,
    /// The block that is next; of the first after a resumption, `skip` bytes are archived already.
    next: u64,
    skip: u64,
    open: Open,
}

/// The segment that is being filled.
#[derive(Debug)]
struct Open {
    index: u32,
    previous: Digest,
    chunks: Vec<Chunk>,
    /// Bytes of the payload that are written, the prelude's included.
    filled: usize,
    /// For each source record, the first block that starts in it, and where.
    starts: Vec<Option<(u64, usize)>>,
}

impl Open {
    fn new(layout: &Layout, coder: &SegmentCoder, index: u32, previous: Digest) -> Self {
        Self {
            index,
            previous,
            chunks: coder.blank(),
            filled: layout.prelude,
            starts: vec![None; layout.records],
        }
    }

    /// Notes that a block starts where the next byte goes.
    fn start(&mut self, layout: &Layout, number: u64) {
        let (record, offset) = (
            self.filled.checked_div(layout.record),
            self.filled.checked_rem(layout.record),
        );
        if let (Some(record), Some(offset)) = (record, offset)
            && let Some(start) = self.starts.get_mut(record)
        {
            start.get_or_insert((number, offset));
        }
    }

    /// Writes what fits of `bytes`; returns the rest.
    fn fill<'a>(&mut self, layout: &Layout, bytes: &'a [u8]) -> &'a [u8] {
        let room = self
            .chunks
            .as_flattened_mut()
            .get_mut(self.filled..layout.payload);
        let room = room.unwrap_or_default();
        let fits = room.len().min(bytes.len());
        let (now, rest) = bytes.split_at_checked(fits).unwrap_or((bytes, &[]));
        if let Some(room) = room.get_mut(..fits) {
            room.copy_from_slice(now);
        }
        self.filled = self.filled.saturating_add(fits);
        rest
    }

    /// Returns the prelude of the segment, when `next` is the first block that starts after it.
    fn prelude(&self, mut next: u64) -> Prelude {
        let mut starts: Vec<Start> = Vec::new();
        for start in self.starts.iter().rev() {
            let offset = start.and_then(|(number, offset)| {
                next = number;
                u32::try_from(offset).ok()
            });
            starts.push(Start { number: next, offset });
        }
        starts.reverse();
        Prelude {
            version: VERSION,
            index: self.index,
            previous: self.previous,
            starts,
        }
    }
}

impl Archiver {
    /// Begins a history with block `first_block`.
    #[must_use]
    pub fn new(params: &CheckedAuditParams, first_block: u64) -> Self {
        Self::open(params, 0, Digest::ZERO, first_block, 0)
    }

    /// Goes on after the segment with this header, as an archiver does that was never stopped. The next block is the one that
    /// the header's segment cut, once more and whole, or the one after it if it cut none.
    ///
    /// The header is one that the host has: nothing of it is checked here.
    #[must_use]
    pub fn resume(params: &CheckedAuditParams, after: &SegmentHeader) -> Self {
        let (next, skip) = if after.last.complete {
            (after.last.next(), 0)
        } else {
            (after.last.number, after.last.archived)
        };
        Self::open(params, after.index.saturating_add(1), after.hash(), next, skip)
    }

    fn open(params: &CheckedAuditParams, index: u32, previous: Digest, next: u64, skip: u64) -> Self {
        let layout = Layout::new(params);
        let coder = SegmentCoder::new(params);
        Self {
            open: Open::new(&layout, &coder, index, previous),
            layout,
            coder,
            next,
            skip,
        }
    }

    /// Returns the number of the block that is next.
    #[must_use]
    pub const fn next_block(&self) -> u64 {
        self.next
    }

    /// Returns the length of history so far, in segments that are finished.
    #[must_use]
    pub const fn size(&self) -> HistorySize {
        HistorySize(self.open.index)
    }

    /// Adds the next block. Hands each segment that it fills to `each`, in order: as soon as the last byte is there.
    ///
    /// # Errors
    /// The first of H13 to H16 that does not hold. Then nothing has changed, and nothing was handed out. After
    /// [`ArchiveError::Code`], which is none of them, an archiver makes nothing more.
    pub fn add_block(
        &mut self,
        number: u64,
        block: &[u8],
        mut each: impl FnMut(Archived),
    ) -> Result<(), ArchiveError> {
        let (prefix, mut left) = self.check_block(number, block)?;
        if self.skip == 0 {
            self.open.start(&self.layout, number);
        }
        // H1: the length, then the block; without what was archived before a resumption.
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let head = prefix.get(skip.min(prefix.len())..).unwrap_or_default();
        let body = block.get(skip.saturating_sub(prefix.len())..).unwrap_or_default();
        let mut last = LastBlock {
            number,
            archived: self.skip,
            complete: false,
        };
        for mut bytes in [head, body] {
            while !bytes.is_empty() {
                let rest = self.open.fill(&self.layout, bytes);
                let written = bytes.len().saturating_sub(rest.len());
                let written = u64::try_from(written).unwrap_or(u64::MAX);
                last.archived = last.archived.saturating_add(written);
                left = left.saturating_sub(written);
                last.complete = left == 0;
                bytes = rest;
                if self.open.filled >= self.layout.payload {
                    each(self.close(last)?);
                }
            }
        }
        self.next = last.next();
        self.skip = 0;
        Ok(())
    }

    /// Checks that the block is the next one and that there is room for it. Returns its length as it is written, and how many
    /// bytes of both are not archived yet.
    fn check_block(&self, number: u64, block: &[u8]) -> Result<([u8; 4], u64), ArchiveError> {
        // H13
        if number != self.next {
            return Err(ArchiveError::Number {
                expected: self.next,
                found: number,
            });
        }
        let length = check_length(block.len())?;
        // H15
        let whole = u64::from(length).saturating_add(PREFIX.into());
        let left = whole.checked_sub(self.skip).filter(|left| *left > 0);
        let left = left.ok_or(ArchiveError::TooShort {
            archived: self.skip,
            found: whole,
        })?;
        // H16: `next` has no successor, or a segment that this block fills would have too high an index.
        let written = u64::try_from(self.open.filled.saturating_sub(self.layout.prelude)).unwrap_or(u64::MAX);
        let filled = written.saturating_add(left).checked_div(self.layout.stream());
        let segments = u64::from(self.open.index).saturating_add(filled.unwrap_or(u64::MAX));
        if number == u64::MAX || segments > u64::from(MAX_SEGMENT_INDEX).saturating_add(1) {
            return Err(ArchiveError::Full);
        }
        Ok((length.to_le_bytes(), left))
    }

    /// Finishes the segment, which ends with `last`, and opens the next one.
    fn close(&mut self, last: LastBlock) -> Result<Archived, ArchiveError> {
        let index = self.open.index;
        let previous = self.open.previous;
        let prelude = self.open.prelude(last.next());
        let mut chunks = core::mem::take(&mut self.open.chunks);
        let mut room = chunks.as_flattened_mut().iter_mut();
        prelude.write(|field| room.by_ref().zip(field).for_each(|(byte, value)| *byte = *value));
        let segment = Segment::complete(&self.layout, &mut self.coder, chunks, &[]);
        let segment = segment.ok_or(ArchiveError::Code)?;
        let header = SegmentHeader {
            version: VERSION,
            index,
            root: segment.root(),
            previous,
            last,
        };
        self.open = Open::new(&self.layout, &self.coder, index.saturating_add(1), header.hash());
        Ok(Archived { header, segment })
    }
}

/// H14: the length of a block is a 32-bit number.
fn check_length(length: usize) -> Result<u32, ArchiveError> {
    u32::try_from(length).map_err(|_| ArchiveError::TooLong {
        most: u32::MAX,
        found: length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::layout::size;

    #[test]
    fn h14_accepts_every_length_of_32_bits_and_refuses_the_next() {
        let most = size(u32::MAX);
        assert_eq!(check_length(0), Ok(0));
        assert_eq!(check_length(most), Ok(u32::MAX));
        let refused = ArchiveError::TooLong {
            most: u32::MAX,
            found: most + 1,
        };
        assert_eq!(check_length(most + 1), Err(refused));
    }
}
