//! Rules S: the schedule, its openings, its refutations.

use super::json::{Fields, number, scale, scales};
use super::{Operation, Outcome};
use decex_core::list::InvalidAbsence;
use decex_core::transaction::Summary;
use decex_core::{ConsensusNumber, DomainId, ListRoot, Randomness, Seed};
use decex_receipt::decex_shuffle::{
    Entry, InboxBody, InvalidRefutation, Refutation, Schedule, ScheduleClaim, check_openings, compute_seed,
    rank,
};
use serde_json::{Value, json};

mod cases;
mod world;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-shuffle", "schedule.seed", run_seed, cases::seed),
    Operation::of("decex-shuffle", "schedule.build", run_build, cases::build),
    Operation::of(
        "decex-shuffle",
        "schedule.openings",
        run_openings,
        cases::openings,
    ),
    Operation::of("decex-shuffle", "schedule.refute", run_refute, cases::refute),
];

fn run_seed(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let seed = compute_seed(
        &Randomness(when.digest("randomness")),
        DomainId(when.number("domain")),
        ConsensusNumber(when.number("consensus_number")),
        &ListRoot(when.digest("inbox_root")),
    );
    Outcome::ok(json!({}), json!({ "seed": scale(&seed) }))
}

fn run_build(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let seed = Seed(given.digest("seed"));
    let bodies: Vec<(bool, Vec<Summary>)> = when
        .each("bundles")
        .map(|bundle| (bundle.flag("valid"), bundle.scales("summaries")))
        .collect();
    let valid = (0_u16..).zip(&bodies).filter(|(_, (valid, _))| *valid);
    let schedule = Schedule::build(&seed, valid.map(|(bundle, (_, body))| (bundle, body.as_slice())));
    let placed = |summary: &Summary| json!({ "sender": scale(&summary.sender), "rank": scale(&rank(&seed, &summary.sender)) });
    let steps = json!({
        "order": schedule.summaries().iter().map(placed).collect::<Value>(),
        "leaves": schedule.entries().iter().map(|entry| scale(&entry.compute_leaf())).collect::<Value>(),
    });
    let claim = schedule.claim();
    Outcome::ok(
        steps,
        json!({
            "entries": schedule.entries().iter().map(entry).collect::<Value>(),
            "root": scale(&claim.root),
            "count": claim.count,
        }),
    )
}

fn entry(entry: &Entry) -> Value {
    json!([entry.bundle, entry.leaf])
}

fn inbox(given: Fields<'_>) -> Vec<InboxBody> {
    let body = |body: Fields<'_>| InboxBody {
        root: ListRoot(body.digest("root")),
        count: body.number("count"),
        valid: body.flag("valid"),
    };
    given.each("inbox").map(body).collect()
}

fn run_openings(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let entries: Vec<Entry> = when.scales("entries");
    match check_openings(&when.scale::<ScheduleClaim>("claim"), &inbox(given), &entries) {
        Ok(()) => Outcome::ok(json!({}), json!({})),
        Err(error) => Outcome::err(json!({}), error.code()),
    }
}

fn run_refute(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let claim: ScheduleClaim = when.scale("claim");
    let refutation: Refutation = when.scale("refutation");
    let seed = Seed(given.digest("seed"));
    let shown: Vec<Value> = shown(&refutation)
        .into_iter()
        .map(
            |summary| json!({ "leaf": scale(&summary.leaf()), "rank": scale(&rank(&seed, &summary.sender)) }),
        )
        .collect();
    let steps = json!({ "shown": shown });
    match refutation.verify(&claim, &seed, &inbox(given)) {
        Ok(refuted) => Outcome::ok(steps, json!({ "fault": scale(&refuted.fault()) })),
        Err(error) => Outcome::err_because(steps, error.code(), cause(&error)),
    }
}

/// The transactions that evidence shows, in its order.
fn shown(refutation: &Refutation) -> Vec<&Summary> {
    use decex_core::list::Absence;
    let shown = match refutation {
        Refutation::Disorder { left, right, .. } => vec![left, right],
        Refutation::Omission { omitted, gap } => match gap {
            Absence::Empty => vec![omitted],
            Absence::Before { first: one, .. } | Absence::After { last: one, .. } => vec![omitted, one],
            Absence::Between { left, right, .. } => vec![omitted, left, right],
        },
        Refutation::Invention { .. } => vec![],
        Refutation::LaterCopy { copy, lower, .. } => vec![copy, lower],
    };
    shown.into_iter().map(|shown| &shown.summary).collect()
}

/// The broken rule C of the list proof within.
pub(super) fn cause(error: &InvalidRefutation) -> Option<u16> {
    match error {
        InvalidRefutation::Body(error) | InvalidRefutation::Schedule(error) => Some(error.code()),
        InvalidRefutation::Gap(error) => Some(InvalidAbsence::code(error)),
        InvalidRefutation::Bundle { .. }
        | InvalidRefutation::Ordered
        | InvalidRefutation::Named
        | InvalidRefutation::Different
        | InvalidRefutation::NotLower => None,
    }
}

/// One bundle of an inbox, as verifiers know it.
fn body(body: &InboxBody) -> Value {
    json!({ "root": scale(&body.root), "count": number(body.count.into()), "valid": body.valid })
}

/// One bundle of an inbox, as whoever builds the schedule knows it.
fn content(summaries: &[Summary], valid: bool) -> Value {
    json!({ "valid": valid, "summaries": scales(summaries) })
}
