//! One entry of a schedule: a reference into the inbox.

use crate::hash::{Digest, digest_encoded};
use crate::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Names one transaction of a domain block's inbox: the leaf of a bundle's body. Bundles are counted in the inbox's
/// canonical order (ascending by header hash).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Entry {
    /// Which bundle of the inbox.
    pub bundle: u16,
    /// Which leaf of its body.
    pub leaf: u32,
}

impl Entry {
    /// Returns the leaf of this entry in the schedule's list commitment (rule S5).
    #[must_use]
    pub fn compute_leaf(&self) -> Digest {
        digest_encoded(&label::SCHEDULE_ENTRY, self)
    }
}

/// What a receipt claims of its schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ScheduleClaim {
    /// Root over the entries.
    pub root: crate::id::ListRoot,
    /// How many entries.
    pub count: u32,
}
