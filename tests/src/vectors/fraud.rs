//! Rules F: fraud proofs of each family, over the toy ledger.

use super::common::{engine, read_params};
use super::json::{Fields, number, scale, scales};
use super::receipt::view::View;
use super::{Operation, Outcome};
use decex_bundle::Inbox;
use decex_core::execution::{Engine, Input, Step, StepKind, run_step, step_at};
use decex_core::transaction::Summary;
use decex_core::{ConsensusNumber, DomainId};
use decex_fraud::{
    Claim, Evidence, Family, FraudProof, InvalidProof, LoadError, Refutation, TransitionEvidence, verify,
};
use decex_receipt::Receipt;
use serde_json::{Value, json};

mod inbox;
mod intake;
mod load;
mod order;
mod shown;
mod steps;
mod world;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-fraud", "fraud.load", run_load, load::drafts),
    Operation::of("decex-fraud", "fraud.intake", intake::run, intake::drafts),
    Operation::of("decex-fraud", "fraud.verify_inbox", run_verify, inbox::drafts),
    Operation::of("decex-fraud", "fraud.verify_schedule", run_verify, order::drafts),
    Operation::of(
        "decex-fraud",
        "fraud.verify_transition",
        run_verify,
        steps::drafts,
    ),
];

fn run_load(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let domain = DomainId(when.number("domain"));
    match Claim::load(
        &View::read(given),
        &read_params(given),
        domain,
        &when.scale("hash"),
    ) {
        Ok(claim) => Outcome::ok(
            json!({}),
            json!({
                "number": number(claim.receipt().number.0),
                "included_at": number(claim.included_at().0),
                "parent_state": scale(&claim.parent_state()),
                "largest_proof": number(claim.largest_proof()),
            }),
        ),
        Err(LoadError::Host(never)) => match never {},
        Err(error) => Outcome::err(json!({}), error.code().expect("a rule, not the host")),
    }
}

fn run_verify(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let params = read_params(given);
    let (receipt, parent): (Receipt, Receipt) = (given.scale("receipt"), given.scale("parent"));
    let inbox: Inbox = given.scale("inbox");
    let included_at = ConsensusNumber(given.number("included_at"));
    let claim =
        Claim::new(&params, receipt, included_at, &parent, inbox).expect("parts that belong together");
    let bytes = when.bytes("proof");
    let limit = usize::try_from(params.message_bytes()).expect("32 bits");
    let proof = FraudProof::decode_bounded(&bytes, limit).expect("a proof");
    let engine = engine(given);
    let steps = json!({
        "receipt_hash": scale(&claim.hash()),
        "parent_state": scale(&claim.parent_state()),
        "largest_proof": number(claim.largest_proof()),
        "proof_bytes": bytes.len(),
        "shown": scales(&shown(&proof.evidence)),
        "rerun": match &proof.evidence {
            Evidence::Transition(evidence) => rerun(&engine, &claim, evidence),
            Evidence::Inbox(_) | Evidence::Schedule(_) => None,
        },
    });
    match verify(&engine, &claim, &proof) {
        Ok(refutation) => Outcome::ok(
            steps,
            json!({
                "family": family(&refutation),
                "number": number(refutation.number().0),
                "reporter": scale(&refutation.reporter()),
                "evidence": scale(&refutation.evidence()),
            }),
        ),
        Err(error) => Outcome::err_because(steps, error.code(), cause(&error)),
    }
}

fn family(refutation: &Refutation) -> &'static str {
    match refutation.family() {
        Family::Inbox => "inbox",
        Family::Schedule => "schedule",
        Family::Transition => "transition",
    }
}

/// The leaves in bodies of the transactions that are shown.
fn shown(evidence: &Evidence) -> Vec<decex_core::Digest> {
    match evidence {
        Evidence::Inbox(evidence) => match &evidence.shown {
            decex_fraud::Shown::Transaction { item, .. } => vec![item.compute_summary().leaf()],
            decex_fraud::Shown::Account { leaves, .. } => leaves.iter().map(Summary::leaf).collect(),
        },
        Evidence::Schedule(_) => vec![],
        Evidence::Transition(evidence) => {
            let inputs = evidence.chunk.iter().flat_map(|chunk| &chunk.inputs);
            inputs.map(|input| input.item.compute_summary().leaf()).collect()
        }
    }
}

/// What a step leads to over its witness, `None` where the evidence does not go that far.
fn rerun(engine: &dyn Engine, claim: &Claim, evidence: &TransitionEvidence) -> Option<Value> {
    let start = evidence.before.unwrap_or(claim.parent_state());
    let items = evidence
        .chunk
        .iter()
        .flat_map(|chunk| &chunk.inputs)
        .map(|input| &input.item);
    let summaries: Vec<Summary> = items.clone().map(decex_bundle::Item::compute_summary).collect();
    let inputs: Vec<Input<'_>> = items
        .zip(&summaries)
        .map(|(item, summary)| Input {
            summary,
            bytes: &item.bytes,
        })
        .collect();
    let step = match step_at(evidence.step, claim.input_counts(), claim.trace_interval())? {
        StepKind::Begin => Step::Begin,
        StepKind::Receive(range) => {
            let place = |place| usize::try_from(place).ok();
            Step::Receive(
                claim
                    .inbox()
                    .messages
                    .get(place(range.start)?..place(range.end)?)?,
            )
        }
        StepKind::Apply(_) => Step::Apply(&inputs),
        StepKind::Finish => Step::Finish,
    };
    let mut state = engine.commitment().open(&start, &evidence.witness).ok()?;
    let result = run_step(
        engine,
        &claim.context(),
        state.as_mut(),
        step,
        claim.witness_limit(),
    )
    .ok()?;
    Some(json!({ "root": scale(&result.root), "effects": result.effects.as_ref().map(scale) }))
}

/// The rule of another page that is broken within.
fn cause(error: &InvalidProof) -> Option<u16> {
    match error {
        InvalidProof::Body(list) | InvalidProof::Trace(list) | InvalidProof::Entries(list) => {
            Some(list.code())
        }
        InvalidProof::Witness(witness) => Some(witness.code()),
        InvalidProof::Schedule(refutation) => Some(refutation.code()),
        _ => None,
    }
}
