//! Evidence that a claimed schedule is wrong, and what its verification yields.

use decex_core::list::{Absence, RunProof};
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_core::transaction::Summary;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A transaction shown to stand in a bundle's body.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Shown {
    /// The bundle's index in the canonical inbox.
    pub bundle: u16,
    /// The transaction.
    pub summary: Summary,
    /// Where it stands in the body: one leaf.
    pub proof: RunProof,
}

impl Shown {
    /// Returns the reference that names this transaction.
    #[must_use]
    pub const fn entry(&self) -> Entry {
        Entry {
            bundle: self.bundle,
            leaf: self.proof.start,
        }
    }
}

/// Evidence against a claimed schedule: at most three transactions and their paths, whatever the size of the block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[allow(clippy::as_conversions, reason = "the codec's derive casts variant indices")]
pub enum Refutation {
    /// Two adjacent entries whose keys do not strictly ascend: out of order or repeated.
    Disorder {
        /// Where the pair stands in the schedule.
        proof: RunProof,
        /// What the first of them names.
        left: Shown,
        /// What the second of them names.
        right: Shown,
    },
    /// A transaction of a valid bundle that the schedule lacks.
    Omission {
        /// The transaction.
        omitted: Shown,
        /// The place in the schedule where it would stand.
        gap: Absence<Shown>,
    },
    /// An entry that names no transaction of a valid bundle.
    Invention {
        /// The entry.
        entry: Entry,
        /// Where it stands in the schedule.
        proof: RunProof,
    },
    /// An entry that names a later copy of a transaction than the lowest one.
    LaterCopy {
        /// Where the entry stands in the schedule.
        proof: RunProof,
        /// What it names.
        copy: Shown,
        /// A lower copy of the same transaction in a valid bundle.
        lower: Shown,
    },
}

/// What is wrong with a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[allow(clippy::as_conversions, reason = "the codec's derive casts variant indices")]
pub enum Fault {
    /// Entries `index` and `index + 1` do not strictly ascend.
    Disorder {
        /// Index of the first of the pair.
        index: u32,
    },
    /// The transaction that `entry` names is not scheduled.
    Omission {
        /// A reference to it.
        entry: Entry,
    },
    /// The entry at `index` names nothing that may be scheduled.
    Invention {
        /// Its index.
        index: u32,
    },
    /// The entry at `index` is not the lowest reference to its transaction.
    LaterCopy {
        /// Its index.
        index: u32,
    },
}

/// A claim that was shown to be wrong. Only [`Refutation::verify`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Refuted {
    claim: ScheduleClaim,
    fault: Fault,
}

impl Refuted {
    pub(crate) const fn new(claim: ScheduleClaim, fault: Fault) -> Self {
        Self { claim, fault }
    }

    /// Returns the claim.
    #[must_use]
    pub const fn claim(&self) -> &ScheduleClaim {
        &self.claim
    }

    /// Returns what is wrong with it.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }
}
