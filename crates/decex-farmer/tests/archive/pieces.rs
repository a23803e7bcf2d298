//! Which pieces are refused, and how they are written.

use crate::common::{archive, blocks, params};
use decex_farmer::archive::{InvalidPiece, MAX_PIECE_BYTES, Piece};
use decex_farmer::decex_storage_audit::CheckedAuditParams;
use decex_farmer::decex_storage_audit::decex_core::codec::DecodeError;
use decex_farmer::decex_storage_audit::decex_core::hash::Digest;
use decex_farmer::decex_storage_audit::decex_core::id::ListRoot;
use decex_farmer::decex_storage_audit::decex_core::list::InvalidListProof;
use parity_scale_codec::{Compact, Encode};
use proptest::prelude::*;

fn scene() -> (CheckedAuditParams, ListRoot, Vec<Piece>) {
    let params = params(2, 2);
    let segment = archive(&params, 0, &blocks(&[3000])).remove(0).segment;
    let pieces = (0..8).map(|place| segment.piece(place).unwrap()).collect();
    (params, segment.root(), pieces)
}

#[test]
fn h5_h6_h7_accepts_every_piece_at_its_place_and_at_no_other() {
    let (params, root, pieces) = scene();
    for (place, piece) in (0..).zip(&pieces) {
        for asked in 0..8 {
            let verdict = piece.verify(&params, asked, &root);
            if asked == place {
                assert_eq!(verdict, Ok(()));
            } else {
                assert!(matches!(verdict, Err(InvalidPiece::Root { expected, .. }) if expected == root));
            }
        }
    }
}

#[test]
fn h5_refuses_a_record_of_another_length() {
    let (params, root, pieces) = scene();
    for count in (0..=9).filter(|count| *count != 4) {
        let mut piece = pieces[1].clone();
        piece.record = piece.record.iter().cycle().copied().take(count).collect();
        let refused = InvalidPiece::Record {
            expected: 4,
            found: count,
        };
        assert_eq!(piece.verify(&params, 1, &root), Err(refused));
        assert_eq!(refused.code(), 1);
    }
}

#[test]
fn h6_refuses_a_path_of_another_length_and_a_place_outside() {
    let (params, root, pieces) = scene();
    for count in (0..=9).filter(|count| *count != 3) {
        let mut piece = pieces[1].clone();
        piece.path = piece.path.iter().cycle().copied().take(count).collect();
        let refused = InvalidPiece::Path(InvalidListProof::Siblings);
        assert_eq!(piece.verify(&params, 1, &root), Err(refused));
        assert_eq!(refused.code(), 2);
    }
    for place in [8, 9, u32::MAX] {
        let refused = InvalidPiece::Path(InvalidListProof::OutOfBounds);
        assert_eq!(pieces[1].verify(&params, place, &root), Err(refused));
    }
}

#[test]
fn h7_refuses_every_changed_bit() {
    let (params, root, pieces) = scene();
    let refused = |piece: &Piece| match piece.verify(&params, 6, &root) {
        Err(reason @ InvalidPiece::Root { expected, found }) => {
            expected == root && found != root && reason.code() == 3
        }
        _ => false,
    };
    for bit in 0..8 * 64 * 4 {
        let mut piece = pieces[6].clone();
        piece.record.as_flattened_mut()[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&piece), "bit {bit} of the record");
    }
    for bit in 0..8 * 32 * 3 {
        let mut piece = pieces[6].clone();
        piece.path[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
        assert!(refused(&piece), "bit {bit} of the path");
    }
}

#[test]
fn h7_refuses_another_segments_root() {
    let (params, _, pieces) = scene();
    assert!(matches!(
        pieces[0].verify(&params, 0, &ListRoot::default()),
        Err(InvalidPiece::Root {
            expected: ListRoot(Digest::ZERO),
            ..
        })
    ));
}

#[test]
fn a_piece_is_its_chunks_and_its_path() {
    let (_, _, pieces) = scene();
    let piece = &pieces[5];
    let bytes = piece.encode();
    let expected = [
        &[4 << 2][..],
        piece.record.as_flattened(),
        &[3 << 2],
        &piece.path.iter().flat_map(|digest| digest.0).collect::<Vec<_>>(),
    ]
    .concat();
    assert_eq!(bytes, expected);
    assert_eq!(Piece::from_bytes(&bytes).as_ref(), Ok(piece));
    for length in 0..bytes.len() {
        assert_eq!(Piece::from_bytes(&bytes[..length]), Err(DecodeError::Malformed));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        Piece::from_bytes(&longer),
        Err(DecodeError::Trailing { found: 1 })
    );
}

#[test]
fn a_piece_over_its_bounds_is_refused_before_it_is_read() {
    let path = |count: u32| {
        [
            Compact(0u32).encode(),
            Compact(count).encode(),
            vec![0; 32 * count as usize],
        ]
        .concat()
    };
    assert!(Piece::from_bytes(&path(9)).is_ok());
    assert_eq!(Piece::from_bytes(&path(10)), Err(DecodeError::Malformed));
    let record =
        |count: u32, chunks: u32| [Compact(count).encode(), vec![0; 64 * chunks as usize + 1]].concat();
    assert!(Piece::from_bytes(&record(1 << 15, 1 << 15)).is_ok());
    assert_eq!(
        Piece::from_bytes(&record((1 << 15) + 1, 1 << 15)),
        Err(DecodeError::Malformed)
    );
    assert_eq!(
        Piece::from_bytes(&record(u32::MAX, 0)),
        Err(DecodeError::Malformed)
    );
    let found = MAX_PIECE_BYTES + 1;
    let refused = DecodeError::TooLong {
        limit: MAX_PIECE_BYTES,
        found,
    };
    assert_eq!(Piece::from_bytes(&vec![0; found]), Err(refused));
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(piece) = Piece::from_bytes(&bytes) {
            prop_assert_eq!(piece.encode(), bytes);
        }
    }
}
