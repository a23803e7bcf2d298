//! A whole segment from any half of its pieces.

use super::layout::{Layout, size};
use super::piece::{InvalidPiece, Piece};
use super::segment::{Segment, SegmentCoder};
use alloc::vec;
use alloc::vec::Vec;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::{CheckedAuditParams, Chunk};

/// Why a segment is not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Irreparable {
    /// H17: fewer than half of the pieces.
    #[error("{found} pieces are known, {needed} are needed")]
    TooFew {
        /// Pieces that restore a segment: as many as it has source records.
        needed: usize,
        /// Pieces that were added.
        found: usize,
    },
    /// H18: the pieces are those of the root, and what they restore has another one: whoever made the segment did not code
    /// it. No other half is right either.
    #[error("the segment has root {}, not {}", found.0, expected.0)]
    Root {
        /// The segment's.
        expected: ListRoot,
        /// The root of what these pieces restore.
        found: ListRoot,
    },
}

impl Irreparable {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::TooFew { .. } => 1,
            Self::Root { .. } => 2,
        }
    }
}

/// Takes pieces of a segment until it can be restored. Holds at most half of its pieces, and while restoring the segment.
#[derive(Debug)]
pub struct SegmentRestorer {
    params: CheckedAuditParams,
    layout: Layout,
    coder: SegmentCoder,
    root: ListRoot,
    /// By place: records and their roots.
    known: Vec<Option<(Vec<Chunk>, ListRoot)>>,
    found: usize,
}

impl SegmentRestorer {
    /// Begins to restore the segment with this root.
    #[must_use]
    pub fn new(params: &CheckedAuditParams, root: ListRoot) -> Self {
        let layout = Layout::new(params);
        Self {
            params: *params,
            layout,
            coder: SegmentCoder::new(params),
            root,
            known: vec![None; layout.records.saturating_mul(2)],
            found: 0,
        }
    }

    /// Adds the piece at `place`. Once [enough](Self::is_enough) are there, or if it is there already, it is checked and not kept.
    ///
    /// # Errors
    /// The first of H5 to H7 that does not hold: it is not that piece, and is not used.
    pub fn add(&mut self, place: u32, piece: Piece) -> Result<(), InvalidPiece> {
        let root = piece.verify_with(&self.params, &mut self.coder.record, place, &self.root)?;
        let is_enough = self.is_enough();
        if let Some(known) = self.known.get_mut(size(place))
            && known.is_none()
            && !is_enough
        {
            *known = Some((piece.record, root));
            self.found = self.found.saturating_add(1);
        }
        Ok(())
    }

    /// Returns whether half of the pieces are there.
    #[must_use]
    pub const fn is_enough(&self) -> bool {
        self.found >= self.layout.records
    }

    /// Restores the segment: all its pieces, byte for byte.
    ///
    /// # Errors
    /// When there are too few pieces (H17), or the segment was never one (H18).
    pub fn finish(mut self) -> Result<Segment, Irreparable> {
        let too_few = Irreparable::TooFew {
            needed: self.layout.records,
            found: self.found,
        };
        let mut chunks = self.coder.blank();
        let mut known: Vec<(usize, &[Chunk])> = Vec::new();
        let records = chunks.chunks_mut(self.layout.record_chunks);
        for (place, (record, piece)) in records.zip(&self.known).enumerate() {
            if let Some((chunks, _)) = piece {
                record.copy_from_slice(chunks);
                known.push((place, chunks));
            }
        }
        let restored = self.coder.fill_missing(&mut chunks, &known);
        let roots: Vec<Option<ListRoot>> = self
            .known
            .iter()
            .map(|known| known.as_ref().map(|(_, root)| *root))
            .collect();
        let segment =
            restored.and_then(|()| Segment::complete(&self.layout, &mut self.coder, chunks, &roots));
        // H17: the code refuses fewer than half, and nothing else of verified pieces.
        let segment = segment.ok_or(too_few)?;
        // H18
        if segment.root() == self.root {
            Ok(segment)
        } else {
            Err(Irreparable::Root {
                expected: self.root,
                found: segment.root(),
            })
        }
    }
}
