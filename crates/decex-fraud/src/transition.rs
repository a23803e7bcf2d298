//! With what result: re-run one step and compare.

use crate::claim::Claim;
use crate::invalid::InvalidProof;
use crate::proof::{Chunk, ScheduledInput, TransitionEvidence};
use alloc::vec::Vec;
use core::ops::Range;
use decex_bundle::Verdict;
use decex_core::execution::{
    Engine, Input, Step, StepError, StepKind, StepResult, run_step, step_at, trace_leaf, trace_length,
};
use decex_core::hash::Digest;
use decex_core::id::StateRoot;
use decex_core::transaction::Summary;

/// Checks that a step of the block does not lead where the receipt says.
pub(crate) fn refutes(
    engine: &dyn Engine,
    claim: &Claim,
    evidence: &TransitionEvidence,
) -> Result<(), InvalidProof> {
    let counts = claim.input_counts();
    // F15: the step is one of the block's.
    let kind =
        step_at(evidence.step, counts, claim.trace_interval()).ok_or_else(|| InvalidProof::UnknownStep {
            step: evidence.step,
            length: trace_length(counts, claim.trace_interval()),
        })?;
    let start = check_trace(claim, evidence)?;
    let summaries = check_inputs(claim, &kind, evidence.chunk.as_ref())?;
    let inputs: Vec<Input<'_>> = scheduled(evidence.chunk.as_ref())
        .zip(&summaries)
        .map(|(input, summary)| Input {
            summary,
            bytes: &input.item.bytes,
        })
        .collect();
    let step = match &kind {
        StepKind::Begin => Step::Begin,
        StepKind::Receive(range) => Step::Receive(claim.messages(range)),
        StepKind::Apply(_) => Step::Apply(&inputs),
        StepKind::Finish => Step::Finish,
    };
    // F10: the witness shows the state before the step.
    let mut state = engine
        .commitment()
        .open(&start, &evidence.witness)
        .map_err(InvalidProof::Witness)?;
    let result = run_step(
        engine,
        &claim.context(),
        state.as_mut(),
        step,
        claim.witness_limit(),
    )
    .map_err(|error| match error {
        // F11: unknown state is not evidence.
        StepError::Read(_) => InvalidProof::IncompleteWitness,
        // F12: neither is an engine that breaks its contract.
        StepError::System => InvalidProof::Engine,
    })?;
    // F20: the step leads elsewhere.
    if agrees(claim, &evidence.after, &result) {
        Err(InvalidProof::StepHolds)
    } else {
        Ok(())
    }
}

/// Returns whether the step's result is what the receipt claims: the trace entry, and after the last step the outcome.
pub(crate) fn agrees(claim: &Claim, after: &StateRoot, result: &StepResult) -> bool {
    let receipt = claim.receipt();
    let outcome = result
        .effects
        .as_ref()
        .is_none_or(|effects| *effects == receipt.effects && result.root == receipt.state);
    result.root == *after && outcome
}

/// Checks the trace entries shown, and returns the root that the step starts from.
fn check_trace(claim: &Claim, evidence: &TransitionEvidence) -> Result<StateRoot, InvalidProof> {
    let leaves: Vec<Digest> = evidence
        .before
        .iter()
        .chain([&evidence.after])
        .map(trace_leaf)
        .collect();
    // F16: the entries stand in the claimed trace.
    let position = evidence
        .trace
        .verify(&claim.receipt().trace.root, &leaves)
        .map_err(InvalidProof::Trace)?;
    // F8: at the step, with the one before it if there is one.
    let first = if evidence.before.is_some() {
        evidence.step.saturating_sub(1)
    } else {
        evidence.step
    };
    if position.start() != first {
        return Err(InvalidProof::Place {
            expected: first,
            found: position.start(),
        });
    }
    // F7: the first step starts from the parent's state, every other one from the entry before its own.
    match (evidence.step, evidence.before) {
        (0, None) => Ok(claim.parent_state()),
        (0, Some(_)) | (_, None) => Err(InvalidProof::Kind),
        (_, Some(before)) => Ok(before),
    }
}

/// Checks the inputs shown, and returns their summaries.
fn check_inputs(claim: &Claim, kind: &StepKind, chunk: Option<&Chunk>) -> Result<Vec<Summary>, InvalidProof> {
    let range = match kind {
        // What is received stands in the inbox.
        StepKind::Begin | StepKind::Receive(_) | StepKind::Finish => 0..0,
        StepKind::Apply(range) => range.clone(),
    };
    let expected = range.end.saturating_sub(range.start);
    let found = u32::try_from(scheduled(chunk).len()).unwrap_or(u32::MAX);
    // F17: as many as the step takes, and none (not an empty list) where it takes none.
    if found != expected || chunk.is_some() != (expected > 0) {
        return Err(InvalidProof::Inputs { expected, found });
    }
    let Some(chunk) = chunk else { return Ok(Vec::new()) };
    check_entries(claim, range, chunk)?;
    chunk
        .inputs
        .iter()
        .map(|input| check_input(claim, input))
        .collect()
}

/// Checks that the inputs' entries are those of the claimed schedule.
fn check_entries(claim: &Claim, range: Range<u32>, chunk: &Chunk) -> Result<(), InvalidProof> {
    let leaves: Vec<Digest> = chunk
        .inputs
        .iter()
        .map(|input| input.entry.compute_leaf())
        .collect();
    // F18: they stand in the claimed schedule.
    let position = chunk
        .schedule
        .verify(&claim.receipt().schedule.root, &leaves)
        .map_err(InvalidProof::Entries)?;
    // F8: where the step's inputs stand.
    if position.start() != range.start {
        return Err(InvalidProof::Place {
            expected: range.start,
            found: position.start(),
        });
    }
    Ok(())
}

/// Checks that the transaction is the one that its entry names, and returns its summary.
fn check_input(claim: &Claim, input: &ScheduledInput) -> Result<Summary, InvalidProof> {
    let bundle = usize::from(input.entry.bundle);
    let inboxed = claim.inbox().bundles.get(bundle);
    // F5: the entry names a bundle of the inbox.
    let inboxed = inboxed.ok_or(InvalidProof::UnknownBundle {
        bundle: input.entry.bundle,
    })?;
    // F19: one that the receipt calls valid.
    if claim.receipt().verdicts.get(bundle) != Some(&Verdict::Valid) {
        return Err(InvalidProof::NotScheduled);
    }
    let summary = input.item.compute_summary();
    // F6: its leaf is in the body, so the bytes hash to what was included.
    let proof = input.body_proof(inboxed.body.count);
    proof
        .verify(&inboxed.body.root, &[summary.leaf()])
        .map_err(InvalidProof::Body)?;
    Ok(summary)
}

fn scheduled(chunk: Option<&Chunk>) -> core::slice::Iter<'_, ScheduledInput> {
    chunk.map_or(&[][..], |chunk| &chunk.inputs).iter()
}
