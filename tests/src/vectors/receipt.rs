//! Rules R: submission, confirmation, removal, equivocation.

use super::common::read_params;
use super::json::{Fields, number, scale, scales};
use super::{Draft, Operation, Outcome};
use decex_bundle::Carried;
use decex_core::list;
use decex_core::{ConsensusNumber, DomainId, OperatorId};
use decex_receipt::{
    Accepted, InvalidReceipt, InvalidReceiptEquivocation, ReceiptEquivocation, Removal, RemoveError,
    Submission, SubmitError, check_consecutive, confirm, remove, submit, sweep,
};
use serde_json::{Value, json};

mod after;
mod equivocation;
mod openings;
mod submission;
pub(super) mod view;

use view::View;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-receipt", "receipt.submit", run_submit, submissions),
    Operation::of(
        "decex-receipt",
        "receipt.consecutive",
        run_consecutive,
        after::consecutive,
    ),
    Operation::of("decex-receipt", "receipt.confirm", run_confirm, after::confirm),
    Operation::of("decex-receipt", "receipt.remove", run_remove, after::remove),
    Operation::of("decex-receipt", "receipt.sweep", run_sweep, after::sweep),
    Operation::of(
        "decex-receipt",
        "receipt.equivocation",
        run_equivocation,
        equivocation::drafts,
    ),
];

fn submissions() -> Vec<Draft> {
    [submission::drafts(), openings::drafts()].concat()
}

fn run_submit(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let submission: Submission = when.scale("submission");
    let receipt = &submission.receipt;
    let opened = submission.openings.as_ref().map(|openings| {
        let leaves: Vec<_> = openings
            .schedule
            .iter()
            .map(|entry| entry.compute_leaf())
            .collect();
        json!({
            "schedule_root": scale(&list::root(&leaves)),
            "trace_root": scale(&decex_core::execution::trace_root(&openings.trace)),
        })
    });
    let params = read_params(given);
    // The cases' blocks take in no messages.
    let counts = decex_core::execution::InputCounts {
        messages: 0,
        transactions: receipt.schedule.count,
    };
    let length = decex_core::execution::trace_length(counts, params.trace_interval());
    let steps = json!({
        "hash": scale(&receipt.compute_hash()),
        "trace_length": length,
        "opened": opened,
    });
    let result = submit(
        &View::read(given),
        ConsensusNumber(when.number("now")),
        &params,
        OperatorId(when.number("operator")),
        DomainId(when.number("domain")),
        &submission,
    );
    match result {
        Ok(Accepted::Extended { hash, record }) => Outcome::ok(
            steps,
            json!({ "extended": { "hash": scale(&hash), "record": scale(&record) } }),
        ),
        Ok(Accepted::Endorsed { hash }) => Outcome::ok(steps, json!({ "endorsed": scale(&hash) })),
        Ok(Accepted::Known) => Outcome::ok(steps, json!("known")),
        Err(SubmitError::Invalid(error)) => {
            let cause = match error {
                InvalidReceipt::ScheduleOpenings(openings) => Some(openings.code()),
                _ => None,
            };
            Outcome::err_because(steps, error.code(), cause)
        }
        Err(SubmitError::Host(never)) => match never {},
    }
}

fn run_consecutive(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let submissions: Vec<Submission> = when.scales("submissions");
    let leaves: Vec<_> = submissions.iter().map(Carried::compute_leaf).collect();
    let steps = json!({ "leaves": scales(&leaves), "root": scale(&list::root(&leaves)) });
    match check_consecutive(&submissions) {
        Ok(()) => Outcome::ok(steps, json!({})),
        Err(error) => Outcome {
            steps,
            then: json!({ "err": { "code": 27, "index": error.index } }),
        },
    }
}

fn run_confirm(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let confirmed = confirm(
        &View::read(given),
        DomainId(when.number("domain")),
        when.number("challenge_period"),
        ConsensusNumber(when.number("now")),
    );
    let answer = match confirmed {
        Ok(Some(confirmed)) => json!({
            "hash": scale(&confirmed.hash()),
            "number": number(confirmed.receipt().number.0),
            "backers": operators(confirmed.backers()),
        }),
        Ok(None) => Value::Null,
        Err(never) => match never {},
    };
    Outcome::ok(json!({}), json!({ "confirmed": answer }))
}

fn operators(operators: &[OperatorId]) -> Value {
    operators.iter().map(|operator| number(operator.0)).collect()
}

fn run_remove(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let domain = DomainId(when.number("domain"));
    match remove(&View::read(given), domain, &when.scale("hash")) {
        Ok(removal) => Outcome::ok(
            json!({}),
            json!({
                "removal": scale(&removal),
                "head": number(removal.head().0),
                "head_hash": scale(&removal.head_hash()),
            }),
        ),
        Err(RemoveError::Host(never)) => match never {},
        Err(error) => Outcome::err(json!({}), error.code().expect("a rule")),
    }
}

fn run_sweep(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let removal: Removal = when.scale("removal");
    match sweep(&View::read(given), &removal, when.number("limit")) {
        Ok(swept) => {
            let deleted = swept.deleted.iter();
            let deleted: Value = deleted
                .map(|(number, hash)| json!([number.0, scale(hash)]))
                .collect();
            let answer = json!({
                "deleted": deleted,
                "offenders": operators(&swept.offenders),
                "rest": swept.rest.as_ref().map(scale),
            });
            Outcome::ok(json!({}), answer)
        }
        Err(never) => match never {},
    }
}

fn run_equivocation(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let evidence: ReceiptEquivocation = when.scale("equivocation");
    let vouched = [&evidence.first, &evidence.second];
    let steps = json!({
        "header_hashes": scales(&vouched.map(|vouched| vouched.header.header.compute_hash())),
        "receipt_hashes": scales(&vouched.map(|vouched| vouched.receipt.compute_hash())),
    });
    match evidence.verify(&given.scale("key")) {
        Ok(proven) => Outcome::ok(
            steps,
            json!({
                "operator": number(proven.operator().0),
                "origin": scale(proven.origin()),
                "evidence": scale(&proven.evidence()),
            }),
        ),
        Err(error) => {
            use InvalidReceiptEquivocation::{FirstPlace, FirstSeal, SecondPlace, SecondSeal};
            let cause = match error {
                FirstPlace(place) | SecondPlace(place) => Some(place.code()),
                FirstSeal(seal) | SecondSeal(seal) => Some(seal.code()),
                _ => None,
            };
            Outcome::err_because(steps, error.code(), cause)
        }
    }
}
