//! What a prover needs of the right execution.

use decex_bundle::{Base, Item};
use decex_core::Host;
use decex_core::state::{ProvableTree, StateTree};
use decex_receipt::{Openings, Receipt};

/// The states after earlier blocks, at which bundles are judged.
pub trait BaseStates: Host {
    /// Returns the state after `base`, or `None` if `base` is not an ancestor of the block being judged: then the
    /// verdict is [`BaseRemoved`](decex_bundle::Verdict::BaseRemoved).
    ///
    /// # Errors
    /// When the store behind the states failed.
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Self::Error>;
}

/// The states at which bundles are judged, full or in part.
pub trait JudgedAt: Host {
    /// Returns the state after `base`, or `None` if it was removed, as for [`BaseStates::base_state`].
    ///
    /// # Errors
    /// When nothing is known of the state after `base`.
    fn judged_at(&mut self, base: &Base) -> Result<Option<&dyn StateTree>, Self::Error>;
}

impl<S: BaseStates> JudgedAt for S {
    fn judged_at(&mut self, base: &Base) -> Result<Option<&dyn StateTree>, Self::Error> {
        Ok(self.base_state(base)?.map(|state| {
            let state: &dyn StateTree = state;
            state
        }))
    }
}

/// The right execution of a block whose receipt may be wrong, held by whoever executed it.
pub trait LocalExecution: BaseStates {
    /// Returns the right receipt of the block: over the same parent and inbox as the one that is judged.
    fn receipt(&self) -> &Receipt;
    /// Returns the right receipt's openings.
    fn openings(&self) -> &Openings;
    /// Returns the transactions of a bundle of the block's inbox in body order, or `None` beyond the last bundle.
    fn body(&self, bundle: u16) -> Option<&[Item]>;
    /// Returns the state before the step that leads to trace entry `step`.
    ///
    /// # Errors
    /// When the store behind the state failed.
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Self::Error>;
}
