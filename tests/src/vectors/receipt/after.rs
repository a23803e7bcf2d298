//! The cases of the rules R27 to R32.

use super::view::{DOMAIN, View};
use crate::vectors::Draft;
use crate::vectors::common::named;
use crate::vectors::json::{scale, scales};
use decex_core::{DomainNumber, OperatorId, ReceiptHash};
use decex_receipt::{Removal, Submission, remove as take_off};
use serde_json::{Value, json};

pub(super) fn consecutive() -> Vec<Draft> {
    let numbered = |number| {
        let mut submission = View::new(1).next();
        submission.receipt.number = DomainNumber(number);
        submission.openings = None;
        submission
    };
    let when = |numbers: &[u64]| {
        let submissions: Vec<Submission> = numbers.iter().copied().map(numbered).collect();
        json!({ "submissions": scales(&submissions) })
    };
    let accepted = |name, numbers: &[u64]| Draft::accepted(name, "R27", json!({}), when(numbers));
    let refused = |name, numbers: &[u64]| Draft::refused(name, "R27", json!({}), when(numbers));
    vec![
        accepted("none", &[]),
        accepted("one", &[7]),
        accepted("three", &[7, 8, 9]),
        refused("one_left_out", &[7, 9]),
        refused("one_repeated", &[7, 8, 8]),
        refused("downwards", &[8, 7]),
        refused("after_the_last_number", &[u64::MAX, 0]),
    ]
}

/// Receipts 1 to `count`, of which the first `confirmed` are final, as a vector shows them to confirmation and removal.
fn chain(count: u64, confirmed: u64) -> View {
    let mut view = View::grown(count);
    view.inboxes.clear();
    view.chain_mut().confirmed = DomainNumber(confirmed);
    view
}

pub(super) fn confirm() -> Vec<Draft> {
    let when = |domain: u32, now: u64| json!({ "domain": domain, "challenge_period": 100, "now": now });
    let case =
        |name, rules, view: &View, now| Draft::accepted(name, rules, view.value(), when(DOMAIN.0, now));
    let mut behind = chain(2, 0);
    behind.chain_mut().head = DomainNumber(0);
    vec![
        case(
            "one_block_after_the_challenge_period",
            "R28 R29",
            &chain(2, 0),
            111,
        ),
        case(
            "on_the_last_block_of_the_challenge_period",
            "R29",
            &chain(2, 0),
            110,
        ),
        case("on_its_own_block", "R29", &chain(2, 0), 10),
        case("one_at_a_time_in_order", "R28", &chain(2, 0), 1_000),
        case("the_next_after_a_final_one", "R28", &chain(2, 1), 121),
        case("nothing_pending", "R28", &chain(2, 2), 1_000),
        case("never_past_the_head", "R28", &behind, 1_000),
        Draft::accepted("no_such_domain", "R28", chain(2, 0).value(), when(4, 1_000)),
    ]
}

fn hash(view: &View, number: u64) -> ReceiptHash {
    view.hashes.get(&DomainNumber(number)).copied().expect("a hash")
}

pub(super) fn remove() -> Vec<Draft> {
    let view = chain(3, 1);
    let when = |hash: &ReceiptHash| json!({ "domain": DOMAIN.0, "hash": scale(hash) });
    let of = |number| when(&hash(&view, number));
    let mut removed = view.clone();
    (removed.chain_mut().head, removed.chain_mut().head_hash) = (DomainNumber(1), hash(&view, 1));
    removed.hashes.retain(|number, _| number.0 <= 1);
    let mut replaced = view.clone();
    replaced.hashes.insert(DomainNumber(2), ReceiptHash(named(77)));
    let elsewhere = json!({ "domain": 4, "hash": scale(&hash(&view, 2)) });
    vec![
        Draft::accepted("one_and_all_after_it", "R30 R31", view.value(), of(2)),
        Draft::accepted("the_head_alone", "R30 R31", view.value(), of(3)),
        Draft::refused(
            "not_a_receipt",
            "R30",
            view.value(),
            when(&ReceiptHash(named(77))),
        ),
        Draft::refused("removed_before", "R30", removed.value(), of(2)),
        Draft::refused("another_in_its_place", "R30", replaced.value(), of(2)),
        Draft::refused("no_such_domain", "R30", view.value(), elsewhere),
        Draft::refused("a_final_one", "R31", view.value(), of(1)),
        Draft::refused("genesis", "R31", view.value(), of(0)),
    ]
}

pub(super) fn sweep() -> Vec<Draft> {
    let mut view = chain(4, 1);
    let backers: [&[u64]; 3] = [&[2, 5], &[5, 3], &[4]];
    for (number, backers) in (2..).zip(backers) {
        let record = view.records.get_mut(&hash(&view, number)).expect("a record");
        record.backers = backers.iter().copied().map(OperatorId).collect();
    }
    let removal = take_off(&view, DOMAIN, &hash(&view, 2)).expect("pending");
    let when = |removal: &Removal, limit: u32| json!({ "removal": scale(removal), "limit": limit });
    let step = decex_receipt::sweep(&view, &removal, 1).expect("an answer");
    let rest = step.rest.expect("two are left");
    let mut lost = view.clone();
    lost.records.remove(&hash(&view, 4));
    let case = |name, view: &View, when: Value| Draft::accepted(name, "R32", view.value(), when);
    vec![
        case("all_at_once", &view, when(&removal, 9)),
        case("exactly_all", &view, when(&removal, 3)),
        case("the_first_step", &view, when(&removal, 1)),
        case("from_where_a_step_ended", &view, when(&rest, 9)),
        case("no_step", &view, when(&removal, 0)),
        case("a_lost_record_stops_it", &lost, when(&removal, 9)),
    ]
}
