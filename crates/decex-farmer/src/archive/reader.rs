//! Bytes of a block, from pieces that somebody else fetches.

use super::chain::HeaderChain;
use super::fetch::{Fetch, PieceSource};
use super::header::SegmentHeader;
use super::layout::{PREFIX, position};
use super::piece::InvalidPiece;
use super::prelude::Prelude;
use super::unreadable::{ReadError, Unreadable};
use alloc::vec::Vec;
use decex_storage_audit::PieceIndex;

/// Where a block stands in the stream of all segments.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The segment that it starts in.
    segment: u32,
    /// Of the first byte of its length.
    start: u64,
    /// Without the bytes of the length.
    length: u32,
}

impl Place {
    /// Of the first byte of the block itself.
    fn body(&self) -> u64 {
        self.start.saturating_add(PREFIX.into())
    }

    fn end(&self) -> u64 {
        self.body().saturating_add(self.length.into())
    }
}

/// Reads blocks. Of a segment it asks for the pieces with the prelude, with the start of the block, and with the bytes wanted;
/// for others only if one of these is missing or wrong.
///
/// Holds one piece, one prelude, and one segment if it had to be restored. How long a history is plays no part.
#[derive(Debug)]
pub struct Reader<'a, S> {
    history: Fetch<'a, S>,
    prelude: Option<(u32, Prelude)>,
}

impl<'a, S: PieceSource> Reader<'a, S> {
    /// Reads from the history with these headers, in pieces from `source`.
    pub fn new(chain: &'a HeaderChain, source: S) -> Self {
        Self {
            history: Fetch::new(chain, source),
            prelude: None,
        }
    }

    /// Returns the pieces that the source gave for the last call and that were other ones. They were not used: a caller may
    /// ask for them elsewhere, and avoid whoever sent them.
    #[must_use]
    pub fn wrong(&self) -> &[(PieceIndex, InvalidPiece)] {
        &self.history.wrong
    }

    /// Returns the length of a block, in bytes.
    ///
    /// # Errors
    /// When its start is not archived (H19), when pieces (H17) or history (H18, H21, H22) have a fault, or when the source fails.
    pub fn length(&mut self, block: u64) -> Result<u32, ReadError<S::Error>> {
        self.history.wrong.clear();
        Ok(self.locate(block)?.length)
    }

    /// Returns a whole block.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn block(&mut self, block: u64) -> Result<Vec<u8>, ReadError<S::Error>> {
        self.history.wrong.clear();
        let place = self.locate(block)?;
        self.read_at(block, &place, 0, place.length)
    }

    /// Returns `length` bytes of a block, from `offset` on.
    ///
    /// # Errors
    /// When they are not in the block (H20) or not archived (H19), when pieces (H17) or history (H18, H21, H22) have a
    /// fault, or when the source fails.
    pub fn read(&mut self, block: u64, offset: u32, length: u32) -> Result<Vec<u8>, ReadError<S::Error>> {
        self.history.wrong.clear();
        let place = self.locate(block)?;
        self.read_at(block, &place, offset, length)
    }

    fn read_at(
        &mut self,
        block: u64,
        place: &Place,
        offset: u32,
        length: u32,
    ) -> Result<Vec<u8>, ReadError<S::Error>> {
        // H20
        if offset.checked_add(length).is_none_or(|end| end > place.length) {
            let found = place.length;
            return Err(Unreadable::Range {
                offset,
                length,
                found,
            }
            .into());
        }
        // H19: a block that the last segment cuts is there in part.
        let from = place.body().saturating_add(offset.into());
        let to = from.saturating_add(length.into());
        if to > self.end() {
            let archived = self.end().saturating_sub(place.body());
            return Err(Unreadable::NotArchived { block, archived }.into());
        }
        // Grows as pieces are verified: a length without content behind it allocates nothing.
        let mut bytes = Vec::new();
        self.history.stream(from, to, &mut bytes)?;
        Ok(bytes)
    }

    /// The end of history in the stream.
    fn end(&self) -> u64 {
        let segments = u64::from(self.history.chain.size().0);
        segments.saturating_mul(self.history.layout.stream())
    }

    /// Finds a block.
    fn locate(&mut self, block: u64) -> Result<Place, ReadError<S::Error>> {
        // H19
        let absent = Unreadable::NotArchived { block, archived: 0 };
        let header = *self.history.chain.start_of(block).ok_or(absent.clone())?;
        let segment = header.index;
        let wrong = Unreadable::Length { segment, block };
        let at = self.walk(&header, block)?.ok_or(wrong.clone())?;
        let layout = self.history.layout;
        let base = u64::from(segment).saturating_mul(layout.stream());
        let start = base.saturating_add(at.saturating_sub(position(layout.prelude)));
        let mut place = Place {
            segment,
            start,
            length: 0,
        };
        if place.body() > self.end() {
            return Err(absent.into());
        }
        let mut prefix = Vec::new();
        self.history.stream(start, place.body(), &mut prefix)?;
        place.length = u32::from_le_bytes(prefix.first_chunk().copied().unwrap_or_default());
        // H22
        if self.ends_where_headers_say(block, &place) {
            Ok(place)
        } else {
            Err(wrong.into())
        }
    }

    /// Returns where in the payload of the segment with this header a block starts that starts in it; `None` if its prelude and
    /// the lengths in it lead elsewhere (H22).
    fn walk(&mut self, header: &SegmentHeader, block: u64) -> Result<Option<u64>, ReadError<S::Error>> {
        let Some((record, offset, first)) = self.prelude(header)?.find(block) else {
            return Ok(None);
        };
        let bytes = position(self.history.layout.record);
        let record = position(record).saturating_mul(bytes);
        let mut at = record.saturating_add(offset.into());
        for _ in first..block {
            // H22: the next block starts in this record too, so all of this one's length is in it.
            let mut length = Vec::new();
            let body = at.saturating_add(PREFIX.into());
            if body > record.saturating_add(bytes) {
                return Ok(None);
            }
            self.history.payload(header.index, at, body, &mut length)?;
            let length = u32::from_le_bytes(length.first_chunk().copied().unwrap_or_default());
            at = body.saturating_add(length.into());
        }
        Ok((at < record.saturating_add(bytes)).then_some(at))
    }

    /// H22: whether a block ends in the segment in which the headers have it end.
    fn ends_where_headers_say(&self, block: u64, place: &Place) -> bool {
        let chain = self.history.chain;
        let stream = self.history.layout.stream();
        // The segments that end with this block or an earlier one, and where the last of them ends.
        let ended = chain.ended_by(block);
        let edge = u64::from(ended).saturating_mul(stream);
        if let Some(last) = ended.checked_sub(1)
            && last >= place.segment
            && let Some(header) = chain.header(last)
        {
            if place.start.checked_add(header.last.archived) != Some(edge) {
                return false;
            }
            if header.last.complete {
                return place.end() == edge;
            }
            if place.end() <= edge {
                return false;
            }
        }
        // The next segment, if there is one, ends with a later block.
        chain.header(ended).is_none() || place.end() < edge.saturating_add(stream)
    }

    /// Returns the prelude of the segment with this header, checked (H21).
    fn prelude(&mut self, header: &SegmentHeader) -> Result<&Prelude, ReadError<S::Error>> {
        let segment = header.index;
        let kept = self.prelude.take().filter(|(kept, _)| *kept == segment);
        let prelude = match kept {
            Some((_, prelude)) => prelude,
            None => self.read_prelude(header)?,
        };
        Ok(&self.prelude.insert((segment, prelude)).1)
    }

    fn read_prelude(&mut self, header: &SegmentHeader) -> Result<Prelude, ReadError<S::Error>> {
        let segment = header.index;
        let layout = self.history.layout;
        let mut bytes = Vec::new();
        self.history
            .payload(segment, 0, position(layout.prelude), &mut bytes)?;
        let prelude = Prelude::read(&layout, &bytes);
        // H21
        let next = self.history.chain.next_at(segment);
        let checked = prelude.check(&layout, header, next);
        checked.map_err(|reason| Unreadable::Prelude { segment, reason })?;
        Ok(prelude)
    }
}
