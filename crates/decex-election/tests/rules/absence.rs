//! E24: who is absent.

use super::adapting::{Chance, Domain, EPOCH, odds, on_time, params, rule, windows};
use decex_core::{Balance, ConsensusNumber, Window};
use decex_election::{
    Adaptation, AdaptationParams, Attendance, FACTOR_ONE, InvalidAbsence, Moment, Odds, Stakes, Turnout,
};
use num_bigint::BigUint;
use parity_scale_codec::{Decode, MaxEncodedLen};
use proptest::prelude::*;

/// A domain of two whose first operator has `share` of 64 parts of the stake; it wants 64 bundles in an epoch.
fn pair(share: u128, seed: u64) -> Domain {
    Domain::new(&params(), odds(), &[share, 64 - share], seed)
}

/// Runs epochs until the first operator is absent; returns how many.
fn epochs_until_absent(domain: &mut Domain, limit: u64) -> Option<u64> {
    (1..=limit).find(|_| {
        domain.epoch();
        domain.is_absent(0)
    })
}

/// The offline operator is expected to win 1, 4 or 16 bundles in an epoch. 28 must be missed, and two epochs closed.
#[test]
fn e24_the_absent_are_told_within_the_stated_delay() {
    for share in [1u64, 4, 16] {
        let mut domain = pair(share.into(), share);
        // At the factor of one, so that the expectation is known.
        domain.rule = rule(&AdaptationParams {
            max_factor: 1,
            ..params()
        });
        domain.operators[0].availability = 0;
        let epochs = epochs_until_absent(&mut domain, 100).unwrap();
        assert_eq!(epochs, 28u64.div_ceil(share) + 1, "the last epoch must be closed");
    }
}

/// One that was there before is told as soon, but for what its last epoch has shown.
#[test]
fn e24_the_absent_are_told_after_years_of_presence() {
    let mut domain = pair(16, 3);
    domain.rule = rule(&AdaptationParams {
        max_factor: 1,
        ..params()
    });
    for _ in 0..500 {
        domain.epoch();
        assert!(!domain.is_absent(0));
    }
    domain.operators[0].availability = 0;
    // 28 expected bundles and at most 0.4 of the bundles of an epoch: 3 epochs of 16; and the closing.
    let epochs = epochs_until_absent(&mut domain, 100).unwrap();
    assert!((2..=4).contains(&epochs), "{epochs}");
}

/// No false alarm in 60,000 epochs of operators that are online, at the least score that is allowed: 0.05 are to be expected
/// at most.
#[test]
fn e24_the_present_are_not_called_absent() {
    for seed in 0..6 {
        let mut domain = Domain::new(&params(), odds(), &[1, 1, 2, 2, 4, 8, 16, 31, 63, 128], seed);
        // Some of the stake comes and goes: the factor moves.
        for epoch in 0..1_000 {
            domain.operators[8].availability = if epoch % 50 < 25 { 100 } else { 0 };
            domain.epoch();
            for by in (0..8).chain([9]) {
                assert!(
                    !domain.is_absent(by),
                    "operator {by} in epoch {epoch}, seed {seed}"
                );
            }
        }
    }
}

/// Where the bound can be measured: the share of runs of 10 epochs in which an honest operator's score ever reaches `h`.
#[test]
fn e24_false_alarms_are_as_rare_as_stated() {
    const RUNS: u64 = 3_000;
    const EPOCHS: u32 = 10;
    let mut highest = Vec::new();
    for seed in 0..RUNS / 2 {
        let mut domain = Domain::new(&params(), odds(), &[4, 60], 77 + seed);
        let mut high = [0f64; 2];
        for _ in 0..EPOCHS {
            domain.epoch();
            high = [high[0].max(domain.score(0)), high[1].max(domain.score(1))];
        }
        highest.extend(high);
    }
    for limit in [3.0, 4.0, 5.0] {
        let alarms = highest.iter().filter(|score| **score >= limit).count() as f64;
        let bound = RUNS as f64 * f64::from(EPOCHS) * (-limit).exp();
        println!("score {limit}: {alarms} of {RUNS}, bound {bound:.1}");
        assert!(
            alarms <= bound,
            "{alarms} false alarms, at most {bound} are stated"
        );
    }
    assert!(highest.iter().any(|score| *score > 1.0), "the scores move");
}

/// Half of the wins are too few, nine tenths are enough.
#[test]
fn e24_the_half_absent_are_told_and_the_mostly_present_are_not() {
    for seed in 0..20 {
        let mut domain = pair(16, seed);
        domain.operators[0].availability = 50;
        // 0.153 nats per expected bundle, 16 an epoch: about 6 epochs to 14.
        let epochs = epochs_until_absent(&mut domain, 30);
        assert!(epochs.is_some_and(|epochs| epochs > 2), "seed {seed}: {epochs:?}");
        let mut domain = pair(16, seed);
        domain.operators[0].availability = 90;
        assert_eq!(epochs_until_absent(&mut domain, 300), None, "seed {seed}");
    }
}

/// Whose probability passes 1 cannot win more often than there are windows.
#[test]
fn e24_nobody_is_expected_to_win_more_windows_than_there_are() {
    // It has a sixtieth of the stake; the others leave, so that the factor rises to where it wins every window.
    for delay in [0, 8] {
        let mut domain = pair(1, 5);
        domain.delay = delay;
        for round in 0..12 {
            domain.operators[1].availability = if round % 2 == 0 { 0 } else { 100 };
            for _ in 0..15 {
                domain.epoch();
                assert!(!domain.is_absent(0), "round {round}, score {}", domain.score(0));
            }
        }
    }
    // And one that is alone in the domain, at odds of one.
    let mut alone = Domain::new(&params(), Odds::new(1, 1, FACTOR_ONE).unwrap(), &[5], 1);
    for _ in 0..100 {
        assert_eq!(alone.epoch(), EPOCH);
        assert_eq!(alone.score(0), 0.0);
    }
}

/// A domain of one operator, with epochs of `epoch` windows, that nobody has bundled for until its factor is 1,024: in
/// epoch 12. From then on somebody else has so much stake that the operator is expected to win nothing, if `alone` is over.
struct Crowded {
    rule: Adaptation,
    turnout: Turnout,
    attendance: Attendance,
    stakes: Stakes,
    epoch: u64,
}

impl Crowded {
    fn new(epoch: u64) -> Self {
        let rule = Adaptation::new(
            &windows(),
            &Odds::new(1, 1, FACTOR_ONE).unwrap(),
            &AdaptationParams { epoch, ..params() },
        )
        .unwrap();
        let start = Turnout::new(&rule, on_time(0)).at(&rule, on_time(epoch), Balance(10));
        let turnout = start.at(&rule, on_time(24 * epoch), Balance(10));
        assert_eq!(turnout.factor(24), Some(1_024 * FACTOR_ONE));
        Self {
            attendance: Attendance::new(&rule, &turnout),
            rule,
            turnout,
            stakes: Stakes::constant(Balance(10)),
            epoch,
        }
    }

    /// Advances by one epoch, with this total stake since the one before.
    fn next(&mut self, total: u128) {
        let now = on_time((self.turnout.epoch() + 1) * self.epoch);
        self.turnout = self.turnout.at(&self.rule, now, Balance(total));
    }

    fn count(&mut self, bundles: u64) {
        for _ in 0..bundles {
            self.turnout = self.turnout.count();
            let before = self.attendance.epoch();
            self.attendance = self.attendance.count(&self.rule, &self.turnout, self.stakes);
            if self.attendance.epoch() > before {
                self.stakes = Stakes::constant(self.stakes.since);
            }
        }
    }

    /// The scores of the next epochs, in which others have all the stake.
    fn scores_among_many(&mut self) -> Vec<u64> {
        (0..10)
            .map(|_| {
                self.next(1_000_000_000_000_000);
                self.attendance.score(&self.turnout, self.stakes)
            })
            .collect()
    }
}

/// An epoch in which the probability passed 1 by far does not speak against an operator in the epochs after it.
#[test]
fn e24_a_probability_above_one_is_not_carried_over() {
    let mut crowded = Crowded::new(EPOCH);
    crowded.count(EPOCH);
    assert_eq!(crowded.scores_among_many(), [0; 10]);
    // Nor does it when the stake began to count in that epoch only.
    let mut crowded = Crowded::new(EPOCH);
    crowded.stakes.then = Balance::ZERO;
    crowded.next(10);
    crowded.count(EPOCH);
    assert_eq!(crowded.scores_among_many(), [0; 10]);
}

/// The bundles of such an epoch all come in the next, in which nothing is expected any more.
#[test]
fn e24_a_probability_above_one_is_not_carried_over_by_late_bundles() {
    let mut crowded = Crowded::new(8);
    crowded.next(1_000_000_000_000_000);
    crowded.count(8);
    assert_eq!(crowded.scores_among_many(), [0; 10]);
}

/// It stayed away at such a probability, and came back: what it missed is its score at most, and an epoch's windows.
#[test]
fn e24_absence_at_a_probability_above_one_is_made_up_for() {
    let mut crowded = Crowded::new(EPOCH);
    for _ in 0..20 {
        crowded.next(10);
    }
    let absent = crowded
        .attendance
        .check_absent(&crowded.rule, &crowded.turnout, crowded.stakes);
    assert_eq!(absent, Ok(()));
    // Half of the windows are 64 nats, and each epoch of presence makes up for 0.19 of its windows.
    for _ in 0..4 {
        crowded.count(EPOCH);
        crowded.next(10);
    }
    crowded.count(EPOCH);
    let scores = crowded.scores_among_many();
    assert!(scores.iter().all(|score| *score < 14 * FACTOR_ONE), "{scores:?}");
}

/// Late bundles, as late as they may be.
#[test]
fn e24_late_bundles_are_bundles() {
    for seed in 0..10 {
        let mut domain = pair(40, seed);
        domain.delay = 8;
        assert_eq!(epochs_until_absent(&mut domain, 200), None);
    }
}

/// The epoch is as short as bundles may be late, and all of them are: an epoch's bundles come in the next.
#[test]
fn e24_a_whole_epoch_may_be_late() {
    let short = AdaptationParams {
        epoch: 8,
        max_factor: 64,
        ..params()
    };
    for seed in 0..10 {
        let mut domain = Domain::new(&short, Odds::new(1, 1, FACTOR_ONE).unwrap(), &[40, 24], seed);
        domain.delay = 8;
        for epoch in 0..2_000 {
            // The other comes and goes; now and then the operator alone wins every window.
            domain.operators[1].availability = if epoch % 60 < 30 { 100 } else { 0 };
            domain.epoch();
            assert!(!domain.is_absent(0), "epoch {epoch}, seed {seed}");
        }
    }
}

#[test]
fn e24_one_that_is_back_is_soon_present() {
    let mut domain = pair(32, 9);
    domain.operators[0].availability = 0;
    for _ in 0..200 {
        domain.epoch();
    }
    assert!(domain.is_absent(0));
    domain.operators[0].availability = 100;
    domain.epoch();
    assert!(
        !domain.is_absent(0),
        "a hundred epochs of absence weigh no more than one's score"
    );
}

/// It stayed away until the factor was 1,000 and its probability far above 1: what it is expected to have won since is no more
/// than an epoch's windows.
#[test]
fn e24_one_that_is_back_at_a_high_factor_is_soon_present() {
    let mut domain = Domain::new(&params(), Odds::new(1, 1, FACTOR_ONE).unwrap(), &[5], 2);
    domain.operators[0].availability = 0;
    for _ in 0..20 {
        domain.epoch();
    }
    assert!(domain.is_absent(0));
    domain.operators[0].availability = 100;
    for _ in 0..3 {
        domain.epoch();
    }
    assert_eq!(domain.score(0), 0.0);
}

#[test]
fn e24_where_absence_is_off_nobody_is_absent() {
    let off = rule(&AdaptationParams {
        absence: 0,
        ..params()
    });
    let start = Turnout::new(&off, on_time(0)).at(&off, on_time(EPOCH), Balance(1));
    let attendance = Attendance::new(&off, &start);
    let later = start.at(&off, on_time(EPOCH * 1_000), Balance(1));
    let stakes = Stakes::constant(Balance(1));
    let refused = attendance.check_absent(&off, &later, stakes).unwrap_err();
    let InvalidAbsence::Present { limit, found } = refused;
    assert!(limit == 0 && found > 0 && refused.code() == 24);
    // The limit itself is absence; a hair below is not.
    let on = rule(&params());
    assert!(attendance.check_absent(&on, &later, stakes).is_ok());
}

/// `h` exactly is absent: 28 expected bundles, one an epoch.
#[test]
fn e24_the_limit_itself_is_absence() {
    let odds = Odds::new(1, EPOCH, FACTOR_ONE).unwrap();
    let rule = Adaptation::new(
        &windows(),
        &odds,
        &AdaptationParams {
            max_factor: 1,
            ..params()
        },
    )
    .unwrap();
    let start = Turnout::new(&rule, on_time(0)).at(&rule, on_time(EPOCH), Balance(1));
    let attendance = Attendance::new(&rule, &start);
    let stakes = Stakes::constant(Balance(1));
    let after = |epochs: u64| start.at(&rule, on_time((1 + epochs) * EPOCH), Balance(1));
    let limit = 14 * FACTOR_ONE;
    assert_eq!(attendance.score(&after(29), stakes), limit);
    assert_eq!(attendance.check_absent(&rule, &after(29), stakes), Ok(()));
    let found = limit - FACTOR_ONE / 2;
    let refused = attendance.check_absent(&rule, &after(28), stakes);
    assert_eq!(refused, Err(InvalidAbsence::Present { limit, found }));
    // One bundle, ln 2 of it: the least integer above.
    let shown = attendance.count(&rule, &start, stakes);
    let left = limit - shown.score(&after(29), stakes);
    let series: BigUint = (1u32..200).map(|k| (BigUint::from(1u8) << (300 - k)) / k).sum();
    let above = (series >> 268u32) + 1u32;
    assert_eq!(BigUint::from(left), above, "ln 2 · 2^32, rounded up");
}

#[test]
fn e24_a_host_that_halts_accuses_nobody() {
    let rule = rule(&params());
    let begin = |window, block| Moment {
        window: Window(window),
        block: ConsensusNumber(block),
    };
    let start = Turnout::new(&rule, begin(0, 0)).at(&rule, begin(EPOCH, EPOCH), Balance(1));
    let attendance = Attendance::new(&rule, &start);
    let stakes = Stakes::constant(Balance(1));
    let score = |blocks: u64, epochs: u64| {
        let end = start.at(&rule, begin(EPOCH * (1 + epochs), EPOCH + blocks), Balance(1));
        attendance.score(&end, stakes)
    };
    assert_eq!(score(1, 1_000), 0);
    // Half of the blocks: nothing; three quarters: half.
    assert_eq!(score(500 * EPOCH, 1_000), 0);
    assert!(score(501 * EPOCH, 1_000) > 0);
    let all = score(1_000 * EPOCH, 1_000);
    assert!(score(750 * EPOCH, 1_000) <= all / 2 && score(750 * EPOCH, 1_000) > all / 3);
    assert_eq!(
        score(2_000 * EPOCH, 1_000),
        all,
        "more blocks than were due make nobody more absent"
    );
}

/// The stake begins to count an epoch after it is registered; who never comes is told all the same.
#[test]
fn e24_one_that_never_came_is_told() {
    let mut domain = pair(16, 4);
    domain.operators[0].availability = 0;
    let registered = domain.operators[0].attendance;
    let stakes = Stakes {
        then: Balance::ZERO,
        since: Balance(16),
    };
    let from = domain.turnout.epoch();
    domain.rule = rule(&AdaptationParams {
        max_factor: 1,
        ..params()
    });
    let first = (1..10).find(|_| {
        domain.epoch();
        registered
            .check_absent(&domain.rule, &domain.turnout, stakes)
            .is_ok()
    });
    assert_eq!(
        first,
        Some(4),
        "an epoch without stake, two of 16, and the closing of the last; from {from}"
    );
}

/// A host that makes three quarters of its blocks offers half: an operator that left owes half of an epoch, not a whole one.
#[test]
fn e24_a_stake_that_is_gone_owes_nothing() {
    let rule = rule(&AdaptationParams {
        max_factor: 1,
        ..params()
    });
    let begin = |epoch: u64| Moment {
        window: Window(epoch * EPOCH),
        block: ConsensusNumber(epoch * EPOCH / 4 * 3),
    };
    let start = Turnout::new(&rule, begin(0)).at(&rule, begin(1), Balance(10));
    let attendance = Attendance::new(&rule, &start);
    let score = |then, since| {
        let later = start.at(&rule, begin(500), Balance(10));
        attendance.score(
            &later,
            Stakes {
                then: Balance(then),
                since: Balance(since),
            },
        )
    };
    assert_eq!(score(10, 0), 0, "nothing is held against it that is not known");
    assert_eq!(
        score(0, 10),
        score(10, 10) - 32 * FACTOR_ONE,
        "an epoch's pace is not counted for a stake that is new"
    );
}

/// An accomplice who touches the operator in every window shields nobody, and harms nobody.
#[test]
fn e24_a_touch_changes_nothing() {
    for availability in [0, 60, 100] {
        let mut domain = pair(16, 6);
        domain.operators[0].availability = availability;
        for epoch in 0..100 {
            domain.epoch();
            let operator = &domain.operators[0];
            let plain = operator.attendance.score(&domain.turnout, operator.stakes());
            let touched = operator.touched.score(&domain.turnout, operator.stakes());
            assert!(
                plain.abs_diff(touched) <= 2 * (epoch + 1),
                "epoch {epoch}, {availability} %: {plain} and {touched}"
            );
        }
    }
}

/// The score with every epoch looked at by itself, every stake known, and every epoch clamped: numbers that a record of every
/// epoch would give.
fn exact(epochs: &[(u128, u64)], total: u128) -> f64 {
    let (closed, open) = epochs.split_at(epochs.len().saturating_sub(2));
    let score = closed.iter().fold(0f64, |score, (stake, bundles)| {
        let expected = 64.0 * *stake as f64 / total as f64;
        (score + expected.min(EPOCH as f64) / 2.0 - 2f64.ln() * *bundles as f64).max(0.0)
    });
    open.iter()
        .fold(score, |score, (_, bundles)| score - 2f64.ln() * *bundles as f64)
        .max(0.0)
}

/// Stakes change, bundles come or do not: the score is never above the exact one, and not far below it.
#[test]
fn e24_nothing_is_held_against_anybody_that_an_exact_record_would_not() {
    const TOTAL: u128 = 1_000;
    let rule = rule(&AdaptationParams {
        max_factor: 1,
        absence: 100,
        ..params()
    });
    let mut near = 0;
    for seed in 0..400 {
        let mut chance = Chance(seed);
        let begin = |epoch: u64| on_time(epoch * EPOCH);
        let mut turnout = Turnout::new(&rule, begin(0)).at(&rule, begin(1), Balance(TOTAL));
        let mut attendance = Attendance::new(&rule, &turnout);
        let (mut stake, mut next) = (chance.word() as u128 % 500, chance.word() as u128 % 500);
        let mut stakes = Stakes {
            then: Balance(stake),
            since: Balance(next),
        };
        let mut epochs = Vec::new();
        for epoch in 1..40 {
            turnout = turnout.at(&rule, begin(epoch), Balance(TOTAL));
            let mut bundles = 0;
            if chance.happens(60) {
                bundles = if chance.happens(50) { 1 } else { chance.word() % 40 };
                for _ in 0..bundles {
                    let from = attendance.epoch();
                    attendance = attendance.count(&rule, &turnout, stakes);
                    if from < epoch {
                        stakes = Stakes::constant(stakes.since);
                    }
                }
            }
            if chance.happens(30) {
                let from = attendance.epoch();
                attendance = attendance.at(&rule, &turnout, stakes);
                if from < epoch {
                    stakes = Stakes::constant(stakes.since);
                }
                next = if chance.happens(50) {
                    0
                } else {
                    chance.word() as u128 % 500
                };
                stakes.since = Balance(next);
            }
            epochs.push((stake, bundles));
            stake = next;
            let found = attendance.score(&turnout, stakes) as f64 / FACTOR_ONE as f64;
            let exact = exact(&epochs, TOTAL);
            assert!(
                found <= exact + 1e-6,
                "seed {seed}, epoch {epoch}: {found}, exactly {exact}"
            );
            near += usize::from(exact > 5.0 && exact < 100.0 && found > 0.5 * exact);
        }
    }
    assert!(near > 500, "the score is often near the exact one: {near}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// Whatever bytes a host hands over.
    #[test]
    fn e24_no_record_makes_it_fail(
        turnout in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], Turnout::max_encoded_len()),
        record in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], Attendance::max_encoded_len()),
        window in any::<u64>(),
        stakes in any::<[u128; 3]>(),
    ) {
        let rule = rule(&params());
        let turnout = Turnout::decode(&mut &turnout[..]).unwrap();
        let Ok(attendance) = Attendance::decode(&mut &record[..]) else {
            return Ok(());
        };
        let now = Moment { window: Window(window), block: ConsensusNumber(window) };
        let turnout = turnout.at(&rule, now, Balance(stakes[0]));
        let stakes = Stakes { then: Balance(stakes[1]), since: Balance(stakes[2]) };
        let counted = attendance.count(&rule, &turnout, stakes);
        prop_assert!(counted.score(&turnout, stakes) <= attendance.score(&turnout, stakes).max(rule.absence()));
        prop_assert_eq!(attendance.at(&rule, &turnout, stakes).epoch(), turnout.epoch().max(attendance.epoch()));
        let _ = attendance.check_absent(&rule, &turnout, stakes);
    }
}
