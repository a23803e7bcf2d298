//! Plots on a disk that fails, or that somebody else wrote: what is damaged is found, and what is forged proves nothing.

use crate::source::Source;
use decex_core::hash::Hash;
use decex_core::{Digest, Host, ListRoot, Randomness, Slot, label};
use decex_farmer::archive::{Archived, Archiver};
use decex_farmer::plot::{
    Candidate, Finish, InvalidPlot, MaskedRecord, MemoryFile, Plot, PlotError, ProveError, Staging, check,
    mask_record, mend, plan, repair_record,
};
use decex_storage_audit::{
    AuditChallenge, AuditParams, CheckedAuditParams, FarmerId, HistoryRoots, HistorySize, PieceOffset,
    Sector, SolutionRange, verify,
};
use std::convert::Infallible;
use std::sync::LazyLock;

/// Records of eight chunks, segments of four pieces, sectors of three.
const PARAMS: AuditParams = AuditParams {
    k: 15,
    record_chunks_log2: 3,
    segment_records_log2: 1,
    sector_pieces: 3,
    recent_segments: 1,
    min_lifetime: 1,
};
pub(crate) const RECORDS: usize = 3;
/// Bytes of a record's chunks.
const CHUNKS: usize = 8 * 64;
const HEADER: usize = 128;
/// Bytes of an entry: root, path of two, checksum of the chunks, a bit for each place, checksum.
const ENTRY: usize = 5 * 32 + 2;
/// Where a plot has its index, its checksums of runs, and its chunks.
const INDEX: usize = HEADER + RECORDS * ENTRY;
const CHECKS: usize = INDEX + PLACES * 2 + 32;
const RUNS: usize = CHECKS + PLACES * 32;
const PLACES: usize = 16;
/// Bytes of a staged record.
pub(crate) const SLOT: usize = ENTRY + CHUNKS;

/// A history of two segments, and a sector that is plotted from it.
pub(crate) struct World {
    pub(crate) params: CheckedAuditParams,
    pub(crate) sector: Sector,
    pub(crate) records: Vec<MaskedRecord>,
    /// All records, staged.
    pub(crate) staged: Vec<u8>,
    pub(crate) plot: Vec<u8>,
    segments: Vec<Archived>,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let params = PARAMS.check().expect("within bounds");
        let mut segments = Vec::new();
        let block: Vec<u8> = (0..2048_u32)
            .map(|at| (at.wrapping_mul(at + 3) >> 3) as u8)
            .collect();
        Archiver::new(&params, 0)
            .add_block(0, &block, |archived| segments.push(archived))
            .expect("a block");
        segments.truncate(2);
        let sector = |index| Sector {
            farmer: FarmerId(Digest([1; 32])),
            index,
            history: HistorySize(2),
        };
        let mask = |sector: Sector| {
            let pieces = (0..).map(PieceOffset).zip(plan(&params, &sector));
            let masked = pieces.map(|(offset, index)| {
                let segment = &segments[index.segment(&params) as usize].segment;
                let piece = segment.piece(index.place(&params)).expect("a piece");
                mask_record(&params, &sector, offset, &segment.root(), &piece).ok()
            });
            Some((sector, masked.collect::<Option<Vec<_>>>()?))
        };
        let (sector, records) = (0..).map(sector).find_map(mask).expect("a sector with proofs");
        let mut staged = MemoryFile::default();
        let mut staging = Staging::open(&params, &sector, &mut staged).expect("empty");
        for record in &records {
            let _ = staging.store(&mut staged, record).expect("its record");
        }
        let mut plot = MemoryFile::default();
        let mut finish = Finish::begin(&staging, 1 << 20).expect("all are there");
        while !finish.step(&staged, &mut plot).expect("sound").is_done() {}
        assert_eq!(
            (staged.0.len(), plot.0.len()),
            (RECORDS * SLOT, RUNS + RECORDS * CHUNKS)
        );
        Self {
            params,
            sector,
            records,
            staged: staged.0,
            plot: plot.0,
            segments,
        }
    }

    /// The root of the segment that a record of a sector is of.
    fn root(&self, sector: &Sector, offset: PieceOffset) -> ListRoot {
        let index = plan(&self.params, sector)[usize::from(offset.0)];
        self.segments[index.segment(&self.params) as usize].segment.root()
    }
}

impl Host for World {
    type Error = Infallible;
}

impl HistoryRoots for World {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(2))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        let found = self.segments.get(index as usize);
        Ok(found.map(|archived| archived.segment.root()))
    }
}

/// The checksum of a part of a plot, as anybody can make it.
fn checksum(identity: &[u8], kind: u8, number: usize, content: &[u8]) -> [u8; 32] {
    let hash = Hash::new(&label::PLOT_CHECKSUM).chain(identity).chain([kind]);
    hash.chain((number as u32).to_le_bytes())
        .chain(content)
        .finish()
        .0
}

/// Writes behind a part the checksum that it should have.
fn seal(identity: &[u8], kind: u8, number: usize, part: &mut [u8]) {
    let (content, check) = part.split_at_mut(part.len() - 32);
    check.copy_from_slice(&checksum(identity, kind, number, content));
}

/// Writes into an entry that its record has these chunks, and seals it.
fn seal_entry(identity: &[u8], number: usize, entry: &mut [u8], chunks: &[u8]) {
    entry[96..128].copy_from_slice(&checksum(identity, 2, number, chunks));
    seal(identity, 1, number, entry);
}

/// Whether a record has a chunk at a place, as its entry has it.
fn has(entry: &[u8], place: usize) -> bool {
    entry[128 + place / 8] >> (place % 8) & 1 == 1
}

/// Both bytes of a record's map, each with where it stands, changed so that one chunk counts as the next place's. No
/// chunk stands elsewhere for that.
pub(crate) fn moved_place() -> Vec<(u16, u8)> {
    let map = |number: usize| &WORLD.plot[HEADER + number * ENTRY..][..ENTRY];
    for number in 0..RECORDS {
        for place in 0..PLACES - 1 {
            let stays = (number + 1..RECORDS).all(|after| !has(map(after), place))
                && (0..number).all(|before| !has(map(before), place + 1));
            if has(map(number), place) && !has(map(number), place + 1) && stays {
                let mut entry = map(number).to_vec();
                entry[128 + place / 8] ^= 1 << (place % 8);
                entry[128 + (place + 1) / 8] ^= 1 << ((place + 1) % 8);
                let at = HEADER + number * ENTRY + 128;
                return vec![(at as u16, entry[128]), (at as u16 + 1, entry[129])];
            }
        }
    }
    Vec::new()
}

/// Makes all checksums of a plot hold, whatever they are of.
fn forge(plot: &mut [u8]) {
    let identity = checksum(&[0; 32], 0, 0, &plot[..96]);
    plot[96..HEADER].copy_from_slice(&identity);
    let entry = |number: usize| HEADER + number * ENTRY..HEADER + (number + 1) * ENTRY;
    let mut records = vec![Vec::new(); RECORDS];
    let mut counts = Vec::new();
    let mut at = RUNS;
    for place in 0..PLACES {
        let from = at;
        for (number, record) in records.iter_mut().enumerate() {
            if has(&plot[entry(number)], place) && at < plot.len() {
                record.extend_from_slice(&plot[at..at + 64]);
                at += 64;
            }
        }
        counts.extend((((at - from) / 64) as u16).to_le_bytes());
        let check = checksum(&identity, 4, place, &plot[from..at]);
        plot[CHECKS + place * 32..][..32].copy_from_slice(&check);
    }
    plot[INDEX..INDEX + PLACES * 2].copy_from_slice(&counts);
    seal(&identity, 3, 0, &mut plot[INDEX..CHECKS]);
    for (number, record) in records.iter().enumerate() {
        seal_entry(&identity, number, &mut plot[entry(number)], record);
    }
}

/// Makes all checksums of staged records hold.
pub(crate) fn forge_staged(file: &mut [u8]) {
    let identity = &WORLD.plot[96..HEADER];
    for (number, slot) in file.chunks_exact_mut(SLOT).enumerate() {
        let (entry, chunks) = slot.split_at_mut(ENTRY);
        seal_entry(identity, number, entry, chunks);
    }
}

/// A file in memory never fails where the file is what was asked for.
pub(crate) fn invalid<E: std::fmt::Debug>(error: PlotError<E>) -> InvalidPlot {
    match error {
        PlotError::Invalid(reason) => reason,
        PlotError::Host(error) => panic!("read where nothing is: {error:?}"),
    }
}

/// Audits the plot at a slot, and proves a candidate. A solution that is handed out holds.
fn prove(source: &mut Source<'_>, plot: &Plot, file: &MemoryFile) {
    let world = &*WORLD;
    let challenge = AuditChallenge::new(&Randomness(Digest([2; 32])), Slot(source.byte().into()));
    let range = SolutionRange(u64::MAX >> (source.byte() % 4));
    let found = match plot.audit(file, &challenge, range, &mut Vec::new()) {
        Ok(found) => found,
        Err(error) => {
            assert_ne!(file.0, world.plot, "damage in a sound plot: {error:?}");
            let _ = invalid(error);
            Vec::new()
        }
    };
    assert!(found.is_sorted() && found.iter().all(|one| one.ticket < range.0));
    let other = Candidate {
        ticket: 0,
        offset: PieceOffset((source.byte() % 4).into()),
    };
    let candidate = found.first().unwrap_or(&other);
    match plot.prove(file, world, &challenge, range, candidate) {
        Ok(proven) => {
            let solution = &proven.solution;
            let verdict = verify(
                &world.params,
                world,
                &world.sector.farmer,
                &challenge,
                range,
                solution,
            );
            assert_eq!(verdict, Ok(proven.audited));
            assert_eq!(
                (solution.sector, solution.offset),
                (*plot.sector(), candidate.offset)
            );
        }
        Err(ProveError::Plot(error)) => {
            assert_ne!(file.0, world.plot, "damage in a sound plot: {error:?}");
            let _ = invalid(error);
        }
        Err(ProveError::Invalid(reason)) => {
            let is_found = found.contains(candidate);
            assert!(file.0 != world.plot || !is_found, "{reason:?}");
        }
        Err(ProveError::NotStored { .. }) => assert!(found.is_empty(), "it was found there"),
        Err(error) => panic!("the view has all roots: {error:?}"),
    }
}

/// Checks and repairs until the plot is sound: then it is the right one, whatever it was.
fn repair(mut file: MemoryFile, is_forged: bool) {
    let world = &*WORLD;
    let (params, sector) = (&world.params, &world.sector);
    for round in 0.. {
        assert!(round < 3, "repair goes on for ever");
        let before = file.clone();
        let report = match check(params, sector, &file) {
            Ok(report) => report,
            Err(error) => {
                let reason = invalid(error);
                assert!(is_forged, "{reason:?}, and it is damage");
                let refused = repair_record(params, sector, &mut file, &world.records[0]);
                assert_eq!(refused.map_err(invalid), Err(reason));
                assert_eq!(mend(params, sector, &mut file).map_err(invalid), Err(reason));
                assert_eq!(file, before, "a plot that somebody may want");
                return;
            }
        };
        if report.is_sound() && (!is_forged || round == 2) {
            break;
        }
        let replot: Vec<usize> = if is_forged {
            // No checksum tells what is forged: all records again.
            (0..RECORDS).collect()
        } else {
            report.to_replot().map(|offset| offset.0.into()).collect()
        };
        let mended = mend(params, sector, &mut file).map_err(invalid);
        if !replot.is_empty() && !is_forged {
            assert_eq!(mended, Ok(report), "records come first");
            assert_eq!(file, before, "a checksum over damage");
        }
        for number in replot {
            repair_record(params, sector, &mut file, &world.records[number])
                .map_err(invalid)
                .expect("its record");
        }
        let _ = mend(params, sector, &mut file)
            .map_err(invalid)
            .expect("its plot");
    }
    assert!(file.0 == world.plot, "repaired to another plot");
}

/// A plot that the script changes: by damage, or with checksums that hold.
pub(crate) fn open(data: &[u8]) {
    let mut source = Source::new(data);
    let world = &*WORLD;
    let how = source.byte() % 4;
    let mut bytes = world.plot.clone();
    if how == 3 {
        bytes = source.rest().to_vec();
    } else {
        source.edit(&mut bytes);
    }
    let is_forged = how == 2;
    // Tables take all of the time.
    let is_deep = source.byte() % 4 == 1;
    if is_forged {
        bytes.resize(world.plot.len(), 0);
        forge(&mut bytes);
    }
    let file = MemoryFile(bytes);
    let is_right = file.0 == world.plot;
    let is_sound = match check(&world.params, &world.sector, &file) {
        Ok(report) => report.is_sound(),
        Err(error) => {
            let _ = invalid(error);
            false
        }
    };
    assert!(is_sound || !is_right, "the right plot is not sound");
    assert!(
        is_right || is_forged || !is_sound,
        "damage that no checksum finds"
    );
    match Plot::open(&world.params, &world.sector.farmer, &file).map_err(invalid) {
        Ok(plot) => {
            if is_deep {
                prove(&mut source, &plot, &file);
            }
            if is_deep && is_forged && !is_right && is_sound {
                let offsets = (0..RECORDS as u16).map(PieceOffset);
                let holds = |offset| {
                    let root = world.root(plot.sector(), offset);
                    let verdict = plot.verify_record(&file, offset, &root).map_err(invalid);
                    verdict.is_ok()
                };
                assert!(
                    !offsets.into_iter().all(holds),
                    "another plot of the same records"
                );
            }
        }
        Err(reason) => assert!(!is_sound, "{reason:?}"),
    }
    repair(file, is_forged);
}
