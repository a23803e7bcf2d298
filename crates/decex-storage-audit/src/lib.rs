#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod challenge;
mod expiry;
mod history;
mod output;
mod params;
mod range;
mod sector;
mod solution;
pub mod space;
mod verify;

pub use decex_core;

pub use challenge::{AuditChallenge, SectorChallenge};
pub use expiry::{checkpoint, expires_at};
pub use history::{Chunk, HistoryRoots, HistorySize, PieceIndex, chunk_leaf};
pub use output::poas_output;
pub use params::{
    AuditParams, CheckedAuditParams, InvalidAuditParams, MAX_K, MAX_RECORD_CHUNKS_LOG2,
    MAX_SEGMENT_RECORDS_LOG2, MIN_K,
};
pub use range::{Era, InvalidEra, SolutionRange};
pub use sector::{FarmerId, PieceOffset, Sector, SectorId};
pub use solution::{MAX_SOLUTION_BYTES, Solution};
pub use verify::{AuditError, Audited, InvalidSolution, verify};
