//! Elections: how many windows stay empty (`spec/economics.md`, "Empty windows").

use crate::params::{Group, Params};
use serde::Serialize;

/// The probability that an operator wins a window: its share of the stake times the expected bundles, at most 1.
#[must_use]
pub fn wins(stake: f64, total: f64, expected: f64) -> f64 {
    (stake / total * expected).min(1.0)
}

/// The probability that none of `(probability, how many)` wins.
#[must_use]
pub fn nobody_wins(odds: &[(f64, u32)]) -> f64 {
    odds.iter()
        // ln_1p keeps what 1 − p would round away of a small p; of p = 1 it is −∞, and its exponential 0.
        .map(|&(p, count)| {
            if count == 0 {
                0.0
            } else {
                (-p).ln_1p() * f64::from(count)
            }
        })
        .sum::<f64>()
        .exp()
}

/// The elections of a domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Windows {
    /// Seconds of a consensus block on average.
    pub block_seconds: f64,
    /// Windows in a consensus block on average.
    pub per_block: f64,
    /// Expected bundles of a window.
    pub bundles: f64,
    /// Expected bundles of a consensus block.
    pub bundles_per_block: f64,
    /// The probability that a window has no bundle: exact.
    pub empty: f64,
    /// The same for infinitely many infinitely small operators: the largest that it can be at these expected bundles.
    pub empty_poisson: f64,
    /// Windows without a bundle in a day.
    pub empty_per_day: f64,
    /// Seconds from one window with a bundle to the next, on average.
    pub seconds_between: f64,
    /// Of each group: the probability that one of its operators wins a window; 0 if offline.
    pub odds: Vec<f64>,
}

/// Computes them.
#[must_use]
pub fn windows(params: &Params) -> Windows {
    let odds = odds(params);
    let slots_per_block = params.host.slot_denominator as f64 / params.host.slot_numerator as f64;
    let block_seconds = slots_per_block * params.host.slot_seconds;
    let window_seconds = params.domain.interval as f64 * params.host.slot_seconds;
    let per_block = slots_per_block / params.domain.interval as f64;
    let counted = count(params, &odds);
    let bundles = counted
        .iter()
        .map(|&(p, count)| p * f64::from(count))
        .sum::<f64>();
    let empty = nobody_wins(&counted);
    Windows {
        block_seconds,
        per_block,
        bundles,
        bundles_per_block: bundles * per_block,
        empty,
        empty_poisson: (-bundles).exp(),
        empty_per_day: empty * DAY / window_seconds,
        seconds_between: window_seconds / (1.0 - empty),
        odds,
    }
}

/// Returns the probability that a window stays empty if one operator of a group, counted from 1, keeps silent.
#[must_use]
pub fn empty_without(params: &Params, windows: &Windows, group: usize) -> f64 {
    let counted = count(params, &windows.odds).into_iter().zip(1..);
    let left = counted.map(|((odds, count), this)| {
        (
            odds,
            if this == group {
                count.saturating_sub(1)
            } else {
                count
            },
        )
    });
    nobody_wins(&left.collect::<Vec<_>>())
}

/// The groups that are online, with their numbers from 1 on and what one of their operators wins.
pub fn online<'a>(params: &'a Params, windows: &'a Windows) -> impl Iterator<Item = (usize, &'a Group, f64)> {
    let groups = params.operators.iter().zip(&windows.odds).zip(1..);
    groups
        .filter(|((group, _), _)| group.online)
        .map(|((group, odds), number)| (number, group, *odds))
}

/// All stake in the snapshot, of those who are offline too.
#[must_use]
pub fn total_stake(params: &Params) -> f64 {
    params
        .operators
        .iter()
        .map(|group| group.stake() * f64::from(group.count))
        .sum()
}

/// Expected bundles of a window if all stake were online: n/d times the factor.
#[must_use]
pub fn expected(params: &Params) -> f64 {
    params.domain.numerator as f64 / params.domain.denominator as f64 * params.domain.factor
}

fn odds(params: &Params) -> Vec<f64> {
    let total = total_stake(params);
    let one = |stake| wins(stake, total, expected(params));
    let groups = params.operators.iter();
    groups
        .map(|group| if group.online { one(group.stake()) } else { 0.0 })
        .collect()
}

fn count(params: &Params, odds: &[f64]) -> Vec<(f64, u32)> {
    let counts = params.operators.iter().map(|group| group.count);
    odds.iter().copied().zip(counts).collect()
}

const DAY: f64 = 86_400.0;
