//! Blocks from pieces.

use crate::archiver::any_lengths;
use crate::common::{all, archive, blocks, chain, params, piece, prelude_bytes, stream_bytes};
use decex_farmer::archive::{InvalidPiece, Piece, ReadError, Reader, Unreadable};
use decex_farmer::decex_storage_audit::PieceIndex;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// Every range of every block of a small history: what is archived equals the original, what is not says how much is.
#[test]
fn h19_h20_reads_every_range_and_refuses_every_other() {
    let params = params(1, 1);
    for edge in 180..=196 {
        let blocks = blocks(&[edge, 3, 0, 2 * stream_bytes(&params), 0, 1, 60]);
        let made = archive(&params, 7, &blocks);
        let chain = chain(&params, 7, &made);
        let mut reader = Reader::new(&chain, all(&params, &made));
        let mut left = made.len() * stream_bytes(&params);
        for (number, block) in (7..).zip(&blocks) {
            let length = block.len() as u32;
            let archived = left.saturating_sub(4).min(block.len());
            if left < 4 {
                let refused = Unreadable::NotArchived {
                    block: number,
                    archived: 0,
                };
                assert_eq!(reader.length(number), Err(refused.clone().into()));
                assert_eq!(reader.read(number, 0, 0), Err(refused.into()));
                left = 0;
                continue;
            }
            assert_eq!(reader.length(number), Ok(length));
            for offset in (0..=length + 1).step_by(1 + block.len() / 9) {
                for count in (0..=length + 1).step_by(1 + block.len() / 7) {
                    let found = reader.read(number, offset, count);
                    let end = offset + count;
                    if end > length {
                        let refused = Unreadable::Range {
                            offset,
                            length: count,
                            found: length,
                        };
                        assert_eq!(found, Err(refused.into()));
                    } else if end as usize > archived {
                        let refused = Unreadable::NotArchived {
                            block: number,
                            archived: archived as u64,
                        };
                        assert_eq!(found, Err(refused.into()));
                    } else {
                        assert_eq!(found.unwrap(), block[offset as usize..end as usize]);
                    }
                }
            }
            left -= (4 + block.len()).min(left);
        }
    }
}

#[test]
fn h20_refuses_a_range_over_all_numbers() {
    let params = params(1, 1);
    let made = archive(&params, 0, &blocks(&[50, 500]));
    let chain = chain(&params, 0, &made);
    let mut reader = Reader::new(&chain, all(&params, &made));
    for (offset, length) in [
        (1, u32::MAX),
        (u32::MAX, 1),
        (u32::MAX, u32::MAX),
        (0, 51),
        (51, 0),
        (50, 1),
    ] {
        let refused = Unreadable::Range {
            offset,
            length,
            found: 50,
        };
        assert_eq!(reader.read(0, offset, length), Err(refused.into()));
    }
    assert_eq!(reader.read(0, 50, 0), Ok(Vec::new()));
}

#[test]
fn h19_refuses_blocks_before_and_after_history() {
    let params = params(1, 1);
    let blocks = blocks(&[50, 50, 200, 10]);
    let made = archive(&params, 7, &blocks);
    let chain = chain(&params, 7, &made);
    let mut reader = Reader::new(&chain, all(&params, &made));
    for block in [0, 6, 10, 11, u64::MAX] {
        let refused = Unreadable::NotArchived { block, archived: 0 };
        assert_eq!(reader.block(block), Err(refused.into()));
    }
    let empty = decex_farmer::archive::HeaderChain::new(params, 7);
    let refused = Unreadable::NotArchived {
        block: 7,
        archived: 0,
    };
    assert_eq!(
        Reader::new(&empty, all(&params, &made)).block(7),
        Err(refused.into())
    );
}

/// With records that are large beside blocks, a block takes the piece of the prelude and the one that it is in.
#[test]
fn reads_no_piece_that_it_does_not_need() {
    let params = params(5, 3);
    let record = params.record_bytes() as usize;
    let blocks = blocks(&[3 * record, 100, 0, 100, 6 * record, 10, 30 * record]);
    let made = archive(&params, 0, &blocks);
    let chain = chain(&params, 0, &made);
    let asked = RefCell::new(Vec::new());
    let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
        asked
            .borrow_mut()
            .push((index.segment(&params), index.place(&params)));
        Ok(piece(&params, &made, index))
    };
    let mut reader = Reader::new(&chain, source);
    // 3 records and the prelude before it: in the fourth record.
    assert!(prelude_bytes(&params) < record);
    assert_eq!(reader.block(3).unwrap(), blocks[3]);
    assert_eq!(asked.take(), [(0, 0), (0, 3)]);
    // The prelude and the piece are kept.
    assert_eq!(reader.block(1).unwrap(), blocks[1]);
    assert_eq!(asked.take(), []);
    // Far into a block over segments: where it starts, and where the bytes are.
    let offset = (15 * record) as u32;
    assert_eq!(
        reader.read(6, offset, 10).unwrap(),
        blocks[6][15 * record..][..10]
    );
    let asked = asked.take();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(
        asked
            .iter()
            .map(|(segment, _)| *segment)
            .collect::<BTreeSet<_>>()
            .len(),
        2
    );
    assert!(reader.wrong().is_empty());
}

#[test]
fn what_fails_in_the_source_is_no_verdict_on_the_block() {
    let params = params(1, 2);
    let made = archive(&params, 0, &blocks(&[100, 900]));
    let chain = chain(&params, 0, &made);
    for failing in 0..4 {
        let calls = RefCell::new(0);
        let source = |index| {
            *calls.borrow_mut() += 1;
            if *calls.borrow() > failing {
                Err("no disk")
            } else {
                // One piece is missing, so that the failure also comes while restoring.
                Ok(piece(&params, &made, index).filter(|_| index.0 != 1))
            }
        };
        let mut reader = Reader::new(&chain, source);
        assert_eq!(reader.block(0), Err(ReadError::Source("no disk")));
    }
}

/// A piece that is wrong is asked for once more, and the segment restored only if it stays wrong.
#[test]
fn h17_reads_around_missing_and_wrong_pieces_and_names_them() {
    let params = params(2, 2);
    let blocks = blocks(&[10, 3000, 20]);
    let made = archive(&params, 0, &blocks);
    let chain = chain(&params, 0, &made);
    let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
        let mut piece = piece(&params, &made, index).unwrap();
        Ok(match index.0 {
            0 | 10 => None,
            1 | 12 => {
                piece.record[0][0] ^= 1;
                Some(piece)
            }
            3 => {
                piece.path.pop();
                Some(piece)
            }
            _ => Some(piece),
        })
    };
    let mut reader = Reader::new(&chain, source);
    let part = blocks[1][..2500].to_vec();
    for _ in 0..2 {
        // Each call names those that it met, and no others.
        assert_eq!(reader.block(0).as_ref(), Ok(&blocks[0]));
        assert!(matches!(
            reader.wrong(),
            [
                (PieceIndex(1), InvalidPiece::Root { .. }),
                (PieceIndex(3), InvalidPiece::Path(_))
            ]
        ));
        assert_eq!(reader.read(1, 0, 2500).as_ref(), Ok(&part));
        assert!(matches!(reader.wrong(), [(PieceIndex(12), _)]));
    }
    assert_eq!(reader.length(0), Ok(10));
    assert!(matches!(reader.wrong(), [(PieceIndex(1), _), (PieceIndex(3), _)]));
}

#[test]
fn h17_refuses_when_half_of_a_segment_is_not_to_be_had_and_says_what_is_missing() {
    let params = params(2, 2);
    let made = archive(&params, 0, &blocks(&[10, 3000]));
    let chain = chain(&params, 0, &made);
    let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
        let mut piece = piece(&params, &made, index).unwrap();
        Ok(match index.0 {
            0 | 2 | 7 => None,
            5 | 6 => {
                piece.record[0][0] ^= 1;
                Some(piece)
            }
            _ => Some(piece),
        })
    };
    let mut reader = Reader::new(&chain, source);
    match reader.block(0) {
        Err(ReadError::Unreadable(Unreadable::Pieces {
            segment: 0,
            needed: 4,
            found: 3,
            missing,
            wrong,
        })) => {
            assert_eq!(missing, [0, 2, 7]);
            assert_eq!(wrong.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [5, 6]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(reader.wrong().len(), 2);
}

#[test]
fn a_piece_that_comes_the_second_time_is_taken() {
    let params = params(2, 2);
    let blocks = blocks(&[10, 3000]);
    let made = archive(&params, 0, &blocks);
    let chain = chain(&params, 0, &made);
    let calls = RefCell::new(0);
    let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
        *calls.borrow_mut() += 1;
        Ok(piece(&params, &made, index).filter(|_| *calls.borrow() > 1))
    };
    let mut reader = Reader::new(&chain, source);
    assert_eq!(reader.block(0).unwrap(), blocks[0]);
    assert_eq!(*calls.borrow(), 5);
}

#[test]
fn codes_are_stable() {
    use decex_farmer::archive::InvalidPrelude;
    use decex_farmer::decex_storage_audit::decex_core::id::ListRoot;
    let (segment, block) = (0, 0);
    let reason = InvalidPrelude::Header {
        expected: 0,
        found: 0,
    };
    let errors = [
        Unreadable::NotArchived { block, archived: 0 },
        Unreadable::Range {
            offset: 0,
            length: 0,
            found: 0,
        },
        Unreadable::Prelude { segment, reason },
        Unreadable::Length { segment, block },
        Unreadable::Pieces {
            segment,
            needed: 0,
            found: 0,
            missing: Vec::new(),
            wrong: Vec::new(),
        },
        Unreadable::NotCoded {
            segment,
            expected: ListRoot::default(),
            found: ListRoot::default(),
        },
    ];
    assert_eq!(errors.map(|error| error.code()), [1, 2, 3, 4, 5, 6]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Random ranges, with random pieces missing or wrong, never as many as half of a segment.
    #[test]
    fn h17_h19_h20_random_ranges_are_the_original(
        c in 1u8..=3,
        m in 1u8..=3,
        first in 0u64..100,
        lengths in any_lengths(),
        faults in proptest::collection::vec((any::<proptest::sample::Index>(), any::<bool>()), 0..60),
        ranges in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u32>(), any::<u32>()), 1..30),
    ) {
        let params = params(c, m);
        let blocks = blocks(&lengths);
        let made = archive(&params, first, &blocks);
        let chain = chain(&params, first, &made);
        let per_segment = params.segment_pieces() as usize;
        let mut broken = vec![vec![None; per_segment]; made.len()];
        if !made.is_empty() {
            for (at, missing) in faults {
                let at = at.index(made.len() * per_segment);
                let segment = &mut broken[at / per_segment];
                if segment.iter().flatten().count() < per_segment / 2 {
                    segment[at % per_segment] = Some(missing);
                }
            }
        }
        let asked = RefCell::new(BTreeMap::new());
        let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
            *asked.borrow_mut().entry(index.0).or_insert(0) += 1;
            let mut found = piece(&params, &made, index);
            match broken[index.segment(&params) as usize][index.place(&params) as usize] {
                Some(true) => found = None,
                Some(false) => found.as_mut().unwrap().record[0][63] ^= 0x80,
                None => {}
            }
            Ok(found)
        };
        let mut reader = Reader::new(&chain, source);
        let mut starts = vec![0];
        blocks.iter().for_each(|block| starts.push(starts.last().unwrap() + 4 + block.len()));
        let end = made.len() * stream_bytes(&params);
        for (block, offset, count) in ranges {
            let at = block.index(blocks.len());
            let (bytes, number) = (&blocks[at], first + at as u64);
            let offset = offset % (bytes.len() as u32 + 1);
            let count = count % (bytes.len() as u32 - offset + 1);
            asked.take();
            let found = reader.read(number, offset, count);
            prop_assert!(asked.borrow().values().all(|times| *times <= 3));
            if starts[at] + 4 + (offset + count) as usize <= end {
                prop_assert_eq!(found.unwrap(), &bytes[offset as usize..][..count as usize]);
            } else {
                let archived = end.saturating_sub(starts[at] + 4) as u64;
                let refused = Unreadable::NotArchived { block: number, archived };
                prop_assert_eq!(found, Err(refused.into()));
            }
        }
    }
}
