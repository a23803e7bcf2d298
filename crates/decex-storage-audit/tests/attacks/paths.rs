//! Chunks from elsewhere in history, and paths of every length.

use crate::common::{params, shown, solved};
use decex_storage_audit::decex_core::codec::BoundedVec;
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::{AuditError, InvalidSolution, PieceIndex, Solution, chunk_leaf};
use parity_scale_codec::Encode;

#[test]
fn a8_refuses_a_chunk_from_another_place_of_the_record() {
    let (piece, place) = (solved().piece(), solved().place());
    for other in (0..params().places()).filter(|other| *other != place) {
        let (chunk, path, _) = shown(piece, other);
        // With its own path, and with the path of the place that is asked for.
        let moved = solved().with(|case| case.solution.chunk = chunk);
        assert_eq!(moved.clone().at_any_ticket().code(), 8);
        let moved = moved.with(|case| case.solution.chunk_path = BoundedVec::new(path).unwrap());
        assert_eq!(moved.that_wins().code(), 8);
    }
}

#[test]
fn a8_refuses_the_place_in_another_record() {
    let (piece, place) = (solved().piece(), solved().place());
    let others = (0..40).map(PieceIndex).filter(|other| *other != piece);
    for other in others {
        let (chunk, chunk_path, record_path) = shown(other, place);
        let moved = solved().with(|case| {
            case.solution.chunk = chunk;
            case.solution.chunk_path = BoundedVec::new(chunk_path).unwrap();
            case.solution.record_path = BoundedVec::new(record_path).unwrap();
        });
        assert_eq!(moved.that_wins().code(), 8, "{other:?}");
    }
}

#[test]
fn a7_refuses_paths_of_every_other_length() {
    let right = solved();
    let (chunk, record) = (
        right.solution.chunk_path.to_vec(),
        right.solution.record_path.to_vec(),
    );
    let resized = |path: &[Digest], length| {
        let mut path = path.to_vec();
        path.resize(length, Digest::ZERO);
        path
    };
    for length in 0..=16 {
        let path = BoundedVec::new(resized(&chunk, length)).unwrap();
        let case = solved().with(|case| case.solution.chunk_path = path);
        if length == chunk.len() {
            case.accepted();
        } else {
            assert!(matches!(
                case.verify(),
                Err(AuditError::Invalid(InvalidSolution::ChunkPath(_)))
            ));
        }
    }
    for length in 0..=9 {
        let path = BoundedVec::new(resized(&record, length)).unwrap();
        let case = solved().with(|case| case.solution.record_path = path);
        if length == record.len() {
            case.accepted();
        } else {
            assert!(matches!(
                case.verify(),
                Err(AuditError::Invalid(InvalidSolution::RecordPath(_)))
            ));
        }
    }
}

/// One sibling more than any parameters allow is no solution at all: the decoder refuses it, and the type cannot hold it.
#[test]
fn c2_refuses_paths_beyond_the_longest() {
    assert!(BoundedVec::<Digest, 16>::new(vec![Digest::ZERO; 17]).is_none());
    let solution = solved().solution;
    let encoded = |chunk: usize, record: usize, proof: usize| {
        let mut bytes = (solution.sector, solution.offset, solution.chunk).encode();
        bytes.extend(vec![Digest::ZERO; chunk].encode());
        bytes.extend(vec![Digest::ZERO; record].encode());
        bytes.extend(vec![0_u8; proof].encode());
        bytes
    };
    assert!(Solution::from_bytes(&encoded(16, 9, 192)).is_ok());
    for (chunk, record, proof) in [(17, 0, 0), (0, 10, 0), (0, 0, 193)] {
        let error = Solution::from_bytes(&encoded(chunk, record, proof)).unwrap_err();
        assert_eq!(error.code(), 2);
    }
}

/// A path that is shorter or longer by what the other makes up for: an inner node is no leaf, whatever the sum of the lengths.
#[test]
fn a7_refuses_levels_moved_from_one_path_to_the_other() {
    let all = |case: &Solution| [case.chunk_path.to_vec(), case.record_path.to_vec()].concat();
    let path = all(&solved().solution);
    for split in (0..path.len()).filter(|split| *split != 6 && path.len() - split <= 9) {
        let moved = solved().with(|case| {
            case.solution.chunk_path = BoundedVec::new(path[..split].to_vec()).unwrap();
            case.solution.record_path = BoundedVec::new(path[split..].to_vec()).unwrap();
        });
        assert_eq!(moved.code(), 7);
    }
}

/// Two leaves of a record as one chunk: 64 bytes that hash, under another label, to the node above them.
#[test]
fn a8_refuses_an_inner_node_as_a_chunk() {
    let case = solved();
    let leaf = chunk_leaf(&case.solution.chunk);
    let sibling = case.solution.chunk_path[0];
    let (left, right) = if case.place().is_multiple_of(2) {
        (leaf, sibling)
    } else {
        (sibling, leaf)
    };
    let mut node = [0; 64];
    node[..32].copy_from_slice(&left.0);
    node[32..].copy_from_slice(&right.0);
    let mut path = case.solution.chunk_path.to_vec();
    path.rotate_left(1);
    let forged = case.with(|case| {
        case.solution.chunk = node;
        case.solution.chunk_path = BoundedVec::new(path).unwrap();
    });
    assert_eq!(forged.that_wins().code(), 8);
}
