//! Why a block cannot be read.

use super::piece::InvalidPiece;
use super::prelude::InvalidPrelude;
use alloc::vec::Vec;
use decex_storage_audit::decex_core::id::ListRoot;

/// Why bytes were not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The source of pieces failed: nothing is said of the block.
    #[error("the source of pieces failed")]
    Source(E),
    /// The bytes are not there, or history has a fault.
    #[error(transparent)]
    Unreadable(Unreadable),
}

/// What stands against reading.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// H19: the block, or that part of it, is not in history.
    #[error("block {block} is archived to byte {archived} only")]
    NotArchived {
        /// The block asked for.
        block: u64,
        /// How many of its bytes are in history, without those of its length.
        archived: u64,
    },
    /// H20: the bytes are not in the block.
    #[error("bytes {offset} to {offset} + {length} are not in a block of {found}")]
    Range {
        /// The first byte asked for.
        offset: u32,
        /// Bytes asked for.
        length: u32,
        /// Bytes of the block.
        found: u32,
    },
    /// H21: the prelude of a segment is not the one that the headers ask for.
    #[error("segment {segment}: {reason}")]
    Prelude {
        /// The segment.
        segment: u32,
        /// What is wrong.
        reason: InvalidPrelude,
    },
    /// H22: the lengths of blocks lead elsewhere than prelude and headers say.
    #[error("block {block} in segment {segment} has a length that headers and prelude exclude")]
    Length {
        /// The segment that the block starts in.
        segment: u32,
        /// The block.
        block: u64,
    },
    /// H17: a piece that is needed is not to be had, and neither is half of its segment.
    #[error("segment {segment} has {found} pieces, {needed} are needed; {} are missing, {} wrong", missing.len(), wrong.len())]
    Pieces {
        /// The segment.
        segment: u32,
        /// Pieces that restore it.
        needed: usize,
        /// Pieces that the source has.
        found: usize,
        /// Places of pieces that the source does not have.
        missing: Vec<u32>,
        /// Places of pieces that are other ones, and why.
        wrong: Vec<(u32, InvalidPiece)>,
    },
    /// H18: a piece that is needed is not to be had, and half of the segment restores another one.
    #[error("the pieces of segment {segment} restore root {}, not {}", found.0, expected.0)]
    NotCoded {
        /// The segment.
        segment: u32,
        /// Its root.
        expected: ListRoot,
        /// The root of what its pieces restore.
        found: ListRoot,
    },
}

impl Unreadable {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotArchived { .. } => 1,
            Self::Range { .. } => 2,
            Self::Prelude { .. } => 3,
            Self::Length { .. } => 4,
            Self::Pieces { .. } => 5,
            Self::NotCoded { .. } => 6,
        }
    }
}

impl<E> From<Unreadable> for ReadError<E> {
    fn from(reason: Unreadable) -> Self {
        Self::Unreadable(reason)
    }
}
