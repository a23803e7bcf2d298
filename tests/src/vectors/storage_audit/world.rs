//! A history of eight small segments, and a farmer with one sector of it.

use super::write_params;
use crate::vectors::json::{number, scale, scales};
use decex_core::hash::Hash;
use decex_core::list::ListTree;
use decex_core::{BoundedVec, Digest, ListRoot, Randomness, Slot, label};
use decex_farmer::archive::{extend, record_tree};
use decex_farmer::table::Table;
use decex_storage_audit::{
    AuditChallenge, AuditParams, CheckedAuditParams, Chunk, FarmerId, HistorySize, PieceOffset, Sector,
    Solution, SolutionRange, checkpoint, expires_at, space,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(super) const PARAMS: AuditParams = AuditParams {
    k: 15,
    record_chunks_log2: 3,
    segment_records_log2: 1,
    sector_pieces: 12,
    recent_segments: 1,
    min_lifetime: 1,
};

pub(super) const RANDOMNESS: Randomness = Randomness(Digest([9; 32]));
pub(super) const OFFSET: PieceOffset = PieceOffset(3);

/// Eight segments of extended records. Parity among records is not looked at by any rule A.
static HISTORY: LazyLock<Vec<Vec<Vec<Chunk>>>> = LazyLock::new(|| {
    let chunk = |segment: u8, record: u8, place: u8| {
        Hash::new(&label::EVIDENCE)
            .chain([segment, record, place])
            .finish_wide()
    };
    let record = |segment, record| {
        let source: Vec<Chunk> = (0..8).map(|place| chunk(segment, record, place)).collect();
        extend(&params(), &source).expect("eight chunks")
    };
    (0..8)
        .map(|segment| (0..4).map(|number| record(segment, number)).collect())
        .collect()
});

pub(super) fn params() -> CheckedAuditParams {
    PARAMS.check().expect("parameters that pass")
}

fn segment_tree(segment: usize) -> ListTree {
    ListTree::new(
        HISTORY[segment]
            .iter()
            .map(|record| record_tree(record).root().0)
            .collect(),
    )
}

/// A solution and what it is judged by.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) author: FarmerId,
    pub(super) slot: u64,
    pub(super) range: SolutionRange,
    pub(super) roots: Vec<ListRoot>,
    pub(super) solution: Solution,
}

/// Where the sector expires, and a sector of two segments that expires there.
pub(super) fn sector() -> (Sector, usize) {
    let history = HistorySize(2);
    let at = checkpoint(&params(), history).expect("a segment");
    let root = segment_tree(usize::try_from(at).expect("small")).root();
    let expiring = |index| {
        let sector = Sector {
            farmer: FarmerId(Digest([1; 32])),
            index,
            history,
        };
        (sector, expires_at(&params(), &sector.id(), history, &root))
    };
    let (sector, expires) = (0..)
        .map(expiring)
        .find(|(_, expires)| *expires == 6)
        .expect("one in six");
    (sector, usize::try_from(expires).expect("small"))
}

impl Case {
    /// What holds at the range that its ticket is the last of.
    pub(super) fn holds() -> Self {
        let (sector, expires) = sector();
        let id = sector.id();
        let table = Table::new(PARAMS.k, &id.space_seed(OFFSET));
        let solved = |slot| {
            let place = AuditChallenge::new(&RANDOMNESS, Slot(slot))
                .of(&id)
                .place(&params());
            Some((slot, place, table.proof(place)?))
        };
        let (slot, place, proof) = (0..).find_map(solved).expect("a plotted place");
        let piece = id
            .piece(&params(), sector.history, OFFSET)
            .expect("there is history");
        let segment = usize::try_from(piece.segment(&params())).expect("small");
        let record = usize::try_from(piece.place(&params())).expect("small");
        let chunks = &HISTORY[segment][record];
        let path = |tree: ListTree, leaf| tree.prove(leaf, 1).expect("a leaf").siblings.to_vec();
        let record_path = path(segment_tree(segment), piece.place(&params()));
        let case = Self {
            author: sector.farmer,
            slot,
            range: SolutionRange(0),
            roots: (0..expires - 1)
                .map(|segment| segment_tree(segment).root())
                .collect(),
            solution: Solution {
                sector,
                offset: OFFSET,
                chunk: chunks[usize::try_from(place).expect("small")],
                chunk_path: BoundedVec::new(path(record_tree(chunks), place)).expect("four siblings"),
                record_path: BoundedVec::new(record_path).expect("two siblings"),
                proof: BoundedVec::new(proof).expect("120 bytes"),
            },
        };
        case.that_wins()
    }

    pub(super) fn ticket(&self) -> u64 {
        let asked = AuditChallenge::new(&RANDOMNESS, Slot(self.slot)).of(&self.solution.sector.id());
        asked.ticket(&space::mask(&self.solution.proof, &self.solution.chunk))
    }

    /// At the range that its ticket is the last of.
    pub(super) fn that_wins(mut self) -> Self {
        self.range = SolutionRange(self.ticket() + 1);
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Another root for the history as it grows by one segment.
    pub(super) fn grown(self) -> Self {
        self.with(|case| case.roots.push(segment_tree(case.roots.len()).root()))
    }

    pub(super) fn given(&self) -> Value {
        json!({
            "params": write_params(&PARAMS),
            "roots": scales(&self.roots),
            "author": scale(&self.author),
            "randomness": scale(&RANDOMNESS),
            "slot": self.slot,
            "range": number(self.range.0),
        })
    }

    pub(super) fn when(&self) -> Value {
        json!({ "solution": scale(&self.solution) })
    }
}
