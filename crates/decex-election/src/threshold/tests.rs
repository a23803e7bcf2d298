//! The comparison against a model in big integers, at its edges, and by its statistics.
#![allow(clippy::arithmetic_side_effects, reason = "tests may panic")]

use super::*;
use decex_core::{Balance, hash, label};
use num_bigint::BigUint;
use proptest::prelude::*;

/// `y · T · d · 2^32` and `2^256 · s · n · m`.
fn model(output: &Digest, odds: &Odds, share: &Share) -> (BigUint, BigUint) {
    let left = BigUint::from_bytes_be(output.as_bytes()) * share.total().0 * odds.denominator();
    let right = BigUint::from(share.stake().0) * odds.numerator() * odds.factor();
    (left << 32u32, right << 256u32)
}

fn to_big(wide: &Wide) -> BigUint {
    wide.0
        .iter()
        .rev()
        .fold(BigUint::ZERO, |sum, limb| (sum << 64u32) + *limb)
}

fn check(output: &Digest, odds: &Odds, share: &Share) -> bool {
    let (left, right) = sides(output, odds, share).expect("512 bits suffice");
    let (model_left, model_right) = model(output, odds, share);
    assert_eq!(to_big(&left), model_left);
    assert_eq!(to_big(&right), model_right);
    assert_eq!(wins(output, odds, share), model_left < model_right);
    model_left < model_right
}

/// The least output that does not win, or `None` if every output wins.
fn first_loser(odds: &Odds, share: &Share) -> Option<Digest> {
    let (unit, right) = model(&Digest(core::array::from_fn(|i| u8::from(i == 31))), odds, share);
    let first = (right + &unit - 1u32) / unit;
    let bytes = first.to_bytes_be();
    let mut output = [0; 32];
    output
        .get_mut(32usize.checked_sub(bytes.len())?..)?
        .copy_from_slice(&bytes);
    Some(Digest(output))
}

fn any_odds() -> impl Strategy<Value = Odds> {
    (
        1u64..,
        1u64..,
        prop_oneof![Just(FACTOR_ONE), FACTOR_ONE..=u64::MAX, Just(u64::MAX)],
    )
        .prop_map(|(a, b, factor)| Odds::new(a.min(b), a.max(b), factor).unwrap())
}

fn any_share() -> impl Strategy<Value = Share> {
    prop_oneof![
        (any::<u128>(), 1u128..).prop_map(|(a, b)| (a.min(b), a.max(b))),
        (0u64.., 1u64..).prop_map(|(a, b)| (a.min(b).into(), a.max(b).into())),
        (0u128..4).prop_map(|below| (u128::MAX - below, u128::MAX)),
        Just((0, u128::MAX)),
    ]
    .prop_map(|(stake, total)| Share::new(Balance(stake), Balance(total)).unwrap())
}

proptest! {
    #[test]
    fn e10_agrees_with_big_integers(output: [u8; 32], odds in any_odds(), share in any_share()) {
        check(&Digest(output), &odds, &share);
    }

    #[test]
    fn e10_is_exact_at_the_boundary(odds in any_odds(), share in any_share()) {
        if let Some(first) = first_loser(&odds, &share) {
            prop_assert!(!check(&first, &odds, &share));
            let below = BigUint::from_bytes_be(first.as_bytes());
            if below != BigUint::ZERO {
                let bytes = (below - 1u32).to_bytes_be();
                let mut output = [0; 32];
                output[32 - bytes.len()..].copy_from_slice(&bytes);
                prop_assert!(check(&Digest(output), &odds, &share));
            }
        } else {
            prop_assert!(check(&Digest([0xff; 32]), &odds, &share));
        }
    }

    #[test]
    fn e10_more_stake_never_loses_what_less_stake_won(output: [u8; 32], odds in any_odds(), a: u64, b: u64, c: u64) {
        let mut amounts = [a, b, c.max(1)];
        amounts.sort_unstable();
        let [less, more, total] = amounts.map(|amount| Balance(amount.into()));
        let (less, more) = (Share::new(less, total).unwrap(), Share::new(more, total).unwrap());
        prop_assert!(!wins(&Digest(output), &odds, &less) || wins(&Digest(output), &odds, &more));
    }
}

#[test]
fn e10_extremes() {
    let (zeros, ones) = (Digest([0; 32]), Digest([0xff; 32]));
    let certain = Odds::new(1, 1, FACTOR_ONE).unwrap();
    let largest = Odds::new(u64::MAX, u64::MAX, u64::MAX).unwrap();
    let least = Odds::new(1, u64::MAX, FACTOR_ONE).unwrap();
    let share = |stake, total| Share::new(Balance(stake), Balance(total)).unwrap();
    for total in [1, 2, u128::from(u64::MAX), u128::MAX - 1, u128::MAX] {
        for odds in [certain, largest, least] {
            // No stake never wins, not even with the least output.
            assert!(!check(&zeros, &odds, &share(0, total)));
            // Any stake wins with the least output.
            assert!(check(&zeros, &odds, &share(1, total)));
        }
        // The whole stake at probability 1 always wins, and at any factor above.
        assert!(check(&ones, &certain, &share(total, total)));
        assert!(check(&ones, &largest, &share(total, total)));
        assert!(!check(&ones, &least, &share(total, total)));
    }
    assert!(!check(&ones, &certain, &share(u128::MAX - 1, u128::MAX)));
}

/// Output number `n` of a fixed sequence of uniform outputs.
fn sample(window: u32, operator: u32) -> Digest {
    hash::digest_encoded(&label::ELECTION_OUTPUT, &(window, operator))
}

/// Wins in `windows` windows of operators that hold `stakes` out of `total`.
fn count_wins(windows: u32, odds: &Odds, stakes: &[u128], total: u128, salt: u32) -> u32 {
    let mut count = 0;
    for window in 0..windows {
        for (operator, stake) in (salt..).zip(stakes) {
            let share = Share::new(Balance(*stake), Balance(total)).unwrap();
            count += u32::from(wins(&sample(window, operator), odds, &share));
        }
    }
    count
}

/// The samples are fixed, so the counts are; the bounds are five standard deviations of a Poisson count.
#[test]
fn e10_expected_wins_are_n_m_over_d() {
    // (n, d, m): 1/6; 1/6 at factor 2; 3/4
    for (numerator, denominator, factor, expected) in [
        (1, 6, FACTOR_ONE, 4000u32),
        (1, 6, FACTOR_ONE * 2, 8000),
        (3, 4, FACTOR_ONE, 18_000),
    ] {
        let odds = Odds::new(numerator, denominator, factor).unwrap();
        let wins = count_wins(24_000, &odds, &[50, 30, 15, 5], 100, 0);
        let allowed = 5 * expected.isqrt();
        assert!(
            wins.abs_diff(expected) <= allowed,
            "{wins} wins, expected {expected} ± {allowed}"
        );
    }
}

/// The stake that is away is not made up for: the rate falls in proportion, which is what the controller corrects.
#[test]
fn e10_absent_stake_lowers_the_rate() {
    let odds = Odds::new(1, 6, FACTOR_ONE).unwrap();
    let wins = count_wins(24_000, &odds, &[30, 15, 5], 100, 0);
    assert!(wins.abs_diff(2000) <= 5 * 2000u32.isqrt(), "{wins}");
}

#[test]
fn e10_splitting_a_stake_changes_nothing() {
    let odds = Odds::new(1, 2, FACTOR_ONE).unwrap();
    // 40 % of the stake in one, two, eight, forty parts: 24 000 · 0.4 / 2 wins.
    for parts in [1usize, 2, 8, 40] {
        let stakes = alloc::vec![40_000 / u128::try_from(parts).unwrap(); parts];
        let salt = u32::try_from(parts).unwrap() * 1000;
        let wins = count_wins(24_000, &odds, &stakes, 100_000, salt);
        assert!(
            wins.abs_diff(4800) <= 5 * 4800u32.isqrt(),
            "{wins} wins in {parts} parts"
        );
    }
}
