//! Every state that the model reaches is reached by the real code, by the same steps.
#![allow(clippy::panic, clippy::arithmetic_side_effects, reason = "tests")]

mod common;

use common::{explore, is_full};
use decex_model::bounds::Bounds;
use decex_model::replay::{Report, replay};
use std::time::Instant;

const SMALL: Bounds = Bounds::small();

/// Replays, and checks that no state was missed: the checker has counted them too.
fn lock_step(name: &str, bounds: Bounds, one_in: u64) -> Report {
    let start = Instant::now();
    let report = replay(bounds, one_in);
    println!(
        "{name}: {report:?} in {:?}; one in {one_in}; {bounds:?}",
        start.elapsed()
    );
    assert_eq!(
        report.states,
        explore(bounds).states,
        "the replay and the checker reach the same states"
    );
    let others: Vec<&String> = report.refused.keys().filter(|rule| is_accident(rule)).collect();
    assert!(
        others.is_empty(),
        "refused for what the model is not about: {others:?}"
    );
    report
}

#[test]
fn every_message_in_every_state_does_what_the_model_says() {
    let report = lock_step(
        "two operators",
        Bounds {
            operators: 2,
            ..SMALL
        },
        1,
    );
    // Every refusal that the model knows of came about, each by its rule.
    for rule in [
        "submit B5",
        "submit R6",
        "submit R9",
        "endorse B5",
        "endorse known already",
        "leave K18",
        "prove F13",
        "prove K23",
        "equivocate K28",
    ] {
        assert!(report.refused.contains_key(rule), "{rule}: {:?}", report.refused);
    }
}

/// Only here does the rule that nothing is confirmed over an unswept removal decide anything.
#[test]
fn every_state_of_a_short_period_is_reached() {
    let _ = lock_step("short period", Bounds::short(), if is_full() { 1 } else { 8 });
}

#[test]
fn every_state_of_a_longer_chain_is_reached() {
    let bounds = Bounds {
        inboxes: 3,
        leaving: false,
        ..SMALL
    };
    let _ = lock_step("longer chain", bounds, if is_full() { 1 } else { 16 });
}

#[test]
fn every_state_of_more_operators_is_reached() {
    let bounds = Bounds {
        operators: 4,
        lies: 2,
        leaving: false,
        ..SMALL
    };
    let _ = lock_step("more operators", bounds, if is_full() { 1 } else { 32 });
    if is_full() {
        let _ = lock_step("small", SMALL, 16);
    }
}

/// A refusal by a rule on elections, seals or form would hide what the model says of the message.
fn is_accident(rule: &str) -> bool {
    let known = [
        "B5",
        "R6",
        "R9",
        "K18",
        "K23",
        "K28",
        "F13",
        "F20",
        "known already",
    ];
    !known.iter().any(|known| rule.ends_with(&format!(" {known}")))
}
