//! The checking game against enumeration of what everybody may do.
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
use economics::checking::{caught, checkers, first, incomes, threshold};
use economics::windows::windows;

/// Average over every set of others who check, each with probability x.
fn over_others(x: f64, others: u32, of: impl Fn(u32) -> f64) -> f64 {
    (0_u32..1 << others)
        .map(|set| {
            let checking = set.count_ones();
            let chance = x.powi(checking as i32) * (1.0 - x).powi((others - checking) as i32);
            chance * of(checking)
        })
        .sum()
}

#[test]
fn a_reward_is_shared_as_all_sets_of_checkers_share_it() {
    for others in 0..9 {
        for x in [1e-9, 0.1, 0.5, 0.95, 1.0] {
            let each = over_others(x, others, |checking| 1.0 / f64::from(checking + 1));
            assert!((first(x, others) - each).abs() < 1e-9, "{x} {others}");
            let any = over_others(x, others, |checking| f64::from(u8::from(checking > 0)));
            assert!((caught(x, others) - any).abs() < 1e-12, "{x} {others}");
        }
    }
    same(first(0.0, 5), 1.0);
    same(first(1.0, 4), 0.2);
    same(caught(0.0, 5), 0.0);
    same(caught(1.0, 0), 0.0);
}

/// What a strategy earns on average, played out over wrong or right, and who else checks.
fn played(checks: bool, wrong: f64, others: u32, x: f64, (cost, reward, stake): (f64, f64, f64)) -> f64 {
    over_others(x, others, |checking| {
        let if_wrong = if checks {
            reward / f64::from(checking + 1)
        } else if checking > 0 {
            // It built on the receipt, and somebody proves it wrong.
            -stake
        } else {
            0.0
        };
        wrong * if_wrong - if checks { cost } else { 0.0 }
    })
}

#[test]
fn checking_is_the_better_strategy_above_the_threshold_only() {
    for others in [0, 1, 3] {
        for x in [0.2, 0.9] {
            for stake in [0.0, 40.0] {
                let (cost, reward) = (0.5, 10.0);
                let limit = threshold(cost, reward * first(x, others), stake * caught(x, others));
                for (wrong, better) in [(limit * 0.999, false), (limit * 1.001, true)] {
                    let game = (cost, reward, stake);
                    let (check, idle) = (
                        played(true, wrong, others, x, game),
                        played(false, wrong, others, x, game),
                    );
                    assert_eq!(check > idle, better, "{others} {x} {stake} {wrong}");
                }
            }
        }
    }
}

#[test]
fn thresholds_by_hand() {
    // Felten's: idle if the probability is below C / (R + L).
    same(threshold(2.0, 60.0, 40.0), 0.02);
    same(threshold(2.0, 0.0, 0.0), f64::INFINITY);
    same(threshold(0.0, 0.0, 0.0), 0.0);
}

#[test]
fn rows_by_hand() {
    let mut params = params();
    params.operators.truncate(1);
    params.network.challengers = 1;
    params.network.reliability = 0.5;
    params.network.bounty = 100.0;
    params.network.cheat = 1e-6;
    params.costs.execution = 0.03;
    params.costs.checking = 0.01;
    let found = checkers(&params, &windows(&params));
    let [executes, copies, watcher] = &found[..] else {
        panic!("{found:?}")
    };
    // 5 % of 25,000 and the bounty, alone in half of the cases, and half of it in the other.
    let reward = 1_350.0 * 0.75;
    same(executes.reward, reward);
    same(executes.loss, 25_000.0);
    same(executes.cost, 0.01);
    same(executes.threshold, 0.01 / (reward + 25_000.0));
    same(executes.gain, 1e-6 * (reward + 25_000.0) - 0.01);
    assert!(executes.pays);
    same(copies.cost, 0.04);
    assert!(!copies.pays);
    same(copies.threshold, 0.04 / (reward + 25_000.0));
    same(watcher.loss, 0.0);
    same(watcher.threshold, 0.04 / reward);
    assert!(!watcher.pays);
}

#[test]
fn who_alone_would_notice_has_nothing_to_lose_by_not_looking() {
    let mut params = params();
    params.network.challengers = 0;
    let found = checkers(&params, &windows(&params));
    assert!(found.iter().all(|checker| checker.loss == 0.0));
    // The whole reward is its own.
    same(found[0].reward, 1_250.0);
}

#[test]
fn incomes_by_hand() {
    let mut params = params();
    params.operators.truncate(1);
    let found = incomes(&params, &windows(&params));
    assert_eq!(found.len(), 1);
    let fees = (30.0 + 0.8 - 0.6) / 20.0;
    assert!((found[0].fees - fees).abs() < 1e-12);
    assert!((found[0].profit - (fees - 0.02)).abs() < 1e-12);
    assert_eq!(found[0].group, 1);
}

#[test]
fn who_is_offline_is_in_no_row() {
    let mut params = params();
    params.operators[0].online = false;
    let windows = windows(&params);
    assert!(incomes(&params, &windows).iter().all(|income| income.group == 2));
    assert!(
        checkers(&params, &windows)
            .iter()
            .all(|checker| !checker.who.contains("group 1"))
    );
}
