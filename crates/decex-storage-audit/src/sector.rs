//! What a sector is, and which pieces it holds.

use crate::history::{HistorySize, PieceIndex};
use crate::params::CheckedAuditParams;
use decex_core::hash::{Digest, Hash};
use decex_core::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Who farms: a public key of the host, or the hash of one. The host checks that a block is signed by it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct FarmerId(pub Digest);

/// A piece's place in its sector.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct PieceOffset(pub u16);

/// The name of a sector in short.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct SectorId(pub Digest);

/// What names a sector. Its content follows from the name and the history.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Sector {
    /// Who plotted it.
    pub farmer: FarmerId,
    /// Which of the farmer's; any number.
    pub index: u32,
    /// The length of history when it was plotted.
    pub history: HistorySize,
}

/// Every so many pieces of a sector, one is of recent history.
const RECENT_EVERY: u16 = 10;
/// How many times longer than the recent part history must be.
const RECENT_FACTOR: u64 = 10;

impl Sector {
    /// Returns the name in short (A10).
    #[must_use]
    pub fn id(&self) -> SectorId {
        // A10: the SCALE encoding, field by field, which takes no memory.
        let hash = Hash::new(&label::SECTOR)
            .chain(self.farmer.0)
            .chain(self.index.to_le_bytes())
            .chain(self.history.0.to_le_bytes());
        SectorId(hash.finish())
    }
}

impl SectorId {
    /// Returns the piece of history at `offset` of this sector, which was plotted from `history` (A11). `None` if history
    /// was empty.
    #[must_use]
    pub fn piece(
        &self,
        params: &CheckedAuditParams,
        history: HistorySize,
        offset: PieceOffset,
    ) -> Option<PieceIndex> {
        // A11: one of all pieces; every tenth one of the newest, once history is long.
        let segment_pieces = u64::from(params.segment_pieces());
        let segments = u64::from(history.0);
        let recent = u64::from(params.recent().get());
        let is_recent =
            offset.0.is_multiple_of(RECENT_EVERY) && segments > recent.saturating_mul(RECENT_FACTOR);
        let eligible = if is_recent { recent } else { segments };
        // 2^32 segments of 2^9 pieces.
        let count = eligible.checked_mul(segment_pieces)?;
        let first = segments.checked_sub(eligible)?.checked_mul(segment_pieces)?;
        let hash = Hash::new(&label::SECTOR_PIECE)
            .chain(self.0)
            .chain(offset.0.to_le_bytes())
            .finish();
        // 128 bits, so that no piece is likelier than another by more than 2^-87.
        let draw = u128::from_le_bytes(*hash.0.first_chunk()?);
        let place = u64::try_from(draw.checked_rem(count.into())?).ok()?;
        Some(PieceIndex(first.checked_add(place)?))
    }

    /// Returns the seed of the proof-of-space tables of the piece at `offset` (A12).
    #[must_use]
    pub fn space_seed(&self, offset: PieceOffset) -> Digest {
        // A12
        Hash::new(&label::SPACE_SEED)
            .chain(self.0)
            .chain(offset.0.to_le_bytes())
            .finish()
    }
}
