//! The cost of delay.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "tests"
)]

mod common;

use common::{params, same};
use economics::delay::{blocks_to_election, delay, held, income, profit};
use economics::params::{Group, Params};
use economics::stake::Slash;
use economics::windows::windows;

fn group(count: u32, own: f64, nominated: f64) -> Group {
    Group {
        count,
        own,
        nominated,
        online: true,
    }
}

/// The bound of spec/fraud.md without what k = 0 costs, the sweep and the queue.
fn bound(k: f64, reaction: f64, election: f64) -> f64 {
    (k + 1.0) * (reaction + election) + k * reaction
}

#[test]
fn each_burned_stake_buys_what_the_bound_on_delay_says() {
    for (reaction, election) in [(1.0, 1.0), (3.0, 1.5), (10.0, 40.0)] {
        for k in [0.0, 1.0, 7.0] {
            let more = bound(k + 1.0, reaction, election) - bound(k, reaction, election);
            same(held(reaction, election), more);
        }
    }
}

#[test]
fn an_election_comes_after_as_many_blocks_as_windows_say() {
    // Two windows a block, three of four empty: four windows, two blocks. As a series of windows:
    let series: f64 = (1..2_000)
        .map(|window| f64::from(window) / 2.0 * 0.25 * 0.75_f64.powi(window - 1))
        .sum();
    same(blocks_to_election(2.0, 0.75), 2.0);
    assert!((series - 2.0).abs() < 1e-12);
    same(blocks_to_election(1.0, 1.0), f64::INFINITY);
}

/// One window a block, two equal operators, three bundles in four windows: each wins with 3/8.
fn two() -> Params {
    let mut params = params();
    params.operators = vec![group(2, 50_000.0, 0.0)];
    (params.domain.numerator, params.domain.denominator) = (3, 4);
    params.network.reaction = 2;
    params
}

#[test]
fn figures_by_hand() {
    let params = two();
    let found = delay(&params, &windows(&params));
    let election = 1.0 / (1.0 - 0.625 * 0.625);
    same(found.election, election);
    same(found.held, 4.0 + election);
    // A newcomer's stake less five per cent that it gives itself as reporter.
    same(found.lost, 23_750.0);
    same(found.by_receipts, 23_750.0 / (4.0 + election));
    same(found.by_censorship, 2_500.0);
    same(found.cheapest, 2_500.0);
    // With that share one stake is elected in the time that one receipt holds up.
    same(found.share * 0.75 * found.held, 1.0);
    // Alone the other one is elected every 8/3 blocks.
    same(found.silence.later, 8.0 / 3.0 - election);
    let bytes = 0.75 * 60_000.0 * 0.000_01;
    same(found.silence.lost, (30.0 + 0.8 - bytes) / 2.0 - 0.02);
}

#[test]
fn the_cheapest_way_is_the_cheapest() {
    let mut params = two();
    params.host.bribe = 1e9;
    params.host.majority = 1e9;
    let found = delay(&params, &windows(&params));
    same(found.cheapest, found.by_receipts);
    params.host.majority = 7.0;
    same(delay(&params, &windows(&params)).cheapest, 7.0);
}

#[test]
fn of_operators_alike_the_first_is_named() {
    let mut params = two();
    params.operators = vec![group(1, 50_000.0, 0.0), group(1, 50_000.0, 0.0)];
    assert_eq!(delay(&params, &windows(&params)).silence.group, 1);
}

#[test]
fn a_sole_operators_silence_stops_everything_for_its_profit() {
    let mut params = two();
    params.operators = vec![group(1, 50_000.0, 0.0)];
    let found = delay(&params, &windows(&params));
    same(found.silence.later, f64::INFINITY);
    same(found.cheapest, 30.0 + 0.8 - 0.45 - 0.02);
}

#[test]
fn silence_costs_nothing_where_executing_pays_nothing() {
    let mut params = two();
    params.fees.execution = 0.0;
    params.fees.storage = 0.0;
    let windows = windows(&params);
    assert!(profit(&params, &windows, windows.odds[0]) < 0.0);
    same(delay(&params, &windows).silence.lost, 0.0);
}

#[test]
fn the_incomes_of_all_operators_are_the_fees_less_the_bytes() {
    let params = params();
    let windows = windows(&params);
    let counts = params.operators.iter().map(|group| f64::from(group.count));
    let all: f64 = counts
        .zip(&windows.odds)
        .map(|(count, odds)| count * income(&params, &windows, *odds))
        .sum();
    let bytes = windows.bundles_per_block * params.domain.bundle_bytes * params.host.byte_price;
    assert!((all - (params.fees.execution + params.fees.storage - bytes)).abs() < 1e-9);
}

#[test]
fn a_slash_by_hand() {
    let slash = Slash {
        reporter: 0.1,
        returned: 0.02,
    };
    // Gives himself 10, and of the other 390 gets 2 % back.
    same(slash.loss(100.0, 300.0), 100.0 - 10.0 - 7.8);
    let mut params = params();
    params.domain.treasury_share = 2_500;
    params.attacker.treasury = 0.4;
    params.attacker.supply = 0.08;
    let slash = Slash::of(&params);
    same(slash.returned, 0.25 * 0.4 + 0.75 * 0.08);
    same(slash.reporter, 0.05);
    // Who gets back 16 % of a pool that is ten times his own loses nothing.
    same(slash.least_loss(&params), 0.0);
}

#[test]
fn the_least_loss_is_a_newcomers_unless_nominators_money_comes_back() {
    let mut params = params();
    same(Slash::of(&params).least_loss(&params), 0.95 * 25_000.0);
    params.operators = vec![group(1, 30_000.0, 270_000.0)];
    params.attacker.supply = 0.1;
    params.attacker.treasury = 0.1;
    let pool = 30_000.0 - 1_500.0 - 0.1 * 298_500.0;
    assert!(pool < 0.0);
    same(Slash::of(&params).least_loss(&params), 0.0);
    params.operators[0].nominated = 200_000.0;
    same(
        Slash::of(&params).least_loss(&params),
        30_000.0 - 1_500.0 - 22_850.0,
    );
}
