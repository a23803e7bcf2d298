//! A node's own archive of the chain: what it compares headers of segments with, and plots from.

use crate::block::Block;
use crate::problem::Problem;
use decex_core::ConsensusHash;
use decex_farmer::archive::{Archived, Archiver, Piece, Segment, SegmentHeader};
use decex_storage_audit::{CheckedAuditParams, PieceIndex};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;

/// Blocks that stand on top of one when it is archived. A node takes fewer back than this, so what is archived is for good.
pub const CONFIRMATION: u64 = 12;
/// The number of the first block.
const GENESIS: u64 = 1;

/// The archive. It is never saved: the chain's blocks make it again, byte for byte.
#[derive(Debug)]
pub struct History {
    params: CheckedAuditParams,
    archiver: Archiver,
    /// All segments so far, every piece of them.
    segments: Vec<Archived>,
    /// How many segments there were after each block.
    lengths: BTreeMap<u64, usize>,
}

impl History {
    /// Archives the genesis block.
    ///
    /// # Errors
    /// When it cannot be archived.
    pub fn new(params: &CheckedAuditParams, genesis: &Block) -> Result<Self, Problem> {
        let mut history = Self {
            params: *params,
            archiver: Archiver::new(params, GENESIS),
            segments: Vec::new(),
            lengths: BTreeMap::new(),
        };
        history.add(genesis)?;
        Ok(history)
    }

    /// Returns the headers of the segments that genesis fills, which the chain begins with.
    #[must_use]
    pub fn of_genesis(&self) -> Vec<SegmentHeader> {
        self.headers_of(GENESIS)
    }

    /// Returns the headers that block `number` must carry, and no other: those of the segments that are filled by the block
    /// [`CONFIRMATION`] before it. `ancestry` names the blocks under it from genesis on; all are in `known`.
    ///
    /// # Errors
    /// When a block under it is missing or cannot be archived.
    pub fn due(
        &mut self,
        number: u64,
        ancestry: &[ConsensusHash],
        known: &BTreeMap<ConsensusHash, Block>,
    ) -> Result<Vec<SegmentHeader>, Problem> {
        let Some(last) = number.checked_sub(CONFIRMATION).filter(|last| *last > GENESIS) else {
            return Ok(Vec::new());
        };
        // A block says of itself how high it is: nothing is archived for one that does not follow.
        let follows = usize::try_from(number.saturating_sub(1)).ok() == Some(ancestry.len());
        while follows && self.archiver.next_block() <= last {
            let place = self.archiver.next_block().saturating_sub(1);
            let hash = usize::try_from(place).ok().and_then(|place| ancestry.get(place));
            let block = hash.and_then(|hash| known.get(hash));
            let missing = || {
                Problem::new(
                    "the archive",
                    format!("block {} is missing", place.saturating_add(1)),
                )
            };
            self.add(block.ok_or_else(missing)?)?;
        }
        Ok(self.headers_of(last))
    }

    /// Returns a piece of history.
    #[must_use]
    pub fn piece(&self, index: PieceIndex) -> Option<Piece> {
        let segment = self.segment(index.segment(&self.params))?;
        segment.piece(index.place(&self.params))
    }

    /// Returns a segment, every piece of it.
    #[must_use]
    pub fn segment(&self, index: u32) -> Option<&Segment> {
        let place = usize::try_from(index).ok()?;
        self.segments.get(place).map(|archived| &archived.segment)
    }

    fn add(&mut self, block: &Block) -> Result<(), Problem> {
        let segments = &mut self.segments;
        let added = self
            .archiver
            .add_block(block.number, &block.encode(), |archived| segments.push(archived));
        added.map_err(|error| Problem::new(format!("archiving block {}", block.number), error))?;
        self.lengths.insert(block.number, self.segments.len());
        Ok(())
    }

    /// Returns the headers of the segments that a block filled.
    fn headers_of(&self, number: u64) -> Vec<SegmentHeader> {
        let before = self.lengths.range(..number).next_back();
        let before = before.map_or(0, |(_, length)| *length);
        let after = self.lengths.get(&number).copied().unwrap_or(before);
        let filled = self.segments.get(before..after).unwrap_or_default();
        filled.iter().map(|archived| archived.header).collect()
    }
}
