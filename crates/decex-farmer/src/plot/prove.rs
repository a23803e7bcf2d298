//! Make a solution of a winning chunk.

use super::audit::Candidate;
use super::file::PlotFile;
use super::layout::size;
use super::open::{InvalidPlot, Plot, PlotError};
use decex_core::codec::BoundedVec;
use decex_storage_audit::{
    AuditChallenge, AuditError, Audited, HistoryRoots, InvalidSolution, PieceOffset, Solution, SolutionRange,
    verify,
};

/// A solution, and what the verifier says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Proven {
    /// The solution.
    pub solution: Solution,
    /// What follows from it.
    pub audited: Audited,
}

/// Why there is no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<F, V> {
    /// What the plot stores of the record is damaged; repair it.
    #[error(transparent)]
    Plot(PlotError<F>),
    /// D20: the record has no chunk at the place that is asked for: the candidate is another slot's or another sector's.
    #[error("record {} has no chunk at place {place}", offset.0)]
    NotStored {
        /// The record.
        offset: PieceOffset,
        /// The place.
        place: u32,
    },
    /// D21: the solution does not pass the verifier: the sector has expired, the range is another, or the ticket was that of a damaged
    /// chunk. It is not handed out.
    #[error("the solution does not hold: {0}")]
    Invalid(InvalidSolution),
    /// The host's history lacks a root that it must have.
    #[error("the host has no root for segment {segment} of its history")]
    MissingRoot {
        /// Which segment.
        segment: u32,
    },
    /// The host failed to tell of its history.
    #[error("the host failed")]
    History(V),
}

impl<F, V> From<InvalidPlot> for ProveError<F, V> {
    fn from(error: InvalidPlot) -> Self {
        Self::Plot(error.into())
    }
}

impl Plot {
    /// Makes the solution of a candidate, and verifies it as any node will (D21): with `view` as it stands before the block.
    ///
    /// # Errors
    /// When what is stored of the record is damaged (D16, D17, D19), the solution does not hold (D21), or a host fails.
    pub fn prove<F: PlotFile, V: HistoryRoots>(
        &self,
        file: &F,
        view: &V,
        challenge: &AuditChallenge,
        range: SolutionRange,
        candidate: &Candidate,
    ) -> Result<Proven, ProveError<F::Error, V::Error>> {
        let offset = candidate.offset;
        let place = challenge.of(&self.id).place(&self.params);
        // D20: before the expensive part.
        let is_stored = offset.0 < self.layout.pieces
            && self
                .entry(file, offset)
                .map_err(ProveError::Plot)?
                .places
                .contains(place);
        if !is_stored {
            return Err(ProveError::NotStored { offset, place });
        }
        let restored = self.restore(file, offset).map_err(ProveError::Plot)?;
        let other = InvalidPlot::Record { offset };
        let chunk = *restored.extended.get(size(place)).ok_or(other)?;
        let path = restored.tree.prove(place, 1).ok_or(other)?;
        let proof = restored.table.proof(place).ok_or(other)?;
        let solution = Solution {
            sector: self.sector,
            offset,
            chunk,
            chunk_path: BoundedVec::new(path.siblings.into_inner()).ok_or(other)?,
            record_path: BoundedVec::new(restored.entry.path).ok_or(other)?,
            proof: BoundedVec::new(proof).ok_or(other)?,
        };
        // D21: what any node will check.
        let verdict = verify(
            &self.params,
            view,
            &self.sector.farmer,
            challenge,
            range,
            &solution,
        );
        match verdict {
            Ok(audited) => Ok(Proven { solution, audited }),
            Err(AuditError::Invalid(rule)) => Err(ProveError::Invalid(rule)),
            Err(AuditError::MissingRoot { segment }) => Err(ProveError::MissingRoot { segment }),
            Err(AuditError::Host(error)) => Err(ProveError::History(error)),
        }
    }
}
