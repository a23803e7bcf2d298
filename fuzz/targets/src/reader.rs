//! Blocks out of a history whose maker, headers' maker and pieces' sources may all lie.

use crate::archive::params;
use crate::source::Source;
use decex_core::list::ListTree;
use decex_core::{Digest, ListRoot};
use decex_farmer::archive::{
    Archived, Archiver, HeaderChain, Irreparable, Piece, ReadError, Reader, RecordCoder, Segment,
    SegmentHeader, SegmentRestorer, Unreadable, VERSION, segment_stream_bytes,
};
use decex_storage_audit::{CheckedAuditParams, Chunk, PieceIndex};
use std::cell::Cell;
use std::convert::Infallible;

/// Most segments of a history.
const SEGMENTS: usize = 3;
/// Most calls of a reader.
const CALLS: usize = 6;

/// A history: what its headers commit to, all pieces, and the bytes of blocks that its source records hold.
struct History {
    params: CheckedAuditParams,
    chain: HeaderChain,
    pieces: Vec<Vec<Piece>>,
    /// Whether the pieces of each segment are what its source records give.
    coded: Vec<bool>,
    stream: Vec<u8>,
    first: u64,
    /// The blocks, if everything is as the archiver made it.
    blocks: Option<Vec<Vec<u8>>>,
}

/// Blocks of the script's lengths, that fill one to three segments.
fn blocks(source: &mut Source<'_>, params: &CheckedAuditParams, first: u64) -> (Vec<Vec<u8>>, Vec<Archived>) {
    let mut archiver = Archiver::new(params, first);
    let (mut blocks, mut made) = (Vec::new(), Vec::new());
    let segments = 1 + source.below(SEGMENTS);
    while made.len() < segments {
        let length = match source.byte() {
            byte @ 0..128 => usize::from(byte % 16),
            byte => usize::from(byte - 128) * 6 + 16,
        };
        let block: Vec<u8> = (0..length).map(|at| (at * 7 + blocks.len() * 31) as u8).collect();
        archiver
            .add_block(first + blocks.len() as u64, &block, |archived| {
                made.push(archived)
            })
            .expect("a block");
        blocks.push(block);
    }
    made.truncate(segments);
    (blocks, made)
}

/// Writes a byte, a length or a number anywhere in a payload; into its prelude as often as not.
fn spoil(source: &mut Source<'_>, payload: &mut [u8], prelude: usize) {
    let range = if source.flag() { prelude } else { payload.len() };
    let at = source.below(range);
    let value = match source.byte() % 5 {
        0 => vec![source.byte()],
        1 => u32::from(source.byte()).to_le_bytes().to_vec(),
        2 => (u32::MAX - u32::from(source.byte() % 8)).to_le_bytes().to_vec(),
        3 => u64::from(source.byte()).to_le_bytes().to_vec(),
        _ => u64::MAX.to_le_bytes().to_vec(),
    };
    payload[at..]
        .iter_mut()
        .zip(value)
        .for_each(|(to, from)| *to = from);
}

impl History {
    fn new(source: &mut Source<'_>) -> Self {
        let params = params(source.flag());
        let prelude = 37 + 12 * params.segment_records() as usize;
        let first = u64::from(source.byte() % 4);
        let lies = source.byte() % 4;
        let (blocks, made) = blocks(source, &params, first);
        let mut history = Self {
            params,
            chain: HeaderChain::new(params, first),
            pieces: Vec::new(),
            coded: Vec::new(),
            stream: Vec::new(),
            first,
            blocks: (lies == 0).then_some(blocks),
        };
        for archived in made {
            let previous = history.chain.headers().last();
            let previous = previous.map_or(Digest::ZERO, SegmentHeader::hash);
            let records = 0..params.segment_records();
            let mut payload: Vec<u8> = records
                .filter_map(|place| archived.segment.record(place))
                .flat_map(|record| record.as_flattened().to_vec())
                .collect();
            // So that a lie before does not hide all that follow.
            payload[5..37].copy_from_slice(&previous.0);
            let mut last = archived.header.last;
            if lies > 0 {
                for _ in 0..source.byte() % 4 {
                    spoil(source, &mut payload, prelude);
                }
                match source.byte() % 8 {
                    1 => last.complete ^= true,
                    2 => last.number = last.number.wrapping_add(source.byte().into()),
                    3 => last.archived = source.word().into(),
                    _ => {}
                }
            }
            let segment = Segment::new(&params, payload.as_chunks().0.to_vec()).expect("a payload");
            let mut records: Vec<Vec<Chunk>> = (0..segment.pieces())
                .map(|place| segment.record(place).expect("a record").to_vec())
                .collect();
            let uncoded = lies == 3 && source.flag();
            if uncoded {
                let at = source.below(records.len());
                records[at][0][source.below(64)] ^= source.byte() | 1;
            }
            let mut coder = RecordCoder::new(&params);
            let mut root = |record: &Vec<Chunk>| coder.root(record).expect("a record").0;
            let tree = ListTree::new(records.iter().map(&mut root).collect());
            assert_eq!(tree.root() == segment.root(), !uncoded);
            let header = |last| SegmentHeader {
                version: VERSION,
                index: archived.header.index,
                root: tree.root(),
                previous,
                last,
            };
            let told = history.chain.push(header(last));
            if told.is_err() && history.chain.push(header(archived.header.last)).is_err() {
                break;
            }
            let source_records = &records[..params.segment_records() as usize];
            let payload = source_records.concat();
            history
                .stream
                .extend_from_slice(&payload.as_flattened()[prelude..]);
            let path = |place| tree.prove(place, 1).expect("a leaf").siblings.into_inner();
            let pieces = (0..).zip(records).map(|(place, record)| Piece {
                record,
                path: path(place),
            });
            history.pieces.push(pieces.collect());
            history.coded.push(!uncoded);
        }
        history
    }

    fn piece(&self, index: PieceIndex) -> Option<&Piece> {
        let segment = self.pieces.get(index.segment(&self.params) as usize)?;
        segment.get(index.place(&self.params) as usize)
    }

    /// What somebody answers who is asked for a piece: it, nothing, or another.
    fn answer(&self, index: PieceIndex, fault: u8) -> Option<Piece> {
        let right = self.piece(index)?;
        let mut piece = right.clone();
        match fault % 8 {
            4 => return None,
            5 => {
                let other = PieceIndex(index.0 ^ u64::from(fault / 8 % 4 + 1));
                return self.piece(other).cloned();
            }
            6 => piece.record[usize::from(fault) / 8 % 2][usize::from(fault / 16)] ^= 1,
            7 if fault.is_multiple_of(2) => drop(piece.path.pop()),
            7 => drop(piece.record.pop()),
            _ => {}
        }
        Some(piece)
    }

    /// Most pieces that one call asks for: for each record of a prelude, of a length and of a block itself, and half a
    /// segment or all of it for each that is not given.
    fn most_asks(&self) -> u64 {
        let records = u64::from(self.params.segment_records());
        let all = records * self.pieces.len() as u64;
        (records + 3 + all) * (1 + u64::from(self.params.segment_pieces()))
    }

    /// Asserts that a block is as long as the headers say that it must be (H22).
    fn ends_right(&self, block: u64, length: u32) {
        let (whole, stream) = (u64::from(length) + 4, segment_stream_bytes(&self.params));
        let headers = self.chain.headers();
        for (header, after) in headers.iter().zip(headers.iter().skip(1).map(Some).chain([None])) {
            let last = header.last;
            if last.number != block {
                continue;
            }
            let ends_here = last.archived == whole;
            assert_eq!(ends_here, last.complete, "{whole} bytes of {last:?}");
            assert!(last.archived <= whole);
            if after.is_some_and(|after| after.last.number > block) {
                assert!(whole < last.archived + stream, "{whole} bytes of {last:?}");
            }
        }
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        bytes.is_empty() || self.stream.windows(bytes.len()).any(|window| window == bytes)
    }
}

/// One question to a reader.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Length(u64),
    Block(u64),
    Read(u64, u32, u32),
}

impl Ask {
    fn new(source: &mut Source<'_>, first: u64) -> Self {
        let kind = source.byte() % 4;
        let block = match source.byte() {
            255 => source.long(),
            byte => (first + u64::from(byte % 32)).saturating_sub(1),
        };
        match kind {
            0 => Self::Length(block),
            1 => Self::Read(block, source.word().into(), source.byte().into()),
            2 => Self::Read(block, source.byte().into(), source.long() as u32),
            _ => Self::Block(block),
        }
    }

    /// Returns the bytes asked for; the length as it stands in the stream.
    fn of<F: FnMut(PieceIndex) -> Result<Option<Piece>, Infallible>>(
        self,
        reader: &mut Reader<'_, F>,
    ) -> Result<Vec<u8>, Unreadable> {
        let answer = match self {
            Self::Length(block) => reader.length(block).map(|length| length.to_le_bytes().to_vec()),
            Self::Block(block) => reader.block(block),
            Self::Read(block, offset, length) => reader.read(block, offset, length),
        };
        answer.map_err(|error| match error {
            ReadError::Unreadable(reason) => reason,
            ReadError::Source(never) => match never {},
        })
    }

    /// What is right, from the blocks themselves; `None` if it is not all in history.
    fn right(self, history: &History, blocks: &[Vec<u8>]) -> Option<Vec<u8>> {
        let (Self::Length(block) | Self::Block(block) | Self::Read(block, ..)) = self;
        let index = block.checked_sub(history.first)? as usize;
        let bytes = blocks.get(index)?;
        let before: usize = blocks[..index].iter().map(|block| block.len() + 4).sum();
        let (from, to) = match self {
            Self::Length(_) => (0, 0),
            Self::Block(_) => (0, bytes.len()),
            Self::Read(_, offset, length) => {
                (offset as usize, (offset as usize).checked_add(length as usize)?)
            }
        };
        let answer = match self {
            Self::Length(_) => (bytes.len() as u32).to_le_bytes().to_vec(),
            Self::Block(_) | Self::Read(..) => bytes.get(from..to)?.to_vec(),
        };
        (before + 4 + to <= history.stream.len()).then_some(answer)
    }
}

/// Asks a reader with pieces from liars, and one with all pieces.
fn reads(source: &mut Source<'_>, history: &History) {
    let faults = source.take(32).to_vec();
    let asks = Cell::new(0_u64);
    let liar = |index: PieceIndex| {
        let fault = faults.get(asks.get() as usize % 32).copied().unwrap_or(0);
        asks.set(asks.get() + 1);
        Ok::<_, Infallible>(history.answer(index, fault))
    };
    let mut reader = Reader::new(&history.chain, liar);
    for _ in 0..CALLS {
        let ask = Ask::new(source, history.first);
        asks.set(0);
        let found = ask.of(&mut reader);
        assert!(asks.get() <= history.most_asks(), "{ask:?}: {} asks", asks.get());
        for (index, _) in reader.wrong() {
            assert!(history.piece(*index).is_some(), "nobody gave that piece");
        }
        let whole = |index| Ok::<_, Infallible>(history.piece(index).cloned());
        let perfect = ask.of(&mut Reader::new(&history.chain, whole));
        match &found {
            Err(Unreadable::Pieces { needed, found, .. }) => {
                assert!(found < needed, "enough pieces and no answer");
            }
            Err(Unreadable::NotCoded { segment, .. }) => {
                assert!(!history.coded[*segment as usize], "that segment is coded");
            }
            // Liars keep an answer back; they do not make one.
            _ => assert_eq!(found, perfect, "{ask:?}"),
        }
        if let Some(blocks) = &history.blocks {
            assert_eq!(
                perfect.as_ref().ok(),
                ask.right(history, blocks).as_ref(),
                "{ask:?}"
            );
        }
        if let Ok(bytes) = &perfect {
            assert!(history.holds(bytes), "bytes that no record has");
            if let Ask::Length(block) = ask {
                let length = bytes.first_chunk().expect("four bytes");
                history.ends_right(block, u32::from_le_bytes(*length));
            }
            if let Ask::Block(block) = ask {
                history.ends_right(block, bytes.len() as u32);
                let length = (bytes.len() as u32).to_le_bytes();
                assert!(history.holds(&[&length[..], bytes].concat()), "not a whole block");
            }
        }
    }
}

/// Restores a segment of what liars give.
fn restores(source: &mut Source<'_>, history: &History) {
    let segment = source.below(history.pieces.len());
    let Some(pieces) = history.pieces.get(segment) else {
        return;
    };
    let root: ListRoot = history.chain.headers()[segment].root;
    let mut restorer = SegmentRestorer::new(&history.params, root);
    let mut known = vec![false; pieces.len()];
    let needed = pieces.len() / 2;
    for _ in 0..pieces.len() + 4 {
        let (place, fault) = (source.below(pieces.len() + 1), source.byte());
        let from = PieceIndex((segment * pieces.len() + place.min(pieces.len() - 1)) as u64);
        let Some(piece) = history.answer(from, fault) else {
            continue;
        };
        let is_right = pieces.get(place) == Some(&piece);
        let added = restorer.add(place as u32, piece);
        assert_eq!(added.is_ok(), is_right, "{added:?}");
        if is_right && known.iter().filter(|known| **known).count() < needed {
            known[place] = true;
        }
        let found = known.iter().filter(|known| **known).count();
        assert_eq!(restorer.is_enough(), found == needed);
    }
    let found = known.iter().filter(|known| **known).count();
    match restorer.finish() {
        Ok(restored) => {
            assert!(history.coded[segment] && found == needed, "restored from nothing");
            for (place, piece) in (0..).zip(pieces) {
                assert_eq!(restored.piece(place).as_ref(), Some(piece));
            }
        }
        Err(Irreparable::TooFew { .. }) => assert!(found < needed, "enough, and not restored"),
        Err(Irreparable::Root { .. }) => assert!(!history.coded[segment], "coded, and refused"),
    }
}

/// A history of the script's making: bytes of blocks, or a reason.
pub(crate) fn read(data: &[u8]) {
    let mut source = Source::new(data);
    let history = History::new(&mut source);
    reads(&mut source, &history);
    restores(&mut source, &history);
}
