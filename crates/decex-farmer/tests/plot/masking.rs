//! What is masked: the piece of history that belongs there, at the first places with proofs, under the first proof of each.

use crate::common::{History, PARAMS, challenge, mask_all, other, params, sector, world};
use decex_farmer::archive::{InvalidPiece, Piece, extend};
use decex_farmer::plot::{CannotMask, MaskedRecord, mask_record, plan};
use decex_farmer::table::Table;
use decex_storage_audit::decex_core::Digest;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::{AuditParams, HistorySize, PieceOffset, Sector, space};
use std::collections::BTreeSet;

#[test]
fn d1_the_plan_is_what_the_verifier_expects() {
    let world = world();
    let planned = plan(&world.params, &world.sector);
    assert_eq!(planned.len(), 3);
    for (offset, piece) in (0..).zip(planned) {
        let expected = world
            .sector
            .id()
            .piece(&world.params, world.sector.history, PieceOffset(offset));
        assert_eq!(Some(piece), expected);
    }
    let empty = Sector {
        history: HistorySize(0),
        ..world.sector
    };
    assert_eq!(plan(&world.params, &empty), []);
}

#[test]
fn d1_refuses_an_offset_that_sectors_do_not_have() {
    let world = world();
    let (root, pieces) = &world.history.segments[0];
    let refused = |sector: &Sector, offset| {
        mask_record(&world.params, sector, PieceOffset(offset), root, &pieces[0]).unwrap_err()
    };
    let expected = CannotMask::Offset {
        pieces: 3,
        history: 2,
        found: 3,
    };
    assert_eq!(refused(&world.sector, 3), expected);
    assert_eq!(expected.code(), 1);
    let empty = Sector {
        history: HistorySize(0),
        ..world.sector
    };
    let expected = CannotMask::Offset {
        pieces: 3,
        history: 0,
        found: 1,
    };
    assert_eq!(refused(&empty, 1), expected);
}

#[test]
fn d2_refuses_a_piece_that_history_does_not_have_there() {
    let world = world();
    let offset = PieceOffset(1);
    let index = plan(&world.params, &world.sector)[1];
    let (root, piece) = world.history.piece(&world.params, index);
    let mask =
        |root: &ListRoot, piece: &Piece| mask_record(&world.params, &world.sector, offset, root, piece);
    assert_eq!(mask(root, piece).as_ref(), Ok(&world.records[1]));
    // Every other piece of history, and each way in which this one can be wrong.
    for (_, pieces) in &world.history.segments {
        for other in pieces.iter().filter(|other| *other != piece) {
            let refused = mask(root, other).unwrap_err();
            assert!(matches!(
                refused,
                CannotMask::Piece {
                    offset: PieceOffset(1),
                    reason: InvalidPiece::Root { .. }
                }
            ));
            assert_eq!(refused.code(), 2);
        }
    }
    let mut wrong = Vec::from([(); 4].map(|()| piece.clone()));
    wrong[0].record[7][9] ^= 1;
    wrong[1].path[0].0[3] ^= 1;
    let _ = wrong[2].path.pop();
    let _ = wrong[3].record.pop();
    for wrong in wrong {
        assert!(matches!(mask(root, &wrong), Err(CannotMask::Piece { .. })));
    }
    let other_root = ListRoot(Digest([1; 32]));
    assert!(matches!(mask(&other_root, piece), Err(CannotMask::Piece { .. })));
}

#[test]
fn d3_d4_the_first_places_with_proofs_are_stored_each_under_its_first_proof() {
    let world = world();
    for record in &world.records {
        let offset = record.offset();
        let table = Table::new(PARAMS.k, &world.sector.id().space_seed(offset));
        let with_proof = (0..world.params.places()).filter(|place| table.proof(*place).is_some());
        let with_proof: Vec<u32> = with_proof.collect();
        assert!(with_proof.len() >= 16);
        let stored: Vec<u32> = record.places().collect();
        assert_eq!(stored, with_proof[..16]);
        let index = plan(&world.params, &world.sector)[usize::from(offset.0)];
        let extended = extend(&world.params, &world.history.piece(&world.params, index).1.record).unwrap();
        for (place, chunk) in stored.iter().zip(record.chunks()) {
            let proof = table.proof(*place).unwrap();
            assert_eq!(space::mask(&proof, chunk), extended[*place as usize]);
        }
    }
}

#[test]
fn d3_a_sector_with_too_few_proofs_is_refused_by_name_and_the_next_index_is_tried() {
    let params = params();
    let history = History::new(&params, 2);
    let mut refused = 0;
    let mut plotted = 0;
    for index in 0..40 {
        let sector = sector(3, index);
        let offset = PieceOffset(0);
        let (root, piece) = history.piece(&params, plan(&params, &sector)[0]);
        let table = Table::new(PARAMS.k, &sector.id().space_seed(offset));
        let found = (0..32).filter(|place| table.proof(*place).is_some()).count() as u32;
        match mask_record(&params, &sector, offset, root, piece) {
            Ok(_) => {
                assert!(found >= 16);
                plotted += 1;
            }
            Err(error) => {
                let expected = CannotMask::TooFewProofs {
                    offset,
                    expected: 16,
                    found,
                };
                assert_eq!(error, expected);
                assert_eq!(error.code(), 3);
                assert!(found < 16);
                assert!(mask_all(&params, &history, &sector).is_none());
                refused += 1;
            }
        }
    }
    assert!(refused > 0 && plotted > 0, "{refused} refused, {plotted} plotted");
}

#[test]
fn d3_at_larger_records_hardly_any_sector_is_refused() {
    let params = AuditParams {
        k: 17,
        record_chunks_log2: 8,
        ..PARAMS
    };
    let params = params.check().unwrap();
    let history = History::new(&params, 1);
    for index in 0..6 {
        let sector = Sector {
            history: HistorySize(1),
            ..sector(4, index)
        };
        let (root, piece) = history.piece(&params, plan(&params, &sector)[0]);
        assert!(mask_record(&params, &sector, PieceOffset(0), root, piece).is_ok());
    }
}

#[test]
fn two_farmers_plots_of_the_same_history_share_no_chunk() {
    let (world, other) = (world(), other());
    let chunks = |records: &[MaskedRecord]| -> BTreeSet<[u8; 64]> {
        records
            .iter()
            .flat_map(|record| record.chunks().to_vec())
            .collect()
    };
    let (a, b) = (chunks(&world.records), chunks(&other.records));
    assert_eq!((a.len(), b.len()), (48, 48));
    assert!(a.is_disjoint(&b));
    // Nor do they where they hold the same piece of history at the same offset, nor two sectors of one farmer.
    let piece = plan(&world.params, &world.sector)[0];
    let (root, content) = world.history.piece(&world.params, piece);
    for farmer in [1, 2] {
        let same = |index| {
            let sector = sector(farmer, index);
            let is_same = sector != world.sector && plan(&world.params, &sector)[0] == piece;
            let masked = is_same.then(|| mask_record(&world.params, &sector, PieceOffset(0), root, content));
            masked.and_then(Result::ok)
        };
        let masked = (0..).find_map(same).unwrap();
        assert!(a.is_disjoint(&chunks(&[masked])));
    }
    // Nor does a plot hold anything of history as it is.
    for index in plan(&world.params, &world.sector) {
        let piece = world.history.piece(&world.params, index).1;
        let plain = BTreeSet::from_iter(extend(&world.params, &piece.record).unwrap());
        assert!(a.is_disjoint(&plain));
    }
    assert_ne!(
        challenge(1).of(&world.sector.id()),
        challenge(1).of(&other.sector.id())
    );
}
