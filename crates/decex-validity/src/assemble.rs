//! Put a proof together, given whoever proves the transition.

use crate::proof::ValidityProof;
use crate::transition::Transition;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_bundle::{Base, Item, Verdict};
use decex_core::codec::{BoundedBytes, BoundedVec};
use decex_core::execution::Engine;
use decex_core::id::{ReceiptHash, SenderId};
use decex_core::state::ReadError;
use decex_fraud::{AccountError, BaseStates, Claim, Derived, ExecuteError, LocalExecution, derive};
use decex_fraud::{MAX_WITNESS, touched_by_account};

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError<E, P> {
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
    /// The transition could not be proven.
    #[error("the transition could not be proven")]
    Prover(P),
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
    if local.receipt() != claim.receipt() {
        return Err(AssembleError::Wrong);
    }
    let bodies = collect_bodies(claim, local).ok_or(AssembleError::Incomplete)?;
    let accounts = show_accounts(engine, claim, &bodies, local)?;
    let items: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let derived = derive(engine, claim.inbox(), &items, local).map_err(|error| match error {
        ExecuteError::Host(error) => AssembleError::Host(error),
        ExecuteError::Rules | ExecuteError::Parent | ExecuteError::Bodies | ExecuteError::Step(_) => {
            AssembleError::Incomplete
        }
    })?;
    let trace = local.openings().trace.clone();
    let transition = prove_transition(claim, &derived, &items, &trace, prove)?;
    let bodies: Option<Vec<_>> = bodies.into_iter().map(BoundedVec::new).collect();
    let bodies = bodies
        .and_then(BoundedVec::new)
        .ok_or(AssembleError::Incomplete)?;
    Ok(ValidityProof {
        domain: claim.receipt().domain,
        receipt: claim.hash(),
        bodies,
        accounts: BoundedVec::new(accounts).ok_or(AssembleError::Incomplete)?,
        trace,
        transition: BoundedVec::new(transition).ok_or(AssembleError::Incomplete)?,
    })
}

fn prove_transition<E, P>(
    claim: &Claim,
    derived: &Derived,
    bodies: &[&[Item]],
    trace: &[decex_core::StateRoot],
    prove: impl FnOnce(&Transition<'_>) -> Result<Vec<u8>, P>,
) -> Result<Vec<u8>, AssembleError<E, P>> {
    let context = claim.context();
    let inputs = derived
        .inputs(bodies, 0..derived.schedule.count())
        .ok_or(AssembleError::Incomplete)?;
    let transition = Transition {
        parent: claim.parent_state(),
        context: &context,
        messages: &claim.inbox().messages,
        inputs,
        trace_interval: claim.trace_interval(),
        witness_limit: claim.witness_limit(),
        trace,
    };
    prove(&transition).map_err(AssembleError::Prover)
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
fn show_accounts<S: BaseStates, P>(
    engine: &dyn Engine,
    claim: &Claim,
    bodies: &[Vec<Item>],
    states: &mut S,
) -> Result<Vec<BoundedBytes<MAX_WITNESS>>, AssembleError<S::Error, P>> {
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
        let state = states.base_state(&base).map_err(AssembleError::Host)?;
        let state = state.ok_or(AssembleError::Incomplete)?;
        let mut keys = BTreeSet::new();
        for sender in senders.get(&base.hash).into_iter().flatten() {
            let touched = touched_by_account(engine, state, sender).map_err(|error| match error {
                AccountError::Read(error) => AssembleError::State(error),
                AccountError::System => AssembleError::Incomplete,
            })?;
            keys.extend(touched);
        }
        let witness = BoundedVec::new(state.prove(&keys)?).ok_or(AssembleError::Incomplete)?;
        witnesses.push(witness);
    }
    Ok(witnesses)
}
