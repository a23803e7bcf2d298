//! Which headers follow which.

use crate::common::{archive, blocks, chain, params, stream_bytes};
use decex_farmer::archive::{
    HeaderChain, InvalidHeader, LastBlock, MAX_HEADER_BYTES, MAX_SEGMENT_INDEX, SegmentHeader, VERSION,
    check_header,
};
use decex_farmer::decex_storage_audit::HistorySize;
use decex_farmer::decex_storage_audit::decex_core::codec::DecodeError;
use decex_farmer::decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_farmer::decex_storage_audit::decex_core::id::ListRoot;
use decex_farmer::decex_storage_audit::decex_core::label;
use parity_scale_codec::Encode;

fn last(number: u64, archived: u64, complete: bool) -> LastBlock {
    LastBlock {
        number,
        archived,
        complete,
    }
}

fn header(index: u32, previous: Digest, last: LastBlock) -> SegmentHeader {
    SegmentHeader {
        version: VERSION,
        index,
        root: ListRoot(Digest([3; 32])),
        previous,
        last,
    }
}

/// The verdict on a header that follows `before` in all but its progress. Segments have 195 bytes of the stream.
fn progress(before: Option<LastBlock>, found: LastBlock) -> Result<(), InvalidHeader> {
    let params = params(1, 1);
    assert_eq!(stream_bytes(&params), 195);
    let before = before.map(|last| header(0, Digest::ZERO, last));
    let found = match before {
        Some(before) => header(1, before.hash(), found),
        None => header(0, Digest::ZERO, found),
    };
    check_header(&params, 7, before.as_ref(), &found)
}

#[test]
fn h9_h10_h11_h12_accepts_what_an_archiver_makes() {
    let params = params(1, 2);
    let made = archive(&params, 7, &blocks(&[0, 300, 20, 3000, 0, 0, 0, 200]));
    assert!(made.len() > 4);
    let chain = chain(&params, 7, &made);
    assert_eq!(chain.size(), HistorySize(made.len() as u32));
    let headers: Vec<_> = made.iter().map(|archived| archived.header).collect();
    assert_eq!(chain.headers(), headers);
    assert_eq!(chain.params(), &params);
}

#[test]
fn h9_refuses_another_version() {
    let params = params(1, 1);
    let good = archive(&params, 7, &blocks(&[300]))[0].header;
    for version in (0..=255).filter(|version| *version != VERSION) {
        let refused = InvalidHeader::Version {
            expected: VERSION,
            found: version,
        };
        let header = SegmentHeader { version, ..good };
        assert_eq!(check_header(&params, 7, None, &header), Err(refused));
        assert_eq!(refused.code(), 1);
    }
}

#[test]
fn h10_refuses_every_index_but_the_next() {
    let params = params(1, 1);
    let made = archive(&params, 7, &blocks(&[600]));
    let (first, second) = (made[0].header, made[1].header);
    for (before, good) in [(None, first), (Some(&first), second)] {
        for index in [0, 1, 2, 3, u32::MAX]
            .into_iter()
            .filter(|index| *index != good.index)
        {
            let refused = InvalidHeader::Index {
                expected: good.index,
                found: index,
            };
            let header = SegmentHeader { index, ..good };
            assert_eq!(check_header(&params, 7, before, &header), Err(refused));
            assert_eq!(refused.code(), 2);
        }
    }
}

#[test]
fn h10_refuses_an_index_that_no_length_of_history_can_count() {
    let params = params(1, 1);
    let follow = |index: u32| {
        let before = header(index, Digest::ZERO, last(7, 195, true));
        let after = header(index.saturating_add(1), before.hash(), last(8, 195, true));
        check_header(&params, 7, Some(&before), &after)
    };
    assert_eq!(follow(MAX_SEGMENT_INDEX - 1), Ok(()));
    for index in [MAX_SEGMENT_INDEX, u32::MAX] {
        let refused = InvalidHeader::Index {
            expected: u32::MAX,
            found: u32::MAX,
        };
        assert_eq!(follow(index), Err(refused));
    }
}

#[test]
fn h11_refuses_another_header_before() {
    let params = params(1, 1);
    let made = archive(&params, 7, &blocks(&[600]));
    let (first, second) = (made[0].header, made[1].header);
    let refuse = |before: Option<&SegmentHeader>, header: &SegmentHeader| {
        let expected = before.map_or(Digest::ZERO, SegmentHeader::hash);
        let refused = InvalidHeader::Previous {
            expected,
            found: header.previous,
        };
        assert_eq!(check_header(&params, 7, before, header), Err(refused));
        assert_eq!(refused.code(), 3);
    };
    for bit in 0..256 {
        let mut changed = first;
        changed.root.0.0[bit / 8] ^= 1 << (bit % 8);
        refuse(Some(&changed), &second);
        let mut changed = second;
        changed.previous.0[bit / 8] ^= 1 << (bit % 8);
        refuse(Some(&first), &changed);
    }
    let not_first = SegmentHeader {
        previous: Digest([1; 32]),
        ..first
    };
    refuse(None, &not_first);
    // All that is in a header is in its hash.
    let others = [
        SegmentHeader { version: 2, ..first },
        not_first,
        SegmentHeader {
            last: last(8, first.last.archived, false),
            ..first
        },
        SegmentHeader {
            last: last(7, first.last.archived + 1, false),
            ..first
        },
        SegmentHeader {
            last: last(7, first.last.archived, true),
            ..first
        },
    ];
    others.iter().for_each(|other| refuse(Some(other), &second));
    let elsewhere = SegmentHeader { index: 9, ..first };
    assert_ne!(elsewhere.hash(), first.hash());
}

const MOST: u64 = (1 << 32) + 3;

#[test]
fn h12_accepts_what_one_segment_can_hold() {
    let (cut, whole) = (|archived| last(7, archived, false), last(7, 195, true));
    let possible = [
        (None, last(7, 195, true)),
        (None, last(7, 195, false)),
        // Block 7 is empty, or nearly all.
        (None, last(8, 191, true)),
        (None, last(8, 191, false)),
        (None, last(8, 1, false)),
        (None, last(8, 4, true)),
        // Empty blocks alone: 48 of them leave three bytes, 47 leave seven.
        (None, last(55, 3, false)),
        (None, last(54, 7, true)),
        // A block goes on.
        (Some(cut(195)), last(7, 390, false)),
        (Some(cut(195)), last(7, 390, true)),
        (Some(cut(195)), last(8, 194, false)),
        (Some(cut(195)), last(9, 190, false)),
        // The cut is in its length, of which the rest follows, or after it.
        (Some(cut(2)), last(8, 193, false)),
        (Some(cut(3)), last(8, 194, false)),
        (Some(cut(4)), last(8, 194, false)),
        (Some(whole), last(8, 195, false)),
        // The longest block there is.
        (Some(cut(MOST - 195)), last(7, MOST, true)),
        (Some(cut(MOST - 196)), last(7, MOST - 1, false)),
        (Some(cut(MOST - 10)), last(8, 185, false)),
        (Some(cut(MOST - 10)), last(8, 194, false)),
        (Some(cut(MOST - 10)), last(9, 1, false)),
    ];
    for (before, found) in possible {
        assert_eq!(progress(before, found), Ok(()), "{before:?} {found:?}");
    }
}

#[test]
fn h12_refuses_what_no_segment_can_hold() {
    let (cut, whole) = (|archived| last(7, archived, false), last(7, 195, true));
    let impossible = [
        // More or less than a segment.
        (None, last(7, 194, false)),
        (None, last(7, 196, true)),
        (None, last(8, 192, true)),
        (None, last(8, 192, false)),
        (None, last(55, 4, true)),
        (None, last(56, 1, false)),
        // Nothing of the last block, or less than its length and yet all.
        (None, last(8, 0, false)),
        (None, last(8, 0, true)),
        (None, last(8, 1, true)),
        (None, last(8, 3, true)),
        // Back.
        (None, last(6, 195, true)),
        (Some(cut(195)), last(6, 195, false)),
        (Some(cut(195)), last(7, 195, false)),
        (Some(cut(195)), last(7, 389, false)),
        (Some(cut(195)), last(7, 391, false)),
        (Some(cut(195)), last(8, 195, false)),
        (Some(cut(195)), last(9, 191, false)),
        (Some(cut(2)), last(8, 194, false)),
        // A whole block does not go on.
        (Some(whole), last(7, 390, false)),
        (Some(whole), last(8, 194, false)),
        // Longer than a block can be.
        (Some(cut(MOST - 195)), last(7, MOST, false)),
        (Some(cut(MOST - 10)), last(7, MOST + 185, true)),
        (Some(cut(MOST - 10)), last(7, MOST + 185, false)),
        (Some(cut(MOST - 10)), last(8, 184, false)),
        (Some(cut(u64::MAX)), last(7, 194, true)),
        // Numbers at which a sum would go round.
        (None, last(u64::MAX - 1, 1, false)),
        (None, last(7 + (1 << 62), 195, true)),
        (None, last(u64::MAX, 195, true)),
    ];
    for (before, found) in impossible {
        let refused = InvalidHeader::Progress {
            next: before.map_or(7, |before| before.number + 1),
            before,
            found,
        };
        assert_eq!(progress(before, found), Err(refused), "{before:?} {found:?}");
        assert_eq!(refused.code(), 4);
    }
}

#[test]
fn h12_refuses_the_block_that_has_no_next() {
    let params = params(1, 1);
    let found = last(u64::MAX, 195, true);
    let refused = InvalidHeader::Progress {
        next: u64::MAX,
        before: None,
        found,
    };
    let header = header(0, Digest::ZERO, found);
    assert_eq!(check_header(&params, u64::MAX, None, &header), Err(refused));
}

#[test]
fn a_refused_header_changes_nothing() {
    let params = params(1, 1);
    let made = archive(&params, 7, &blocks(&[600]));
    let mut chain = HeaderChain::new(params, 7);
    chain.push(made[0].header).unwrap();
    assert!(chain.push(made[0].header).is_err());
    assert_eq!(chain.headers(), [made[0].header]);
    chain.push(made[1].header).unwrap();
}

#[test]
fn a_header_is_its_fields() {
    let header = archive(&params(1, 1), 7, &blocks(&[600]))[1].header;
    let mut expected = vec![1, 1, 0, 0, 0];
    expected.extend(header.root.0.0);
    expected.extend(header.previous.0);
    expected.extend(7u64.to_le_bytes());
    expected.extend(390u64.to_le_bytes());
    expected.push(0);
    let bytes = header.encode();
    assert_eq!(bytes, expected);
    assert_eq!(bytes.len(), MAX_HEADER_BYTES);
    let hash = Hash::new(&label::SEGMENT_HEADER).chain(&bytes).finish();
    assert_eq!(header.hash(), hash);
    assert_eq!(SegmentHeader::from_bytes(&bytes), Ok(header));
    for length in 0..bytes.len() {
        assert_eq!(
            SegmentHeader::from_bytes(&bytes[..length]),
            Err(DecodeError::Malformed)
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    let refused = DecodeError::TooLong { limit: 86, found: 87 };
    assert_eq!(SegmentHeader::from_bytes(&longer), Err(refused));
    // One way to write a flag.
    expected[85] = 2;
    assert_eq!(SegmentHeader::from_bytes(&expected), Err(DecodeError::Malformed));
}
