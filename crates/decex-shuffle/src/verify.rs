//! Verify evidence against a claimed schedule. Hashes only: no execution, no state.
//!
//! Soundness: the right schedule holds every transaction of the valid bundles under its lowest reference, strictly
//! ascending by key, and nothing else. Each arm below contradicts one of these, so none accepts evidence against it. A
//! wrong schedule need not ascend, and then a gap proves less than absence; but a wrong schedule may be refuted by any
//! evidence that could not exist against the right one.

use crate::inbox::InboxBody;
use crate::key::{ScheduleKey, key};
use crate::refutation::{Fault, Refutation, Refuted, Shown};
use decex_core::id::Seed;
use decex_core::list::{Absence, InvalidAbsence, InvalidListProof};
use decex_core::schedule::{Entry, ScheduleClaim};

/// Why evidence does not refute a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRefutation {
    /// S9: a transaction is shown in a bundle that is not in the inbox or not valid.
    #[error("bundle {bundle} is not a valid bundle of the inbox")]
    Bundle {
        /// The bundle's index.
        bundle: u16,
    },
    /// S10: a transaction does not stand in the body where it is shown.
    #[error("not in the body: {0}")]
    Body(InvalidListProof),
    /// S11: entries do not stand in the schedule where they are shown.
    #[error("not in the schedule: {0}")]
    Schedule(InvalidListProof),
    /// S12: the keys of the pair strictly ascend.
    #[error("the pair is in order")]
    Ordered,
    /// S13: the schedule has no such gap, or the omitted transaction does not fall into it.
    #[error("no gap in the schedule: {0}")]
    Gap(InvalidAbsence),
    /// S14: the entry names a transaction of a valid bundle.
    #[error("the entry names a transaction of a valid bundle")]
    Named,
    /// S15: the two copies shown are different transactions.
    #[error("the copies are different transactions")]
    Different,
    /// S16: the other copy is not lower than the scheduled one.
    #[error("the other copy is not lower")]
    NotLower,
}

impl InvalidRefutation {
    /// Returns the stable code of this error. Broken list proofs within have codes of their own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Bundle { .. } => 9,
            Self::Body(_) => 10,
            Self::Schedule(_) => 11,
            Self::Ordered => 12,
            Self::Gap(_) => 13,
            Self::Named => 14,
            Self::Different => 15,
            Self::NotLower => 16,
        }
    }
}

impl Refutation {
    /// Verifies that this evidence refutes `claim`, given the seed and the inbox with the verdicts of the receipt that makes
    /// the claim. A few dozen hashes, whatever the size of the block.
    ///
    /// # Errors
    /// When a shown transaction is not in a valid body (S9, S10), shown entries are not in the schedule (S11), or what is
    /// shown is no fault (S12–S16).
    pub fn verify(
        &self,
        claim: &ScheduleClaim,
        seed: &Seed,
        inbox: &[InboxBody],
    ) -> Result<Refuted, InvalidRefutation> {
        let fault = match self {
            Self::Disorder { proof, left, right } => {
                let pair = [
                    left.verify(inbox)?.compute_leaf(),
                    right.verify(inbox)?.compute_leaf(),
                ];
                // S11
                let position = proof
                    .verify(&claim.root, &pair)
                    .map_err(InvalidRefutation::Schedule)?;
                // S12: equal keys are a repetition.
                if key(seed, &left.summary) < key(seed, &right.summary) {
                    return Err(InvalidRefutation::Ordered);
                }
                Fault::Disorder {
                    index: position.start(),
                }
            }
            Self::Omission { omitted, gap } => {
                let entry = omitted.verify(inbox)?;
                verify_gap(gap, &key(seed, &omitted.summary), claim, seed, inbox)?;
                Fault::Omission { entry }
            }
            Self::Invention { entry, proof } => {
                // S14
                if InboxBody::names(inbox, entry) {
                    return Err(InvalidRefutation::Named);
                }
                // S11
                let leaf = [entry.compute_leaf()];
                let position = proof
                    .verify(&claim.root, &leaf)
                    .map_err(InvalidRefutation::Schedule)?;
                Fault::Invention {
                    index: position.start(),
                }
            }
            Self::LaterCopy { proof, copy, lower } => {
                let (entry, lower_entry) = (copy.verify(inbox)?, lower.verify(inbox)?);
                // S15: keys differ exactly if these do; the seed plays no part.
                if copy.summary.body_key() != lower.summary.body_key() {
                    return Err(InvalidRefutation::Different);
                }
                // S16
                if lower_entry >= entry {
                    return Err(InvalidRefutation::NotLower);
                }
                // S11
                let leaf = [entry.compute_leaf()];
                let position = proof
                    .verify(&claim.root, &leaf)
                    .map_err(InvalidRefutation::Schedule)?;
                Fault::LaterCopy {
                    index: position.start(),
                }
            }
        };
        Ok(Refuted::new(*claim, fault))
    }
}

impl Shown {
    /// Verifies that the transaction stands in the body of a valid bundle, and returns the reference to it.
    fn verify(&self, inbox: &[InboxBody]) -> Result<Entry, InvalidRefutation> {
        // S9
        let body = inbox
            .get(usize::from(self.bundle))
            .filter(|body| body.valid)
            .ok_or(InvalidRefutation::Bundle { bundle: self.bundle })?;
        // S10
        self.proof
            .verify(&body.root, &[self.summary.leaf()])
            .map_err(InvalidRefutation::Body)?;
        Ok(self.entry())
    }
}

/// Verifies that the schedule has a gap into which `key` falls.
fn verify_gap(
    gap: &Absence<Shown>,
    omitted: &ScheduleKey,
    claim: &ScheduleClaim,
    seed: &Seed,
    inbox: &[InboxBody],
) -> Result<(), InvalidRefutation> {
    let neighbours = match gap {
        Absence::Empty => [None, None],
        Absence::Before { first: one, .. } | Absence::After { last: one, .. } => [Some(one), None],
        Absence::Between { left, right, .. } => [Some(left), Some(right)],
    };
    for shown in neighbours.into_iter().flatten() {
        shown.verify(inbox)?;
    }
    // S13
    gap.verify(
        &claim.root,
        omitted,
        |shown| key(seed, &shown.summary),
        |shown| shown.entry().compute_leaf(),
    )
    .map_err(InvalidRefutation::Gap)
}
