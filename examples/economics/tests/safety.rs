//! The cheapest attack on safety against walks through blocks and tries.
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
use economics::params::Params;
use economics::safety::{Safety, Way, bribing, censored_blocks, hoping, needed_reliability, safety, unseen};

#[test]
fn blocks_to_censor_by_hand() {
    // Included at n, blocks n + 1 to n + 10 can carry a proof; the proof could be in n + 3.
    assert_eq!(censored_blocks(10, 3), 8);
    assert_eq!(censored_blocks(10, 1), 10);
    assert_eq!(censored_blocks(10, 10), 1);
    assert_eq!(censored_blocks(10, 11), 0);
    assert_eq!(censored_blocks(10, u64::MAX), 0);
}

#[test]
fn bribes_are_what_each_farmer_wants() {
    for (blocks, farmers) in [(0_u32, 3_u32), (2, 3), (3, 3), (100, 3), (7, 1)] {
        // Farmers take turns. Each wants its bribe for each block, and once the reward it could have had.
        let mut paid = 0.0;
        let mut asked = vec![false; farmers as usize];
        for block in 0..blocks {
            paid += 20.0;
            let farmer = &mut asked[(block % farmers) as usize];
            if !*farmer {
                paid += 7.0;
            }
            *farmer = true;
        }
        same(bribing(f64::from(blocks), 20.0, f64::from(farmers), 7.0), paid);
    }
}

#[test]
fn nobody_looks_as_often_as_all_sets_of_challengers_say() {
    // Every set of those who look, with its probability; nobody sees it where the set is empty.
    let sets = |x: f64, n: u32| -> f64 {
        let chance = |set: u32| {
            (0..n)
                .map(move |bit| if set >> bit & 1 == 1 { x } else { 1.0 - x })
                .product::<f64>()
        };
        let seen: f64 = (1_u32..1 << n).map(chance).sum();
        1.0 - seen
    };
    for n in 0..6 {
        assert!((unseen(0.3, n) - sets(0.3, n)).abs() < 1e-12);
    }
    same(unseen(1.0, 1), 0.0);
    same(unseen(1.0, 0), 1.0);
    same(unseen(0.0, 9), 1.0);
}

#[test]
fn hoping_costs_the_series_of_failures() {
    for q in [0.9, 0.5, 0.1, 0.01] {
        let series: f64 = (0..20_000)
            .map(|failures| f64::from(failures) * 3.0 * q * (1.0 - q).powi(failures))
            .sum();
        assert!((hoping(q, 3.0) - series).abs() < 1e-9 * series, "{q}");
    }
    same(hoping(1.0, 3.0), 0.0);
    same(hoping(0.0, 3.0), f64::INFINITY);
    same(hoping(0.0, 0.0), f64::INFINITY);
    same(hoping(0.25, 0.0), 0.0);
}

#[test]
fn hoping_pays_below_the_needed_reliability_only() {
    for challengers in 1..5 {
        let needed = needed_reliability(1_000.0, 50.0, challengers);
        for (x, pays) in [(needed - 1e-6, true), (needed + 1e-6, false)] {
            let q = unseen(x, challengers);
            // One try: the value if it is not seen, the stake if it is.
            let gain = q * 1_000.0 - (1.0 - q) * 50.0;
            assert_eq!(gain > 0.0, pays, "{challengers} {x}");
            assert_eq!(hoping(q, 50.0) < 1_000.0, pays);
        }
    }
    same(needed_reliability(0.0, 50.0, 3), 0.0);
    same(needed_reliability(10.0, 0.0, 3), 1.0);
    same(needed_reliability(10.0, 5.0, 0), f64::INFINITY);
}

#[test]
fn figures_by_hand() {
    let mut params = params();
    params.host.farmers = 4;
    params.host.bribe = 10.0;
    params.host.majority = 12.0;
    params.domain.challenge_period = 100;
    params.network.reaction = 1;
    params.domain.minimum_stake = 1_000.0;
    params.domain.reporter_share = 1_000;
    params.network.bounty = 5.0;
    params.network.challengers = 1;
    params.network.reliability = 0.9;
    params.domain.value = 750.0;
    let found = safety(&params);
    same(found.bribing, 100.0 * 10.0 + 4.0 * 105.0);
    same(found.majority, 1_200.0);
    // Nine stakes of 900 for each success.
    assert!((found.hoping - 8_100.0).abs() < 1e-9);
    same(found.cheapest, 1_200.0);
    assert_eq!(found.way, Way::Majority);
    same(found.margin, 1_200.0 / 750.0);
    params.host.majority = 20.0;
    assert_eq!(safety(&params).way, Way::Bribing);
    params.network.reliability = 0.5;
    let found = safety(&params);
    assert_eq!(found.way, Way::Hoping);
    same(found.cheapest, 900.0);
}

#[test]
fn of_ways_that_cost_the_same_the_first_is_named() {
    let mut params = params();
    params.host.bribe = 1.0;
    params.host.majority = 1.0;
    params.domain.reporter_share = 0;
    let found = safety(&params);
    same(found.bribing, found.majority);
    assert_eq!(found.way, Way::Bribing);
}

#[test]
fn nobody_who_looks_is_an_attack_for_nothing() {
    let mut params = params();
    params.network.challengers = 0;
    let found = safety(&params);
    assert_eq!(found.way, Way::Hoping);
    same(found.cheapest, 0.0);
    same(found.margin, 0.0);
}

#[test]
fn nothing_to_gain_needs_no_protection() {
    let mut params = params();
    params.domain.value = 0.0;
    params.host.bribe = 0.0;
    params.host.majority = 0.0;
    params.domain.reporter_share = 0;
    let found = safety(&params);
    same(found.margin, f64::INFINITY);
    // One block in which the proof could be is left in any case.
    same(found.shortest_period, params.network.reaction as f64);
}

/// The first period at which both ways of keeping a proof out cost more than the value.
fn search(params: &Params) -> f64 {
    let mut params = params.clone();
    for period in 1..20_000 {
        params.domain.challenge_period = period;
        let found = safety(&params);
        if found.bribing.min(found.majority) > params.domain.value {
            return period as f64;
        }
    }
    f64::INFINITY
}

#[test]
fn the_shortest_period_is_the_first_that_protects() {
    let mut chance = Chance(3);
    for _ in 0..100 {
        let mut params = params();
        let whole = |chance: &mut Chance, most: f64| (chance.next() * most).floor();
        params.host.farmers = 1 + (chance.next() * 40.0) as u64;
        params.host.bribe = 1.0 + whole(&mut chance, 20.0);
        params.host.majority = 1.0 + whole(&mut chance, 60.0);
        params.domain.minimum_stake = 1_000.0 * whole(&mut chance, 3.0) + 1_000.0;
        params.domain.reporter_share = 100 * (chance.next() * 5.0) as u32;
        params.domain.value = whole(&mut chance, 3_000.0);
        params.network.reaction = 1 + (chance.next() * 5.0) as u64;
        same(safety(&params).shortest_period, search(&params));
    }
}

#[test]
fn no_period_is_long_enough_where_keeping_out_is_free() {
    let mut params = params();
    params.host.majority = 0.0;
    same(safety(&params).shortest_period, f64::INFINITY);
}

#[test]
fn every_protection_protects() {
    let base = safety(&params());
    type Change = fn(&mut Params);
    type Figure = fn(&Safety) -> f64;
    let changes: [(Change, Figure); 6] = [
        (
            |p| p.domain.challenge_period += 100,
            |s| s.bribing.min(s.majority),
        ),
        (|p| p.host.farmers += 100, |s| s.bribing),
        (|p| p.host.bribe *= 2.0, |s| s.bribing),
        (|p| p.host.majority *= 2.0, |s| s.majority),
        (|p| p.network.challengers += 1, |s| s.hoping),
        (|p| p.domain.reporter_share = 100, |s| s.hoping),
    ];
    for (number, (change, figure)) in changes.iter().enumerate() {
        let mut params = params();
        change(&mut params);
        assert!(figure(&safety(&params)) > figure(&base), "change {number}");
    }
}
