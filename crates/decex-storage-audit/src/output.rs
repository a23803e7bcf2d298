//! The randomness that a solution yields.

use crate::challenge::AuditChallenge;
use crate::history::Chunk;
use crate::sector::{PieceOffset, SectorId};
use decex_core::hash::Hash;
use decex_core::id::Randomness;
use decex_core::label;

/// Computes the randomness of a block from the solution in it (A17): what decex-shuffle makes the seed of schedules from.
///
/// It binds what was audited and nothing that its finder can vary: a farmer with `w` winning chunks for one slot has `w`
/// outputs to choose from, and may stay silent.
#[must_use]
pub fn poas_output(
    challenge: &AuditChallenge,
    sector: &SectorId,
    offset: PieceOffset,
    masked: &Chunk,
) -> Randomness {
    // A17
    let hash = Hash::new(&label::POAS_OUTPUT)
        .chain(challenge.digest())
        .chain(sector.0)
        .chain(offset.0.to_le_bytes())
        .chain(masked);
    Randomness(hash.finish())
}
