//! The first bytes of each segment: which one it is, and where blocks start in it (H8).

use super::header::SegmentHeader;
use super::layout::{Layout, size};
use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::Digest;

/// Stands where no block starts in a record. Records are far shorter.
const NONE: u32 = u32::MAX;

/// Where blocks start in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// The first block that starts in this record or after it.
    pub(crate) number: u64,
    /// Where in this record it starts, in bytes; `None` if it starts after it.
    pub(crate) offset: Option<u32>,
}

/// The prelude of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prelude {
    pub(crate) version: u8,
    pub(crate) index: u32,
    pub(crate) previous: Digest,
    /// One for each source record.
    pub(crate) starts: Vec<Start>,
}

/// H21: why the prelude of a segment is not the one that its header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrelude {
    /// H21: version, index or hash of the previous header are not the header's.
    #[error("the prelude is one of segment {found}, not of segment {expected} and its chain")]
    Header {
        /// The header's index.
        expected: u32,
        /// The prelude's; the same if another field differs.
        found: u32,
    },
    /// H21: blocks start in another order or number than the headers say, or outside of the record.
    #[error("the blocks that start in record {record} are not between {expected} and {end}")]
    Starts {
        /// The source record, counted within the segment.
        record: usize,
        /// The next block that starts, as everything before this record has it.
        expected: u64,
        /// The first block that starts after this record, as everything after it has it.
        end: u64,
    },
}

impl InvalidPrelude {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Header { .. } => 1,
            Self::Starts { .. } => 2,
        }
    }
}

impl Prelude {
    /// Hands the bytes to `each`, field by field.
    pub(crate) fn write(&self, mut each: impl FnMut(&[u8])) {
        // H8
        each(&[self.version]);
        each(&self.index.to_le_bytes());
        each(self.previous.as_ref());
        for start in &self.starts {
            each(&start.number.to_le_bytes());
            each(&start.offset.unwrap_or(NONE).to_le_bytes());
        }
    }

    /// Reads the prelude at the beginning of `bytes`. What is cut off counts as zero, which is no prelude's version.
    pub(crate) fn read(layout: &Layout, bytes: &[u8]) -> Self {
        let mut bytes = bytes.iter().copied();
        let version = u8::from_le_bytes(take(&mut bytes));
        let index = u32::from_le_bytes(take(&mut bytes));
        let previous = Digest(take(&mut bytes));
        let mut starts = Vec::new();
        for _ in 0..layout.records {
            let number = u64::from_le_bytes(take(&mut bytes));
            let offset = u32::from_le_bytes(take(&mut bytes));
            starts.push(Start {
                number,
                offset: (offset != NONE).then_some(offset),
            });
        }
        Self {
            version,
            index,
            previous,
            starts,
        }
    }

    /// Checks that this can be the prelude of the segment with this header, when `next` is the first block that starts after
    /// the segment before.
    pub(crate) fn check(
        &self,
        layout: &Layout,
        header: &SegmentHeader,
        next: u64,
    ) -> Result<(), InvalidPrelude> {
        // H21: it is that segment's.
        if (self.version, self.index, self.previous) != (header.version, header.index, header.previous) {
            return Err(InvalidPrelude::Header {
                expected: header.index,
                found: self.index,
            });
        }
        // H21: from the block that starts next to the last one, each starts in one record.
        let ends = self.starts.iter().skip(1).map(|start| start.number);
        let ends = ends.chain([header.last.number.saturating_add(1)]);
        let mut expected = next;
        let mut from = layout.prelude;
        for (record, (start, end)) in self.starts.iter().zip(ends).enumerate() {
            let in_order = match start.offset {
                Some(offset) => start.number < end && (from..layout.record).contains(&size(offset)),
                None => start.number == end,
            };
            if start.number != expected || !in_order {
                return Err(InvalidPrelude::Starts {
                    record,
                    expected,
                    end,
                });
            }
            expected = end;
            from = from.saturating_sub(layout.record);
        }
        Ok(())
    }

    /// Returns where to begin to look for the start of `number`: the record, the offset in it, and the block that starts
    /// there.
    pub(crate) fn find(&self, number: u64) -> Option<(usize, u32, u64)> {
        let mut starts = self.starts.iter().enumerate().rev();
        starts.find_map(|(record, start)| {
            let offset = start.offset.filter(|_| start.number <= number)?;
            Some((record, offset, start.number))
        })
    }
}

/// Returns the next bytes.
fn take<const N: usize>(bytes: &mut impl Iterator<Item = u8>) -> [u8; N] {
    [(); N].map(|()| bytes.next().unwrap_or(0))
}
