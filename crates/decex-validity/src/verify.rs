//! Judge a proof: rederive everything that a receipt says, up to the state transition, which the domain's verifier checks.

use crate::error::InvalidValidity;
use crate::proof::ValidityProof;
use crate::transition::{Transition, TransitionVerifier};
use crate::witness::Witnesses;
use alloc::vec::Vec;
use decex_bundle::{Inboxed, Item, Verdict};
use decex_core::execution::{Engine, trace_length, trace_root};
use decex_core::hash::Digest;
use decex_core::id::{DomainId, DomainNumber, ReceiptHash};
use decex_core::list;
use decex_core::params::{CheckedParams, Validity};
use decex_core::transaction::Summary;
use decex_fraud::{Claim, Derived, ExecuteError, derive};
use decex_receipt::{Receipt, VERSION};

/// A receipt that was shown to be right. Only [`verify`] builds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof that is not stored proves nothing"]
pub struct Proven {
    domain: DomainId,
    number: DomainNumber,
    receipt: ReceiptHash,
}

impl Proven {
    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the receipt's number.
    #[must_use]
    pub const fn number(&self) -> DomainNumber {
        self.number
    }

    /// Returns the receipt's hash.
    #[must_use]
    pub const fn receipt(&self) -> ReceiptHash {
        self.receipt
    }
}

/// Verifies that `proof` shows the claimed receipt to be the right one. Every field is compared with what follows from parent and
/// inbox; none is taken from the receipt.
///
/// # Errors
/// When the proof does not show it (Z1, Z6–Z14). That says nothing against the receipt.
pub fn verify(
    engine: &dyn Engine,
    verifier: &dyn TransitionVerifier,
    params: &CheckedParams,
    claim: &Claim,
    proof: &ValidityProof,
) -> Result<Proven, InvalidValidity> {
    // Z1: of a domain whose receipts are proven.
    let Validity::Proven { verifier: named } = params.validity else {
        return Err(InvalidValidity::Optimistic);
    };
    // Z6: made for this receipt.
    if proof.domain != claim.receipt().domain || proof.receipt != claim.hash() {
        return Err(InvalidValidity::Foreign);
    }
    // Z7: judged by the rules that the receipt was made under, and by the domain's verifier.
    if claim.receipt().version != VERSION {
        return Err(InvalidValidity::Rules);
    }
    if engine.rule_set() != claim.receipt().rules || verifier.id() != named {
        return Err(InvalidValidity::Rules);
    }
    check_bodies(claim, proof)?;
    let bodies: Vec<&[Item]> = proof.bodies.iter().map(|body| &**body).collect();
    let mut states = Witnesses::open(engine, claim, proof)?;
    let derived = derive(engine, claim.inbox(), &bodies, &mut states).map_err(|error| match error {
        // Z9: unknown state shows nothing.
        ExecuteError::Rules
        | ExecuteError::Parent
        | ExecuteError::Bodies
        | ExecuteError::Step(_)
        | ExecuteError::Host(_) => InvalidValidity::IncompleteWitness,
    })?;
    check_fields(claim, proof, &derived)?;
    check_transition(verifier, claim, proof, &derived, &bodies)?;
    Ok(Proven {
        domain: proof.domain,
        number: claim.receipt().number,
        receipt: proof.receipt,
    })
}

/// Z8: the transactions are those that were included.
fn check_bodies(claim: &Claim, proof: &ValidityProof) -> Result<(), InvalidValidity> {
    let (bundles, verdicts) = (&claim.inbox().bundles, &claim.receipt().verdicts);
    // Z8: one body per bundle.
    if proof.bodies.len() != bundles.len() || verdicts.len() != bundles.len() {
        return Err(InvalidValidity::BodyCount {
            expected: bundles.len(),
            found: proof.bodies.len(),
        });
    }
    for (index, ((bundle, verdict), body)) in bundles.iter().zip(verdicts).zip(&proof.bodies).enumerate() {
        let shown = if *verdict == Verdict::BaseRemoved {
            body.is_empty()
        } else {
            is_body(bundle, body)
        };
        // Z8: whole, as the inbox commits to it.
        if !shown {
            return Err(InvalidValidity::Body { bundle: index });
        }
    }
    Ok(())
}

fn is_body(bundle: &Inboxed, body: &[Item]) -> bool {
    let leaves: Vec<Digest> = body.iter().map(|item| leaf(&item.compute_summary())).collect();
    u32::try_from(leaves.len()) == Ok(bundle.body.count) && list::root(&leaves) == bundle.body.root
}

fn leaf(summary: &Summary) -> Digest {
    summary.leaf()
}

/// Compares every field of the receipt but the effects with what follows from parent and inbox.
fn check_fields(claim: &Claim, proof: &ValidityProof, derived: &Derived) -> Result<(), InvalidValidity> {
    // Whole, so that a new field does not compile until somebody says what shows it.
    let Receipt {
        // Compared with what these rules know (Z7).
        version: _,
        // Compared with inbox and parent where the claim was put together.
        rules: _,
        domain: _,
        number: _,
        parent: _,
        consensus_number: _,
        consensus_hash: _,
        seed: _,
        verdicts,
        schedule,
        trace,
        state,
        // Compared with what the transition's proof shows.
        effects: _,
    } = claim.receipt();
    // Z10: every verdict.
    if **verdicts != *derived.verdicts {
        return Err(InvalidValidity::Verdicts);
    }
    // Z11: the schedule.
    if *schedule != derived.schedule.claim() {
        return Err(InvalidValidity::Schedule);
    }
    // Z12: the trace that is shown is the claimed one, as long as these inputs make it, and ends in the claimed state.
    let counts = claim.inbox().input_counts(derived.schedule.count());
    let length = trace_length(counts, claim.trace_interval());
    let opens = u32::try_from(proof.trace.len()) == Ok(length)
        && trace.length == length
        && trace_root(&proof.trace) == trace.root
        && proof.trace.last() == Some(state);
    if !opens {
        return Err(InvalidValidity::Trace);
    }
    Ok(())
}

fn check_transition(
    verifier: &dyn TransitionVerifier,
    claim: &Claim,
    proof: &ValidityProof,
    derived: &Derived,
    bodies: &[&[Item]],
) -> Result<(), InvalidValidity> {
    let context = claim.context();
    // The bodies are those that the schedule was built from, so this has an answer.
    let inputs = derived
        .inputs(bodies, 0..derived.schedule.count())
        .ok_or(InvalidValidity::Schedule)?;
    let transition = Transition {
        parent: claim.parent_state(),
        context: &context,
        messages: &claim.inbox().messages,
        inputs,
        trace_interval: claim.trace_interval(),
        witness_limit: claim.witness_limit(),
        trace: &proof.trace,
    };
    // Z13: these inputs lead through these states.
    let effects = verifier
        .verify(&transition, &proof.transition)
        .map_err(InvalidValidity::Transition)?;
    // Z14: with these effects.
    if effects != claim.receipt().effects {
        return Err(InvalidValidity::Effects);
    }
    Ok(())
}
