//! Segments from any half of their pieces.

use crate::common::{archive, blocks, chunks, params, slow_record_root};
use decex_farmer::archive::{InvalidPiece, Irreparable, Piece, Segment, SegmentRestorer};
use decex_farmer::decex_storage_audit::CheckedAuditParams;
use decex_farmer::decex_storage_audit::decex_core::list::ListTree;
use proptest::prelude::*;

fn pieces(segment: &Segment) -> Vec<Piece> {
    (0..segment.pieces())
        .map(|place| segment.piece(place).unwrap())
        .collect()
}

fn restore(
    params: &CheckedAuditParams,
    segment: &Segment,
    places: impl IntoIterator<Item = u32>,
) -> Result<Segment, Irreparable> {
    let mut restorer = SegmentRestorer::new(params, segment.root());
    for place in places {
        assert_eq!(restorer.add(place, segment.piece(place).unwrap()), Ok(()));
    }
    restorer.finish()
}

/// Every choice of pieces of a small segment.
#[test]
fn h17_every_half_restores_a_segment_and_less_is_refused() {
    let params = params(1, 2);
    let segment = archive(&params, 0, &blocks(&[900])).remove(0).segment;
    for choice in 0..256u32 {
        let places = (0..8).filter(|place| choice >> place & 1 == 1);
        let restored = restore(&params, &segment, places);
        let found = choice.count_ones() as usize;
        if found >= 4 {
            let restored = restored.unwrap();
            assert_eq!(pieces(&restored), pieces(&segment), "{choice:b}");
            assert_eq!(restored.root(), segment.root());
        } else {
            let refused = Irreparable::TooFew { needed: 4, found };
            assert_eq!(restored.unwrap_err(), refused);
            assert_eq!(refused.code(), 1);
        }
    }
}

#[test]
fn h17_the_same_piece_twice_is_one() {
    let params = params(1, 2);
    let segment = archive(&params, 0, &blocks(&[900])).remove(0).segment;
    let refused = Irreparable::TooFew { needed: 4, found: 3 };
    assert_eq!(
        restore(&params, &segment, [5, 1, 5, 1, 7, 7]).unwrap_err(),
        refused
    );
    assert!(restore(&params, &segment, [5, 1, 5, 1, 7, 7, 0]).is_ok());
}

#[test]
fn h7_a_wrong_piece_is_named_and_not_used() {
    let params = params(2, 2);
    let segment = archive(&params, 0, &blocks(&[3000])).remove(0).segment;
    let mut restorer = SegmentRestorer::new(&params, segment.root());
    for place in 0..8 {
        let mut wrong = segment.piece(place).unwrap();
        wrong.record[2][9] ^= 4;
        assert!(matches!(
            restorer.add(place, wrong),
            Err(InvalidPiece::Root { .. })
        ));
        let elsewhere = segment.piece((place + 1) % 8).unwrap();
        assert!(matches!(
            restorer.add(place, elsewhere),
            Err(InvalidPiece::Root { .. })
        ));
        let mut short = segment.piece(place).unwrap();
        short.record.pop();
        assert!(matches!(
            restorer.add(place, short),
            Err(InvalidPiece::Record { .. })
        ));
        assert!(restorer.add(place + 8, segment.piece(place).unwrap()).is_err());
        assert!(!restorer.is_enough());
    }
    for place in [6, 3, 4, 1] {
        assert!(!restorer.is_enough());
        restorer.add(place, segment.piece(place).unwrap()).unwrap();
    }
    assert!(restorer.is_enough());
    // Checked still.
    assert!(restorer.add(0, segment.piece(1).unwrap()).is_err());
    assert_eq!(pieces(&restorer.finish().unwrap()), pieces(&segment));
}

/// A segment whose parity is no parity, committed to as if it were.
#[test]
fn h18_refuses_a_segment_that_is_not_coded_from_whatever_half() {
    let params = params(1, 2);
    let mut records: Vec<_> = {
        let segment = archive(&params, 0, &blocks(&[900])).remove(0).segment;
        (0..8)
            .map(|place| segment.record(place).unwrap().to_vec())
            .collect()
    };
    records[6] = chunks(77, 2);
    let tree = ListTree::new(records.iter().map(|record| slow_record_root(record)).collect());
    for choice in (0..256u32).filter(|choice| choice.count_ones() == 4) {
        let mut restorer = SegmentRestorer::new(&params, tree.root());
        for place in (0..8).filter(|place| choice >> place & 1 == 1) {
            let piece = Piece {
                record: records[place as usize].clone(),
                path: tree.prove(place, 1).unwrap().siblings.into_inner(),
            };
            assert_eq!(restorer.add(place, piece), Ok(()));
        }
        let reason = restorer.finish().unwrap_err();
        assert!(
            matches!(reason, Irreparable::Root { expected, found } if expected == tree.root() && found != expected)
        );
        assert_eq!(reason.code(), 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn h17_h18_random_halves_restore(c in 1u8..=6, m in 1u8..=4, seed: u64, order in Just((0..32u32).collect::<Vec<_>>()).prop_shuffle()) {
        let params = params(c, m);
        let source = chunks(seed, 1 << (c + m));
        let segment = Segment::new(&params, source.clone()).unwrap();
        let places = order.into_iter().filter(|place| *place < segment.pieces()).take(1 << m);
        let restored = restore(&params, &segment, places).unwrap();
        prop_assert_eq!(pieces(&restored), pieces(&segment));
        let records: Vec<_> = (0..1 << m).flat_map(|place| restored.record(place).unwrap().to_vec()).collect();
        prop_assert_eq!(records, source);
    }
}
