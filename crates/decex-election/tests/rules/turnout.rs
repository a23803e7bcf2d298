//! E19 to E22: the numbers. E23: the factor.

use super::adapting::{Domain, EPOCH, odds, on_time, params, rule, windows};
use decex_core::{Balance, ConsensusNumber, Window};
use decex_election::{
    Adaptation, AdaptationParams, FACTOR_ONE, InvalidAdaptation, MAX_FACTOR, Moment, Odds, Turnout, Windows,
};
use num_bigint::BigUint;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;

fn refused(change: impl FnOnce(&mut AdaptationParams)) -> Option<InvalidAdaptation> {
    let mut params = params();
    change(&mut params);
    Adaptation::new(&windows(), &odds(), &params).err()
}

#[test]
fn e19_an_epoch_is_no_shorter_than_bundles_may_be_late() {
    for epoch in [8, 9, u32::MAX.into()] {
        assert_eq!(refused(|params| params.epoch = epoch), None);
    }
    for found in [0, 7, 1 << 32, u64::MAX] {
        let (least, most) = (8, u32::MAX.into());
        let error = refused(|params| params.epoch = found);
        assert_eq!(error, Some(InvalidAdaptation::Epoch { least, most, found }));
        assert_eq!(error.map(|error| error.code()), Some(19));
    }
    // Without longevity too, an epoch is something.
    let at_once = Windows::new(1, 0).unwrap();
    let none = AdaptationParams { epoch: 0, ..params() };
    let (least, most, found) = (1, u32::MAX.into(), 0);
    let error = Adaptation::new(&at_once, &odds(), &none);
    assert_eq!(error, Err(InvalidAdaptation::Epoch { least, most, found }));
}

#[test]
fn e20_the_largest_factor_has_a_range() {
    for factor in [1, 2, MAX_FACTOR] {
        assert_eq!(refused(|params| params.max_factor = factor), None);
    }
    for found in [0, MAX_FACTOR + 1, u32::MAX] {
        let error = refused(|params| params.max_factor = found);
        let limit = MAX_FACTOR;
        assert_eq!(error, Some(InvalidAdaptation::MaxFactor { limit, found }));
        assert_eq!(error.map(|error| error.code()), Some(20));
    }
}

#[test]
fn e21_absence_is_off_or_has_a_range() {
    for score in [0, 14, 100] {
        assert_eq!(refused(|params| params.absence = score), None);
    }
    for found in [1, 13, 101, u32::MAX] {
        let error = refused(|params| params.absence = found);
        let (least, most) = (14, 100);
        assert_eq!(error, Some(InvalidAdaptation::Absence { least, most, found }));
        assert_eq!(error.map(|error| error.code()), Some(21));
    }
}

#[test]
fn e22_blocks_come_with_a_probability() {
    let slots = |numerator, denominator| {
        refused(|params| {
            params.slot_numerator = numerator;
            params.slot_denominator = denominator;
        })
    };
    for (numerator, denominator) in [(1, 1), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        assert_eq!(slots(numerator, denominator), None);
    }
    for (numerator, denominator) in [(0, 0), (0, 1), (2, 1), (1, 0)] {
        let error = slots(numerator, denominator);
        assert_eq!(
            error,
            Some(InvalidAdaptation::Slots {
                numerator,
                denominator
            })
        );
        assert_eq!(error.map(|error| error.code()), Some(22));
    }
}

/// A turnout in an epoch that has stake, at the factor of 1.
fn fresh(rule: &Adaptation) -> Turnout {
    Turnout::new(rule, on_time(0)).at(rule, on_time(rule.epoch_windows().into()), Balance(1_000))
}

fn counted(turnout: Turnout, bundles: u64) -> Turnout {
    (0..bundles).fold(turnout, |turnout, _| turnout.count())
}

/// The turnout an epoch later, on time.
fn next(turnout: Turnout, rule: &Adaptation) -> Turnout {
    let window = (turnout.epoch() + 1) * u64::from(rule.epoch_windows());
    turnout.at(rule, on_time(window), Balance(1_000))
}

fn factor(turnout: &Turnout) -> u64 {
    turnout.factor(turnout.epoch()).unwrap()
}

#[test]
fn e23_the_factor_follows_the_root_of_what_is_missing() {
    let rule = rule(&params());
    let mut turnout = fresh(&rule);
    assert_eq!(factor(&turnout), FACTOR_ONE);
    // 64 are wanted; the expected factor in BigUints, whose root is another implementation.
    for (bundles, bounded) in [
        (32, false),
        (16, false),
        (15, true),
        (0, true),
        (63, false),
        (64, false),
        (200, false),
        (256, false),
        (257, true),
        (40, false),
    ] {
        let before = factor(&turnout);
        turnout = next(counted(turnout, bundles), &rule);
        let square = BigUint::from(before) * before * 64u32;
        let root = if bundles == 0 {
            BigUint::from(before) * 2u32
        } else {
            (square / bundles).sqrt()
        };
        let expected = u64::try_from(root).unwrap().clamp(before / 2, before * 2);
        assert_eq!(factor(&turnout), expected.max(FACTOR_ONE), "{bundles} bundles");
        assert_eq!(
            factor(&turnout) == before * 2 || factor(&turnout) == before / 2,
            bounded || bundles == 16 || bundles == 256
        );
        assert_eq!(
            turnout.factor(turnout.epoch() - 1),
            Some(before),
            "the factor before is known"
        );
    }
}

#[test]
fn e23_other_factors_are_not_known() {
    let turnout = fresh(&rule(&params()));
    assert_eq!(turnout.epoch(), 1);
    assert_eq!(turnout.factor(0), Some(FACTOR_ONE));
    assert_eq!((turnout.factor(2), turnout.factor(u64::MAX)), (None, None));
    let at_first = Turnout::new(&rule(&params()), on_time(0));
    assert_eq!(
        at_first.factor(u64::MAX),
        None,
        "nothing is before the first epoch"
    );
}

#[test]
fn e23_the_factor_stays_between_one_and_the_largest() {
    let rule = rule(&AdaptationParams {
        max_factor: 5,
        ..params()
    });
    let mut turnout = fresh(&rule);
    for _ in 0..5 {
        turnout = next(turnout, &rule);
    }
    assert_eq!(factor(&turnout), 5 * FACTOR_ONE);
    for _ in 0..5 {
        turnout = next(counted(turnout, 5_000), &rule);
    }
    assert_eq!(factor(&turnout), FACTOR_ONE);
    let off = super::adapting::rule(&AdaptationParams {
        max_factor: 1,
        ..params()
    });
    let mut turnout = fresh(&off);
    for bundles in [0, 0, 3, 500] {
        turnout = next(counted(turnout, bundles), &off);
        assert_eq!(factor(&turnout), FACTOR_ONE, "an election that does not adapt");
    }
}

/// One bundle is wanted in an epoch: 16 epochs are looked at together.
#[test]
fn e23_little_evidence_is_gathered_first() {
    let odds = Odds::new(1, EPOCH, FACTOR_ONE).unwrap();
    let rule = Adaptation::new(&windows(), &odds, &params()).unwrap();
    let mut turnout = fresh(&rule);
    for _ in 0..15 {
        turnout = next(turnout, &rule);
        assert_eq!(factor(&turnout), FACTOR_ONE);
    }
    turnout = next(counted(turnout, 8), &rule);
    let root = BigUint::from(2 * FACTOR_ONE) * FACTOR_ONE;
    assert_eq!(BigUint::from(factor(&turnout)), root.sqrt(), "8 of 16 came");
    let before = factor(&turnout);
    for _ in 0..15 {
        turnout = next(turnout, &rule);
        assert_eq!(factor(&turnout), before, "the evidence is used up");
    }
    assert_eq!(factor(&next(turnout, &rule)), before * 2);
}

#[test]
fn e23_nobody_is_missed_where_there_is_no_stake() {
    let rule = rule(&params());
    let nobody = |turnout: Turnout, epochs: u64| {
        let window = (turnout.epoch() + epochs) * EPOCH;
        turnout.at(&rule, on_time(window), Balance::ZERO)
    };
    let mut turnout = nobody(Turnout::new(&rule, on_time(0)), 1);
    for gap in [1, 1, 3, 1_000] {
        turnout = nobody(turnout, gap);
        assert_eq!(factor(&turnout), FACTOR_ONE);
    }
    // The epoch of creation does not count either, however much stake follows.
    let created = Turnout::new(&rule, on_time(0)).at(&rule, on_time(EPOCH), Balance(5));
    assert_eq!(factor(&created), FACTOR_ONE);
    let missed = created.at(&rule, on_time(2 * EPOCH), Balance::ZERO);
    assert_eq!(factor(&missed), 2 * FACTOR_ONE, "here somebody was missed");
}

fn moment(window: u64, block: u64) -> Moment {
    Moment {
        window: Window(window),
        block: ConsensusNumber(block),
    }
}

/// A host that makes no blocks proves nothing; one that makes half of its blocks proves two thirds.
#[test]
fn e23_a_host_that_halts_is_no_evidence() {
    let rule = rule(&params());
    let start = Turnout::new(&rule, on_time(0)).at(&rule, moment(EPOCH, 1_000), Balance(5));
    // From one window to the next there is one block; the host halts for eight years.
    let halted = start.at(&rule, moment(EPOCH * 500_000, 1_001), Balance(5));
    assert_eq!(factor(&halted), FACTOR_ONE);
    let after = |bundles, blocks: u64| {
        let end = moment(2 * EPOCH, 1_000 + blocks);
        factor(&counted(start, bundles).at(&rule, end, Balance(5)))
    };
    // An epoch of which half passed without blocks wants two thirds of the bundles.
    let third = (1u64 << 31) + (1u64 << 31) / 3;
    let expected = BigUint::from(FACTOR_ONE) * FACTOR_ONE * 64u32 * third / (BigUint::from(32u32) << 32u32);
    assert_eq!(BigUint::from(after(32, EPOCH / 2)), expected.sqrt());
    // If it was one halt, only half could come: √(4/3).
    assert!((FACTOR_ONE * 115 / 100..FACTOR_ONE * 116 / 100).contains(&after(32, EPOCH / 2)));
    // Three quarters of the blocks are enough to want all, and the factor is what it is with all of them.
    assert_eq!(after(32, EPOCH / 4 * 3 + 1), after(32, EPOCH));
    assert!(after(32, EPOCH / 4 * 3 - 1) < after(32, EPOCH));
    // More blocks than were due want no more.
    let full = counted(start, 64).at(&rule, moment(2 * EPOCH, 1_000 + 10 * EPOCH), Balance(5));
    assert_eq!(factor(&full), FACTOR_ONE);
    let full = counted(start, 32).at(&rule, moment(2 * EPOCH, 1_000 + 10 * EPOCH), Balance(5));
    assert_eq!(factor(&full), factor(&next(counted(fresh(&rule), 32), &rule)));
}

fn any_rule() -> impl Strategy<Value = Adaptation> {
    let number = || prop_oneof![1u64..100, 1u64.., Just(u64::MAX)];
    (
        number(),
        number(),
        2u64..300,
        prop_oneof![Just(1), Just(2), 1..=MAX_FACTOR],
        prop_oneof![Just(0u32), 14u32..=100],
    )
        .prop_map(|(a, b, epoch, max_factor, absence)| {
            let odds = Odds::new(a.min(b), a.max(b), FACTOR_ONE).unwrap();
            let params = AdaptationParams {
                epoch: 2 * epoch,
                max_factor,
                absence,
                slot_numerator: 1,
                slot_denominator: 1,
            };
            Adaptation::new(&Windows::new(1, 2).unwrap(), &odds, &params).unwrap()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// On a host with all of its blocks, or with half of them.
    #[test]
    fn e23_epochs_passed_at_once_are_epochs_passed_one_by_one(
        rule in any_rule(),
        bundles in 0u64..100,
        touched in prop::collection::vec(0u64..200, 0..4),
        gap in 1u64..150,
        total in prop_oneof![Just(0u128), 1u128..1_000, any::<u128>()],
        blocks in 1u64..=2,
    ) {
        let epoch = u64::from(rule.epoch_windows());
        let begin = |number: u64| moment(number * epoch, number * epoch / 2 * blocks);
        let mut turnout = Turnout::new(&rule, begin(0)).at(&rule, begin(1), Balance(total));
        for bundles in touched {
            turnout = counted(turnout, bundles).at(&rule, begin(turnout.epoch() + 1), Balance(total));
        }
        let turnout = counted(turnout, bundles);
        let at_once = turnout.at(&rule, begin(turnout.epoch() + gap), Balance(total));
        let one_by_one = (0..gap).fold(turnout, |turnout, _| {
            turnout.at(&rule, begin(turnout.epoch() + 1), Balance(total))
        });
        prop_assert_eq!(at_once, one_by_one);
    }

    /// Whatever bytes a host hands over, the answer is a factor in its range.
    #[test]
    fn e23_no_record_makes_it_fail(
        bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], Turnout::max_encoded_len()),
        rule in any_rule(),
        window in any::<u64>(),
        block in any::<u64>(),
        total in any::<u128>(),
    ) {
        let turnout = Turnout::decode(&mut &bytes[..]).unwrap();
        prop_assert_eq!(turnout.encode(), bytes);
        let later = turnout.count().at(&rule, moment(window, block), Balance(total));
        if later.epoch() > turnout.epoch() {
            prop_assert!((FACTOR_ONE..=rule.max_factor()).contains(&factor(&later)));
        } else {
            prop_assert_eq!(later, turnout.count(), "time does not go back");
        }
    }
}

/// Two billion epochs at the extremes take no longer than one.
#[test]
fn e23_the_largest_gap_is_passed() {
    let params = AdaptationParams {
        epoch: 8,
        max_factor: MAX_FACTOR,
        ..params()
    };
    for (numerator, denominator) in [(1, 1), (1, u64::MAX), (u64::MAX, u64::MAX), (1, 1 << 32)] {
        let odds = Odds::new(numerator, denominator, FACTOR_ONE).unwrap();
        let rule = Adaptation::new(&windows(), &odds, &params).unwrap();
        for total in [1, u128::MAX] {
            let start = Turnout::new(&rule, on_time(0))
                .at(&rule, on_time(8), Balance(total))
                .count();
            let end = start.at(&rule, on_time(u64::MAX), Balance(total));
            assert_eq!(end.epoch(), u64::MAX / 8);
            let expected = if denominator == u64::MAX && numerator == 1 {
                FACTOR_ONE
            } else {
                rule.max_factor()
            };
            assert_eq!(factor(&end), expected, "{numerator}/{denominator}");
        }
    }
}

/// Feeds what is expected when a part of the stake is online, `part` in thousandths, and returns the rates of `epochs` in
/// thousandths of the target. 10,000 bundles are wanted in an epoch.
fn rates(turnout: &mut Turnout, rule: &Adaptation, part: u64, epochs: usize) -> Vec<u64> {
    (0..epochs)
        .map(|_| {
            let expected = u128::from(part) * 10 * u128::from(factor(turnout)) / u128::from(FACTOR_ONE);
            let bundles = u64::try_from(expected).unwrap();
            *turnout = next(counted(*turnout, bundles), rule);
            bundles / 10
        })
        .collect()
}

fn wide_rule() -> Adaptation {
    let odds = Odds::new(1, 2, FACTOR_ONE).unwrap();
    Adaptation::new(
        &windows(),
        &odds,
        &AdaptationParams {
            epoch: 20_000,
            ..params()
        },
    )
    .unwrap()
}

/// The stated numbers of epochs: 2 when half of the stake leaves, 5 when nine tenths do; as many when it returns.
#[test]
fn e23_the_rate_returns_in_the_stated_number_of_epochs() {
    let rule = wide_rule();
    for (part, stated) in [(500, 2), (100, 5)] {
        let mut turnout = fresh(&rule);
        assert_eq!(rates(&mut turnout, &rule, 1_000, 3), [1_000; 3]);
        let leaving = rates(&mut turnout, &rule, part, 40);
        let returning = rates(&mut turnout, &rule, 1_000, 40);
        for (rates, from) in [(&leaving, part), (&returning, 1_000_000 / part)] {
            assert!(
                rates[0].abs_diff(from) <= from / 50,
                "at first nothing has changed: {rates:?}"
            );
            let within = |rate: &u64| (800..=1_200).contains(rate);
            assert_eq!(rates.iter().position(within), Some(stated), "{rates:?}");
            assert!(rates[stated..].iter().all(within), "it stays there: {rates:?}");
            // Monotone, never past the target by more than what rounding can do: no oscillation.
            let toward = |pair: &[u64]| (pair[1].abs_diff(1_000)) <= pair[0].abs_diff(1_000).max(2);
            assert!(rates.windows(2).all(toward), "{rates:?}");
            let past = |rate: &u64| if from < 1_000 { *rate > 1_002 } else { *rate < 998 };
            assert!(!rates.iter().any(past), "{rates:?}");
            assert!(rates[30].abs_diff(1_000) <= 2, "it arrives: {rates:?}");
        }
    }
}

/// Mean and variance of `ln m` in the long run, with half of the stake away.
#[test]
fn e23_chance_moves_the_factor_as_little_as_stated() {
    let stakes = [1; 64];
    let mut logarithms = Vec::new();
    for seed in 0..6 {
        let mut domain = Domain::new(&params(), odds(), &stakes, seed);
        for operator in domain.operators.iter_mut().skip(32) {
            operator.availability = 0;
        }
        for epoch in 0..120 {
            domain.epoch();
            if epoch >= 10 {
                logarithms.push(domain.factor().ln());
            }
        }
    }
    let count = logarithms.len() as f64;
    let mean = logarithms.iter().sum::<f64>() / count;
    let variance = logarithms.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let stated = 1.0 / 3.0 / 64.0;
    println!(
        "mean factor {:.3}, variance of ln m {variance:.5}, stated {stated:.5}",
        mean.exp()
    );
    assert!((mean - 2f64.ln()).abs() < 0.03, "settles at 1/a: {}", mean.exp());
    assert!(variance < 1.35 * stated && variance > 0.65 * stated, "{variance}");
}

/// What is stated holds with chance too: of 40 domains, all are within 20 % a few epochs later, on average over four epochs.
#[test]
fn e23_stake_vanishes_and_returns() {
    for (away, stated) in [(20, 2), (36, 5)] {
        for seed in 0..40 {
            let mut domain = Domain::new(&params(), odds(), &[1; 40], 1_000 + seed);
            for _ in 0..3 {
                domain.epoch();
            }
            for availability in [0, 100] {
                for operator in domain.operators.iter_mut().take(away) {
                    operator.availability = availability;
                }
                for _ in 0..stated + 1 {
                    domain.epoch();
                }
                let sum: u64 = (0..4).map(|_| domain.epoch()).sum();
                // Four epochs want 256: a deviation of 16 by chance alone.
                assert!(
                    (205..=307).contains(&sum),
                    "seed {seed}, {away} away, {availability} %: {sum}"
                );
            }
        }
    }
}

/// What a host stores; the encodings are held by vectors.
#[test]
fn records_are_small() {
    assert_eq!(Turnout::max_encoded_len(), 144);
    assert_eq!(decex_election::Attendance::max_encoded_len(), 105);
}
