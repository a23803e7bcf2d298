//! Check, when a receipt is submitted, that its author published the schedule behind the root.

use crate::inbox::InboxBody;
use alloc::vec::Vec;
use decex_core::Digest;
use decex_core::list;
use decex_core::schedule::{Entry, ScheduleClaim};

/// Why published entries are not the openings of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOpenings {
    /// S6: not as many entries as the claim counts.
    #[error("{found} entries opened where {expected} are claimed")]
    Count {
        /// What the claim says.
        expected: u32,
        /// What was published; `u32::MAX` also for more.
        found: u32,
    },
    /// S7: an entry names no leaf of a bundle that the receipt calls valid.
    #[error("entry {index} names no transaction of a valid bundle")]
    Entry {
        /// The first such entry.
        index: u32,
    },
    /// S8: the entries hash to another root.
    #[error("the entries hash to another root")]
    Root,
}

impl InvalidOpenings {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Count { .. } => 6,
            Self::Entry { .. } => 7,
            Self::Root => 8,
        }
    }
}

/// Checks that `entries` are what `claim` commits to, and that each names a transaction of a valid bundle. What passes is
/// refutable by anybody who holds the blocks, or right.
///
/// Costs one hash per entry and one per node, nothing else; order and completeness are not looked at.
///
/// # Errors
/// When the count differs (S6), an entry names nothing (S7), or the root differs (S8), in this order.
pub fn check_openings(
    claim: &ScheduleClaim,
    inbox: &[InboxBody],
    entries: &[Entry],
) -> Result<(), InvalidOpenings> {
    // S6: with S8 this also makes the claimed count the length that the root binds.
    let found = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    if found != claim.count {
        return Err(InvalidOpenings::Count {
            expected: claim.count,
            found,
        });
    }
    // S7
    if let Some((index, _)) = (0..=u32::MAX)
        .zip(entries)
        .find(|(_, entry)| !InboxBody::names(inbox, entry))
    {
        return Err(InvalidOpenings::Entry { index });
    }
    // S8
    let leaves: Vec<Digest> = entries.iter().map(Entry::compute_leaf).collect();
    if list::root(&leaves) == claim.root {
        Ok(())
    } else {
        Err(InvalidOpenings::Root)
    }
}
