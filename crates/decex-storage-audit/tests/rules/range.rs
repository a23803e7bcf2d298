//! A18 to A20: how many win, and how that follows the space.

use crate::common::{bytes, challenge};
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::{Era, InvalidEra, SectorId, SolutionRange};
use proptest::prelude::*;

const MOST: u32 = 1 << 20;

fn era() -> Era {
    Era::new(2016, 1, 6).unwrap()
}

#[test]
fn a18_accepts_probabilities_with_terms_up_to_the_bound() {
    for (blocks, numerator, denominator) in [(1, 1, 1), (MOST, MOST, MOST), (1, 1, MOST), (2016, 1, 6)] {
        assert_eq!(Era::new(blocks, numerator, denominator).unwrap().blocks(), blocks);
    }
}

#[test]
fn a18_refuses_no_blocks_too_many_and_what_is_no_probability() {
    for found in [0, MOST + 1, u32::MAX] {
        let error = Era::new(found, 1, 6).unwrap_err();
        assert_eq!(error, InvalidEra::Blocks { found });
        assert_eq!(error.code(), 18);
    }
    for (numerator, denominator) in [
        (0, 6),
        (0, 0),
        (1, 0),
        (7, 6),
        (1, MOST + 1),
        (MOST + 1, MOST + 1),
    ] {
        let error = Era::new(1, numerator, denominator).unwrap_err();
        assert_eq!(
            error,
            InvalidEra::Probability {
                numerator,
                denominator
            }
        );
        assert_eq!(error.code(), 18);
    }
}

#[test]
fn a19_the_range_follows_in_proportion() {
    let range = SolutionRange(6_000_000);
    let after = |slots| era().retarget(range, slots).0;
    assert_eq!(after(2016 * 6), 6_000_000);
    assert_eq!(after(2016 * 12), 12_000_000);
    assert_eq!(after(2016 * 3), 3_000_000);
    // Rounded down: 6,000,000 · 12,097 / 12,096 and 6,000,000 · 12,095 / 12,096.
    assert_eq!((after(2016 * 6 + 1), after(2016 * 6 - 1)), (6_000_496, 5_999_503));
}

#[test]
fn a19_no_step_is_more_than_fourfold() {
    let range = SolutionRange(6_000_000);
    for slots in [2016 * 24, 2016 * 24 + 1, u64::MAX] {
        assert_eq!(era().retarget(range, slots), SolutionRange(24_000_000));
    }
    assert!(era().retarget(range, 2016 * 24 - 1).0 < 24_000_000);
    for slots in [0, 1, 3024] {
        assert_eq!(era().retarget(range, slots), SolutionRange(1_500_000));
    }
    assert!(era().retarget(range, 3025).0 > 1_500_000);
}

#[test]
fn a19_stays_within_what_there_is() {
    let extreme = Era::new(MOST, MOST, MOST).unwrap();
    for era in [
        era(),
        extreme,
        Era::new(1, 1, MOST).unwrap(),
        Era::new(MOST, 1, MOST).unwrap(),
    ] {
        for slots in [0, u64::MAX] {
            assert!(era.retarget(SolutionRange(0), slots).0 >= 1);
            assert!(era.retarget(SolutionRange(1), slots).0 >= 1);
        }
        assert_eq!(
            era.retarget(SolutionRange(u64::MAX), u64::MAX),
            SolutionRange(u64::MAX)
        );
    }
}

#[test]
fn a20_the_first_range_and_back() {
    // 2^65 / (6 · pieces)
    assert_eq!(era().range_for(1_000), SolutionRange(6_148_914_691_236_517));
    assert_eq!(era().pieces_for(SolutionRange(6_148_914_691_236_517)), 1_000);
    // A third of 2^64 for one piece: half a ticket per slot, of which a third is a sixth.
    assert_eq!(era().range_for(1), SolutionRange(6_148_914_691_236_517_205));
    // No pieces, or so few that every ticket has to win: all do.
    assert_eq!(era().range_for(0), SolutionRange(u64::MAX));
    assert_eq!(Era::new(1, 1, 1).unwrap().range_for(1), SolutionRange(u64::MAX));
    assert_eq!(
        Era::new(1, 1, MOST).unwrap().range_for(u64::MAX),
        SolutionRange(1)
    );
    assert_eq!(era().pieces_for(SolutionRange(0)), u64::MAX);
}

/// An era, of any that there can be.
fn eras() -> impl Strategy<Value = (Era, u32, u32, u32)> {
    (1..=MOST, 1..=MOST, 1..=MOST).prop_map(|(blocks, one, other)| {
        let (numerator, denominator) = (one.min(other), one.max(other));
        (
            Era::new(blocks, numerator, denominator).unwrap(),
            blocks,
            numerator,
            denominator,
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a19_steps_are_bounded_and_never_nothing((era, ..) in eras(), range: u64, slots: u64) {
        let next = era.retarget(SolutionRange(range), slots).0;
        prop_assert!(next >= 1 && next >= range / 4);
        prop_assert!(next <= range.saturating_mul(4).max(1));
    }

    #[test]
    fn a19_longer_eras_and_larger_ranges_give_larger_ranges(
        (era, ..) in eras(), ranges: [u64; 2], shift in 0_u32..64, slots: [u64; 2],
    ) {
        let [fewer, more] = [slots[0].min(slots[1]) >> shift, slots[0].max(slots[1]) >> shift];
        let [low, high] = [ranges[0].min(ranges[1]), ranges[0].max(ranges[1])];
        prop_assert!(era.retarget(SolutionRange(low), fewer) <= era.retarget(SolutionRange(low), more));
        prop_assert!(era.retarget(SolutionRange(low), more) <= era.retarget(SolutionRange(high), more));
    }

    #[test]
    fn a19_as_many_slots_as_expected_change_nothing(blocks in 1..=MOST, denominator in 1..=MOST, range in 1..=u64::MAX) {
        let era = Era::new(blocks, 1, denominator).unwrap();
        let slots = u64::from(blocks) * u64::from(denominator);
        prop_assert_eq!(era.retarget(SolutionRange(range), slots), SolutionRange(range));
    }

    /// To the last unit, against arithmetic that cannot overflow.
    #[test]
    fn a19_is_the_formula((era, blocks, numerator, denominator) in eras(), range: u64, slots in 0_u64..1 << 41) {
        let expected = u128::from(blocks) * u128::from(denominator);
        let found = (u128::from(slots) * u128::from(numerator)).clamp(expected.div_ceil(4), expected * 4);
        let next = (u128::from(range) * found / expected).clamp(1, u64::MAX.into());
        prop_assert_eq!(u128::from(era.retarget(SolutionRange(range), slots).0), next);
    }

    /// Pieces to range to pieces: off by at most the rounding of the range, which is one in range.
    #[test]
    fn a20_is_its_own_inverse((era, ..) in eras(), pieces in 1_u64..1 << 40) {
        let range = era.range_for(pieces);
        prop_assume!(range.0 > 1 && range.0 < u64::MAX);
        let back = era.pieces_for(range);
        prop_assert!(back >= pieces);
        let error = u128::from(back - pieces) * u128::from(range.0);
        prop_assert!(error <= u128::from(pieces) + u128::from(range.0), "{} for {}", back, pieces);
    }

    #[test]
    fn a20_more_pieces_win_with_smaller_ranges((era, ..) in eras(), pieces: [u64; 2]) {
        let [fewer, more] = [pieces[0].min(pieces[1]), pieces[0].max(pieces[1])];
        prop_assert!(era.range_for(fewer) >= era.range_for(more));
    }
}

/// Real tickets of 64 pieces, half of them plotted at each slot, over 12,000 slots: one winner per six slots.
#[test]
fn a6_a15_a20_a_range_gives_the_rate_that_it_is_for() {
    let pieces = 64;
    let range = era().range_for(pieces);
    let mut wins = 0_u32;
    for slot in 0..12_000 {
        let asked = challenge(slot).of(&SectorId(Digest([5; 32])));
        let tickets = (0..pieces / 2).map(|piece| asked.ticket(&bytes(&[slot % 64, piece])));
        wins += u32::try_from(tickets.filter(|ticket| *ticket < range.0).count()).unwrap();
    }
    // 2,000 expected, with a deviation of 45: within four.
    assert!((1_820..2_180).contains(&wins), "{wins} in 12,000 slots");
}

/// An era in which each slot of `pieces / 2` tickets has a winner with the probability that the range gives: the slots that
/// its blocks took. Drawn from `stream`.
fn slots_of_an_era(
    range: SolutionRange,
    pieces: u64,
    blocks: u32,
    stream: &mut impl Iterator<Item = u64>,
) -> u64 {
    // 1 - (1 - q)^(pieces / 2) in 64 bits of fraction.
    let one = 1_u128 << 64;
    let mut none = one;
    let (mut power, mut rest) = (one - u128::from(range.0), pieces / 2);
    while rest > 0 {
        if rest & 1 == 1 {
            none = (none >> 32) * (power >> 32);
        }
        power = (power >> 32) * (power >> 32);
        rest >>= 1;
    }
    let winning = u64::try_from((one - none).min(one - 1)).unwrap();
    let (mut slots, mut found) = (0, 0);
    while found < blocks {
        slots += 1;
        found += u32::from(stream.next().unwrap() < winning);
    }
    slots
}

/// Space grows and shrinks tenfold. After three eras slots per block are back at six, and stay within a tenth of it. (One step
/// would be too much for the bound of four; and winners that share a slot make growth look smaller than it is.)
#[test]
fn a19_returns_to_the_rate_within_three_eras_of_a_tenfold_change() {
    let mut stream = (0_u64..).flat_map(|block| {
        let bytes = bytes(&[0x5eed, block]);
        let (words, _) = bytes.as_chunks::<8>();
        words
            .iter()
            .map(|word| u64::from_le_bytes(*word))
            .collect::<Vec<_>>()
    });
    let blocks = era().blocks();
    let mut range = era().range_for(10_000);
    for pieces in [10_000, 100_000, 10_000, 1_000, 10_000] {
        for after in 0..8 {
            let slots = slots_of_an_era(range, pieces, blocks, &mut stream);
            let expected = u64::from(blocks) * 6;
            if after >= 3 {
                // The deviation of 2,016 waits is 2 in 100, and of the range before it as much.
                let off = slots.abs_diff(expected) * 10;
                assert!(
                    off < expected,
                    "{pieces} pieces, era {after}: {slots} slots for {expected}"
                );
            }
            range = era().retarget(range, slots);
        }
        // A20 tells the pieces, nine in a hundred low.
        let told = era().pieces_for(range);
        assert!(
            (pieces * 80 / 100..pieces * 102 / 100).contains(&told),
            "{told} of {pieces}"
        );
    }
}
