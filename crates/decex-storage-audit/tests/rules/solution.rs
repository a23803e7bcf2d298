//! A2 to A9: one solution, and the order in which it is judged.

use crate::common::{
    Case, OFFSET, PARAMS, SEGMENTS, View, farmer, history, params, sector, solved, tables, try_solve,
};
use decex_storage_audit::decex_core::codec::BoundedVec;
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::space::{self, InvalidSpaceProof};
use decex_storage_audit::{
    AuditError, HistorySize, InvalidSolution, PieceOffset, Sector, SolutionRange, checkpoint, expires_at,
    poas_output,
};

#[test]
fn a2_a3_a4_a5_a6_a7_a8_a9_accepts_what_a_farmer_stored() {
    let case = solved();
    let audited = case.verify().unwrap();
    assert_eq!(audited.farmer(), farmer(1));
    assert_eq!(audited.sector(), sector().id());
    assert_eq!(audited.piece(), case.piece());
    assert_eq!(audited.place(), case.place());
    assert_eq!(audited.ticket(), case.ticket());
    // A17
    let masked = space::mask(&case.solution.proof, &case.solution.chunk);
    let output = poas_output(&case.challenge, &sector().id(), OFFSET, &masked);
    assert_eq!(audited.output(), output);
}

#[test]
fn a2_refuses_a_solution_of_another_than_the_author() {
    let case = solved().with(|case| case.author = farmer(2));
    let refused = InvalidSolution::Author {
        expected: farmer(2),
        found: farmer(1),
    };
    assert_eq!(case.verify(), Err(AuditError::Invalid(refused)));
    assert_eq!(case.code(), 2);
}

#[test]
fn a3_accepts_the_last_piece_of_a_sector() {
    let last = PieceOffset(PARAMS.sector_pieces - 1);
    let case = (0..).find_map(|slot| try_solve(sector(), last, slot)).unwrap();
    case.accepted();
}

#[test]
fn a3_refuses_an_offset_past_the_last_piece() {
    // What the farmer of this offset shows is right in all else.
    let past = PieceOffset(PARAMS.sector_pieces);
    let case = (0..).find_map(|slot| try_solve(sector(), past, slot)).unwrap();
    let refused = InvalidSolution::Offset {
        pieces: 20,
        found: 20,
    };
    assert_eq!(case.verify(), Err(AuditError::Invalid(refused)));
    assert_eq!(case.code(), 3);
    assert_eq!(
        case.with(|case| case.solution.offset = PieceOffset(u16::MAX))
            .code(),
        3
    );
}

#[test]
fn a4_accepts_history_up_to_the_whole() {
    solved().at(10).accepted();
    solved().at(11).accepted();
}

#[test]
fn a4_refuses_history_that_is_not_there_yet_and_none() {
    let refused = |segments, found| InvalidSolution::History {
        segments: HistorySize(segments),
        found: HistorySize(found),
    };
    let future = solved().at(9);
    assert_eq!(future.verify(), Err(AuditError::Invalid(refused(9, 10))));
    assert_eq!(future.code(), 4);
    let empty = solved().with(|case| case.solution.sector.history = HistorySize(0));
    assert_eq!(empty.verify(), Err(AuditError::Invalid(refused(10, 0))));
    let before_all = empty.at(0);
    assert_eq!(before_all.verify(), Err(AuditError::Invalid(refused(0, 0))));
}

/// A sector of this history whose expiry is as asked, and when that is.
fn that_expires(history_size: u32, when: impl Fn(u64) -> bool) -> (Sector, u32) {
    let history_size = HistorySize(history_size);
    let root = history()[checkpoint(&params(), history_size).unwrap() as usize]
        .tree
        .root();
    let expiry = |index| {
        let sector = Sector {
            index,
            history: history_size,
            ..sector()
        };
        (sector, expires_at(&params(), &sector.id(), history_size, &root))
    };
    let (sector, expiry) = (0..).map(expiry).find(|(_, expiry)| when(*expiry)).unwrap();
    (sector, expiry.try_into().unwrap())
}

fn solve(sector: Sector) -> Case {
    (0..).find_map(|slot| try_solve(sector, OFFSET, slot)).unwrap()
}

#[test]
fn a5_accepts_until_the_last_length_and_refuses_from_the_next() {
    let (sector, expired) = that_expires(10, |expiry| (20..u64::from(SEGMENTS)).contains(&expiry));
    let case = solve(sector);
    for segments in 10..expired {
        case.clone().at(segments).accepted();
    }
    for segments in expired..=SEGMENTS {
        let refused = InvalidSolution::Expired {
            expired: expired.into(),
            segments: HistorySize(segments),
        };
        let case = case.clone().at(segments);
        assert_eq!(case.verify(), Err(AuditError::Invalid(refused)));
        assert_eq!(case.code(), 5);
    }
}

#[test]
fn a5_refuses_at_the_checkpoint_itself_what_expires_there() {
    // The least lifetime: history of 10 grows by three.
    let (sector, expired) = that_expires(10, |expiry| expiry == 13);
    let case = solve(sector);
    case.clone().at(expired - 1).accepted();
    assert_eq!(case.at(expired).code(), 5);
}

#[test]
fn a5_accepts_where_the_checkpoint_is_not_there_yet() {
    let (sector, _) = that_expires(10, |expiry| expiry == 13);
    // The host does not even look for a root of the future.
    let case = solve(sector).at(12);
    case.accepted();
    assert_eq!(case.view.reads.get(), 1);
}

#[test]
fn a6_accepts_a_ticket_below_the_range() {
    let case = solved();
    assert_eq!(case.range.0, case.ticket() + 1);
    case.accepted();
    case.at_any_ticket().accepted();
}

#[test]
fn a6_refuses_a_ticket_that_is_the_range() {
    let case = solved();
    let ticket = case.ticket();
    let case = case.with(|case| case.range = SolutionRange(ticket));
    let refused = InvalidSolution::OutOfRange {
        range: SolutionRange(ticket),
        ticket,
    };
    assert_eq!(case.verify(), Err(AuditError::Invalid(refused)));
    assert_eq!(case.code(), 6);
    assert_eq!(case.with(|case| case.range = SolutionRange(0)).code(), 6);
}

#[test]
fn a7_refuses_a_sibling_too_many_or_too_few() {
    for change in [1, -1] {
        let chunk =
            solved().with(|case| case.solution.chunk_path = resized(&case.solution.chunk_path, change));
        assert!(matches!(
            chunk.verify(),
            Err(AuditError::Invalid(InvalidSolution::ChunkPath(_)))
        ));
        assert_eq!(chunk.code(), 7);
        let record =
            solved().with(|case| case.solution.record_path = resized(&case.solution.record_path, change));
        assert!(matches!(
            record.verify(),
            Err(AuditError::Invalid(InvalidSolution::RecordPath(_)))
        ));
        assert_eq!(record.code(), 7);
    }
}

fn resized<const MAX: u32>(path: &[Digest], change: isize) -> BoundedVec<Digest, MAX> {
    let mut path = path.to_vec();
    path.resize(path.len().checked_add_signed(change).unwrap(), Digest::ZERO);
    BoundedVec::new(path).unwrap()
}

#[test]
fn a8_refuses_a_chunk_that_history_has_not_there() {
    let case = solved().with(|case| case.solution.chunk[63] ^= 1).that_wins();
    assert!(matches!(
        case.verify(),
        Err(AuditError::Invalid(InvalidSolution::Chunk { expected, .. }))
            if expected == history()[case.piece().segment(&params()) as usize].tree.root()
    ));
    assert_eq!(case.code(), 8);
}

#[test]
fn a8_refuses_paths_that_lead_elsewhere() {
    let changed = |place: usize| {
        solved().with(|case| {
            let mut path = case.solution.record_path.to_vec();
            path[place] = Digest::ZERO;
            case.solution.record_path = BoundedVec::new(path).unwrap();
        })
    };
    assert_eq!((changed(0).code(), changed(1).code()), (8, 8));
    // And the host's word decides: with another root nothing stands.
    let segment = solved().piece().segment(&params());
    let other = solved().with(|case| {
        case.view.roots.insert(segment, ListRoot(Digest::ZERO));
    });
    assert_eq!(other.code(), 8);
}

#[test]
fn a9_refuses_a_proof_for_another_target() {
    let case = solved();
    let tables = tables(&sector().id().space_seed(OFFSET));
    let (found, proofs) = tables.iter().find(|(target, _)| *target != case.place()).unwrap();
    let other = case.clone().with_proof(&proofs[0]).that_wins();
    let refused = InvalidSpaceProof::Target {
        expected: case.place(),
        found,
    };
    assert_eq!(
        other.verify(),
        Err(AuditError::Invalid(InvalidSolution::Space(refused)))
    );
    assert_eq!(other.code(), 9);
}

/// A solution that breaks every rule is refused by the first; mended, by the next.
#[test]
fn a2_a3_a4_a5_a6_a7_a8_a9_refuses_with_the_first_rule_broken() {
    let (short_lived, expired) = that_expires(10, |expiry| expiry == 13);
    let good = solve(short_lived).at(expired - 1);
    let mut case = good.clone().at(9).with(|case| {
        case.author = farmer(2);
        case.solution.offset = PieceOffset(u16::MAX);
        case.range = SolutionRange(0);
        case.solution.chunk_path = BoundedVec::default();
        case.solution.chunk = [0; 64];
        case.solution.proof = BoundedVec::default();
    });
    assert_eq!(case.code(), 2);
    case.author = farmer(1);
    assert_eq!(case.code(), 3);
    case.solution.offset = good.solution.offset;
    assert_eq!(case.code(), 4);
    case.view = View::of(expired);
    assert_eq!(case.code(), 5);
    case.view = View::of(expired - 1);
    assert_eq!(case.code(), 6);
    let mut case = case.at_any_ticket();
    assert_eq!(case.code(), 7);
    case.solution.chunk_path = good.solution.chunk_path.clone();
    assert_eq!(case.code(), 8);
    case.solution.chunk = good.solution.chunk;
    assert_eq!(case.code(), 9);
    case.solution.proof = good.solution.proof.clone();
    case.accepted();
}
