//! Build evidence about anything, true or not, without the prover.

use crate::world::{ENGINE, World};
use decex_bundle::{Fault, Illegal, Item};
use decex_core::codec::BoundedVec;
use decex_core::execution::{Input, Step, StepKind, run_step, step_at, trace_leaf};
use decex_core::list::{ListTree, RunProof};
use decex_core::state::{MemoryTree, ProvableTree};
use decex_core::transaction::Summary;
use decex_fraud::{
    BaseStates, Chunk, Claim, Evidence, FraudProof, InboxEvidence, LocalExecution, ScheduledInput, Shown,
    TransitionEvidence,
};
use decex_receipt::Openings;
use decex_testkit::ledger::account_key;

pub fn proof(claim: &Claim, evidence: Evidence) -> FraudProof {
    FraudProof {
        domain: claim.receipt().domain,
        receipt: claim.hash(),
        reporter: crate::world::REPORTER,
        evidence,
    }
}

pub fn body_tree(items: &[Item]) -> ListTree {
    ListTree::new(items.iter().map(|item| item.compute_summary().leaf()).collect())
}

/// Shows leaves `first..=last` of a body and the account of the last one's sender.
pub fn show_account(world: &mut World, bundle: u16, first: usize, last: usize) -> Shown {
    let items = &world.bodies[usize::from(bundle)];
    let leaves: Vec<Summary> = items[first..=last].iter().map(Item::compute_summary).collect();
    let proof = body_tree(items).prove(first as u32, leaves.len() as u32).unwrap();
    let base = world.inbox.bundles[usize::from(bundle)].base;
    let sender = leaves.last().unwrap().sender;
    let state = world.base_state(&base).unwrap().unwrap();
    let witness = state.prove(&[account_key(&sender)].into()).unwrap();
    Shown::Account {
        leaves: BoundedVec::new(leaves).unwrap(),
        proof,
        witness: BoundedVec::new(witness).unwrap(),
    }
}

/// Shows what `fault` is about, whether or not it is one.
pub fn inbox(world: &mut World, bundle: u16, fault: Fault) -> InboxEvidence {
    let items = &world.bodies[usize::from(bundle)];
    let index = fault.index as usize;
    let shown = match fault.rule {
        Illegal::Malformed | Illegal::Signature | Illegal::Claim => Shown::Transaction {
            item: items[index].clone(),
            proof: body_tree(items).prove(fault.index, 1).unwrap(),
        },
        Illegal::Nonce => show_account(world, bundle, index, index),
        Illegal::Fees => {
            let first = items
                .iter()
                .position(|item| item.sender == items[index].sender)
                .unwrap();
            show_account(world, bundle, first.saturating_sub(1), index)
        }
    };
    InboxEvidence { bundle, fault, shown }
}

/// Shows a step of the right execution against a claim with these openings.
pub fn transition(world: &mut World, openings: &Openings, step: u32) -> TransitionEvidence {
    let interval = world.params.trace_interval();
    let counts = world.inbox.input_counts(openings.schedule.len() as u32);
    let kind = step_at(step, counts, interval).unwrap();
    let chunk = match &kind {
        StepKind::Apply(range) => Some(chunk(world, openings, range.start, range.end)),
        _ => None,
    };
    let trace = ListTree::new(openings.trace.iter().map(trace_leaf).collect());
    let before = step.checked_sub(1).map(|before| openings.trace[before as usize]);
    let trace = match before {
        Some(_) => trace.prove(step - 1, 2),
        None => trace.prove(step, 1),
    };
    let items: Vec<Item> = chunk
        .iter()
        .flat_map(|chunk| chunk.inputs.iter().map(|input| input.item.clone()))
        .collect();
    let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
    let inputs: Vec<Input<'_>> = items
        .iter()
        .zip(&summaries)
        .map(|(item, summary)| Input {
            summary,
            bytes: &item.bytes,
        })
        .collect();
    let step_kind = match kind {
        StepKind::Begin => Step::Begin,
        StepKind::Receive(range) => {
            Step::Receive(&world.inbox.messages.clone()[range.start as usize..range.end as usize])
        }
        StepKind::Apply(_) => Step::Apply(&inputs),
        StepKind::Finish => Step::Finish,
    };
    let mut state = before_step(world, step);
    let context = world.inbox.context(world.parent().compute_hash());
    let witness_limit = world.params.witness_limit;
    let full = state.clone();
    let result = run_step(&ENGINE, &context, &mut state, step_kind, witness_limit).unwrap();
    TransitionEvidence {
        step,
        before,
        after: openings.trace[step as usize],
        trace: trace.unwrap(),
        chunk,
        witness: BoundedVec::new(full.prove(&result.touched).unwrap()).unwrap(),
    }
}

/// The state of the right execution before a step.
pub fn before_step(world: &World, step: u32) -> MemoryTree {
    use decex_core::state::StateTree;
    let mut state = world.past.last().unwrap().1.clone();
    for changes in world.right.steps.iter().take(step as usize) {
        state.update(&changes.after).unwrap();
    }
    state
}

pub fn chunk(world: &World, openings: &Openings, start: u32, end: u32) -> Chunk {
    let entries = &openings.schedule[start as usize..end as usize];
    let inputs = entries.iter().map(|entry| {
        let items = world.body(entry.bundle).unwrap();
        ScheduledInput {
            entry: *entry,
            item: items[entry.leaf as usize].clone(),
            siblings: BoundedVec::new(
                body_tree(items)
                    .prove(entry.leaf, 1)
                    .unwrap()
                    .siblings
                    .into_inner(),
            )
            .unwrap(),
        }
    });
    Chunk {
        inputs: BoundedVec::new(inputs.collect()).unwrap(),
        schedule: schedule_proof(openings, start, end),
    }
}

pub fn schedule_proof(openings: &Openings, start: u32, end: u32) -> RunProof {
    let tree = ListTree::new(
        openings
            .schedule
            .iter()
            .map(|entry| entry.compute_leaf())
            .collect(),
    );
    tree.prove(start, end - start).unwrap()
}
