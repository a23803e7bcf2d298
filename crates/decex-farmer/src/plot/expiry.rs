//! Which sectors expire, and so are to be plotted again.

use alloc::vec::Vec;
use decex_storage_audit::{CheckedAuditParams, HistoryRoots, Sector, checkpoint, expires_at};

/// When a sector expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Not yet known: history has not reached the sector's checkpoint.
    Open,
    /// When history has this many segments.
    At(u64),
}

/// Why it is not known when a sector expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError<E> {
    /// The host has no root for a segment of its history: it breaks the contract of [`HistoryRoots`].
    #[error("the host has no root for segment {segment} of its history")]
    MissingRoot {
        /// Which segment.
        segment: u32,
    },
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

/// Returns when a sector expires, as far as history tells (D23).
///
/// # Errors
/// When the host fails, or lacks a root of its history.
pub fn expiry<V: HistoryRoots>(
    params: &CheckedAuditParams,
    view: &V,
    sector: &Sector,
) -> Result<Expiry, ExpiryError<V::Error>> {
    // D23: the verifier's own functions.
    let segments = view.segments().map_err(ExpiryError::Host)?;
    let Some(segment) = checkpoint(params, sector.history).filter(|index| *index < segments.0) else {
        return Ok(Expiry::Open);
    };
    let root = view.segment_root(segment).map_err(ExpiryError::Host)?;
    let root = root.ok_or(ExpiryError::MissingRoot { segment })?;
    Ok(Expiry::At(expires_at(
        params,
        &sector.id(),
        sector.history,
        &root,
    )))
}

/// Returns the sectors that have expired or will when history has grown by `ahead` segments, and when they do: plot these again, from
/// history as it is then.
///
/// # Errors
/// When the host fails, or lacks a root of its history.
pub fn expiring<V: HistoryRoots>(
    params: &CheckedAuditParams,
    view: &V,
    sectors: impl IntoIterator<Item = Sector>,
    ahead: u32,
) -> Result<Vec<(Sector, u64)>, ExpiryError<V::Error>> {
    let segments = view.segments().map_err(ExpiryError::Host)?;
    let until = u64::from(segments.0).saturating_add(ahead.into());
    let mut listed = Vec::new();
    for sector in sectors {
        // D23: expired as soon as history is that long.
        if let Expiry::At(at) = expiry(params, view, &sector)?
            && at <= until
        {
            listed.push((sector, at));
        }
    }
    Ok(listed)
}
