//! Put a proof together, given whoever proves the transition.

use crate::proof::ValidityProof;
use crate::transition::Transition;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_bundle::{Base, Item, Verdict};
use decex_core::codec::{BoundedBytes, BoundedVec};
use decex_core::execution::Engine;
use decex_core::id::{ReceiptHash, SenderId, StateRoot};
use decex_core::state::ReadError;
use decex_fraud::{AccountError, BaseStates, Claim, Derived, ExecuteError, LocalExecution, derive};
use decex_fraud::{MAX_WITNESS, touched_by_account};
use decex_receipt::MAX_OPENINGS;

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError<E, P> {
    /// There is nothing to prove a transition for.
    #[error(transparent)]
    Draft(#[from] DraftError<E>),
    /// The transition could not be proven.
    #[error("the transition could not be proven")]
    Prover(P),
}

/// Why there is nothing to prove a transition for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError<E> {
    /// The claimed receipt is not the one that was executed here: it is wrong, or of another block.
    #[error("the receipt is not the one that was executed")]
    Wrong,
    /// A body, a state or an opening is missing, or something does not fit in a proof.
    #[error("a part of the block is missing or does not fit")]
    Incomplete,
    /// A state could not answer.
    #[error(transparent)]
    State(#[from] ReadError),
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

/// Makes the proof of a receipt that was executed here. `prove` proves the transition.
///
/// # Errors
/// When the receipt is another one, a part is missing, a state or the host fails, or `prove` does.
pub fn assemble<L: LocalExecution, P>(
    engine: &dyn Engine,
    claim: &Claim,
    local: &mut L,
    prove: impl FnOnce(&Transition<'_>) -> Result<Vec<u8>, P>,
) -> Result<ValidityProof, AssembleError<L::Error, P>> {
    Draft::new(engine, claim, local)?.complete(prove)
}

/// A proof that lacks the transition's: everything that a prover needs but the state before the block. It no longer needs the execution
/// that it was taken from, so whoever keeps that state may take it back meanwhile.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    claim: &'a Claim,
    bodies: Vec<Vec<Item>>,
    accounts: Vec<BoundedBytes<MAX_WITNESS>>,
    derived: Derived,
    trace: BoundedVec<StateRoot, MAX_OPENINGS>,
}

impl<'a> Draft<'a> {
    /// Takes from an execution what shows the claimed receipt to be right.
    ///
    /// # Errors
    /// When the receipt is another one, a part is missing, or a state or the host fails.
    pub fn new<L: LocalExecution>(
        engine: &dyn Engine,
        claim: &'a Claim,
        local: &mut L,
    ) -> Result<Self, DraftError<L::Error>> {
        if local.receipt() != claim.receipt() {
            return Err(DraftError::Wrong);
        }
        let bodies = collect_bodies(claim, local).ok_or(DraftError::Incomplete)?;
        let accounts = show_accounts(engine, claim, &bodies, local)?;
        let items: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
        let derived = derive(engine, claim.inbox(), &items, local).map_err(|error| match error {
            ExecuteError::Host(error) => DraftError::Host(error),
            ExecuteError::Rules | ExecuteError::Parent | ExecuteError::Bodies | ExecuteError::Step(_) => {
                DraftError::Incomplete
            }
        })?;
        Ok(Self {
            claim,
            bodies,
            accounts,
            derived,
            trace: local.openings().trace.clone(),
        })
    }

    /// Completes the proof with what `prove` makes of the transition.
    ///
    /// # Errors
    /// When `prove` fails, or something does not fit.
    pub fn complete<E, P>(
        self,
        prove: impl FnOnce(&Transition<'_>) -> Result<Vec<u8>, P>,
    ) -> Result<ValidityProof, AssembleError<E, P>> {
        let incomplete = || AssembleError::Draft(DraftError::Incomplete);
        let (claim, context) = (self.claim, self.claim.context());
        let items: Vec<&[Item]> = self.bodies.iter().map(Vec::as_slice).collect();
        let inputs = self.derived.inputs(&items, 0..self.derived.schedule.count());
        let transition = Transition {
            parent: claim.parent_state(),
            context: &context,
            messages: &claim.inbox().messages,
            inputs: inputs.ok_or_else(incomplete)?,
            trace_interval: claim.trace_interval(),
            witness_limit: claim.witness_limit(),
            trace: &self.trace,
        };
        let transition = prove(&transition).map_err(AssembleError::Prover)?;
        let bodies: Option<Vec<_>> = self.bodies.into_iter().map(BoundedVec::new).collect();
        let bodies = bodies.and_then(BoundedVec::new).ok_or_else(incomplete)?;
        Ok(ValidityProof {
            domain: claim.receipt().domain,
            receipt: claim.hash(),
            bodies,
            accounts: BoundedVec::new(self.accounts).ok_or_else(incomplete)?,
            trace: self.trace,
            transition: BoundedVec::new(transition).ok_or_else(incomplete)?,
        })
    }
}

/// Returns each bundle's transactions, none for a bundle whose base was removed.
fn collect_bodies<L: LocalExecution>(claim: &Claim, local: &L) -> Option<Vec<Vec<Item>>> {
    let verdicts = claim.receipt().verdicts.iter();
    let bodies = (0..=u16::MAX).zip(verdicts).map(|(index, verdict)| {
        if *verdict == Verdict::BaseRemoved {
            return Some(Vec::new());
        }
        local.body(index).map(<[Item]>::to_vec)
    });
    bodies.collect()
}

/// Returns a witness for each base, in the order of their first bundle.
fn show_accounts<S: BaseStates>(
    engine: &dyn Engine,
    claim: &Claim,
    bodies: &[Vec<Item>],
    states: &mut S,
) -> Result<Vec<BoundedBytes<MAX_WITNESS>>, DraftError<S::Error>> {
    let mut order: Vec<Base> = Vec::new();
    let mut senders: BTreeMap<ReceiptHash, BTreeSet<SenderId>> = BTreeMap::new();
    let verdicts = &claim.receipt().verdicts;
    for ((bundle, verdict), body) in claim.inbox().bundles.iter().zip(verdicts).zip(bodies) {
        if *verdict == Verdict::BaseRemoved {
            continue;
        }
        if !senders.contains_key(&bundle.base.hash) {
            order.push(bundle.base);
        }
        let of_base = senders.entry(bundle.base.hash).or_default();
        of_base.extend(body.iter().map(|item| item.sender));
    }
    let mut witnesses = Vec::new();
    for base in order {
        let state = states.base_state(&base).map_err(DraftError::Host)?;
        let state = state.ok_or(DraftError::Incomplete)?;
        let mut keys = BTreeSet::new();
        for sender in senders.get(&base.hash).into_iter().flatten() {
            let touched = touched_by_account(engine, state, sender).map_err(|error| match error {
                AccountError::Read(error) => DraftError::State(error),
                AccountError::System => DraftError::Incomplete,
            })?;
            keys.extend(touched);
        }
        let witness = BoundedVec::new(state.prove(&keys)?).ok_or(DraftError::Incomplete)?;
        witnesses.push(witness);
    }
    Ok(witnesses)
}
