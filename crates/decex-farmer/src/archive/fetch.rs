//! Pieces of a history, fetched and verified; restored where one is not to be had.

use super::chain::HeaderChain;
use super::layout::{Layout, position};
use super::piece::{InvalidPiece, Piece};
use super::record::RecordCoder;
use super::restore::{Irreparable, SegmentRestorer};
use super::segment::Segment;
use super::unreadable::{ReadError, Unreadable};
use alloc::vec::Vec;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::{Chunk, PieceIndex};

/// Where pieces come from: a disk, a network.
///
/// # Contract
/// None: what it returns is verified. It may answer differently each time.
pub trait PieceSource {
    /// Why it cannot answer now.
    type Error;

    /// Returns a piece; `None` if it is not to be had.
    ///
    /// # Errors
    /// When the source itself fails. The read ends with it.
    fn piece(&mut self, index: PieceIndex) -> Result<Option<Piece>, Self::Error>;
}

impl<E, F: FnMut(PieceIndex) -> Result<Option<Piece>, E>> PieceSource for F {
    type Error = E;

    fn piece(&mut self, index: PieceIndex) -> Result<Option<Piece>, E> {
        self(index)
    }
}

/// The verified bytes of a history. Keeps the last piece, and the last segment that had to be restored.
#[derive(Debug)]
pub(crate) struct Fetch<'a, S> {
    pub(crate) chain: &'a HeaderChain,
    pub(crate) layout: Layout,
    source: S,
    coder: RecordCoder,
    piece: Option<(PieceIndex, Vec<Chunk>)>,
    restored: Option<(u32, Segment)>,
    /// Pieces that were other ones.
    pub(crate) wrong: Vec<(PieceIndex, InvalidPiece)>,
}

impl<'a, S: PieceSource> Fetch<'a, S> {
    pub(crate) fn new(chain: &'a HeaderChain, source: S) -> Self {
        Self {
            chain,
            layout: Layout::new(chain.params()),
            source,
            coder: RecordCoder::new(chain.params()),
            piece: None,
            restored: None,
            wrong: Vec::new(),
        }
    }

    /// Appends bytes `from..to` of the stream of all segments.
    pub(crate) fn stream(
        &mut self,
        from: u64,
        to: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), ReadError<S::Error>> {
        let stream = self.layout.stream();
        let prelude = position(self.layout.prelude);
        let mut at = from;
        while at < to {
            let segment = at.checked_div(stream).unwrap_or(u64::MAX);
            let base = segment.saturating_mul(stream);
            let end = base.saturating_add(stream).min(to);
            let inside = |at: u64| at.saturating_sub(base).saturating_add(prelude);
            let segment = u32::try_from(segment).unwrap_or(u32::MAX);
            self.payload(segment, inside(at), inside(end), into)?;
            at = end;
        }
        Ok(())
    }

    /// Appends bytes `from..to` of the payload of a segment.
    pub(crate) fn payload(
        &mut self,
        segment: u32,
        from: u64,
        to: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), ReadError<S::Error>> {
        let record_bytes = position(self.layout.record);
        let mut at = from;
        while at < to {
            let record = at.checked_div(record_bytes).unwrap_or(u64::MAX);
            let base = record.saturating_mul(record_bytes);
            let end = base.saturating_add(record_bytes).min(to);
            let inside = |at: u64| usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX);
            let record = u32::try_from(record).unwrap_or(u32::MAX);
            self.obtain(segment, record)?;
            let bytes = self.kept(segment, record).map(<[Chunk]>::as_flattened);
            let bytes = bytes.and_then(|bytes| bytes.get(inside(at)..inside(end)));
            into.extend_from_slice(bytes.unwrap_or_default());
            at = end;
        }
        Ok(())
    }

    /// Returns a source record that is kept.
    fn kept(&self, segment: u32, record: u32) -> Option<&[Chunk]> {
        if let Some((kept, restored)) = &self.restored
            && *kept == segment
        {
            return restored.record(record);
        }
        let (kept, chunks) = self.piece.as_ref()?;
        (*kept == self.index(segment, record)).then_some(chunks.as_slice())
    }

    /// Makes a source record one that is kept.
    fn obtain(&mut self, segment: u32, record: u32) -> Result<(), ReadError<S::Error>> {
        if self.kept(segment, record).is_some() {
            return Ok(());
        }
        // Callers ask for segments that have a header; no piece is one of the zero root.
        let header = self.chain.header(segment);
        let root = header.map_or_else(ListRoot::default, |header| header.root);
        let index = self.index(segment, record);
        if let Some(piece) = self.source.piece(index).map_err(ReadError::Source)?
            && let Ok(_) = piece.verify_with(self.chain.params(), &mut self.coder, record, &root)
        {
            self.piece = Some((index, piece.record));
            return Ok(());
        }
        // This one is asked for once more in its turn, and noted then.
        let restored = self.restore(segment, root)?;
        self.restored = Some((segment, restored));
        Ok(())
    }

    /// Restores a segment from the first half of its pieces that are to be had.
    fn restore(&mut self, segment: u32, root: ListRoot) -> Result<Segment, ReadError<S::Error>> {
        // One segment at a time.
        self.restored = None;
        let params = self.chain.params();
        let mut restorer = SegmentRestorer::new(params, root);
        let (mut missing, mut wrong) = (Vec::new(), Vec::new());
        for place in 0..params.segment_pieces() {
            if restorer.is_enough() {
                break;
            }
            let index = self.index(segment, place);
            let Some(piece) = self.source.piece(index).map_err(ReadError::Source)? else {
                missing.push(place);
                continue;
            };
            if let Err(reason) = restorer.add(place, piece) {
                wrong.push((place, reason));
                self.wrong.push((index, reason));
            }
        }
        let irreparable = match restorer.finish() {
            Ok(segment) => return Ok(segment),
            Err(Irreparable::TooFew { needed, found }) => Unreadable::Pieces {
                segment,
                needed,
                found,
                missing,
                wrong,
            },
            Err(Irreparable::Root { expected, found }) => Unreadable::NotCoded {
                segment,
                expected,
                found,
            },
        };
        Err(irreparable.into())
    }

    fn index(&self, segment: u32, place: u32) -> PieceIndex {
        let pieces = u64::from(self.chain.params().segment_pieces());
        PieceIndex(
            u64::from(segment)
                .saturating_mul(pieces)
                .saturating_add(place.into()),
        )
    }
}
