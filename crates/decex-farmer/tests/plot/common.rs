//! A tiny history and a sector plotted from it.

use decex_farmer::archive::{Piece, extend, record_tree};
use decex_farmer::plot::{Finish, MaskedRecord, MemoryFile, Plot, PlotFile, Staging, mask_record, plan};
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::id::{ListRoot, Randomness, Slot};
use decex_storage_audit::decex_core::list::ListTree;
use decex_storage_audit::decex_core::{Host, label};
use decex_storage_audit::{
    AuditChallenge, AuditParams, CheckedAuditParams, Chunk, FarmerId, HistoryRoots, HistorySize, PieceIndex,
    PieceOffset, Sector,
};
use std::convert::Infallible;
use std::sync::OnceLock;

/// Records of 16 chunks, segments of 4 pieces, sectors of 3.
pub(crate) const PARAMS: AuditParams = AuditParams {
    k: 15,
    record_chunks_log2: 4,
    segment_records_log2: 1,
    sector_pieces: 3,
    recent_segments: 1,
    min_lifetime: 1,
};

pub(crate) fn params() -> CheckedAuditParams {
    PARAMS.check().unwrap()
}

/// Segments, each a list of pieces.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) segments: Vec<(ListRoot, Vec<Piece>)>,
}

impl History {
    pub(crate) fn new(params: &CheckedAuditParams, segments: u32) -> Self {
        let segment = |segment: u32| {
            let record = |piece: u32| -> Vec<Chunk> {
                let chunk = |chunk: u32| {
                    let seed = Hash::new(&label::ARCHIVE_CHUNK);
                    seed.chain([segment, piece, chunk].map(u32::to_le_bytes).as_flattened())
                        .finish_wide()
                };
                (0..params.record_chunks()).map(chunk).collect()
            };
            // Parity of records is another test's: here every piece is a record of its own.
            let records: Vec<_> = (0..params.segment_pieces()).map(record).collect();
            let root = |record: &Vec<Chunk>| record_tree(&extend(params, record).unwrap()).root().0;
            let tree = ListTree::new(records.iter().map(root).collect());
            let pieces = (0..).zip(records).map(|(place, record)| Piece {
                record,
                path: tree.prove(place, 1).unwrap().siblings.into_inner(),
            });
            (tree.root(), pieces.collect())
        };
        Self {
            segments: (0..segments).map(segment).collect(),
        }
    }

    pub(crate) fn piece(&self, params: &CheckedAuditParams, index: PieceIndex) -> (&ListRoot, &Piece) {
        let (root, pieces) = &self.segments[index.segment(params) as usize];
        (root, &pieces[index.place(params) as usize])
    }
}

impl Host for History {
    type Error = Infallible;
}

impl HistoryRoots for History {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(self.segments.len() as u32))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok(self.segments.get(index as usize).map(|(root, _)| *root))
    }
}

pub(crate) fn sector(farmer: u8, index: u32) -> Sector {
    Sector {
        farmer: FarmerId(Digest([farmer; 32])),
        index,
        history: HistorySize(2),
    }
}

pub(crate) fn challenge(slot: u64) -> AuditChallenge {
    AuditChallenge::new(&Randomness(Digest([5; 32])), Slot(slot))
}

/// A history, a sector that can be plotted from it, its records, and the finished plot.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) params: CheckedAuditParams,
    pub(crate) history: History,
    pub(crate) sector: Sector,
    pub(crate) records: Vec<MaskedRecord>,
    pub(crate) plot: MemoryFile,
}

impl World {
    pub(crate) fn new(farmer: u8) -> Self {
        Self::of(params(), farmer)
    }

    /// Plots the farmer's first sector that can be.
    pub(crate) fn of(params: CheckedAuditParams, farmer: u8) -> Self {
        let history = History::new(&params, 2);
        let plotted = (0..).find_map(|index| {
            let sector = sector(farmer, index);
            Some((sector, mask_all(&params, &history, &sector)?))
        });
        let (sector, records) = plotted.unwrap();
        let mut staged = MemoryFile::default();
        let mut staging = Staging::open(&params, &sector, &mut staged).unwrap();
        for record in &records {
            let _ = staging.store(&mut staged, record).unwrap();
        }
        let mut plot = MemoryFile::default();
        finish(&staging, &staged, &mut plot, 1 << 20).unwrap();
        Self {
            params,
            history,
            sector,
            records,
            plot,
        }
    }

    pub(crate) fn open(&self) -> Plot {
        Plot::open(&self.params, &self.sector.farmer, &self.plot).unwrap()
    }

    /// Returns the bytes of a record masked again.
    pub(crate) fn mask(&self, offset: PieceOffset) -> MaskedRecord {
        self.records[usize::from(offset.0)].clone()
    }

    /// Returns the masked chunk of a record at a place, if it has one there.
    pub(crate) fn masked(&self, offset: u16, place: u32) -> Option<Chunk> {
        let record = &self.records[usize::from(offset)];
        let number = record.places().position(|at| at == place)?;
        Some(record.chunks()[number])
    }

    pub(crate) fn offsets(&self) -> impl Iterator<Item = u16> + use<> {
        0..self.params.sector_pieces
    }
}

/// Masks all records of a sector, or `None` if it cannot be plotted.
pub(crate) fn mask_all(
    params: &CheckedAuditParams,
    history: &History,
    sector: &Sector,
) -> Option<Vec<MaskedRecord>> {
    let pieces = (0..).map(PieceOffset).zip(plan(params, sector));
    let masked = pieces.map(|(offset, index)| {
        let (root, piece) = history.piece(params, index);
        mask_record(params, sector, offset, root, piece).ok()
    });
    masked.collect()
}

/// Takes all steps.
pub(crate) fn finish<F: PlotFile>(
    staging: &Staging,
    staged: &F,
    plot: &mut F,
    memory: u64,
) -> Result<(), decex_farmer::plot::StagingError<F::Error>> {
    let mut finish = Finish::begin(staging, memory)?;
    let mut last = 0;
    loop {
        let progress = finish.step(staged, plot)?;
        assert!(progress.done > last, "every step goes on");
        last = progress.done;
        if progress.is_done() {
            return Ok(());
        }
    }
}

/// One world for all tests: tables are what takes time.
pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(1))
}

/// Another farmer's, of the same history.
pub(crate) fn other() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(2))
}
