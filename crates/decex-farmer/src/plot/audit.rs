//! Audit a plot: one contiguous read, a ticket for each chunk.

use super::file::PlotFile;
use super::layout::size;
use super::open::{InvalidPlot, Plot, PlotError};
use alloc::vec::Vec;
use decex_storage_audit::{AuditChallenge, Chunk, PieceOffset, SectorChallenge, SectorId, SolutionRange};

/// A chunk whose ticket wins. Orders by ticket, lowest first; then by record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its ticket: below the range.
    pub ticket: u64,
    /// The record that it is of.
    pub offset: PieceOffset,
}

/// A chunk of a run whose ticket wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which chunk of the run.
    pub number: u32,
    /// Its ticket.
    pub ticket: u64,
}

/// Returns the chunks of a run whose tickets are below the range, in the order in which they stand (D20). Costs one hash per chunk,
/// sixteen at a time.
#[must_use]
pub fn audit_run(challenge: &SectorChallenge, run: &[Chunk], range: SolutionRange) -> Vec<Hit> {
    // D20: checksums are left to the proof. Damage can only change which chunk is looked at more closely.
    let mut hits = Vec::new();
    let mut number = 0_u32;
    challenge.tickets(run, |ticket| {
        if ticket < range.0 {
            hits.push(Hit { number, ticket });
        }
        number = number.wrapping_add(1);
    });
    hits
}

impl Plot {
    /// Audits the plot for a slot: returns the records whose chunk at the place that is asked for wins, best first (D20).
    ///
    /// Reads one run: half as many chunks as the sector has records (32 KiB at production parameters), through `buffer`, which can be used
    /// for one plot after the other. If something wins, also reads entries, to find out which record it is of.
    ///
    /// # Errors
    /// When the host fails, or something wins and an entry is damaged (D16).
    pub fn audit<F: PlotFile>(
        &self,
        file: &F,
        challenge: &AuditChallenge,
        range: SolutionRange,
        buffer: &mut Vec<Chunk>,
    ) -> Result<Vec<Candidate>, PlotError<F::Error>> {
        let asked = challenge.of(&self.id);
        let place = asked.place(&self.params);
        self.read_run(file, place, buffer).map_err(PlotError::Host)?;
        let hits = audit_run(&asked, buffer, range);
        let mut candidates = self.name(file, place, &hits)?;
        candidates.sort_unstable();
        Ok(candidates)
    }

    /// Reads the run of a place: the masked chunks there, in order of the records that have one.
    ///
    /// # Errors
    /// When the host fails.
    pub fn read_run<F: PlotFile>(&self, file: &F, place: u32, into: &mut Vec<Chunk>) -> Result<(), F::Error> {
        let (first, end) = self.run(place);
        into.resize(size(end.saturating_sub(first)), [0; 64]);
        file.read(self.layout.chunk_at(first), into.as_flattened_mut())
    }

    /// Finds out which records the hits of a run are of.
    fn name<F: PlotFile>(
        &self,
        file: &F,
        place: u32,
        hits: &[Hit],
    ) -> Result<Vec<Candidate>, PlotError<F::Error>> {
        let mut candidates = Vec::new();
        let mut hits = hits.iter().peekable();
        let mut number = 0_u32;
        for offset in self.layout.offsets() {
            if hits.peek().is_none() {
                break;
            }
            if !self.entry(file, offset)?.places.contains(place) {
                continue;
            }
            if let Some(hit) = hits.next_if(|hit| hit.number == number) {
                let ticket = hit.ticket;
                candidates.push(Candidate { ticket, offset });
            }
            number = number.saturating_add(1);
        }
        // The index counts more chunks than the entries have.
        if hits.peek().is_some() {
            return Err(InvalidPlot::Index.into());
        }
        Ok(candidates)
    }
}

/// Returns the best of the candidates of many sectors: the lowest ticket, and of equal ones that of the lowest sector and record.
#[must_use]
pub fn best(candidates: impl IntoIterator<Item = (SectorId, Candidate)>) -> Option<(SectorId, Candidate)> {
    candidates
        .into_iter()
        .min_by_key(|(sector, candidate)| (candidate.ticket, *sector, candidate.offset))
}
