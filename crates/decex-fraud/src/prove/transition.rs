//! Show a wrong step.

use super::{ProveError, entry_tree};
use crate::claim::Claim;
use crate::local::LocalExecution;
use crate::proof::{Chunk, ScheduledInput, TransitionEvidence};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Range;
use decex_bundle::Item;
use decex_core::codec::BoundedVec;
use decex_core::execution::{Engine, Input, Step, StepError, StepKind, run_step, step_at, trace_leaf};
use decex_core::id::StateRoot;
use decex_core::list::ListTree;
use decex_core::schedule::Entry;
use decex_core::state::{Changes, ProvableTree, ReadError, StateKey, StateTree, Value};
use decex_core::transaction::Summary;
use decex_receipt::Openings;

/// Returns evidence against the first wrong trace entry or, if the trace is right, against the outcome; `None` if both
/// are right. Expects a right schedule.
pub(super) fn find<L: LocalExecution>(
    engine: &dyn Engine,
    claim: &Claim,
    openings: &Openings,
    local: &mut L,
) -> Result<Option<TransitionEvidence>, ProveError<L::Error>> {
    let Some(step) = wrong_step(claim, openings, local) else {
        return Ok(None);
    };
    let kind = step_at(step, claim.input_counts(), claim.trace_interval()).ok_or(ProveError::Openings)?;
    let chunk = match &kind {
        StepKind::Begin | StepKind::Receive(_) | StepKind::Finish => None,
        StepKind::Apply(range) => {
            Some(collect(openings, local, range.clone()).ok_or(ProveError::OtherBlock)?)
        }
    };
    let before = step
        .checked_sub(1)
        .and_then(|before| entry(&openings.trace, before));
    let after = entry(&openings.trace, step).ok_or(ProveError::Openings)?;
    let trace = ListTree::new(openings.trace.iter().map(trace_leaf).collect());
    let (start, count) = if before.is_some() {
        (step.saturating_sub(1), 2)
    } else {
        (step, 1)
    };
    let trace = trace.prove(start, count).ok_or(ProveError::Openings)?;
    let state = local.state_before(step).map_err(ProveError::Host)?;
    let touched = touched(engine, claim, state, &kind, chunk.as_ref())?;
    let witness = BoundedVec::new(state.prove(&touched)?).ok_or(ProveError::OtherBlock)?;
    Ok(Some(TransitionEvidence {
        step,
        before,
        after,
        trace,
        chunk,
        witness,
    }))
}

/// Returns the first trace entry that differs, or the last one if only the outcome does. The trace before it is right, so
/// the step starts from the same state on both sides.
fn wrong_step(claim: &Claim, openings: &Openings, local: &impl LocalExecution) -> Option<u32> {
    let (claimed, right) = (claim.receipt(), local.receipt());
    let differing = openings
        .trace
        .iter()
        .zip(&local.openings().trace)
        .position(|(claimed, right)| claimed != right);
    if let Some(step) = differing {
        return u32::try_from(step).ok();
    }
    let outcome = claimed.effects != right.effects || claimed.state != right.state;
    claimed.trace.length.checked_sub(1).filter(|_| outcome)
}

fn entry(trace: &[StateRoot], index: u32) -> Option<StateRoot> {
    trace.get(usize::try_from(index).ok()?).copied()
}

/// Returns the inputs of a step with their proofs, or `None` if a body lacks one.
fn collect(openings: &Openings, local: &impl LocalExecution, range: Range<u32>) -> Option<Chunk> {
    let places = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
    let entries = openings.schedule.get(places)?;
    let bundles: BTreeSet<u16> = entries.iter().map(|entry| entry.bundle).collect();
    let trees: BTreeMap<u16, ListTree> = bundles
        .into_iter()
        .map(|bundle| Some((bundle, body_tree(local.body(bundle)?))))
        .collect::<Option<_>>()?;
    let inputs: Option<Vec<ScheduledInput>> = entries
        .iter()
        .map(|entry| scheduled(entry, local, trees.get(&entry.bundle)?))
        .collect();
    Some(Chunk {
        inputs: BoundedVec::new(inputs?)?,
        schedule: entry_tree(openings).prove(range.start, range.end.checked_sub(range.start)?)?,
    })
}

fn body_tree(items: &[Item]) -> ListTree {
    ListTree::new(items.iter().map(|item| item.compute_summary().leaf()).collect())
}

fn scheduled(entry: &Entry, local: &impl LocalExecution, tree: &ListTree) -> Option<ScheduledInput> {
    let item = local.body(entry.bundle)?.get(usize::try_from(entry.leaf).ok()?)?;
    Some(ScheduledInput {
        entry: *entry,
        item: item.clone(),
        siblings: BoundedVec::new(tree.prove(entry.leaf, 1)?.siblings.into_inner())?,
    })
}

/// Runs the step once more, for the keys that its witness must cover.
fn touched(
    engine: &dyn Engine,
    claim: &Claim,
    state: &dyn ProvableTree,
    kind: &StepKind,
    chunk: Option<&Chunk>,
) -> Result<BTreeSet<StateKey>, StepError> {
    let items = || {
        chunk
            .iter()
            .flat_map(|chunk| &chunk.inputs)
            .map(|input| &input.item)
    };
    let summaries: Vec<Summary> = items().map(Item::compute_summary).collect();
    let inputs: Vec<Input<'_>> = items()
        .zip(&summaries)
        .map(|(item, summary)| Input {
            summary,
            bytes: &item.bytes,
        })
        .collect();
    let step = match kind {
        StepKind::Begin => Step::Begin,
        StepKind::Receive(range) => Step::Receive(claim.messages(range)),
        StepKind::Apply(_) => Step::Apply(&inputs),
        StepKind::Finish => Step::Finish,
    };
    let result = run_step(
        engine,
        &claim.context(),
        &mut Unchanged(state),
        step,
        claim.witness_limit(),
    )?;
    Ok(result.touched)
}

/// A state that is read and stays as it is: what a step writes is dropped.
struct Unchanged<'a>(&'a dyn ProvableTree);

impl StateTree for Unchanged<'_> {
    fn root(&self) -> StateRoot {
        self.0.root()
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.0.get(key)
    }

    fn update(&mut self, _changes: &Changes) -> Result<StateRoot, ReadError> {
        Ok(self.0.root())
    }
}
