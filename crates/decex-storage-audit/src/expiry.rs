//! When a sector expires.

use crate::history::HistorySize;
use crate::params::CheckedAuditParams;
use crate::sector::SectorId;
use decex_core::hash::Hash;
use decex_core::id::ListRoot;
use decex_core::label;

/// Returns the segment whose root decides when a sector that was plotted from `history` expires. Until history has it, the
/// sector does not expire. `None` where no history ever has it (A5).
#[must_use]
pub fn checkpoint(params: &CheckedAuditParams, history: HistorySize) -> Option<u32> {
    // Segments count from 0: history has this one when it is longer than it.
    history
        .0
        .checked_add(params.lifetime().get().into())?
        .checked_sub(1)
}

/// Returns the length of history at which the sector expires, given the root at its checkpoint (A16): drawn uniformly from the
/// `3 · history` lengths that follow the checkpoint. Who plots from the newest history does not know it while plotting. Who
/// plots from history whose checkpoint is past can look for an index that lives long: never beyond `4 · history` and the
/// least lifetime.
#[must_use]
pub fn expires_at(
    params: &CheckedAuditParams,
    sector: &SectorId,
    history: HistorySize,
    checkpoint_root: &ListRoot,
) -> u64 {
    // A16
    let hash = Hash::new(&label::SECTOR_EXPIRY)
        .chain(sector.0)
        .chain(checkpoint_root.0)
        .finish();
    let draw = hash.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let span = u64::from(history.0).saturating_mul(3);
    u64::from(history.0)
        .saturating_add(params.lifetime().get().into())
        .saturating_add(draw.checked_rem(span).unwrap_or(0))
}
