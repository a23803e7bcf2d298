//! A small history, and a farmer that answers for it: real records, real proofs of space, real solutions.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "two test binaries use a part each"
)]

pub mod tables;

use core::cell::Cell;
use decex_farmer::archive;
use decex_storage_audit::decex_core::Host;
use decex_storage_audit::decex_core::codec::BoundedVec;
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::id::{ListRoot, Randomness, Slot};
use decex_storage_audit::decex_core::label;
use decex_storage_audit::decex_core::list::ListTree;
use decex_storage_audit::{
    AuditChallenge, AuditError, AuditParams, Audited, CheckedAuditParams, Chunk, FarmerId, HistoryRoots,
    HistorySize, PieceIndex, PieceOffset, Sector, Solution, SolutionRange, chunk_leaf, space, verify,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use tables::Tables;

/// Records of 32 chunks, segments of two; sectors of 20 pieces, two of them recent.
pub const PARAMS: AuditParams = AuditParams {
    k: 15,
    record_chunks_log2: 5,
    segment_records_log2: 1,
    sector_pieces: 20,
    recent_segments: 1,
    min_lifetime: 3,
};

/// Segments of the history.
pub const SEGMENTS: u32 = 40;

pub fn params() -> CheckedAuditParams {
    PARAMS.check().unwrap()
}

pub fn farmer(name: u8) -> FarmerId {
    FarmerId(Digest([name; 32]))
}

pub fn challenge(slot: u64) -> AuditChallenge {
    AuditChallenge::new(&Randomness(Digest([77; 32])), Slot(slot))
}

/// Bytes that depend on all that is given.
pub fn bytes(parts: &[u64]) -> [u8; 64] {
    let hash = Hash::new(&label::EVIDENCE);
    let hash = parts
        .iter()
        .fold(hash, |hash, part| hash.chain(part.to_le_bytes()));
    hash.finish_wide()
}

/// A segment: its extended records, their trees, and the tree over them.
#[derive(Debug)]
pub struct Segment {
    pub records: Vec<Vec<Chunk>>,
    pub trees: Vec<ListTree>,
    pub tree: ListTree,
}

impl Segment {
    /// The verifier does not see whether parity records are parity: these are as random as the others.
    fn new(number: u64) -> Self {
        let params = params();
        let record = |place: u64| {
            let chunks = 0..u64::from(params.record_chunks());
            let source: Vec<Chunk> = chunks.map(|chunk| bytes(&[number, place, chunk])).collect();
            archive::extend(&params, &source).unwrap()
        };
        let records: Vec<_> = (0..u64::from(params.segment_pieces())).map(record).collect();
        let leaves = |record: &Vec<Chunk>| ListTree::new(record.iter().map(chunk_leaf).collect());
        let trees: Vec<ListTree> = records.iter().map(leaves).collect();
        let tree = ListTree::new(trees.iter().map(|tree| tree.root().0).collect());
        Self { records, trees, tree }
    }
}

/// The whole history.
pub fn history() -> &'static [Segment] {
    static HISTORY: OnceLock<Vec<Segment>> = OnceLock::new();
    HISTORY.get_or_init(|| (0..SEGMENTS.into()).map(Segment::new).collect())
}

/// What a host answers about it: the first `segments` of the roots it knows.
#[derive(Clone, Debug)]
pub struct View {
    pub segments: u32,
    pub roots: BTreeMap<u32, ListRoot>,
    pub broken: bool,
    pub reads: Cell<u32>,
}

impl View {
    pub fn of(segments: u32) -> Self {
        let roots = (0..)
            .zip(history())
            .map(|(index, segment)| (index, segment.tree.root()));
        Self {
            segments,
            roots: roots.take(segments as usize).collect(),
            broken: false,
            reads: Cell::new(0),
        }
    }
}

/// The host's own fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Host for View {
    type Error = Broken;
}

impl HistoryRoots for View {
    fn segments(&self) -> Result<HistorySize, Broken> {
        Ok(HistorySize(self.segments))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Broken> {
        self.reads.set(self.reads.get() + 1);
        if self.broken {
            Err(Broken)
        } else {
            Ok(self.roots.get(&index).copied())
        }
    }
}

/// Tables of a seed, made once in a binary.
pub fn tables(seed: &Digest) -> Arc<Tables> {
    type Cache = Mutex<BTreeMap<Digest, Arc<OnceLock<Arc<Tables>>>>>;
    static CACHE: Cache = Mutex::new(BTreeMap::new());
    let cell = Arc::clone(CACHE.lock().unwrap().entry(*seed).or_default());
    Arc::clone(cell.get_or_init(|| Arc::new(Tables::new(PARAMS.k, seed))))
}

/// The sector that most tests farm: plotted when history had ten segments.
pub fn sector() -> Sector {
    Sector {
        farmer: farmer(1),
        index: 7,
        history: HistorySize(10),
    }
}

/// Its piece that most tests win with.
pub const OFFSET: PieceOffset = PieceOffset(3);

/// A solution with what it is verified against.
#[derive(Clone, Debug)]
pub struct Case {
    pub params: CheckedAuditParams,
    pub view: View,
    pub author: FarmerId,
    pub challenge: AuditChallenge,
    pub range: SolutionRange,
    pub solution: Solution,
}

impl Case {
    pub fn verify(&self) -> Result<Audited, AuditError<Broken>> {
        verify(
            &self.params,
            &self.view,
            &self.author,
            &self.challenge,
            self.range,
            &self.solution,
        )
    }

    /// Asserts that it holds.
    pub fn accepted(&self) {
        let verdict = self.verify();
        assert!(verdict.is_ok(), "{verdict:?}");
    }

    /// The code of the rule that refuses it.
    pub fn code(&self) -> u16 {
        match self.verify() {
            Err(AuditError::Invalid(error)) => error.code(),
            other => panic!("no rule refused: {other:?}"),
        }
    }

    pub fn place(&self) -> u32 {
        self.challenge.of(&self.solution.sector.id()).place(&self.params)
    }

    pub fn piece(&self) -> PieceIndex {
        let (sector, offset) = (self.solution.sector, self.solution.offset);
        sector.id().piece(&self.params, sector.history, offset).unwrap()
    }

    /// The ticket of the solution as it is.
    pub fn ticket(&self) -> u64 {
        let asked = self.challenge.of(&self.solution.sector.id());
        asked.ticket(&space::mask(&self.solution.proof, &self.solution.chunk))
    }

    /// With a range that the ticket of the solution just wins.
    pub fn that_wins(mut self) -> Self {
        self.range = SolutionRange(self.ticket().checked_add(1).unwrap());
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// Returns what the sector's farmer shows of `offset` at `slot`; `None` if the asked place has no proof.
pub fn try_solve(sector: Sector, offset: PieceOffset, slot: u64) -> Option<Case> {
    let (params, challenge) = (params(), challenge(slot));
    let id = sector.id();
    let place = challenge.of(&id).place(&params);
    let proofs = tables(&id.space_seed(offset));
    let proof = proofs.of(place).first()?.clone();
    let piece = id.piece(&params, sector.history, offset)?;
    let (chunk, chunk_path, record_path) = shown(piece, place);
    let case = Case {
        params,
        view: View::of(sector.history.0),
        author: sector.farmer,
        challenge,
        range: SolutionRange(0),
        solution: Solution {
            sector,
            offset,
            chunk,
            chunk_path: BoundedVec::new(chunk_path).unwrap(),
            record_path: BoundedVec::new(record_path).unwrap(),
            proof: BoundedVec::new(proof).unwrap(),
        },
    };
    Some(case.that_wins())
}

/// The chunk at a place of a piece, with its paths.
pub fn shown(piece: PieceIndex, place: u32) -> (Chunk, Vec<Digest>, Vec<Digest>) {
    let params = params();
    let segment = &history()[piece.segment(&params) as usize];
    let record = piece.place(&params);
    (
        segment.records[record as usize][place as usize],
        segment.trees[record as usize]
            .prove(place, 1)
            .unwrap()
            .siblings
            .to_vec(),
        segment.tree.prove(record, 1).unwrap().siblings.to_vec(),
    )
}

/// The first slot from `from` on at which the piece of the usual sector is plotted at the asked place.
pub fn solved_from(from: u64) -> Case {
    (from..)
        .find_map(|slot| try_solve(sector(), OFFSET, slot))
        .unwrap()
}

/// A solution that holds: its ticket is the range's last.
pub fn solved() -> Case {
    solved_from(0)
}

impl Case {
    /// What an adversary does who has all of history: shows the chunk that is asked for, from where it stands.
    pub fn with_history(self) -> Self {
        let (chunk, chunk_path, record_path) = shown(self.piece(), self.place());
        self.with(|case| {
            case.solution.chunk = chunk;
            case.solution.chunk_path = BoundedVec::new(chunk_path).unwrap();
            case.solution.record_path = BoundedVec::new(record_path).unwrap();
        })
    }

    /// With a range that nearly every ticket wins.
    pub fn at_any_ticket(self) -> Self {
        self.with(|case| case.range = SolutionRange(u64::MAX))
    }

    /// With another proof.
    pub fn with_proof(self, proof: &[u8]) -> Self {
        let proof = BoundedVec::new(proof.to_vec()).unwrap();
        self.with(|case| case.solution.proof = proof)
    }

    /// With history as long as this.
    pub fn at(self, segments: u32) -> Self {
        self.with(|case| case.view = View::of(segments))
    }
}
