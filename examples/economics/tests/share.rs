//! The largest reporter's share against books of who has what.
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
use economics::share::{bait, largest, share};

/// What a slash leaves the attacker with, entry by entry, less what he had.
struct Books {
    /// Own stake of the attacker.
    own: f64,
    /// Of others: nominators of his, own stakes of whoever he lured.
    nominated: f64,
    lured: f64,
    /// What comes back of treasury and burning.
    returned: f64,
    gain: f64,
}

#[derive(Clone, Copy)]
enum Rule {
    Own,
    Pool,
}

impl Books {
    fn result(&self, share: f64, rule: Rule) -> f64 {
        let pot = self.own + self.nominated + self.lured;
        let base = match rule {
            Rule::Own => self.own + self.lured,
            Rule::Pool => pot,
        };
        let reward = share * base;
        let rest = pot - reward;
        reward + rest * self.returned + self.gain - self.own
    }

    fn limit(&self, rule: Rule) -> f64 {
        let pot = self.own + self.nominated + self.lured;
        let base = match rule {
            Rule::Own => self.own + self.lured,
            Rule::Pool => pot,
        };
        largest(self.own, self.gain, base, pot, self.returned)
    }
}

#[test]
fn below_the_largest_share_no_books_show_a_gain_and_above_it_they_do() {
    let mut chance = Chance(11);
    let mut limited = 0;
    for _ in 0..2_000 {
        let books = Books {
            own: 1.0 + 100.0 * chance.next(),
            nominated: 1_000.0 * chance.next(),
            lured: if chance.next() < 0.5 {
                0.0
            } else {
                300.0 * chance.next()
            },
            returned: 0.1 * chance.next().powi(2),
            gain: 20.0 * chance.next(),
        };
        for rule in [Rule::Own, Rule::Pool] {
            let limit = books.limit(rule);
            for step in 0..=1_000 {
                let share = f64::from(step) / 1_000.0;
                let pays = books.result(share, rule) > 1e-9;
                // A limit of 0 may also mean that it pays at every share.
                if share < limit {
                    assert!(!pays, "{share} < {limit}");
                } else if share > limit + 1e-9 {
                    assert!(pays, "{share} > {limit}");
                }
            }
            limited += i32::from(limit > 0.0 && limit < 1.0);
        }
    }
    assert!(limited > 500, "the limits are within: {limited}");
}

#[test]
fn limits_by_hand() {
    // The rule of this SDK without anything on top: any share below the whole.
    same(largest(100.0, 0.0, 100.0, 1_000.0, 0.0), 1.0);
    // The naive one: own ÷ (own + nominated).
    same(largest(100.0, 0.0, 1_000.0, 1_000.0, 0.0), 0.1);
    // Delay is worth 30.
    same(largest(100.0, 30.0, 100.0, 1_000.0, 0.0), 0.7);
    // 2 % of all that is slashed comes back: 80 are left, of 98 for each whole of the share.
    same(largest(100.0, 0.0, 100.0, 1_000.0, 0.02), 80.0 / 98.0);
    same(largest(100.0, 0.0, 100.0, 1_000.0, 0.1), 0.0);
    same(largest(100.0, 200.0, 100.0, 100.0, 0.0), 0.0);
}

#[test]
fn an_owner_who_nominates_to_himself_loses_more_under_either_rule() {
    for (own, other) in [(50.0, 200.0), (50.0, 0.0)] {
        for by_himself in [10.0, 500.0] {
            let pot = own + other + by_himself;
            let before = own / (own + other);
            // Loses own and by_himself; the naive share is of the pot, ours of own.
            assert!(largest(own + by_himself, 0.0, pot, pot, 0.0) >= before);
            same(largest(own + by_himself, 0.0, own, pot, 0.0), 1.0);
        }
    }
}

#[test]
fn bait_by_hand_and_against_the_books() {
    // A share of 10 % of ten times the own stake is the own stake.
    same(bait(100.0, 0.0, 0.1, 0.0), 900.0);
    same(bait(100.0, 0.0, 0.0, 0.0), f64::INFINITY);
    same(bait(100.0, 100.0, 0.1, 0.0), 0.0);
    for returned in [0.0, 0.03] {
        let lured = bait(100.0, 20.0, 0.05, returned);
        let books = |lured| Books {
            own: 100.0,
            nominated: 0.0,
            lured,
            returned,
            gain: 20.0,
        };
        assert!(books(lured * 1.001).result(0.05, Rule::Own) > 0.0);
        assert!(books(lured * 0.999).result(0.05, Rule::Own) < 0.0);
    }
}

#[test]
fn the_sample_by_hand() {
    let params = params();
    let found = share(&params, 7.5);
    same(found.configured, 0.05);
    // P2 of the SDK.
    same(found.bound, 0.1);
    same(found.gain, 0.0);
    same(found.own, 1.0);
    // Group 2: 200,000 of 2,000,000.
    same(found.pool, 0.1);
    // 25,000 beside 20 × 50,000 + 5 × 200,000 + 3 × 25,000.
    same(found.lured, 25_000.0 / 2_100_000.0);
    same(found.bait, 475_000.0);
}

#[test]
fn a_gain_from_delay_counts_for_the_newcomer_whose_stake_is_smallest() {
    let mut params = params();
    params.attacker.delay = 1_000.0;
    let found = share(&params, 7.5);
    same(found.gain, 7_500.0);
    same(found.own, 17_500.0 / 25_000.0);
}

#[test]
fn money_that_comes_back_counts_for_the_pool_with_the_most_nominators() {
    let mut params = params();
    params.attacker.treasury = 0.05;
    params.attacker.supply = 0.05;
    let found = share(&params, 7.5);
    // Group 2 loses 200,000 and gets back 5 % of what remains of 2,000,000.
    same(found.own, 100_000.0 / (0.95 * 200_000.0));
}

#[test]
fn money_that_comes_back_counts_under_every_rule() {
    let mut params = params();
    params.attacker.treasury = 0.001;
    params.attacker.supply = 0.001;
    let found = share(&params, 7.5);
    // Group 2 gets 2,000 of 2,000,000 back.
    same(found.own, 1.0_f64.min(198_000.0 / (0.999 * 200_000.0)));
    same(found.pool, 198_000.0 / (0.999 * 2_000_000.0));
    // 20 × 250,000 + 5 × 2,000,000 + 3 × 25,000 fall with the newcomer's 25,000.
    same(found.lured, (25_000.0 - 15_100.0) / (0.999 * 2_100_000.0));
}
