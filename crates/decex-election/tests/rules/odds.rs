//! E3, E4: odds. E5, E6: shares.

use decex_core::Balance;
use decex_election::{FACTOR_ONE, InvalidOdds, InvalidShare, Odds, Share};

#[test]
fn e3_a_probability_is_above_zero_and_at_most_one() {
    for (numerator, denominator) in [(1, 1), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        assert!(Odds::new(numerator, denominator, FACTOR_ONE).is_ok());
    }
    for (numerator, denominator) in [(0, 0), (0, 1), (1, 0), (2, 1), (u64::MAX, u64::MAX - 1)] {
        let refused = Odds::new(numerator, denominator, FACTOR_ONE);
        assert_eq!(
            refused,
            Err(InvalidOdds::Probability {
                numerator,
                denominator
            })
        );
    }
}

#[test]
fn e4_the_factor_is_at_least_one() {
    assert_eq!(Odds::new(1, 2, u64::MAX).map(|odds| odds.factor()), Ok(u64::MAX));
    for found in [0, FACTOR_ONE - 1] {
        assert_eq!(
            Odds::new(1, 2, found),
            Err(InvalidOdds::Factor {
                limit: FACTOR_ONE,
                found
            })
        );
    }
}

#[test]
fn e5_somebody_has_stake() {
    assert!(Share::new(Balance(0), Balance(1)).is_ok());
    assert_eq!(Share::new(Balance(0), Balance(0)), Err(InvalidShare::NoStake));
    assert_eq!(Share::new(Balance(1), Balance(0)), Err(InvalidShare::NoStake));
}

#[test]
fn e6_nobody_has_more_than_the_total() {
    let (total, above) = (Balance(u128::MAX - 1), Balance(u128::MAX));
    assert!(Share::new(total, total).is_ok());
    assert_eq!(
        Share::new(above, total),
        Err(InvalidShare::AboveTotal {
            limit: total,
            found: above
        })
    );
}

#[test]
fn codes_are_the_rules_numbers() {
    let codes = [
        Odds::new(2, 1, FACTOR_ONE).unwrap_err().code(),
        Odds::new(1, 1, 0).unwrap_err().code(),
        Share::new(Balance(0), Balance(0)).unwrap_err().code(),
        Share::new(Balance(2), Balance(1)).unwrap_err().code(),
    ];
    assert_eq!(codes, [3, 4, 5, 6]);
}
