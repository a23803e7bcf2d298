//! A farmer's sectors: plotted from the history that it has, audited in every slot, plotted again when they expire.

use crate::history::History;
use crate::host::DevHost;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::Slot;
use decex_farmer::plot::{
    CannotMask, Expiry, Finish, MaskedRecord, MemoryFile, Plot, Proven, Staging, best, expiry, mask_record,
    plan,
};
use decex_storage_audit::{
    AuditChallenge, Chunk, FarmerId, HistoryRoots, HistorySize, PieceOffset, Sector, SectorId,
};
use parity_scale_codec::{Decode, Encode};
use std::thread;

/// Segments of history from which on every farmer has twice the space that it began with.
pub const GROWTH: u32 = 4;
/// Between the indices that are tried for a sector: more than a farmer has sectors.
const NEXT_INDEX: u32 = 1 << 16;
/// Bytes of a sector that are held while it is put together.
const MEMORY: u64 = 1 << 20;

/// Returns how many sectors a farmer has when history has this length: 1, 2 or 3 to begin with.
#[must_use]
pub fn allotment(farmer: u32, history: HistorySize) -> u32 {
    let first = farmer.wrapping_rem(3).saturating_add(1);
    if history.0 >= GROWTH {
        first.saturating_mul(2)
    } else {
        first
    }
}

/// What a farmer did, kept for the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct FarmCounts {
    /// Sectors plotted.
    pub plotted: u64,
    /// Sectors given up because they expired.
    pub expired: u64,
    /// Audits: one for each sector and slot.
    pub audits: u64,
    /// Solutions proven, whatever became of the blocks.
    pub solutions: u64,
}

/// A sector in memory.
#[derive(Clone, Debug)]
pub struct Plotted {
    /// Which of the farmer's spaces it fills.
    pub space: u32,
    /// The open plot.
    pub plot: Plot,
    /// Its file.
    pub file: MemoryFile,
}

/// All sectors of a farmer.
#[derive(Debug)]
pub struct Farm {
    index: u32,
    farmer: FarmerId,
    sectors: Vec<Plotted>,
    /// Sectors that came or went since the last save.
    changed: Vec<SectorId>,
}

impl Farm {
    /// Returns a farm without sectors.
    #[must_use]
    pub fn new(setup: &Setup, index: u32) -> Self {
        Self {
            index,
            farmer: setup.farmer(index),
            sectors: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// Takes up a sector that was saved.
    ///
    /// # Errors
    /// When the file is not a plot of this farmer.
    pub fn take(&mut self, setup: &Setup, space: u32, file: MemoryFile) -> Result<(), Problem> {
        let plot = Plot::open(&setup.audit, &self.farmer, &file)
            .map_err(|error| Problem::new("a saved plot", error))?;
        self.sectors.push(Plotted { space, plot, file });
        self.sectors.sort_by_key(|sector| sector.space);
        Ok(())
    }

    /// Returns the sectors, by the space that they fill.
    #[must_use]
    pub fn sectors(&self) -> &[Plotted] {
        &self.sectors
    }

    /// Takes the names of the sectors that came or went since the last call: those that are gone without a file.
    pub fn take_changed(&mut self) -> Vec<(SectorId, Option<&Plotted>)> {
        let changed = std::mem::take(&mut self.changed);
        let sectors = &self.sectors;
        let find = |id: SectorId| (id, sectors.iter().find(|sector| *sector.plot.id() == id));
        changed.into_iter().map(find).collect()
    }

    /// Gives up what expired, and plots what is missing.
    ///
    /// # Errors
    /// When history cannot be read, or plotting fails: a bug, here where files are in memory.
    pub fn tend(
        &mut self,
        setup: &Setup,
        host: &DevHost,
        history: &History,
        counts: &mut FarmCounts,
    ) -> Result<(), Problem> {
        let Ok(length) = host.segments();
        for sector in std::mem::take(&mut self.sectors) {
            let expires = expiry(&setup.audit, host, sector.plot.sector());
            let expires = expires.map_err(|error| Problem::new("the expiry of a sector", error))?;
            if matches!(expires, Expiry::At(at) if at <= length.0.into()) {
                counts.expired = counts.expired.saturating_add(1);
                self.changed.push(*sector.plot.id());
            } else {
                self.sectors.push(sector);
            }
        }
        for space in 0..allotment(self.index, length) {
            if self.sectors.iter().any(|sector| sector.space == space) {
                continue;
            }
            let sector = self.plot(setup, host, history, space, length)?;
            counts.plotted = counts.plotted.saturating_add(1);
            self.changed.push(*sector.plot.id());
            self.sectors.push(sector);
        }
        self.sectors.sort_by_key(|sector| sector.space);
        Ok(())
    }

    fn plot(
        &self,
        setup: &Setup,
        host: &DevHost,
        history: &History,
        space: u32,
        length: HistorySize,
    ) -> Result<Plotted, Problem> {
        let mut sector = Sector {
            farmer: self.farmer,
            index: space,
            history: length,
        };
        let records = loop {
            match mask_all(setup, host, history, &sector)? {
                Ok(records) => break records,
                // Too few places of a record have proofs: another name, other proofs.
                Err(CannotMask::TooFewProofs { .. }) => {
                    sector.index = sector.index.saturating_add(NEXT_INDEX)
                }
                Err(error) => return Err(Problem::new("masking a record", error)),
            }
        };
        let file = put_together(setup, &sector, &records).map_err(|why| Problem::new("plotting", why))?;
        let plot = Plot::open(&setup.audit, &self.farmer, &file);
        let plot = plot.map_err(|error| Problem::new("a new plot", error))?;
        Ok(Plotted { space, plot, file })
    }

    /// Audits all sectors for `slot` on top of the chain that `host` has, and proves the best chunk that wins.
    ///
    /// # Errors
    /// When a plot is damaged, or a solution does not hold: a bug.
    pub fn audit(
        &self,
        host: &DevHost,
        slot: u64,
        counts: &mut FarmCounts,
    ) -> Result<Option<Proven>, Problem> {
        let challenge = AuditChallenge::new(&host.next_randomness(slot), Slot(slot));
        let range = host.audit().range;
        let Ok(length) = host.segments();
        let mut candidates = Vec::new();
        let mut buffer: Vec<Chunk> = Vec::new();
        // A re-organisation may have taken the header back that the newest were plotted after; it comes again.
        let known = |sector: &&Plotted| sector.plot.sector().history <= length;
        for sector in self.sectors.iter().filter(known) {
            counts.audits = counts.audits.saturating_add(1);
            let found = sector.plot.audit(&sector.file, &challenge, range, &mut buffer);
            let found = found.map_err(|error| Problem::new("auditing a plot", error))?;
            candidates.extend(found.first().map(|found| (*sector.plot.id(), *found)));
        }
        let Some((id, candidate)) = best(candidates) else {
            return Ok(None);
        };
        let Some(sector) = self.sectors.iter().find(|sector| *sector.plot.id() == id) else {
            return Ok(None);
        };
        let proven = sector
            .plot
            .prove(&sector.file, host, &challenge, range, &candidate);
        let proven = proven.map_err(|error| Problem::new("proving a chunk", error))?;
        counts.solutions = counts.solutions.saturating_add(1);
        Ok(Some(proven))
    }
}

/// Masks all records of a sector, each on a thread of its own.
fn mask_all(
    setup: &Setup,
    host: &DevHost,
    history: &History,
    sector: &Sector,
) -> Result<Result<Vec<MaskedRecord>, CannotMask>, Problem> {
    let mut work = Vec::new();
    for (offset, index) in (0..).map(PieceOffset).zip(plan(&setup.audit, sector)) {
        let Ok(root) = host.segment_root(index.segment(&setup.audit));
        let found = root.zip(history.piece(index));
        let (root, piece) =
            found.ok_or_else(|| Problem::new("the archive", format!("piece {} is not there", index.0)))?;
        work.push((offset, root, piece));
    }
    let masked: Option<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = work
            .iter()
            .map(|(offset, root, piece)| {
                scope.spawn(|| mask_record(&setup.audit, sector, *offset, root, piece))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().ok()).collect()
    });
    let masked = masked.ok_or_else(|| Problem::new("masking a record", "a thread failed"))?;
    Ok(masked.into_iter().collect())
}

/// Makes the plot of a sector's records.
fn put_together(setup: &Setup, sector: &Sector, records: &[MaskedRecord]) -> Result<MemoryFile, String> {
    let (mut staged, mut file) = (MemoryFile::default(), MemoryFile::default());
    let staging = Staging::open(&setup.audit, sector, &mut staged);
    let mut staging = staging.map_err(|error| error.to_string())?;
    for record in records {
        let stored = staging.store(&mut staged, record);
        stored.map_err(|error| error.to_string())?;
    }
    let mut finish = Finish::begin(&staging, MEMORY).map_err(|error| error.to_string())?;
    while !finish
        .step(&staged, &mut file)
        .map_err(|error| error.to_string())?
        .is_done()
    {}
    Ok(file)
}
