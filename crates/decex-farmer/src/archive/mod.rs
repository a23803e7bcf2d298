//! Blocks in, segments of history out; and back again from any half of their pieces.

mod code;
mod piece;
mod record;

pub use piece::{InvalidPiece, Piece};
pub use record::{RecordCoder, TooFewChunks, extend, record_tree, recover};
