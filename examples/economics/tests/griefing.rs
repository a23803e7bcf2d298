//! Griefing factors by hand, and absence against its score.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "tests"
)]

mod common;

use common::{params, same};
use economics::delay::delay;
use economics::griefing::{Grief, absence, blind_bundles, factor, griefing};
use economics::params::{Group, Params};
use economics::windows::windows;

fn found(params: &Params, attack: &str) -> Grief {
    let windows = windows(params);
    let all = griefing(params, &windows, &delay(params, &windows));
    let mut named = all.into_iter().filter(|grief| grief.attack.starts_with(attack));
    let grief = named.next().unwrap_or_else(|| panic!("no row {attack}"));
    assert!(named.next().is_none(), "two rows {attack}");
    same(grief.factor, factor(grief.others, grief.attacker));
    grief
}

/// Two operators who share every window's one bundle: a window a block, each wins with 1/2.
fn two() -> Params {
    let mut params = params();
    params.operators = vec![Group {
        count: 2,
        own: 50_000.0,
        nominated: 450_000.0,
        online: true,
    }];
    params.network.reaction = 2;
    params.costs.delay = 3.0;
    params
}

/// 2D + E with an election every 4/3 blocks.
const HELD: f64 = 4.0 + 4.0 / 3.0;

#[test]
fn factors_of_nothing() {
    same(factor(0.0, 0.0), 0.0);
    same(factor(-1.0, 2.0), 0.0);
    same(factor(1.0, 0.0), f64::INFINITY);
    same(factor(1.0, -1.0), f64::INFINITY);
    same(factor(3.0, 2.0), 1.5);
}

#[test]
fn a_wrong_receipt_costs_a_stake_and_others_time() {
    let row = found(&two(), "wrong receipt, newcomer");
    same(row.attacker, 23_750.0);
    same(row.others, 3.0 * HELD);
}

#[test]
fn a_wrong_receipt_takes_nominators_down() {
    let mut params = two();
    let row = found(&params, "wrong receipt, with nominators of group 1");
    same(row.attacker, 47_500.0);
    same(row.others, 450_000.0 + 3.0 * HELD);
    // Of several groups, the one whose nominators lose most for what its owner loses.
    params.operators.insert(
        0,
        Group {
            count: 1,
            own: 1e6,
            nominated: 2e6,
            online: true,
        },
    );
    found(&params, "wrong receipt, with nominators of group 2");
}

#[test]
fn where_nobody_nominates_there_is_no_row_for_nominators() {
    let mut params = two();
    params.operators[0].nominated = 0.0;
    let windows = windows(&params);
    let all = griefing(&params, &windows, &delay(&params, &windows));
    assert!(
        all.iter().all(|grief| !grief.attack.contains("nominators")),
        "{all:#?}"
    );
}

#[test]
fn a_false_verdict_takes_authors_out_until_it_is_refuted() {
    let row = found(&two(), "false verdict");
    same(row.attacker, 23_750.0);
    same(row.others, 2.0 * 30.0 + 3.0 * HELD);
}

#[test]
fn a_spam_bundle_costs_what_fees_do_not_cover() {
    let mut params = two();
    // One bundle a block on average; two operators and five challengers execute it.
    params.fees.execution = 0.1;
    let row = found(&params, "spam bundle");
    same(row.attacker, 0.6 + 0.1);
    same(row.others, 7.0 * 0.02 - 0.1);
    params.fees.execution = 0.2;
    same(found(&params, "spam bundle").others, 0.0);
}

#[test]
fn a_spam_transaction_is_paid_once_and_carried_by_all_who_cannot_know() {
    let mut params = two();
    let row = found(&params, "spam transaction");
    same(row.attacker, 0.0015 + 0.01);
    // Two blocks of one bundle each; a third of the senders is in an author's portion.
    same(row.others, 2.0 * 0.33 * 0.0015);
    params.domain.seed_delay = 4;
    same(blind_bundles(&params, &windows(&params)), 5.0);
    params.domain.seed_delay = 0;
    // Inboxes close a block later at the earliest.
    same(blind_bundles(&params, &windows(&params)), 2.0);
}

#[test]
fn a_false_proof_costs_a_verification() {
    let mut params = two();
    let row = found(&params, "false proof");
    same(row.attacker, 0.001);
    same(row.others, 0.0001);
    params.costs.bandwidth = 0.0;
    same(found(&params, "false proof").factor, f64::INFINITY);
}

#[test]
fn silence_costs_a_profit_and_makes_receipts_late() {
    let mut params = two();
    let row = found(&params, "silence");
    same(row.attacker, 15.1 - 0.02);
    // 2 blocks to an election in place of 4/3, of what stands still in 14,400.
    assert!((row.others - (2.0 / 3.0) / 14_400.0 * 3.0).abs() < 1e-15);
    params.costs.delay = 0.0;
    params.operators[0].count = 1;
    same(found(&params, "silence").others, 0.0);
    params.costs.delay = 3.0;
    same(found(&params, "silence").others, f64::INFINITY);
}

#[test]
fn an_absent_operator_is_out_when_its_score_says() {
    let mut params = params();
    // Two windows a block.
    params.domain.interval = 3;
    let windows = windows(&params);
    let odds: Vec<f64> = windows.odds.iter().copied().filter(|odds| *odds > 0.0).collect();
    let walk = |params: &Params, odds: f64| {
        // Nothing is included, so half of the expected wins is added with every epoch.
        let (mut score, mut epochs) = (0.0, 0.0);
        while score < f64::from(params.domain.absence) {
            score += odds * params.domain.epoch as f64 / 2.0;
            epochs += 1.0;
        }
        epochs * params.domain.epoch as f64 / windows.per_block
    };
    for (score, epoch) in [(14, 1), (20, 600), (100, 7), (37, 100)] {
        params.domain.absence = score;
        params.domain.epoch = epoch;
        let found = absence(&params, &windows);
        assert!(found.detected);
        same(
            found.first_out,
            walk(&params, odds.iter().copied().fold(0.0, f64::max)),
        );
        same(
            found.last_out,
            walk(&params, odds.iter().copied().fold(1.0, f64::min)),
        );
    }
    params.domain.absence = 0;
    let found = absence(&params, &windows);
    assert!(!found.detected);
    same(found.first_out, f64::INFINITY);
    same(found.false_alarms, 0.0);
}

#[test]
fn false_alarms_are_epochs_times_their_probability() {
    let mut params = params();
    params.domain.absence = 14;
    params.domain.interval = 3;
    params.domain.epoch = 1_200;
    // An hour an epoch, 8766 of them a year, e^−14 each.
    same(
        absence(&params, &windows(&params)).false_alarms,
        8_766.0 * (-14.0_f64).exp(),
    );
}
