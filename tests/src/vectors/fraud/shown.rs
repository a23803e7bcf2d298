//! Build evidence about anything, true or not, without the prover.

use super::world::World;
use crate::vectors::common::ENGINE;
use decex_bundle::{Fault, Illegal, Item};
use decex_core::BoundedVec;
use decex_core::execution::{Input, Step, StepKind, run_step, step_at, trace_leaf};
use decex_core::list::{ListTree, RunProof};
use decex_core::state::ProvableTree;
use decex_core::transaction::Summary;
use decex_fraud::{BaseStates, Chunk, InboxEvidence, ScheduledInput, Shown, TransitionEvidence};
use decex_receipt::Openings;
use decex_receipt::decex_shuffle::Entry;
use decex_testkit::ledger::account_key;
use std::ops::{Range, RangeInclusive};

pub(super) fn place(index: u32) -> usize {
    usize::try_from(index).expect("small")
}

pub(super) fn index(place: usize) -> u32 {
    u32::try_from(place).expect("small")
}

fn body(world: &World, bundle: u16) -> &[Item] {
    world.bodies.get(usize::from(bundle)).expect("a bundle")
}

fn body_tree(items: &[Item]) -> ListTree {
    ListTree::new(items.iter().map(|item| item.compute_summary().leaf()).collect())
}

/// Shows leaves of a body and the account of the last one's sender.
pub(super) fn account(world: &mut World, bundle: u16, leaves: RangeInclusive<usize>) -> Shown {
    let items = body(world, bundle);
    let first = index(*leaves.start());
    let tree = body_tree(items);
    let shown: Vec<Summary> = items
        .get(leaves)
        .expect("leaves")
        .iter()
        .map(Item::compute_summary)
        .collect();
    let proof = tree.prove(first, index(shown.len())).expect("leaves");
    let base = world
        .inbox
        .bundles
        .get(usize::from(bundle))
        .expect("a bundle")
        .base;
    let key = account_key(&shown.last().expect("a leaf").sender);
    let state = world.base_state(&base).expect("an answer").expect("a state");
    let witness = state.prove(&[key].into()).expect("a tree in memory");
    Shown::Account {
        leaves: BoundedVec::new(shown).expect("short"),
        proof,
        witness: BoundedVec::new(witness).expect("short"),
    }
}

/// Shows what `fault` is about, whether or not it is one.
pub(super) fn inbox(world: &mut World, bundle: u16, fault: Fault) -> InboxEvidence {
    let items = body(world, bundle);
    let at = place(fault.index);
    let judged = items.get(at).expect("a transaction");
    let shown = match fault.rule {
        Illegal::Malformed | Illegal::Signature | Illegal::Claim => Shown::Transaction {
            item: judged.clone(),
            proof: body_tree(items).prove(fault.index, 1).expect("a leaf"),
        },
        Illegal::Nonce => account(world, bundle, at..=at),
        Illegal::Fees => {
            let first = items.iter().position(|item| item.sender == judged.sender);
            let first = first.expect("the sender").saturating_sub(1);
            account(world, bundle, first..=at)
        }
    };
    InboxEvidence { bundle, fault, shown }
}

/// The tree over an opened trace.
pub(super) fn trace_tree(openings: &Openings) -> ListTree {
    ListTree::new(openings.trace.iter().map(trace_leaf).collect())
}

/// Shows a step of the right execution against a claim with these openings.
pub(super) fn transition(world: &World, openings: &Openings, step: u32) -> TransitionEvidence {
    let entries = index(openings.schedule.len());
    let kind = step_at(
        step,
        world.inbox.input_counts(entries),
        world.params.trace_interval(),
    )
    .expect("a step");
    let chunk = match &kind {
        StepKind::Apply(range) => Some(chunk(world, openings, range.clone())),
        StepKind::Begin | StepKind::Receive(_) | StepKind::Finish => None,
    };
    let before = step.checked_sub(1);
    let trace = match before {
        Some(before) => trace_tree(openings).prove(before, 2),
        None => trace_tree(openings).prove(step, 1),
    };
    let root = |step: u32| *openings.trace.get(place(step)).expect("a trace entry");
    TransitionEvidence {
        step,
        before: before.map(root),
        after: root(step),
        trace: trace.expect("trace entries"),
        witness: BoundedVec::new(witness(world, step, &kind, chunk.as_ref())).expect("short"),
        chunk,
    }
}

fn witness(world: &World, step: u32, kind: &StepKind, chunk: Option<&Chunk>) -> Vec<u8> {
    let items: Vec<&Item> = chunk
        .iter()
        .flat_map(|chunk| &chunk.inputs)
        .map(|input| &input.item)
        .collect();
    let summaries: Vec<Summary> = items.iter().map(|item| item.compute_summary()).collect();
    let inputs = items.iter().zip(&summaries).map(|(item, summary)| Input {
        summary,
        bytes: &item.bytes,
    });
    let inputs: Vec<Input<'_>> = inputs.collect();
    let step_kind = match kind {
        StepKind::Begin => Step::Begin,
        StepKind::Receive(range) => Step::Receive(world.messages(range)),
        StepKind::Apply(_) => Step::Apply(&inputs),
        StepKind::Finish => Step::Finish,
    };
    let full = world.before(step);
    let context = world.inbox.context(world.parent().compute_hash());
    let limit = world.params.witness_limit;
    let result = run_step(&ENGINE, &context, &mut full.clone(), step_kind, limit).expect("a result");
    full.prove(&result.touched).expect("a tree in memory")
}

/// The inputs of a range of the schedule.
pub(super) fn chunk(world: &World, openings: &Openings, range: Range<u32>) -> Chunk {
    let places = place(range.start)..place(range.end);
    let entries = openings.schedule.get(places).expect("entries");
    let inputs = entries.iter().map(|entry| scheduled(world, *entry)).collect();
    Chunk {
        inputs: BoundedVec::new(inputs).expect("short"),
        schedule: schedule_proof(&openings.schedule, range),
    }
}

fn scheduled(world: &World, entry: Entry) -> ScheduledInput {
    let items = body(world, entry.bundle);
    let proof = body_tree(items).prove(entry.leaf, 1).expect("a leaf");
    ScheduledInput {
        entry,
        item: items.get(place(entry.leaf)).expect("a transaction").clone(),
        siblings: BoundedVec::new(proof.siblings.into_inner()).expect("short"),
    }
}

/// Proves entries in a schedule.
pub(super) fn schedule_proof(entries: &[Entry], range: Range<u32>) -> RunProof {
    let tree = ListTree::new(entries.iter().map(Entry::compute_leaf).collect());
    tree.prove(range.start, range.end - range.start).expect("entries")
}
