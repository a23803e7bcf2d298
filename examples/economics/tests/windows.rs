//! Elections against enumeration.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "tests"
)]

mod common;

use common::{Chance, params, same};
use economics::params::Group;
use economics::windows::{empty_without, nobody_wins, total_stake, windows, wins};

/// The probability of nobody and the expected number of winners, over every set of winners.
fn enumerate(odds: &[f64]) -> (f64, f64) {
    let (mut nobody, mut bundles, mut all) = (0.0, 0.0, 0.0);
    for winners in 0_u32..1 << odds.len() {
        let each = odds.iter().enumerate();
        let chance: f64 = each
            .map(|(place, p)| if winners >> place & 1 == 1 { *p } else { 1.0 - p })
            .product();
        all += chance;
        bundles += chance * f64::from(winners.count_ones());
        if winners == 0 {
            nobody += chance;
        }
    }
    same(all, 1.0);
    (nobody, bundles)
}

fn group(count: u32, own: f64, online: bool) -> Group {
    Group {
        count,
        own,
        nominated: 0.0,
        online,
    }
}

#[test]
fn wins_by_hand() {
    // A quarter of the stake at two bundles per window.
    same(wins(250.0, 1000.0, 2.0), 0.5);
    // Never more than always.
    same(wins(600.0, 1000.0, 2.0), 1.0);
}

#[test]
fn empty_windows_by_hand() {
    same(nobody_wins(&[(0.5, 2), (0.2, 1)]), 0.5 * 0.5 * 0.8);
    same(nobody_wins(&[(1.0, 1), (0.2, 7)]), 0.0);
    same(nobody_wins(&[]), 1.0);
    same(nobody_wins(&[(1.0, 0), (0.5, 1)]), 0.5);
    // A million operators of a millionth each: e^−1 but for the sixth digit.
    assert!((nobody_wins(&[(1e-6, 1_000_000)]) - (-1.0_f64).exp()).abs() < 1e-6);
}

#[test]
fn figures_are_those_of_all_sets_of_winners() {
    let mut chance = Chance(1);
    for _ in 0..50 {
        let mut params = params();
        params.operators = (0..4)
            .map(|_| {
                group(
                    1 + (chance.next() * 3.0) as u32,
                    1e6 * chance.next(),
                    chance.next() < 0.8,
                )
            })
            .collect();
        params.operators.push(group(1, 1e6, true));
        params.domain.factor = 1.0 + 3.0 * chance.next();
        let total = total_stake(&params);
        let each = |own: f64| (own / total * params.domain.factor).min(1.0);
        let odds: Vec<f64> = params
            .operators
            .iter()
            .filter(|group| group.online)
            .flat_map(|group| vec![each(group.own); group.count as usize])
            .collect();
        let (nobody, bundles) = enumerate(&odds);
        let found = windows(&params);
        assert!((found.empty - nobody).abs() < 1e-12, "{} {nobody}", found.empty);
        assert!((found.bundles - bundles).abs() < 1e-12);
    }
}

#[test]
fn windows_draw_as_computed() {
    let params = params();
    let found = windows(&params);
    let (mut chance, mut empty, mut bundles) = (Chance(7), 0.0, 0.0);
    let draws = 100_000.0;
    for _ in 0..100_000 {
        let mut winners = 0;
        for (group, odds) in params.operators.iter().zip(&found.odds) {
            winners += (0..group.count).filter(|_| chance.next() < *odds).count();
        }
        empty += f64::from(u8::from(winners == 0));
        bundles += winners as f64;
    }
    // Five standard deviations.
    let bound = 5.0 * (found.empty * (1.0 - found.empty) / draws).sqrt();
    assert!((empty / draws - found.empty).abs() < bound);
    assert!((bundles / draws - found.bundles).abs() < 5.0 * (found.bundles / draws).sqrt());
}

#[test]
fn splitting_a_stake_changes_no_expectation_and_empties_windows_up_to_poisson() {
    let mut params = params();
    let mut last = 0.0;
    for count in [1, 2, 3, 10, 100, 10_000] {
        params.operators = vec![group(count, 1e9 / f64::from(count), true)];
        params.domain.denominator = 2;
        let found = windows(&params);
        same(found.bundles, 0.5);
        assert!(found.empty > last && found.empty < found.empty_poisson);
        last = found.empty;
    }
    assert!((-0.5_f64).exp() - last < 2e-5);
}

#[test]
fn times_by_hand() {
    let mut params = params();
    params.operators = vec![group(1, 30_000.0, true), group(1, 30_000.0, false)];
    (params.host.slot_numerator, params.host.slot_denominator) = (2, 12);
    params.host.slot_seconds = 2.0;
    params.domain.interval = 3;
    let found = windows(&params);
    same(found.block_seconds, 12.0);
    same(found.per_block, 2.0);
    same(found.bundles, 0.5);
    same(found.bundles_per_block, 1.0);
    same(found.empty, 0.5);
    // A window takes 6 s, every second one is empty.
    same(found.empty_per_day, 7_200.0);
    same(found.seconds_between, 12.0);
    same(empty_without(&params, &found, 1), 1.0);
    same(empty_without(&params, &found, 2), 0.5);
}

#[test]
fn a_sure_winner_leaves_no_window_empty() {
    let mut params = params();
    params.operators = vec![group(1, 30_000.0, true)];
    let found = windows(&params);
    same(found.empty, 0.0);
    same(found.seconds_between, 6.0);
}
