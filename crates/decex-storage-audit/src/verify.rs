//! Rules A2 to A9: whether a solution is one.

use crate::challenge::AuditChallenge;
use crate::expiry::{checkpoint, expires_at};
use crate::history::{HistoryRoots, HistorySize, PieceIndex, chunk_leaf};
use crate::output::poas_output;
use crate::params::CheckedAuditParams;
use crate::range::SolutionRange;
use crate::sector::{FarmerId, SectorId};
use crate::solution::Solution;
use crate::space::{self, InvalidSpaceProof};
use decex_core::id::{ListRoot, Randomness};
use decex_core::list::{self, InvalidListProof};

/// A solution that holds, and what follows from it. Built by [`verify`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Audited {
    farmer: FarmerId,
    sector: SectorId,
    piece: PieceIndex,
    place: u32,
    ticket: u64,
    output: Randomness,
}

impl Audited {
    /// Returns who won.
    #[must_use]
    pub const fn farmer(&self) -> FarmerId {
        self.farmer
    }

    /// Returns the sector that won.
    #[must_use]
    pub const fn sector(&self) -> SectorId {
        self.sector
    }

    /// Returns the piece that was shown to be stored.
    #[must_use]
    pub const fn piece(&self) -> PieceIndex {
        self.piece
    }

    /// Returns which chunk of it.
    #[must_use]
    pub const fn place(&self) -> u32 {
        self.place
    }

    /// Returns the ticket: the lower, the better.
    #[must_use]
    pub const fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Returns the block's randomness: [`poas_output`] of this solution.
    #[must_use]
    pub const fn output(&self) -> Randomness {
        self.output
    }
}

/// The rule that a solution breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSolution {
    /// A2: not the solution of the block's author.
    #[error("the solution is another farmer's")]
    Author {
        /// The block's author.
        expected: FarmerId,
        /// The farmer in the solution.
        found: FarmerId,
    },
    /// A3: no such piece in a sector.
    #[error("piece {found} of a sector of {pieces}")]
    Offset {
        /// Pieces of a sector.
        pieces: u16,
        /// The offset in the solution.
        found: u16,
    },
    /// A4: the sector was plotted from no history, or from more than there is.
    #[error("a sector of {} segments, of which there are {}", found.0, segments.0)]
    History {
        /// The length of history.
        segments: HistorySize,
        /// The length in the solution.
        found: HistorySize,
    },
    /// A5: the sector has expired.
    #[error("the sector expired at {expired} segments, there are {}", segments.0)]
    Expired {
        /// The length of history at which it did.
        expired: u64,
        /// The length of history.
        segments: HistorySize,
    },
    /// A6: the ticket is not below the range.
    #[error("ticket {ticket} is not below the range {}", range.0)]
    OutOfRange {
        /// The range.
        range: SolutionRange,
        /// The ticket of the masked chunk.
        ticket: u64,
    },
    /// A7: the path of the chunk does not have the length of a path in a record.
    #[error("the chunk's path does not fit a record")]
    ChunkPath(InvalidListProof),
    /// A7: the path of the record does not have the length of a path in a segment.
    #[error("the record's path does not fit a segment")]
    RecordPath(InvalidListProof),
    /// A8: the chunk is not at this place of this piece of history.
    #[error("the chunk is not at its place in history")]
    Chunk {
        /// The root of the segment.
        expected: ListRoot,
        /// Where the paths lead.
        found: ListRoot,
    },
    /// A9: the proof of space does not hold.
    #[error(transparent)]
    Space(#[from] InvalidSpaceProof),
}

impl InvalidSolution {
    /// Returns the stable code of this error: its rule's number. Proofs of space have codes of their own.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Author { .. } => 2,
            Self::Offset { .. } => 3,
            Self::History { .. } => 4,
            Self::Expired { .. } => 5,
            Self::OutOfRange { .. } => 6,
            Self::ChunkPath(_) | Self::RecordPath(_) => 7,
            Self::Chunk { .. } => 8,
            Self::Space(_) => 9,
        }
    }
}

/// Why there is no verdict in favour of a solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError<E> {
    /// The solution breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidSolution),
    /// The host has no root for a segment of its history: it breaks the contract of [`HistoryRoots`].
    #[error("the host has no root for segment {segment} of its history")]
    MissingRoot {
        /// Which segment.
        segment: u32,
    },
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

/// Verifies `solution` as that of a block by `author` at the slot of `challenge`, with everything before the block as `view` has
/// it. Stateless, no allocation; at production parameters 33 hashes before the proof of space, which takes 127 more.
///
/// # Errors
/// The first of A2 to A9 that does not hold, or a failure of the host.
pub fn verify<V: HistoryRoots>(
    params: &CheckedAuditParams,
    view: &V,
    author: &FarmerId,
    challenge: &AuditChallenge,
    range: SolutionRange,
    solution: &Solution,
) -> Result<Audited, AuditError<V::Error>> {
    // A2: of the block's author, whose signature the host checks.
    if solution.farmer() != *author {
        return Err(InvalidSolution::Author {
            expected: *author,
            found: solution.farmer(),
        }
        .into());
    }
    // A3: a piece that sectors have.
    if solution.offset.0 >= params.sector_pieces {
        return Err(InvalidSolution::Offset {
            pieces: params.sector_pieces,
            found: solution.offset.0,
        }
        .into());
    }
    let sector = solution.sector.id();
    let piece = check_history(params, view, &sector, solution)?;
    // A6: the ticket wins. The mask is a hash of the proof, whether that holds or not.
    let asked = challenge.of(&sector);
    let place = asked.place(params);
    let masked = space::mask(&solution.proof, &solution.chunk);
    let ticket = asked.ticket(&masked);
    if ticket >= range.0 {
        return Err(InvalidSolution::OutOfRange { range, ticket }.into());
    }
    check_chunk(params, view, piece, place, solution)?;
    // A9: the proof of space is one for this sector, piece and place.
    let seed = sector.space_seed(solution.offset);
    space::verify(params.k, &seed, place, &solution.proof).map_err(InvalidSolution::Space)?;
    Ok(Audited {
        farmer: *author,
        sector,
        piece,
        place,
        ticket,
        output: poas_output(challenge, &sector, solution.offset, &masked),
    })
}

/// A4 and A5: history is as long as the sector says, and not too much longer. Returns the piece.
fn check_history<V: HistoryRoots>(
    params: &CheckedAuditParams,
    view: &V,
    sector: &SectorId,
    solution: &Solution,
) -> Result<PieceIndex, AuditError<V::Error>> {
    let segments = view.segments().map_err(AuditError::Host)?;
    let history = solution.history();
    let unknown = InvalidSolution::History {
        segments,
        found: history,
    };
    // A4: plotted from history that there is. An empty one has no pieces.
    if history > segments {
        return Err(unknown.into());
    }
    let piece = sector.piece(params, history, solution.offset).ok_or(unknown)?;
    // A5: once the segment is there that decides it, the sector lives until the length drawn from it.
    if let Some(checkpoint) = checkpoint(params, history).filter(|index| *index < segments.0) {
        let expired = expires_at(params, sector, history, &root(view, checkpoint)?);
        if expired <= segments.0.into() {
            return Err(InvalidSolution::Expired { expired, segments }.into());
        }
    }
    Ok(piece)
}

/// A7 and A8: the chunk stands at `place` of `piece`.
fn check_chunk<V: HistoryRoots>(
    params: &CheckedAuditParams,
    view: &V,
    piece: PieceIndex,
    place: u32,
    solution: &Solution,
) -> Result<(), AuditError<V::Error>> {
    // A7: each path has exactly as many siblings as the tree has levels.
    let leaf = chunk_leaf(&solution.chunk);
    let record = list::fold(place, params.places(), &leaf, &solution.chunk_path);
    let record = record.map_err(InvalidSolution::ChunkPath)?;
    let in_segment = piece.place(params);
    let found = list::fold(
        in_segment,
        params.segment_pieces(),
        &record.0,
        &solution.record_path,
    );
    let found = found.map_err(InvalidSolution::RecordPath)?;
    // A8: they lead to the root that the host has for the piece's segment.
    let expected = root(view, piece.segment(params))?;
    if found != expected {
        return Err(InvalidSolution::Chunk { expected, found }.into());
    }
    Ok(())
}

fn root<V: HistoryRoots>(view: &V, segment: u32) -> Result<ListRoot, AuditError<V::Error>> {
    let root = view.segment_root(segment).map_err(AuditError::Host)?;
    root.ok_or(AuditError::MissingRoot { segment })
}
