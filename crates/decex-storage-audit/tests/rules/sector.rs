//! A10 to A12: a sector's name, its pieces, and the seeds of its tables.

use crate::common::{PARAMS, farmer, params, sector};
use decex_storage_audit::decex_core::hash::{Hash, digest_encoded};
use decex_storage_audit::decex_core::label;
use decex_storage_audit::{
    AuditParams, CheckedAuditParams, FarmerId, HistorySize, PieceIndex, PieceOffset, Sector, SectorId,
};
use std::collections::BTreeSet;

#[test]
fn a10_the_name_is_the_hash_of_farmer_index_and_history() {
    let named = sector();
    assert_eq!(named.id(), SectorId(digest_encoded(&label::SECTOR, &named)));
    let mut bytes = vec![1; 32];
    bytes.extend([7, 0, 0, 0, 10, 0, 0, 0]);
    assert_eq!(
        named.id(),
        SectorId(Hash::new(&label::SECTOR).chain(bytes).finish())
    );
}

#[test]
fn a10_another_farmer_index_or_history_is_another_sector() {
    let farmers = (0..20).map(|name| Sector {
        farmer: farmer(name + 2),
        ..sector()
    });
    let indices = (8..28).map(|index| Sector { index, ..sector() });
    let histories = (11..31).map(|size| Sector {
        history: HistorySize(size),
        ..sector()
    });
    let high = [
        Sector {
            index: 7 << 24,
            ..sector()
        },
        Sector {
            history: HistorySize(10 << 24),
            ..sector()
        },
        Sector {
            farmer: FarmerId::default(),
            ..sector()
        },
    ];
    let all = farmers
        .chain(indices)
        .chain(histories)
        .chain(high)
        .chain([sector()]);
    let names: BTreeSet<SectorId> = all.map(|sector| sector.id()).collect();
    assert_eq!(names.len(), 64);
}

fn named(index: u32) -> SectorId {
    Sector { index, ..sector() }.id()
}

#[test]
fn a11_the_piece_is_drawn_from_128_bits_of_hash() {
    let (id, offset) = (named(1), PieceOffset(0x0102));
    let hash = Hash::new(&label::SECTOR_PIECE).chain(id.0).chain([2, 1]).finish();
    let draw = u128::from_le_bytes(*hash.0.first_chunk().unwrap());
    let expected = u64::try_from(draw % (30 * 4)).unwrap();
    assert_eq!(
        id.piece(&params(), HistorySize(30), offset),
        Some(PieceIndex(expected))
    );
}

#[test]
fn a11_an_empty_history_has_no_pieces() {
    assert_eq!(named(1).piece(&params(), HistorySize(0), PieceOffset(1)), None);
    assert_eq!(named(1).piece(&params(), HistorySize(0), PieceOffset(0)), None);
}

#[test]
fn a11_pieces_stand_in_their_segments() {
    let params = params();
    let all: Vec<_> = (0..9)
        .map(PieceIndex)
        .map(|piece| (piece.segment(&params), piece.place(&params)))
        .collect();
    let expected = [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 0),
    ];
    assert_eq!(all, expected);
    // The last piece that any history has.
    let largest = AuditParams {
        segment_records_log2: 8,
        ..PARAMS
    }
    .check()
    .unwrap();
    let last = PieceIndex((1 << 41) - 1);
    assert_eq!((last.segment(&largest), last.place(&largest)), (u32::MAX, 511));
}

/// How often each piece is drawn at `offset` by many sectors.
fn drawn(params: &CheckedAuditParams, size: u32, offset: u16, sectors: u32) -> Vec<u32> {
    let mut counts = vec![0; (size * params.segment_pieces()) as usize];
    for index in 0..sectors {
        let piece = named(index)
            .piece(params, HistorySize(size), PieceOffset(offset))
            .unwrap();
        counts[piece.0 as usize] += 1;
    }
    counts
}

/// The squared deviations over the expectation: near the number of cells, with a deviation of the root of twice that.
fn chi_square(counts: &[u32], expected: u64) -> u64 {
    let squares = counts
        .iter()
        .map(|count| u64::from(*count).abs_diff(expected).pow(2));
    squares.sum::<u64>() / expected
}

#[test]
fn a11_every_piece_is_drawn_and_none_is_drawn_more_often() {
    // 120 cells, 500 expected in each; six deviations above and below.
    let counts = drawn(&params(), 30, 1, 60_000);
    assert!(counts.iter().all(|count| *count > 0));
    let found = chi_square(&counts, 500);
    assert!((27..213).contains(&found), "{found} of 119");
}

#[test]
fn a11_every_tenth_offset_is_of_recent_history() {
    let sized = AuditParams {
        recent_segments: 3,
        ..PARAMS
    }
    .check()
    .unwrap();
    for offset in [0, 10, 20, 65_530] {
        // 12 cells of 31 segments, 500 expected in each.
        let counts = drawn(&sized, 31, offset, 6_000);
        let (old, recent) = counts.split_at(28 * 4);
        assert!(old.iter().all(|count| *count == 0));
        let found = chi_square(recent, 500);
        assert!(found < 40, "{found} of 11");
        assert!(recent.iter().all(|count| *count > 0));
    }
    for offset in [1, 9, 11, 65_535] {
        let counts = drawn(&sized, 31, offset, 6_000);
        let old: u32 = counts.iter().take(28 * 4).sum();
        // 28/31 of 6,000 is 5,419, with a deviation of 23.
        assert!((5_280..5_560).contains(&old), "{old}");
    }
}

#[test]
fn a11_until_history_is_longer_than_ten_times_the_recent_part_all_of_it_is_eligible() {
    let sized = AuditParams {
        recent_segments: 3,
        ..PARAMS
    }
    .check()
    .unwrap();
    for size in [1, 3, 4, 29, 30] {
        let counts = drawn(&sized, size, 0, 6_000);
        assert!(counts.iter().all(|count| *count > 0), "{size} segments");
    }
    // One more, and the first 28 segments are never drawn.
    assert!(
        drawn(&sized, 31, 0, 6_000)
            .iter()
            .take(28 * 4)
            .all(|count| *count == 0)
    );
}

#[test]
fn a12_the_seed_is_of_sector_and_offset() {
    let expected = Hash::new(&label::SPACE_SEED)
        .chain(named(1).0)
        .chain([2, 1])
        .finish();
    assert_eq!(named(1).space_seed(PieceOffset(0x0102)), expected);
    let mut seeds = BTreeSet::new();
    for sector in 0..20 {
        for offset in 0..20 {
            seeds.insert(named(sector).space_seed(PieceOffset(offset)));
        }
    }
    assert_eq!(seeds.len(), 400);
}
