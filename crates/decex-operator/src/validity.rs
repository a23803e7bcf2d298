//! Show the operator's own receipts to be right, in a domain whose receipts are proven.

use crate::local::Local;
use crate::operator::Operator;
use alloc::vec::Vec;
use decex_core::execution::Engine;
use decex_core::id::{DomainNumber, ReceiptHash};
use decex_core::params::Validity;
use decex_core::state::{ProvableTree, ReadError};
use decex_fraud::{Claim, LoadError};
use decex_receipt::ReceiptView;
use decex_validity::{AssembleError, Draft, DraftError, Transition, ValidityProof};

/// Why a receipt is not shown to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShowError<H, P> {
    /// O20: it is not pending on the chain, or not the operator's own.
    #[error("no receipt of this operator is pending under this number")]
    NotOwn,
    /// A part of the block is missing or does not fit.
    #[error("a part of block {} is missing or does not fit", number.0)]
    Incomplete {
        /// The block.
        number: DomainNumber,
    },
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] ReadError),
    /// The transition could not be proven.
    #[error("the transition could not be proven")]
    Prover(P),
    /// The host failed, or contradicts itself.
    #[error("the host failed")]
    Host(LoadError<H>),
}

impl<E: Engine, T: ProvableTree> Operator<E, T> {
    /// Returns the receipts on the chain that are the operator's own and wait for a proof, lowest first; none in a domain whose receipts are not
    /// proven, and none above one that is not the operator's own. `view` answers for the block that was followed last.
    ///
    /// # Errors
    /// When the host failed.
    pub fn unproven<V: ReceiptView>(&self, view: &V) -> Result<Vec<(DomainNumber, ReceiptHash)>, V::Error> {
        let mut waiting = Vec::new();
        let Some(chain) = view.chain(self.domain)? else {
            return Ok(waiting);
        };
        if self.params.validity == Validity::Optimistic {
            return Ok(waiting);
        }
        let mut number = chain.confirmed;
        while let Some(next) = number.next() {
            number = next;
            // None above the head: the walk ends there, or below, where the operator's own blocks end.
            let hash = view.hash_at(self.domain, number)?;
            // O20: nothing above a receipt that nobody can prove.
            let Some(hash) = hash.filter(|hash| self.hash_of(number) == Some(*hash)) else {
                break;
            };
            let record = view.record(self.domain, &hash)?;
            if record.is_some_and(|record| !record.proven) {
                waiting.push((number, hash));
            }
        }
        Ok(waiting)
    }

    /// Makes the proof of the operator's own receipt of block `number`, which is pending on the chain. `prove` proves the transition over
    /// the state before the block: what takes long, so callers do it once for each receipt.
    ///
    /// # Errors
    /// When there is no such receipt (O20), a part is missing, the state or the host failed, or `prove` did.
    pub fn show<V: ReceiptView, P>(
        &mut self,
        view: &V,
        number: DomainNumber,
        prove: impl FnOnce(&T, &Transition<'_>) -> Result<Vec<u8>, P>,
    ) -> Result<ValidityProof, ShowError<V::Error, P>> {
        let block = self.blocks.get(&number).ok_or(ShowError::NotOwn)?;
        let claim = match Claim::load(view, &self.params, self.domain, &block.hash) {
            Ok(claim) => claim,
            // O20: it stands on the chain.
            Err(LoadError::NotPending) => return Err(ShowError::NotOwn),
            Err(error) => return Err(ShowError::Host(error)),
        };
        let incomplete = || ShowError::Incomplete { number };
        let bodies = block.bundles.iter().map(|header| self.bodies.get(header));
        let bodies = bodies.collect::<Option<Vec<_>>>().ok_or_else(incomplete)?;
        let blocks = &self.blocks;
        let mut local = Local {
            block,
            bodies,
            history: &mut self.history,
            ancestor: |number: DomainNumber| blocks.get(&number).map(|block| block.hash),
        };
        let draft = Draft::new(&self.engine, &claim, &mut local).map_err(|error| match error {
            DraftError::State(error) | DraftError::Host(error) => ShowError::State(error),
            DraftError::Wrong | DraftError::Incomplete => incomplete(),
        })?;
        let before = self.history.before(number, 0)?.ok_or_else(incomplete)?;
        draft
            .complete(|transition| prove(before, transition))
            .map_err(|error| match error {
                AssembleError::Prover(error) => ShowError::Prover(error),
                AssembleError::Draft(DraftError::State(error)) => ShowError::State(error),
                AssembleError::Draft(DraftError::Wrong | DraftError::Incomplete | DraftError::Host(())) => {
                    incomplete()
                }
            })
    }
}
