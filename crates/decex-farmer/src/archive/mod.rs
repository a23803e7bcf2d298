//! Blocks in, segments of history out; and back again from any half of their pieces.
//!
//! The [`Archiver`] takes blocks and gives [`Segment`]s, each with the [`SegmentHeader`] that the host keeps. A [`Piece`] is
//! what is stored and passed on. A [`SegmentRestorer`] makes the whole segment from any half of its pieces, a [`Reader`] finds
//! bytes of a block in pieces that somebody else fetches. Rules H1 to H22: `spec/archive.md`.

mod archiver;
mod chain;
mod code;
mod fetch;
mod header;
mod layout;
mod piece;
mod prelude;
mod reader;
mod record;
mod restore;
mod segment;
mod unreadable;

pub use archiver::{ArchiveError, Archived, Archiver};
pub use chain::HeaderChain;
pub use fetch::PieceSource;
pub use header::{
    InvalidHeader, LastBlock, MAX_HEADER_BYTES, MAX_SEGMENT_INDEX, SegmentHeader, VERSION, check_header,
};
pub use layout::segment_stream_bytes;
pub use piece::{InvalidPiece, MAX_PIECE_BYTES, Piece};
pub use prelude::InvalidPrelude;
pub use reader::Reader;
pub use record::{RecordCoder, TooFewChunks, extend, record_tree, recover};
pub use restore::{Irreparable, SegmentRestorer};
pub use segment::Segment;
pub use unreadable::{ReadError, Unreadable};
