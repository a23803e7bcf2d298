//! Plan a sector, and mask its records: the work of plotting, a pure function for each record.

use super::entry::{Entry, Places};
use super::layout::{Layout, Part, Seal, size};
use crate::archive::{InvalidPiece, Piece, RecordCoder};
use crate::table::Table;
use alloc::vec::Vec;
use decex_core::id::ListRoot;
use decex_storage_audit::{CheckedAuditParams, Chunk, PieceIndex, PieceOffset, Sector, space};

/// Returns the pieces of a sector, in order of their offsets (D1). Empty if the sector's history is.
#[must_use]
pub fn plan(params: &CheckedAuditParams, sector: &Sector) -> Vec<PieceIndex> {
    // D1: what the verifier expects at each offset.
    let id = sector.id();
    (0..params.pieces().get())
        .map_while(|offset| id.piece(params, sector.history, PieceOffset(offset)))
        .collect()
}

/// Why a record cannot be masked for a sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotMask {
    /// D1: the sector has no such piece.
    #[error("piece {found} of a sector of {pieces}, plotted from {history} segments")]
    Offset {
        /// Pieces of a sector.
        pieces: u16,
        /// The length of history that the sector is plotted from: with 0 there are no pieces.
        history: u32,
        /// The offset asked for.
        found: u16,
    },
    /// D2: not the piece of history that belongs there.
    #[error("the piece for offset {} is not the one of history", offset.0)]
    Piece {
        /// Its place in the sector.
        offset: PieceOffset,
        /// What does not hold.
        reason: InvalidPiece,
    },
    /// D3: fewer places have proofs than chunks are to be stored. This sector cannot be plotted: take another index.
    #[error("{found} places have proofs, {expected} are needed: take another index than that of this sector")]
    TooFewProofs {
        /// The piece's place in the sector.
        offset: PieceOffset,
        /// Chunks to store.
        expected: u32,
        /// Places with a proof.
        found: u32,
    },
}

impl CannotMask {
    /// Returns the stable code of this error: its rule's number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Offset { .. } => 1,
            Self::Piece { .. } => 2,
            Self::TooFewProofs { .. } => 3,
        }
    }
}

/// A record as it stands in a plot. Made by [`mask_record`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct MaskedRecord {
    pub(super) seal: Seal,
    pub(super) offset: PieceOffset,
    pub(super) entry: Entry,
    pub(super) chunks: Vec<Chunk>,
}

impl MaskedRecord {
    /// Returns the record's place in its sector.
    #[must_use]
    pub const fn offset(&self) -> PieceOffset {
        self.offset
    }

    /// Returns the places that are stored, ascending.
    pub fn places(&self) -> impl Iterator<Item = u32> + '_ {
        self.entry.places.iter()
    }

    /// Returns the masked chunks of these places.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }
}

/// Masks the piece at `offset` of a sector, after verifying that it is the one that history has there. `segment_root` is that of the
/// piece's segment, from the chain.
///
/// Nearly all of its time goes into the tables of the proof of space. It is pure: call it on as many threads as there is memory for.
///
/// # Errors
/// The first of D1 to D3 that does not hold.
pub fn mask_record(
    params: &CheckedAuditParams,
    sector: &Sector,
    offset: PieceOffset,
    segment_root: &ListRoot,
    piece: &Piece,
) -> Result<MaskedRecord, CannotMask> {
    // D1
    let no_such = CannotMask::Offset {
        pieces: params.sector_pieces,
        history: sector.history.0,
        found: offset.0,
    };
    let id = sector.id();
    let index = id.piece(params, sector.history, offset);
    let index = index.filter(|_| offset.0 < params.sector_pieces).ok_or(no_such)?;
    // D2: a wrong piece would be found when a solution fails, months later.
    let wrong = |reason| CannotMask::Piece { offset, reason };
    let mut coder = RecordCoder::new(params);
    let root = piece
        .verify_with(params, &mut coder, index.place(params), segment_root)
        .map_err(wrong)?;
    let extended = coder.extend(&piece.record).ok_or(wrong(InvalidPiece::Record {
        expected: params.record_chunks(),
        found: piece.record.len(),
    }))?;
    let table = Table::new(params.k, &id.space_seed(offset));
    let layout = Layout::new(params);
    let mut places = Places::none(&layout);
    let mut chunks = Vec::new();
    // D3, D4: the first places that have a proof, each under the first proof that it has, so that everybody writes the same bytes.
    for (place, proof) in plotted(&table, &layout) {
        let chunk = extended.get(size(place));
        let Some(chunk) = chunk else { break };
        places.insert(place);
        chunks.push(space::mask(&proof, chunk));
    }
    // D3
    if places.count() < layout.chunks {
        return Err(CannotMask::TooFewProofs {
            offset,
            expected: layout.chunks,
            found: places.count(),
        });
    }
    let seal = Seal::new(params, sector);
    Ok(MaskedRecord {
        seal,
        offset,
        entry: Entry {
            root,
            path: piece.path.clone(),
            check: seal.of(Part::Chunks(offset), chunks.as_flattened()),
            places,
        },
        chunks,
    })
}

/// Returns the places of a record that are plotted, ascending, each with its proof: the first that have one, as many as there are chunks
/// to store (D3).
pub(super) fn plotted<'a>(
    table: &'a Table,
    layout: &Layout,
) -> impl Iterator<Item = (u32, Vec<u8>)> + use<'a> {
    let proofs = (0..layout.places).filter_map(|place| Some((place, table.proof(place)?)));
    proofs.take(size(layout.chunks))
}
