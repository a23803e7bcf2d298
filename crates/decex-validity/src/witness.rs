//! The states at which bundles are judged, as far as the proof shows them.

use crate::error::InvalidValidity;
use crate::proof::ValidityProof;
use alloc::boxed::Box;
use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use decex_bundle::{Base, Verdict};
use decex_core::Host;
use decex_core::execution::Engine;
use decex_core::id::ReceiptHash;
use decex_core::state::StateTree;
use decex_fraud::{Claim, JudgedAt};

/// No witness is for the base. Not returned for a claim that [`Witnesses::open`] went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uncovered;

/// The witnesses of a proof, opened at the bases of the inbox's bundles.
pub(crate) struct Witnesses {
    states: BTreeMap<ReceiptHash, Box<dyn StateTree>>,
    removed: BTreeSet<ReceiptHash>,
}

impl Witnesses {
    /// Opens one witness for each base that stands. Which bases were removed is not the proof's to say: submission compared
    /// these verdicts with the chain (R15, R16), and the chain below a pending receipt does not change while it is pending.
    pub(crate) fn open(
        engine: &dyn Engine,
        claim: &Claim,
        proof: &ValidityProof,
    ) -> Result<Self, InvalidValidity> {
        let mut found = Self {
            states: BTreeMap::new(),
            removed: BTreeSet::new(),
        };
        let mut shown = proof.accounts.iter();
        for (bundle, verdict) in claim.inbox().bundles.iter().zip(&claim.receipt().verdicts) {
            let base = &bundle.base;
            if *verdict == Verdict::BaseRemoved {
                found.removed.insert(base.hash);
            } else if let Entry::Vacant(place) = found.states.entry(base.hash) {
                // Z9: a witness for each base, and it shows that base's state.
                let witness = shown.next().ok_or(InvalidValidity::Bases)?;
                let state = engine.commitment().open(&base.root, witness);
                let state = state.map_err(InvalidValidity::Witness)?;
                place.insert(state);
            }
        }
        // Z9: and no more.
        if shown.next().is_some() {
            return Err(InvalidValidity::Bases);
        }
        Ok(found)
    }
}

impl Host for Witnesses {
    type Error = Uncovered;
}

impl JudgedAt for Witnesses {
    fn judged_at(&mut self, base: &Base) -> Result<Option<&dyn StateTree>, Uncovered> {
        if self.removed.contains(&base.hash) {
            return Ok(None);
        }
        let state = self.states.get(&base.hash).ok_or(Uncovered)?;
        Ok(Some(state.as_ref()))
    }
}
