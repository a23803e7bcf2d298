//! What blocks become.

use crate::common::{add_all, archive, as_model, blocks, chain, chunks, model, noise, params, stream_bytes};
use decex_farmer::archive::{
    ArchiveError, Archiver, LastBlock, MAX_SEGMENT_INDEX, SegmentHeader, VERSION, extend, record_tree,
    segment_stream_bytes,
};
use decex_farmer::decex_storage_audit::decex_core::hash::Digest;
use decex_farmer::decex_storage_audit::decex_core::list;
use proptest::prelude::*;

/// Every length of a block around the end of a segment and of the one after, so that each byte of a length and of a block is
/// once the last of a segment: by the specification and by the archiver.
#[test]
fn h1_h8_every_cut_is_where_the_specification_has_it() {
    let params = params(1, 1);
    let stream = stream_bytes(&params);
    assert_eq!(segment_stream_bytes(&params), stream as u64);
    for length in 0..=2 * stream + 8 {
        let blocks = blocks(&[length, 0, stream + 1, 5, 0, 0, stream - 4, 3 * stream]);
        let made = archive(&params, 9, &blocks);
        assert_eq!(as_model(&made), model(&params, 9, &blocks), "{length}");
    }
}

#[test]
fn h1_a_block_that_ends_where_the_segment_ends_is_complete_and_the_segment_done() {
    let params = params(1, 1);
    let whole = stream_bytes(&params) - 4;
    let ends = |length| {
        let made = archive(&params, 0, &blocks(&[length]));
        made.iter()
            .map(|archived| archived.header.last)
            .collect::<Vec<_>>()
    };
    let last = |archived, complete| LastBlock {
        number: 0,
        archived,
        complete,
    };
    let archived = whole as u64 + 4;
    assert_eq!(ends(whole - 1), []);
    assert_eq!(ends(whole), [last(archived, true)]);
    assert_eq!(ends(whole + 1), [last(archived, false)]);
}

#[test]
fn h1_a_block_spans_segments() {
    let params = params(1, 2);
    let stream = stream_bytes(&params);
    let made = archive(&params, 3, &blocks(&[10, 3 * stream, 7]));
    let last: Vec<_> = made.iter().map(|archived| archived.header.last.number).collect();
    assert_eq!(last, [4, 4, 4]);
    assert!(made.iter().all(|archived| !archived.header.last.complete));
}

#[test]
fn h4_the_root_is_over_the_roots_of_the_records() {
    let params = params(2, 2);
    let made = archive(&params, 0, &blocks(&[2000]));
    for archived in &made {
        let roots: Vec<Digest> = (0..8)
            .map(|place| {
                let record = archived.segment.record(place).unwrap();
                record_tree(&extend(&params, record).unwrap()).root().0
            })
            .collect();
        assert_eq!(archived.header.root, list::root(&roots));
        assert_eq!(archived.segment.root(), archived.header.root);
        assert_eq!(archived.segment.pieces(), 8);
        assert!(archived.segment.piece(8).is_none() && archived.segment.record(8).is_none());
    }
}

/// The code acts on rows and columns of chunks alike: the extension of a parity record is the parity of the extensions.
#[test]
fn h2_records_and_segments_are_extended_in_any_order() {
    let params = params(3, 2);
    let made = archive(&params, 0, &blocks(&[4000]));
    let records: Vec<_> = (0..8)
        .map(|place| extend(&params, made[0].segment.record(place).unwrap()).unwrap())
        .collect();
    for place in 0..16 {
        let column: Vec<_> = records[..4].iter().map(|record| record[place]).collect();
        let extended = extend(&crate::common::params(2, 1), &column).unwrap();
        let found: Vec<_> = records.iter().map(|record| record[place]).collect();
        assert_eq!(found, extended, "{place}");
    }
}

/// Longer records than are coded at a time.
#[test]
fn h2_records_of_many_stripes_are_coded_as_whole_ones() {
    let params = params(8, 2);
    let blocks = blocks(&[40_000, 0, 30_000]);
    assert_eq!(
        as_model(&archive(&params, 1, &blocks)),
        model(&params, 1, &blocks)
    );
}

#[test]
fn h1_the_first_segment_is_the_known_one() {
    let made = archive(&params(2, 1), 5, &blocks(&[100, 0, 400]));
    assert_eq!(
        made[0].header.hash().to_string(),
        "92fbd187ac16a72c1f0ddc82364c7e5260c76bab1724d6d359fc1a0d7d75ce65"
    );
}

#[test]
fn h13_accepts_the_next_block_and_refuses_every_other() {
    let params = params(1, 1);
    let mut archiver = Archiver::new(&params, 7);
    for found in [0, 6, 8, u64::MAX] {
        let refused = ArchiveError::Number { expected: 7, found };
        assert_eq!(
            archiver.add_block(found, &[], |_| panic!("nothing is made")),
            Err(refused)
        );
    }
    assert_eq!(archiver.add_block(7, &[], |_| ()), Ok(()));
    assert_eq!(archiver.next_block(), 8);
    let refused = ArchiveError::Number {
        expected: 8,
        found: 7,
    };
    assert_eq!(archiver.add_block(7, &[], |_| ()), Err(refused));
}

#[test]
fn h13_what_is_refused_changes_nothing() {
    let params = params(1, 1);
    let blocks = blocks(&[150, 150, 150]);
    let mut archiver = Archiver::new(&params, 0);
    let mut made = Vec::new();
    for (number, block) in (0..).zip(&blocks) {
        assert!(archiver.add_block(number + 1, &noise(99, 500), |_| ()).is_err());
        archiver
            .add_block(number, block, |archived| made.push(archived))
            .unwrap();
    }
    assert_eq!(as_model(&made), model(&params, 0, &blocks));
}

fn header(index: u32, last: LastBlock) -> SegmentHeader {
    SegmentHeader {
        version: VERSION,
        index,
        last,
        ..archive(&params(1, 1), 0, &blocks(&[500]))[0].header
    }
}

#[test]
fn h15_accepts_one_byte_more_than_is_archived_and_refuses_less() {
    let params = params(1, 1);
    let last = LastBlock {
        number: 4,
        archived: 100,
        complete: false,
    };
    for length in 0..=96 {
        let mut archiver = Archiver::resume(&params, &header(0, last));
        let refused = ArchiveError::TooShort {
            archived: 100,
            found: 4 + length as u64,
        };
        assert_eq!(archiver.add_block(4, &noise(1, length), |_| ()), Err(refused));
        assert_eq!(archiver.next_block(), 4);
    }
    let mut archiver = Archiver::resume(&params, &header(0, last));
    assert_eq!(archiver.add_block(4, &noise(1, 97), |_| ()), Ok(()));
    assert_eq!(archiver.next_block(), 5);
}

#[test]
fn h16_accepts_the_last_segment_and_refuses_the_one_after() {
    let params = params(1, 1);
    let last = LastBlock {
        number: 4,
        archived: 195,
        complete: true,
    };
    let stream = stream_bytes(&params);
    let before_last = header(MAX_SEGMENT_INDEX - 1, last);
    let mut archiver = Archiver::resume(&params, &before_last);
    let two = noise(1, 2 * stream - 4);
    assert_eq!(
        archiver.add_block(5, &two, |_| panic!("nothing is made")),
        Err(ArchiveError::Full)
    );
    // One and nearly another: the rest waits for a segment that never comes.
    let mut made = Vec::new();
    assert_eq!(
        archiver.add_block(5, &two[1..], |archived| made.push(archived.header.index)),
        Ok(())
    );
    assert_eq!(made, [MAX_SEGMENT_INDEX]);
    assert_eq!(archiver.size().0, u32::MAX);
    assert_eq!(archiver.add_block(6, &[], |_| ()), Err(ArchiveError::Full));
}

#[test]
fn h16_refuses_a_block_number_that_has_no_next() {
    let params = params(1, 1);
    let mut archiver = Archiver::new(&params, u64::MAX - 1);
    assert_eq!(archiver.add_block(u64::MAX - 1, &[], |_| ()), Ok(()));
    assert_eq!(archiver.add_block(u64::MAX, &[], |_| ()), Err(ArchiveError::Full));
}

#[test]
fn codes_are_stable() {
    let errors = [
        ArchiveError::Number {
            expected: 0,
            found: 1,
        },
        ArchiveError::TooLong { most: 0, found: 1 },
        ArchiveError::TooShort {
            archived: 0,
            found: 1,
        },
        ArchiveError::Full,
        ArchiveError::Code,
    ];
    assert_eq!(errors.map(|error| error.code()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_segment_of_another_size_is_none() {
    use decex_farmer::archive::Segment;
    let params = params(2, 1);
    assert!(Segment::new(&params, chunks(1, 7)).is_none());
    assert!(Segment::new(&params, chunks(1, 9)).is_none());
    assert!(Segment::new(&params, chunks(1, 8)).is_some());
}

/// Lengths of blocks, small ones and ones over several segments.
pub(crate) fn any_lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![3 => 0..8usize, 3 => 0..200usize, 1 => 0..3000usize];
    proptest::collection::vec(length, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Block by block, all at once by the specification, and stopped after each segment: the same bytes.
    #[test]
    fn h1_h8_block_by_block_is_all_at_once(c in 1u8..=3, m in 1u8..=3, first in 0u64..1000, lengths in any_lengths()) {
        let params = params(c, m);
        let blocks = blocks(&lengths);
        let made = archive(&params, first, &blocks);
        let expected = model(&params, first, &blocks);
        prop_assert_eq!(as_model(&made), &expected[..]);
        chain(&params, first, &made);
        for stop in 0..made.len() {
            let mut archiver = Archiver::resume(&params, &made[stop].header);
            let next = archiver.next_block();
            let rest = add_all(&mut archiver, next, &blocks[(next - first) as usize..]);
            prop_assert_eq!(as_model(&rest), &expected[stop + 1..]);
            prop_assert_eq!(archiver.size().0 as usize, made.len());
        }
    }
}
