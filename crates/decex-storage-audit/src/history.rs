//! What of the archived history the host keeps, and where a piece stands in it.

use crate::params::CheckedAuditParams;
use decex_core::hash::{BlockHasher, Digest};
use decex_core::id::ListRoot;
use decex_core::{Host, label};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The unit of auditing: 64 bytes of a record.
pub type Chunk = [u8; 64];

/// The length of archived history, in segments.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct HistorySize(pub u32);

/// A piece's place in the whole history: pieces of a segment in order, segments in order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct PieceIndex(pub u64);

impl PieceIndex {
    /// Returns the segment that the piece is in.
    #[must_use]
    pub fn segment(&self, params: &CheckedAuditParams) -> u32 {
        let segment = self.0.checked_div(params.segment_pieces().into());
        segment
            .and_then(|segment| u32::try_from(segment).ok())
            .unwrap_or(u32::MAX)
    }

    /// Returns its place in the segment: source records first, then parity.
    #[must_use]
    pub fn place(&self, params: &CheckedAuditParams) -> u32 {
        let place = self.0.checked_rem(params.segment_pieces().into());
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0)
    }
}

/// The host's memory of archived history: 32 bytes a segment.
///
/// # Contract
/// - Deterministic over the chain: what it answers depends on the chain up to the parent of the block that is judged, and
///   no honest node answers otherwise. A segment counts for the blocks after the one that carries its header.
/// - `segment_root` answers `Some` for every index below `segments`, and what it answers never changes.
/// - A segment's root enters only after nodes have archived the same blocks themselves and found the same header
///   (`decex-farmer` has the archiver); blocks are archived at a depth that the host will not take back.
pub trait HistoryRoots: Host {
    /// Returns the length of history.
    ///
    /// # Errors
    /// When the host cannot read.
    fn segments(&self) -> Result<HistorySize, Self::Error>;

    /// Returns the root of segment `index`: the list root over the roots of its records.
    ///
    /// # Errors
    /// When the host cannot read.
    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Self::Error>;
}

/// Returns the leaf of a chunk in the list commitment of its record (H3).
#[must_use]
pub fn chunk_leaf(chunk: &Chunk) -> Digest {
    BlockHasher::new(&label::ARCHIVE_CHUNK).one(chunk)
}
