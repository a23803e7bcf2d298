//! Histories whose headers follow one another and whose content lies. Their makers chose every byte and every root.

use crate::common::{all, archive, blocks, chain, noise, params, piece, prelude_bytes, stream_bytes};
use decex_farmer::archive::{
    Archived, InvalidPrelude, LastBlock, Piece, ReadError, Reader, Segment, SegmentHeader, Unreadable,
};
use decex_farmer::decex_storage_audit::decex_core::list::ListTree;
use decex_farmer::decex_storage_audit::{CheckedAuditParams, Chunk, PieceIndex};
use proptest::prelude::*;
use std::convert::Infallible;

type Outcome<T> = Result<T, ReadError<Infallible>>;

/// Makes each segment again with other bytes and another end. Links stay whole: in headers, and in preludes before they are
/// edited.
fn forge(
    params: &CheckedAuditParams,
    made: &[Archived],
    mut edit: impl FnMut(usize, &mut [u8], &mut LastBlock),
) -> Vec<Archived> {
    let mut forged: Vec<Archived> = Vec::new();
    for (at, archived) in made.iter().enumerate() {
        let source: Vec<Chunk> = (0..params.segment_records())
            .flat_map(|place| archived.segment.record(place).unwrap().to_vec())
            .collect();
        let mut payload = source.as_flattened().to_vec();
        let previous = forged
            .last()
            .map_or_else(Default::default, |before| before.header.hash());
        payload[5..37].copy_from_slice(&previous.0);
        let mut last = archived.header.last;
        edit(at, &mut payload, &mut last);
        let segment = Segment::new(params, payload.as_chunks().0.to_vec()).unwrap();
        let header = SegmentHeader {
            root: segment.root(),
            previous,
            last,
            ..archived.header
        };
        forged.push(Archived { header, segment });
    }
    forged
}

/// Reads from a source that has everything. So no parity is asked for, and nothing that there is not.
fn read(params: &CheckedAuditParams, first: u64, made: &[Archived], block: u64) -> Outcome<Vec<u8>> {
    let chain = chain(params, first, made);
    let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
        assert!(index.place(params) < params.segment_records());
        assert!((index.segment(params) as usize) < made.len());
        Ok(piece(params, made, index))
    };
    Reader::new(&chain, source).block(block)
}

/// Blocks 5 to 8, all in record 1 of segment 0 but the last, which goes on in the next two and ends there.
struct Scene {
    params: CheckedAuditParams,
    made: Vec<Archived>,
    blocks: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let params = params(2, 2);
        let stream = stream_bytes(&params);
        let prelude = prelude_bytes(&params);
        let first = 2 * 256 - prelude - 4 - 100;
        let blocks = blocks(&[first, 20, 30, stream + 200, 10, 3 * stream]);
        let made = archive(&params, 5, &blocks);
        assert_eq!(made.len(), 4);
        let ends: Vec<u64> = made.iter().map(|archived| archived.header.last.number).collect();
        assert_eq!(ends, [8, 10, 10, 10]);
        Self { params, made, blocks }
    }

    fn forge(&self, edit: impl FnMut(usize, &mut [u8], &mut LastBlock)) -> Vec<Archived> {
        forge(&self.params, &self.made, edit)
    }

    /// Where a block starts in the payload of segment 0.
    fn start(&self, at: usize) -> usize {
        let before: usize = self.blocks[..at].iter().map(|block| 4 + block.len()).sum();
        prelude_bytes(&self.params) + before
    }

    fn read(&self, made: &[Archived], block: u64) -> Outcome<Vec<u8>> {
        read(&self.params, 5, made, block)
    }

    /// What reading `block` says when the length of the block at `at` is another one.
    fn with_length(&self, at: usize, length: u32, block: u64) -> Outcome<Vec<u8>> {
        let start = self.start(at);
        let forged = self.forge(|segment, payload, _| {
            if segment == 0 {
                payload[start..start + 4].copy_from_slice(&length.to_le_bytes());
            }
        });
        self.read(&forged, block)
    }

    fn set_start(&self, record: usize, number: u64, offset: u32, block: u64) -> Outcome<Vec<u8>> {
        let at = 37 + 12 * record;
        let forged = self.forge(|segment, payload, _| {
            if segment == 0 {
                payload[at..at + 8].copy_from_slice(&number.to_le_bytes());
                payload[at + 8..at + 12].copy_from_slice(&offset.to_le_bytes());
            }
        });
        self.read(&forged, block)
    }
}

fn length_error(block: u64) -> Outcome<Vec<u8>> {
    Err(Unreadable::Length { segment: 0, block }.into())
}

#[test]
fn h21_h22_accepts_a_history_that_was_made_again_unchanged() {
    let scene = Scene::new();
    let same = scene.forge(|_, _, _| ());
    for (number, block) in (5..10).zip(&scene.blocks) {
        assert_eq!(scene.read(&same, number).as_ref(), Ok(block));
    }
}

#[test]
fn h21_refuses_every_other_version_index_and_hash() {
    let scene = Scene::new();
    for bit in 0..8 * 37 {
        let forged = scene.forge(|segment, payload, _| {
            if segment == 1 {
                payload[bit / 8] ^= 1 << (bit % 8);
            }
        });
        let index = if (8..40).contains(&bit) {
            1 ^ (1 << (bit - 8))
        } else {
            1
        };
        let reason = InvalidPrelude::Header {
            expected: 1,
            found: index,
        };
        let refused = Unreadable::Prelude { segment: 1, reason };
        // Block 9 starts in segment 1, and so does block 10.
        assert_eq!(scene.read(&forged, 9), Err(refused.clone().into()));
        assert_eq!(scene.read(&forged, 10), Err(refused.into()));
        assert_eq!(reason.code(), 1);
    }
}

#[test]
fn h21_refuses_starts_that_are_out_of_order_or_place() {
    let scene = Scene::new();
    let prelude = prelude_bytes(&scene.params) as u32;
    let offset = (scene.start(1) - 256) as u32;
    // As it is: block 5 in record 0, blocks 6 to 8 in record 1, none in 2 and 3.
    assert_eq!(scene.set_start(0, 5, prelude, 6).as_ref(), Ok(&scene.blocks[1]));
    assert_eq!(scene.set_start(1, 6, offset, 6).as_ref(), Ok(&scene.blocks[1]));
    assert_eq!(scene.set_start(3, 9, u32::MAX, 6).as_ref(), Ok(&scene.blocks[1]));
    let starts = |record, expected, end| {
        let reason = InvalidPrelude::Starts {
            record,
            expected,
            end,
        };
        assert_eq!(reason.code(), 2);
        Err(ReadError::from(Unreadable::Prelude { segment: 0, reason }))
    };
    // The first is the block after history so far.
    assert_eq!(scene.set_start(0, 4, prelude, 6), starts(0, 5, 6));
    assert_eq!(scene.set_start(0, 6, prelude, 6), starts(0, 5, 6));
    // None starts in the prelude or after the record.
    assert_eq!(scene.set_start(0, 5, prelude - 1, 6), starts(0, 5, 6));
    assert_eq!(scene.set_start(1, 6, 256, 6), starts(1, 6, 9));
    assert_eq!(scene.set_start(1, 6, u32::MAX - 1, 6), starts(1, 6, 9));
    // Where none starts the next number is the same; where one does it is not.
    assert_eq!(scene.set_start(0, 5, u32::MAX, 6), starts(0, 5, 6));
    assert_eq!(scene.set_start(1, 6, u32::MAX, 6), starts(1, 6, 9));
    assert_eq!(scene.set_start(2, 9, 0, 6), starts(2, 9, 9));
    assert_eq!(scene.set_start(1, 5, offset, 6), starts(0, 5, 5));
    assert_eq!(scene.set_start(2, 8, u32::MAX, 6), starts(2, 8, 9));
    // The last is that of the header.
    assert_eq!(scene.set_start(3, 8, u32::MAX, 6), starts(2, 9, 8));
    assert_eq!(scene.set_start(3, 10, u32::MAX, 6), starts(2, 9, 10));
    assert_eq!(scene.set_start(3, 9, 0, 6), starts(3, 9, 9));
}

#[test]
fn h21_refuses_a_start_in_a_record_that_the_prelude_fills() {
    // The prelude of 85 bytes... of 4 records of 128 bytes ends in record 0; of 256 records, far behind it.
    let params = params(1, 8);
    let made = archive(&params, 0, &blocks(&[stream_bytes(&params) - 4]));
    assert_eq!(
        read(&params, 0, &made, 0).unwrap().len(),
        stream_bytes(&params) - 4
    );
    let record = prelude_bytes(&params) / 128;
    let inside = (prelude_bytes(&params) % 128) as u32;
    let with_offset = |record: usize, offset: u32| {
        let forged = forge(&params, &made, |_, payload, _| {
            // Every record before it points there too, so only the offset can be wrong.
            for place in 0..256 {
                let at = 37 + 12 * place;
                payload[at..at + 8].copy_from_slice(&u64::from(place > record).to_le_bytes());
                let offset = if place == record { offset } else { u32::MAX };
                payload[at + 8..at + 12].copy_from_slice(&offset.to_le_bytes());
            }
        });
        read(&params, 0, &forged, 0)
    };
    assert!(with_offset(record, inside).is_ok());
    for (record, offset) in [(record, inside - 1), (record - 1, 127), (0, 0)] {
        let reason = InvalidPrelude::Starts {
            record,
            expected: 0,
            end: 1,
        };
        assert_eq!(
            with_offset(record, offset),
            Err(Unreadable::Prelude { segment: 0, reason }.into())
        );
    }
}

#[test]
fn h22_refuses_lengths_that_lead_out_of_the_record() {
    let scene = Scene::new();
    let room = (512 - scene.start(1) - 4) as u32;
    // Block 7 starts after block 6 in the same record: so block 6 ends there.
    for length in [room, room + 1, 1000, 1 << 31, u32::MAX] {
        assert_eq!(scene.with_length(1, length, 7), length_error(7), "{length}");
        assert_eq!(scene.with_length(1, length, 8), length_error(8), "{length}");
    }
    // Block 7 starts with the last byte of the record, or the first one after it, and is nine bytes long.
    let start = scene.start(1);
    let at_edge = |length: u32| {
        let next = start + 4 + length as usize;
        scene.forge(|segment, payload, _| {
            if segment == 0 {
                payload[start..start + 4].copy_from_slice(&length.to_le_bytes());
                payload[next..next + 4].copy_from_slice(&9u32.to_le_bytes());
            }
        })
    };
    let forged = at_edge(room - 1);
    assert_eq!(scene.read(&forged, 7).map(|bytes| bytes.len()), Ok(9));
    assert_eq!(scene.read(&at_edge(room), 7), length_error(7));
    // Block 8 starts in the record too.
    assert_eq!(scene.read(&forged, 8), length_error(8));
}

#[test]
fn h22_refuses_a_block_that_does_not_end_where_headers_say() {
    let scene = Scene::new();
    let whole = scene.blocks[3].len() as u32;
    let archived = scene.made[0].header.last.archived as u32;
    let stream = stream_bytes(&scene.params) as u32;
    // Block 8 goes on in segment 1 and ends before block 9 does.
    for length in [
        0,
        archived - 4,
        archived + stream - 4,
        archived + stream,
        u32::MAX,
    ] {
        assert_eq!(scene.with_length(3, length, 8), length_error(8), "{length}");
    }
    for length in [archived - 3, whole, archived + stream - 5] {
        assert_eq!(scene.with_length(3, length, 8).unwrap().len(), length as usize);
    }
    // Block 7 ends in segment 0, before block 8 does.
    let rest = archived + 30;
    for length in [rest, rest + 1, u32::MAX] {
        assert_eq!(scene.with_length(2, length, 7), length_error(7), "{length}");
    }
    assert_eq!(
        scene.with_length(2, rest - 1, 7).unwrap().len(),
        rest as usize - 1
    );
}

#[test]
fn h22_refuses_a_block_of_which_headers_count_other_bytes() {
    let scene = Scene::new();
    for difference in [-1, 1] {
        let forged = scene.forge(|segment, _, last| {
            if segment == 0 {
                last.archived = last.archived.checked_add_signed(difference).unwrap();
            }
        });
        assert_eq!(scene.read(&forged, 8), length_error(8));
        assert_eq!(scene.read(&forged, 7).as_ref(), Ok(&scene.blocks[2]));
    }
}

#[test]
fn h22_refuses_a_whole_block_that_does_not_end_with_its_segment() {
    let params = params(1, 1);
    let whole = stream_bytes(&params) - 24;
    let made = archive(&params, 0, &blocks(&[16, whole, 400]));
    assert!(made[0].header.last.complete);
    let start = prelude_bytes(&params) + 20;
    for length in [0, whole - 1, whole + 1, whole + 100] {
        let forged = forge(&params, &made, |segment, payload, _| {
            if segment == 0 {
                payload[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
            }
        });
        assert_eq!(read(&params, 0, &forged, 1), length_error(1));
    }
    // Nor one that headers call cut and that is not.
    let forged = forge(&params, &made[..1], |_, _, last| last.complete = false);
    assert_eq!(read(&params, 0, &forged, 1), length_error(1));
}

/// In the last segment nothing says where a cut block ends: its length is believed, and costs nothing.
#[test]
fn h19_a_length_without_content_allocates_nothing() {
    let params = params(1, 1);
    let made = archive(&params, 0, &blocks(&[400]));
    let forged = forge(&params, &made[..1], |_, payload, _| {
        payload[61..65].copy_from_slice(&u32::MAX.to_le_bytes());
    });
    let refused = Unreadable::NotArchived {
        block: 0,
        archived: 191,
    };
    assert_eq!(read(&params, 0, &forged, 0), Err(refused.into()));
    let chain = chain(&params, 0, &forged);
    let mut reader = Reader::new(&chain, all(&params, &forged));
    assert_eq!(reader.length(0), Ok(u32::MAX));
    assert_eq!(reader.read(0, 0, 191).unwrap().len(), 191);
}

#[test]
fn h18_refuses_to_read_around_a_piece_of_a_segment_that_is_not_coded() {
    let params = params(2, 2);
    let made = archive(&params, 0, &blocks(&[10, 1000]));
    let mut records: Vec<Vec<Chunk>> = (0..8)
        .map(|place| made[0].segment.record(place).unwrap().to_vec())
        .collect();
    records[5][0][0] ^= 1;
    let roots = records
        .iter()
        .map(|record| crate::common::slow_record_root(record))
        .collect();
    let tree = ListTree::new(roots);
    let header = SegmentHeader {
        root: tree.root(),
        ..made[0].header
    };
    let mut chain = decex_farmer::archive::HeaderChain::new(params, 0);
    chain.push(header).unwrap();
    for has_all in [true, false] {
        let source = |index: PieceIndex| -> Result<Option<Piece>, Infallible> {
            Ok((has_all || index.0 != 1).then(|| Piece {
                record: records[index.0 as usize].clone(),
                path: tree.prove(index.0 as u32, 1).unwrap().siblings.into_inner(),
            }))
        };
        match (has_all, Reader::new(&chain, source).read(1, 300, 20)) {
            (true, Ok(bytes)) => assert_eq!(bytes, blocks(&[10, 1000])[1][300..320]),
            (
                false,
                Err(ReadError::Unreadable(Unreadable::NotCoded {
                    segment: 0,
                    expected,
                    found,
                })),
            ) => {
                assert_eq!(expected, tree.root());
                assert_ne!(found, expected);
            }
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a segment holds: every answer is a range of its bytes or a reason, and none takes more memory than history.
    #[test]
    fn h21_h22_any_bytes_give_an_answer(
        seed: u64,
        keep in any::<proptest::sample::Index>(),
        edits in proptest::collection::vec((0usize..4, 0usize..1024, any::<u8>()), 0..12),
    ) {
        let scene = Scene::new();
        let noisy = keep.index(3) == 0;
        let forged = scene.forge(|segment, payload, _| {
            if noisy {
                // All of the stream, and a prelude that holds.
                let prelude = prelude_bytes(&scene.params);
                let length = payload.len() - prelude;
                payload[prelude..].copy_from_slice(&noise(seed.wrapping_add(segment as u64), length));
            }
            for (_, at, byte) in edits.iter().filter(|(at, _, _)| *at == segment) {
                payload[*at] = *byte;
            }
        });
        let chain = chain(&scene.params, 5, &forged);
        let mut reader = Reader::new(&chain, all(&scene.params, &forged));
        for block in 4..12 {
            match reader.block(block) {
                Ok(bytes) => prop_assert!(bytes.len() <= 4 * stream_bytes(&scene.params)),
                Err(ReadError::Unreadable(Unreadable::Pieces { .. } | Unreadable::NotCoded { .. } | Unreadable::Range { .. })) => {
                    prop_assert!(false, "every piece is there");
                }
                Err(ReadError::Unreadable(_)) => {}
                Err(ReadError::Source(never)) => match never {},
            }
            prop_assert!(reader.wrong().is_empty());
        }
    }
}
