//! What stays of a segment on chain, and how one follows another.

use super::layout::{Layout, PREFIX};
use decex_storage_audit::CheckedAuditParams;
use decex_storage_audit::decex_core::codec::{DecodeError, decode_exact};
use decex_storage_audit::decex_core::hash::{Digest, digest_encoded};
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::decex_core::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The format that this crate writes and reads.
pub const VERSION: u8 = 1;
/// Bytes of a header.
pub const MAX_HEADER_BYTES: usize = 86;
/// The index of the last segment that there can be: lengths of history are 32-bit numbers.
pub const MAX_SEGMENT_INDEX: u32 = u32::MAX - 1;
/// Most bytes of a block in the stream, with its length.
const MAX_BLOCK: u64 = u32::MAX as u64 + PREFIX as u64; // widening in a constant

/// How far a segment gets: the last block that it has bytes of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct LastBlock {
    /// Its number.
    pub number: u64,
    /// How many of its bytes are archived up to the end of this segment, in this and earlier ones. The four bytes of the
    /// length before the block count.
    pub archived: u64,
    /// Whether these are all: then it ends where the segment ends.
    pub complete: bool,
}

impl LastBlock {
    /// Returns the first block that starts after this segment.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.number.saturating_add(1)
    }

    /// The least and the most bytes of this block that follow.
    fn rest(&self) -> (u64, u64) {
        if self.complete {
            return (0, 0);
        }
        let least = u64::from(PREFIX).saturating_sub(self.archived).max(1);
        (least, MAX_BLOCK.saturating_sub(self.archived))
    }
}

/// What the host keeps of a segment, or at least its root and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct SegmentHeader {
    /// The format: [`VERSION`].
    pub version: u8,
    /// Which segment, from 0.
    pub index: u32,
    /// The list root over the roots of its records (H4).
    pub root: ListRoot,
    /// The hash of the header before; zero for the first.
    pub previous: Digest,
    /// How far it gets.
    pub last: LastBlock,
}

impl SegmentHeader {
    /// Decodes a header.
    ///
    /// # Errors
    /// When the bytes are too many or not exactly one header (C1–C3).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, MAX_HEADER_BYTES)
    }

    /// Returns the hash: what the next header names (H11).
    #[must_use]
    pub fn hash(&self) -> Digest {
        digest_encoded(&label::SEGMENT_HEADER, self)
    }
}

/// The rule by which a header does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// H9: another format.
    #[error("the format has version {expected}, not {found}")]
    Version {
        /// [`VERSION`].
        expected: u8,
        /// The header's.
        found: u8,
    },
    /// H10: not the next segment.
    #[error("segment {expected} is next, not {found}")]
    Index {
        /// The next one. After the last that there can be, one that no header has.
        expected: u32,
        /// The header's.
        found: u32,
    },
    /// H11: another header before it.
    #[error("the header before has hash {expected}, not {found}")]
    Previous {
        /// The hash of the header before.
        expected: Digest,
        /// The one named.
        found: Digest,
    },
    /// H12: one segment cannot get from there to here.
    #[error("a segment that begins with block {next} after {before:?} cannot end with {found:?}")]
    Progress {
        /// The first block that starts after the header before.
        next: u64,
        /// How far the header before gets.
        before: Option<LastBlock>,
        /// How far this one claims to get.
        found: LastBlock,
    },
}

impl InvalidHeader {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Version { .. } => 1,
            Self::Index { .. } => 2,
            Self::Previous { .. } => 3,
            Self::Progress { .. } => 4,
        }
    }
}

/// Checks that `header` can follow `before`, or that it can be the first of a history that begins with block `first_block`.
///
/// That its root is right is not seen here: nodes archive the same blocks and compare.
///
/// # Errors
/// The first of H9 to H12 that does not hold.
pub fn check_header(
    params: &CheckedAuditParams,
    first_block: u64,
    before: Option<&SegmentHeader>,
    header: &SegmentHeader,
) -> Result<(), InvalidHeader> {
    // H9
    if header.version != VERSION {
        return Err(InvalidHeader::Version {
            expected: VERSION,
            found: header.version,
        });
    }
    // H10: and not one more than a length of history can count.
    let index = before.map_or(0, |before| before.index.saturating_add(1));
    if header.index != index || index > MAX_SEGMENT_INDEX {
        return Err(InvalidHeader::Index {
            expected: index,
            found: header.index,
        });
    }
    // H11
    let previous = before.map_or(Digest::ZERO, SegmentHeader::hash);
    if header.previous != previous {
        return Err(InvalidHeader::Previous {
            expected: previous,
            found: header.previous,
        });
    }
    // H12
    let last = before.map(|before| before.last);
    let next = last.map_or(first_block, |last| last.next());
    if gets_to(Layout::new(params).stream(), next, last, &header.last) {
        Ok(())
    } else {
        Err(InvalidHeader::Progress {
            next,
            before: last,
            found: header.last,
        })
    }
}

/// H12: whether `stream` bytes get from `before` to `last`, where `next` is the first block that starts.
fn gets_to(stream: u64, next: u64, before: Option<LastBlock>, last: &LastBlock) -> bool {
    // A whole block has its length at least; one of which something is missing is not as long as can be.
    let possible = if last.complete {
        (u64::from(PREFIX)..=MAX_BLOCK).contains(&last.archived)
    } else {
        (1..MAX_BLOCK).contains(&last.archived)
    };
    if !possible || last.number == u64::MAX {
        return false;
    }
    if let Some(before) = before.filter(|before| !before.complete && before.number == last.number) {
        return before.archived.checked_add(stream) == Some(last.archived);
    }
    // What stands before the last block: the rest of the one that was begun, and whole blocks.
    let (Some(whole), Some(front)) = (last.number.checked_sub(next), stream.checked_sub(last.archived))
    else {
        return false;
    };
    let (least, most) = before.map_or((0, 0), |before| before.rest());
    let least = whole.saturating_mul(PREFIX.into()).saturating_add(least);
    let most = whole.saturating_mul(MAX_BLOCK).saturating_add(most);
    (least..=most).contains(&front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_limit_is_the_types() {
        assert_eq!(SegmentHeader::max_encoded_len(), MAX_HEADER_BYTES);
    }
}
