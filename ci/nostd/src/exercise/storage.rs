//! decex-storage-audit and decex-farmer: a record, its tables, a solution; and that verifying it takes no memory.

use super::holds;
use crate::runtime::allocated;
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_core::list::ListTree;
use decex_core::{BoundedVec, Digest, Host, ListRoot, Randomness, Slot};
use decex_farmer::archive::{extend, record_tree};
use decex_farmer::table::Table;
use decex_storage_audit::{
    AuditChallenge, AuditParams, FarmerId, HistoryRoots, HistorySize, PieceOffset, Sector, Solution,
    SolutionRange, verify,
};

/// The roots of a history of eight equal segments: long enough that the sector's checkpoint is there.
struct Roots(ListRoot);

impl Host for Roots {
    type Error = Infallible;
}

impl HistoryRoots for Roots {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(8))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok((index < 8).then_some(self.0))
    }
}

pub(super) fn audit() -> Result<(), &'static str> {
    let params = AuditParams {
        k: 15,
        record_chunks_log2: 3,
        segment_records_log2: 1,
        ..AuditParams::SMALL
    };
    let params = params.check().map_err(|_| "parameters within bounds")?;
    let record = |number| extend(&params, &[[number; 64]; 8]);
    let records: Option<Vec<_>> = (0..4).map(record).collect();
    let records = records.ok_or("extend a record")?;
    let trees: Vec<ListTree> = records.iter().map(|record| record_tree(record)).collect();
    let segment = ListTree::new(trees.iter().map(|tree| tree.root().0).collect());
    let roots = Roots(segment.root());

    let farmer = FarmerId(Digest([1; 32]));
    let sector = Sector {
        farmer,
        index: 0,
        history: HistorySize(6),
    };
    let (id, offset) = (sector.id(), PieceOffset(0));
    let piece = id.piece(&params, sector.history, offset).ok_or("a piece")?;
    let table = Table::new(params.k, &id.space_seed(offset));
    let solved = |slot| {
        let challenge = AuditChallenge::new(&Randomness(Digest([2; 32])), Slot(slot));
        let place = challenge.of(&id).place(&params);
        Some((challenge, place, table.proof(place)?))
    };
    let (challenge, place, proof) = (0..100).find_map(solved).ok_or("a plotted chunk")?;
    let number = piece.place(&params);
    let path = |tree: &ListTree, leaf| tree.prove(leaf, 1).map(|proof| proof.siblings.to_vec());
    let tree = &trees[number as usize];
    let solution = Solution {
        sector,
        offset,
        chunk: records[number as usize][place as usize],
        chunk_path: path(tree, place).and_then(BoundedVec::new).ok_or("a path")?,
        record_path: path(&segment, number).and_then(BoundedVec::new).ok_or("a path")?,
        proof: BoundedVec::new(proof).ok_or("a proof")?,
    };

    let range = SolutionRange(u64::MAX);
    let before = allocated();
    let verdict = verify(&params, &roots, &farmer, &challenge, range, &solution);
    let thief = FarmerId(Digest([3; 32]));
    let stolen = verify(&params, &roots, &thief, &challenge, range, &solution);
    let lost = verify(&params, &roots, &farmer, &challenge, SolutionRange(0), &solution);
    holds(allocated() == before, "verify without memory")?;
    holds(verdict.is_ok(), "verify a solution")?;
    holds(stolen.is_err() && lost.is_err(), "refuse what did not win")
}
