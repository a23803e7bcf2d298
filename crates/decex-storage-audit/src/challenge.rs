//! What a slot asks: of everybody, of one sector, of one chunk.

use crate::history::Chunk;
use crate::params::CheckedAuditParams;
use crate::sector::SectorId;
use decex_core::hash::{BlockHasher, Digest, Hash};
use decex_core::id::{Randomness, Slot};
use decex_core::label;

/// What a slot asks of every sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditChallenge(Digest);

impl AuditChallenge {
    /// Computes the challenge of `slot` (A13). The host vouches for the randomness: it is the same for every block that may be
    /// built at this slot on the same parent, and nobody knew it much before the slot. A chain whose randomness its own
    /// farmers can compute ahead, or draw again, is open to costless simulation; a proof of time or a beacon prevents that.
    #[must_use]
    pub fn new(randomness: &Randomness, slot: Slot) -> Self {
        // A13
        let hash = Hash::new(&label::AUDIT_CHALLENGE)
            .chain(randomness.0)
            .chain(slot.0.to_le_bytes());
        Self(hash.finish())
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    /// Returns what the slot asks of one sector (A13).
    #[must_use]
    pub fn of(&self, sector: &SectorId) -> SectorChallenge {
        // A13
        SectorChallenge(
            Hash::new(&label::SECTOR_CHALLENGE)
                .chain(self.0)
                .chain(sector.0)
                .finish(),
        )
    }
}

/// What a slot asks of one sector: one place, the same in each of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectorChallenge(Digest);

impl SectorChallenge {
    /// Returns the place: which chunk of each record is looked at (A14). Below [`CheckedAuditParams::places`].
    #[must_use]
    pub fn place(&self, params: &CheckedAuditParams) -> u32 {
        // A14: a power of two, so every place is equally likely.
        let draw = self
            .0
            .0
            .first_chunk()
            .map_or(0, |bytes| u32::from_le_bytes(*bytes));
        draw.checked_rem(params.places()).unwrap_or(0)
    }

    /// Returns the ticket of a masked chunk: it wins if it is below the solution range (A15).
    #[must_use]
    pub fn ticket(&self, masked: &Chunk) -> u64 {
        ticket(&BlockHasher::keyed(&self.0).one(masked))
    }

    /// Hands the ticket of each masked chunk to `each`, in order: what [`ticket`](Self::ticket) returns for each.
    pub fn tickets(&self, masked: &[Chunk], mut each: impl FnMut(u64)) {
        BlockHasher::keyed(&self.0).many(masked, |digest| each(ticket(&digest)));
    }
}

/// A15: the first eight bytes of the chunk's keyed hash.
fn ticket(digest: &Digest) -> u64 {
    digest
        .0
        .first_chunk()
        .map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
}
