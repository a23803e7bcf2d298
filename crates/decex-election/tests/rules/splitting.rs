//! E10: who splits a stake over many operators wins as much as before: exactly, and in draws.

use super::adapting::Chance;
use decex_core::{Balance, Digest};
use decex_election::{FACTOR_ONE, Odds, Share};
use num_bigint::BigUint;

const TOTAL: u128 = 1_000_003;
/// What is split, of the total.
const STAKE: u128 = 400_001;

/// Parts of the stake, each unlike the others.
fn split(parts: u128) -> Vec<u128> {
    let mut stakes: Vec<u128> = (0..parts - 1).map(|part| STAKE / parts - part % 7).collect();
    stakes.push(STAKE - stakes.iter().sum::<u128>());
    stakes
}

fn share(stake: u128) -> Share {
    Share::new(Balance(stake), Balance(TOTAL)).unwrap()
}

/// Half of the windows, at a factor of 1.7.
fn odds() -> Odds {
    Odds::new(1, 2, FACTOR_ONE / 10 * 17).unwrap()
}

/// How many outputs of all 2^256 win, found by halving.
fn winning(odds: &Odds, share: &Share) -> BigUint {
    let one = BigUint::from(1u8);
    let (mut wins, mut loses) = (BigUint::ZERO, &one << 256u32);
    let output = |value: &BigUint| {
        let bytes = value.to_bytes_be();
        let mut output = [0; 32];
        output[32 - bytes.len()..].copy_from_slice(&bytes);
        Digest(output)
    };
    // The outputs below `wins` win, those from `loses` on lose.
    while wins < loses {
        let middle = (&wins + &loses) >> 1u32;
        if odds.wins(share, &output(&middle)) {
            wins = middle + &one;
        } else {
            loses = middle;
        }
    }
    wins
}

#[test]
fn e10_the_probabilities_of_the_parts_add_up() {
    let whole = winning(&odds(), &share(STAKE));
    for parts in [2, 10, 100] {
        let sum: BigUint = split(parts)
            .iter()
            .map(|stake| winning(&odds(), &share(*stake)))
            .sum();
        assert!(sum >= whole, "each part is rounded up");
        assert!(
            &sum - &whole <= BigUint::from(parts),
            "by less than one of 2^256 outputs each"
        );
    }
}

/// 40,000 windows each: within four standard deviations, at this seed.
#[test]
fn e10_the_parts_win_as_often_as_the_whole() {
    const WINDOWS: u64 = 40_000;
    let probability = 0.5 * 1.7 * STAKE as f64 / TOTAL as f64;
    for (seed, parts) in (10..).zip([1, 2, 10, 100]) {
        let mut chance = Chance(seed);
        let shares: Vec<Share> = split(parts).into_iter().map(share).collect();
        let wins: usize = (0..WINDOWS)
            .map(|_| {
                shares
                    .iter()
                    .filter(|share| odds().wins(share, &chance.output()))
                    .count()
            })
            .sum();
        let expected = WINDOWS as f64 * probability;
        // A sum of independent draws: its variance is at most that of as many rare ones.
        let score = (wins as f64 - expected) / expected.sqrt();
        println!("{parts} parts: {wins} wins of {expected:.0}, {score:+.2} standard deviations");
        assert!(score.abs() < 4.0, "{parts} parts: {score}");
    }
}
