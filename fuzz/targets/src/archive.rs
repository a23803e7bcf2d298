//! The history archive: what decodes as a piece or a header, and which headers follow one another.

use crate::decode::{bounded, exact, fits};
use crate::source::Source;
use decex_core::{Digest, ListRoot};
use decex_farmer::archive::{
    Archiver, HeaderChain, LastBlock, MAX_HEADER_BYTES, MAX_PIECE_BYTES, MAX_SEGMENT_INDEX, Piece, Segment,
    SegmentHeader, VERSION, check_header, segment_stream_bytes,
};
use decex_storage_audit::{
    AuditParams, CheckedAuditParams, MAX_RECORD_CHUNKS_LOG2, MAX_SEGMENT_RECORDS_LOG2,
};
use parity_scale_codec::Encode;

/// Bytes of the length before a block.
const PREFIX: u64 = 4;
/// Most headers of a history.
const HEADERS: usize = 24;

/// Records of two chunks, in segments of two; or of eight, whose preludes are longer than a record.
pub(crate) fn params(long: bool) -> CheckedAuditParams {
    let params = AuditParams {
        k: 15,
        record_chunks_log2: 1,
        segment_records_log2: if long { 3 } else { 1 },
        ..AuditParams::SMALL
    };
    params.check().expect("within bounds")
}

/// Pieces of a segment, and the header of it.
pub(crate) fn example() -> (Vec<Piece>, SegmentHeader) {
    let mut made = Vec::new();
    Archiver::new(&params(false), 7)
        .add_block(7, &[5; 200], |archived| made.push(archived))
        .expect("a block");
    let segment: &Segment = &made[0].segment;
    let pieces = (0..segment.pieces()).filter_map(|place| segment.piece(place));
    (pieces.collect(), made[0].header)
}

/// A piece as it travels.
pub(crate) fn piece(data: &[u8]) {
    let decoded = exact::<Piece>(data, MAX_PIECE_BYTES);
    assert_eq!(Piece::from_bytes(data).ok(), decoded);
    let Some(piece) = decoded else { return };
    let heap = size_of_val(&piece.record[..]) + size_of_val(&piece.path[..]);
    fits(&piece, heap, data);
    assert!(piece.record.len() <= 1 << MAX_RECORD_CHUNKS_LOG2, "a long record");
    assert!(
        piece.path.len() <= usize::from(MAX_SEGMENT_RECORDS_LOG2) + 1,
        "a long path"
    );
    // One statement: it is the piece of its own place, or of none.
    let (pieces, header) = example();
    for (place, known) in (0..).zip(&pieces) {
        let verdict = piece.verify(&params(false), place, &header.root);
        assert_eq!(verdict.is_ok(), piece == *known, "{verdict:?}");
    }
}

/// A header as the host keeps it.
pub(crate) fn header(data: &[u8]) {
    let decoded = bounded::<SegmentHeader>(data);
    assert_eq!(SegmentHeader::from_bytes(data).ok(), decoded);
    if let Some(header) = decoded {
        assert_eq!(data.len(), MAX_HEADER_BYTES, "headers are of one length");
        let again = SegmentHeader::from_bytes(data).expect("decoded before");
        assert_eq!(header.hash(), again.hash());
    }
}

/// Blocks by which headers come true: the bytes of each, length included, as far as they are archived.
#[derive(Clone, Debug, Default)]
struct Blocks {
    written: Vec<u64>,
    /// Whether something of the last one follows.
    open: bool,
}

impl Blocks {
    /// Finds blocks that fill one more segment and end it with `last`, if there are any.
    fn fill(&self, first: u64, stream: u64, last: &LastBlock) -> Option<Self> {
        let mut made = self.clone();
        let begun = self.written.len() as u64;
        let index = last.number.checked_sub(first)?;
        if last.number == u64::MAX || last.archived == 0 {
            return None;
        }
        if self.open && index + 1 == begun {
            *made.written.last_mut()? += stream;
        } else {
            let mut left = stream.checked_sub(last.archived)?;
            let mut give = |to: &mut u64, least| {
                left = left.checked_sub(least)?;
                *to += least;
                Some(())
            };
            if self.open {
                let rest = made.written.last_mut()?;
                let least = PREFIX.saturating_sub(*rest).max(1);
                give(rest, least)?;
            }
            for _ in 0..index.checked_sub(begun)? {
                let mut block = 0;
                give(&mut block, PREFIX)?;
                made.written.push(block);
            }
            // What is left belongs to a block that ends here, if one does.
            if left > 0 {
                let ends = self.open || index > begun;
                *made.written.last_mut().filter(|_| ends)? += left;
            }
            made.written.push(last.archived);
        }
        let whole = *made.written.last()?;
        made.open = !last.complete;
        (whole == last.archived && (made.open || whole >= PREFIX)).then_some(made)
    }

    /// Archives them and compares how far each segment gets.
    fn archive(mut self, params: &CheckedAuditParams, first: u64, headers: &[SegmentHeader]) {
        if self.open
            && let Some(last) = self.written.last_mut()
        {
            *last = (*last + 1).max(PREFIX);
        }
        let mut archiver = Archiver::new(params, first);
        let mut ends = Vec::new();
        for (bytes, number) in self.written.iter().zip(first..) {
            let block = vec![7; (bytes - PREFIX) as usize];
            archiver
                .add_block(number, &block, |archived| ends.push(archived.header.last))
                .expect("a block");
        }
        let told: Vec<LastBlock> = headers.iter().map(|header| header.last).collect();
        assert_eq!(ends, told, "no blocks make these headers");
    }
}

/// A number of which the extremes are likely.
fn far(source: &mut Source<'_>) -> u64 {
    match source.byte() % 6 {
        0 => u64::MAX - u64::from(source.byte() % 4),
        1 => u64::from(u32::MAX) + u64::from(source.byte() % 8),
        2 => source.long(),
        _ => source.byte().into(),
    }
}

/// How far the next segment gets: often what can be, often next to it.
fn progress(source: &mut Source<'_>, blocks: &Blocks, first: u64, stream: u64) -> LastBlock {
    let (kind, complete) = (source.byte() % 8, source.flag());
    let begun = blocks.written.len() as u64;
    let written = blocks.written.last().copied().unwrap_or(0);
    let (number, archived) = match kind {
        0 => (far(source), far(source)),
        1 => (first.wrapping_add(source.byte().into()), source.word().into()),
        2 | 3 if blocks.open => (first.wrapping_add(begun - 1), written + stream),
        _ => {
            let whole = u64::from(source.byte() % 4);
            let ends = blocks.open || whole > 0;
            let rest = if ends { u64::from(source.byte() % 32) } else { 0 };
            let front = whole * PREFIX + rest;
            (first.wrapping_add(begun + whole), stream.saturating_sub(front))
        }
    };
    let archived = match source.byte() % 8 {
        1 => archived.wrapping_add(1),
        2 => archived.wrapping_sub(1),
        _ => archived,
    };
    LastBlock {
        number,
        archived,
        complete,
    }
}

/// A header that nobody checked before another that nobody checked.
fn stray(source: &mut Source<'_>, params: &CheckedAuditParams) {
    let mut any = |index, previous| SegmentHeader {
        version: VERSION,
        index,
        root: ListRoot(Digest([source.byte(); 32])),
        previous,
        last: LastBlock {
            number: far(source),
            archived: far(source),
            complete: source.flag(),
        },
    };
    for index in [0, 1, MAX_SEGMENT_INDEX - 1, MAX_SEGMENT_INDEX, u32::MAX] {
        let before = any(index, Digest::ZERO);
        let header = any(index.saturating_add(1), before.hash());
        let verdict = check_header(params, 0, Some(&before), &header);
        if verdict.is_ok() {
            assert!(header.index > index && header.index <= MAX_SEGMENT_INDEX);
            assert!(header.last.number != u64::MAX && header.last.number >= before.last.number);
            assert!((1..=u64::from(u32::MAX) + PREFIX).contains(&header.last.archived));
        }
    }
}

/// Headers, one after the other: what is accepted is what the archiver makes of some blocks, and nothing else is.
pub(crate) fn chain(data: &[u8]) {
    let mut source = Source::new(data);
    let params = params(source.flag());
    let stream = segment_stream_bytes(&params);
    let first = far(&mut source);
    let mut chain = HeaderChain::new(params, first);
    let mut blocks = Blocks::default();
    for _ in 0..HEADERS {
        if source.is_empty() {
            break;
        }
        let before = chain.headers().last().copied();
        let right = SegmentHeader {
            version: VERSION,
            index: chain.size().0,
            root: ListRoot(Digest([source.byte(); 32])),
            previous: before.map_or(Digest::ZERO, |before| before.hash()),
            last: progress(&mut source, &blocks, first, stream),
        };
        let mut header = right;
        match source.byte() % 12 {
            1 => header.version = source.byte(),
            2 => header.index = source.long() as u32,
            3 => header.previous.0[source.below(32)] ^= source.byte(),
            4 => {
                let mut bytes = header.encode();
                source.edit(&mut bytes);
                let Ok(edited) = SegmentHeader::from_bytes(&bytes) else {
                    continue;
                };
                header = edited;
            }
            5 => stray(&mut source, &params),
            _ => {}
        }
        let linked =
            (header.version, header.index, header.previous) == (right.version, right.index, right.previous);
        let filled = blocks.fill(first, stream, &header.last).filter(|_| linked);
        let checked = check_header(&params, first, before.as_ref(), &header);
        let verdict = chain.push(header);
        assert_eq!(verdict, checked);
        assert_eq!(verdict.is_ok(), filled.is_some(), "{verdict:?} after {before:?}");
        if verdict.is_err() {
            assert_eq!(
                chain.headers().last().copied(),
                before,
                "a refusal changes nothing"
            );
        }
        blocks = filled.unwrap_or(blocks);
    }
    let mut again = HeaderChain::new(params, first);
    for header in chain.headers() {
        again.push(*header).expect("accepted before");
    }
    assert_eq!(again.size(), chain.size());
    blocks.archive(&params, first, chain.headers());
}
