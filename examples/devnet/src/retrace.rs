//! The audit of a chain once more, from its blocks alone.
//!
//! Nothing here looks at what nodes keep. Entropy is made of all outputs from the beginning for each block, the range by going
//! through the eras, history by archiving once more: other ways to the same numbers than those that nodes take step by step.

use crate::block::{Block, Origin, farmer_id};
use crate::entropy::{cut_off, epoch_of, gather, of_epoch, of_slot};
use crate::history::CONFIRMATION;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::id::ListRoot;
use decex_core::{Host, Randomness, Slot};
use decex_farmer::archive::{Archived, Archiver, HeaderChain, Piece, PieceSource, Reader, SegmentRestorer};
use decex_storage_audit::{
    AuditChallenge, FarmerId, HistoryRoots, HistorySize, PieceIndex, SolutionRange, verify,
};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What a chain shows of its audit.
#[derive(Debug)]
pub struct Retraced {
    /// What each block's solution yields; for genesis, what randomness begins with.
    pub outputs: Vec<Randomness>,
    /// Blocks won, by farmer.
    pub wins: BTreeMap<FarmerId, u64>,
    /// The range after the last block.
    pub range: SolutionRange,
    /// The history that the chain knows of.
    pub history: Vec<Archived>,
    /// Bytes of the blocks, all of them.
    pub bytes: u64,
}

/// The roots that the chain knows of at some block.
struct Roots(Vec<ListRoot>);

impl Host for Roots {
    type Error = Infallible;
}

impl HistoryRoots for Roots {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(u32::try_from(self.0.len()).unwrap_or(u32::MAX)))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        let place = usize::try_from(index).ok();
        Ok(place.and_then(|place| self.0.get(place)).copied())
    }
}

/// Goes through a chain, genesis first.
///
/// # Errors
/// At the first block that is not sealed by its farmer, not won, or has other headers than are due.
pub fn retrace(setup: &Setup, first_range: SolutionRange, blocks: &[&Block]) -> Result<Retraced, Problem> {
    let archive = archive(setup, blocks)?;
    let mut known: Vec<Archived> = Vec::new();
    let mut outputs: Vec<(u64, Randomness)> = Vec::new();
    let mut wins: BTreeMap<FarmerId, u64> = BTreeMap::new();
    for (number, block) in (1_u64..).zip(blocks) {
        let wrong = |why: String| Problem::new(format!("block {number}"), why);
        // In genesis nothing is due before, but what it fills itself counts from the beginning.
        let due = archive.get(&number.saturating_sub(CONFIRMATION));
        let due: Vec<Archived> = due
            .filter(|_| number > CONFIRMATION.saturating_add(1))
            .cloned()
            .unwrap_or_default();
        let (farmer, solution) = match &block.origin {
            Origin::Genesis(_) if number == 1 => {
                known.extend(archive.get(&1).cloned().unwrap_or_default());
                outputs.push((0, Randomness(setup.genesis_entropy())));
                continue;
            }
            Origin::Genesis(_) => return Err(wrong("a second genesis".into())),
            Origin::Ordered { .. } => return Err(wrong("nobody won it".into())),
            Origin::Won { farmer, solution } => (farmer_id(farmer), solution),
        };
        if block.author().map_err(|error| wrong(error.to_string()))? != Some(farmer) {
            return Err(wrong("not sealed by its farmer".into()));
        }
        if !block.headers.iter().eq(due.iter().map(|due| &due.header)) {
            return Err(wrong("other headers than are due".into()));
        }
        let roots = Roots(known.iter().map(|known| known.header.root).collect());
        let challenge = AuditChallenge::new(&randomness(block.slot, &outputs), Slot(block.slot));
        let range = range(setup, first_range, &outputs);
        let audited = verify(&setup.audit, &roots, &farmer, &challenge, range, solution);
        let audited = audited.map_err(|error| wrong(error.to_string()))?;
        known.extend(due);
        outputs.push((block.slot, audited.output()));
        let count = wins.entry(farmer).or_default();
        *count = count.saturating_add(1);
    }
    let lengths = blocks.iter().map(|block| block.encoded_size());
    Ok(Retraced {
        range: range(setup, first_range, &outputs),
        outputs: outputs.into_iter().map(|(_, output)| output).collect(),
        wins,
        history: known,
        bytes: u64::try_from(lengths.sum::<usize>()).unwrap_or(u64::MAX),
    })
}

/// Archives all blocks: the segments that each fills, by its number.
fn archive(setup: &Setup, blocks: &[&Block]) -> Result<BTreeMap<u64, Vec<Archived>>, Problem> {
    let mut archiver = Archiver::new(&setup.audit, 1);
    let mut archive = BTreeMap::new();
    for (number, block) in (1..).zip(blocks) {
        let mut filled = Vec::new();
        archiver
            .add_block(number, &block.encode(), |segment| filled.push(segment))
            .map_err(|error| Problem::new("archiving once more", error))?;
        archive.insert(number, filled);
    }
    Ok(archive)
}

/// The randomness of a slot after these blocks: genesis, and all before the epoch's cut-off.
fn randomness(slot: u64, outputs: &[(u64, Randomness)]) -> Randomness {
    let epoch = epoch_of(slot);
    let mut counted = outputs.iter();
    let genesis = counted
        .next()
        .map_or(Randomness::default(), |(_, genesis)| *genesis);
    let counted = counted.filter(|(slot, _)| *slot < cut_off(epoch));
    let gathered = counted.fold(genesis.0, |gathered, (_, output)| gather(&gathered, output));
    of_slot(&of_epoch(epoch, &gathered), slot)
}

/// The range after these blocks.
fn range(setup: &Setup, first: SolutionRange, outputs: &[(u64, Randomness)]) -> SolutionRange {
    let slots: Vec<u64> = outputs.iter().map(|(slot, _)| *slot).collect();
    let length = usize::try_from(setup.era.blocks()).unwrap_or(usize::MAX);
    let ends: Vec<u64> = slots.iter().step_by(length).copied().collect();
    let eras = ends.iter().zip(ends.iter().skip(1));
    eras.fold(first, |range, (start, end)| {
        setup.era.retarget(range, end.saturating_sub(*start))
    })
}

/// Half of the pieces of every segment: another half of each.
struct Half<'a>(&'a Setup, &'a [Archived]);

/// Whether the half that is kept of a segment has the piece at this place: of neighbours one, of source and parity both.
const fn is_kept(segment: u32, place: u32) -> bool {
    segment.wrapping_add(place) & 1 == 0
}

impl PieceSource for Half<'_> {
    type Error = Infallible;

    fn piece(&mut self, index: PieceIndex) -> Result<Option<Piece>, Infallible> {
        let (segment, place) = (index.segment(&self.0.audit), index.place(&self.0.audit));
        let archived = usize::try_from(segment)
            .ok()
            .and_then(|segment| self.1.get(segment));
        let kept = archived.filter(|_| is_kept(segment, place));
        Ok(kept.and_then(|archived| archived.segment.piece(place)))
    }
}

/// Brings history back from half of its pieces: every piece that is lost, and every block that is archived whole. Returns how many
/// blocks these are.
///
/// # Errors
/// At the first piece or block that is not what it was.
pub fn bring_back(setup: &Setup, history: &[Archived], blocks: &[&Block]) -> Result<u64, Problem> {
    let wrong = |what: String| Problem::new("history from half of its pieces", what);
    let mut chain = HeaderChain::new(setup.audit, 1);
    for archived in history {
        let index = archived.header.index;
        chain
            .push(archived.header)
            .map_err(|error| wrong(error.to_string()))?;
        let mut restorer = SegmentRestorer::new(&setup.audit, archived.header.root);
        let places = 0..archived.segment.pieces();
        for place in places.clone().filter(|place| is_kept(index, *place)) {
            let piece = archived.segment.piece(place);
            let piece = piece.ok_or_else(|| wrong(format!("segment {index} has no piece {place}")))?;
            restorer
                .add(place, piece)
                .map_err(|error| wrong(error.to_string()))?;
        }
        let restored = restorer.finish().map_err(|error| wrong(error.to_string()))?;
        for place in places {
            if restored.piece(place) != archived.segment.piece(place) {
                return Err(wrong(format!("piece {place} of segment {index} is another")));
            }
        }
    }
    let mut reader = Reader::new(&chain, Half(setup, history));
    let mut read = 0_u64;
    let last = history.last().map(|archived| archived.header.last);
    for (number, block) in (1_u64..).zip(blocks) {
        let is_whole =
            last.is_some_and(|last| number < last.number || last.complete && number == last.number);
        if !is_whole {
            break;
        }
        let bytes = reader.block(number).map_err(|error| wrong(error.to_string()))?;
        if bytes != block.encode() {
            return Err(wrong(format!("block {number} is another")));
        }
        read = read.saturating_add(1);
    }
    Ok(read)
}
