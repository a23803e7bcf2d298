//! The storage audit: what decodes as a solution, and which solutions win.

use crate::decode::{exact, fits};
use crate::source::Source;
use decex_core::hash::Hash;
use decex_core::list::ListTree;
use decex_core::{BoundedVec, Digest, Host, ListRoot, Randomness, Slot, label};
use decex_farmer::archive::{extend, record_tree};
use decex_farmer::table::Table;
use decex_storage_audit::{
    AuditChallenge, AuditParams, CheckedAuditParams, Chunk, FarmerId, HistoryRoots, HistorySize,
    MAX_SOLUTION_BYTES, PieceOffset, Sector, Solution, SolutionRange, poas_output, space, verify,
};
use parity_scale_codec::Encode;
use std::convert::Infallible;
use std::sync::LazyLock;

/// One segment of four records of eight chunks; a farmer that plotted one piece of it.
struct World {
    params: CheckedAuditParams,
    records: Vec<Vec<Chunk>>,
    trees: Vec<ListTree>,
    segment: ListTree,
    sector: Sector,
    table: Table,
}

const OFFSET: PieceOffset = PieceOffset(1);

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let params = AuditParams {
        k: 15,
        record_chunks_log2: 3,
        segment_records_log2: 1,
        ..AuditParams::SMALL
    };
    let params = params.check().expect("within bounds");
    let chunk = |record: u8, place: u8| Hash::new(&label::EVIDENCE).chain([record, place]).finish_wide();
    let record = |record| {
        let source: Vec<Chunk> = (0..8).map(|place| chunk(record, place)).collect();
        extend(&params, &source).expect("eight chunks")
    };
    let records: Vec<_> = (0..4).map(record).collect();
    let trees: Vec<_> = records.iter().map(|record| record_tree(record)).collect();
    let segment = ListTree::new(trees.iter().map(|tree| tree.root().0).collect());
    let sector = Sector {
        farmer: FarmerId(Digest([1; 32])),
        index: 0,
        history: HistorySize(1),
    };
    let table = Table::new(params.k, &sector.id().space_seed(OFFSET));
    World {
        params,
        records,
        trees,
        segment,
        sector,
        table,
    }
});

impl Host for World {
    type Error = Infallible;
}

impl HistoryRoots for World {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(1))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok((index == 0).then(|| self.segment.root()))
    }
}

fn challenge(slot: u64) -> AuditChallenge {
    AuditChallenge::new(&Randomness(Digest([2; 32])), Slot(slot))
}

/// What the farmer shows at a slot, if the chunk that is asked for is plotted.
fn honest(slot: u64) -> Option<Solution> {
    let world = &*WORLD;
    let id = world.sector.id();
    let place = challenge(slot).of(&id).place(&world.params);
    let proof = world.table.proof(place)?;
    let record = id
        .piece(&world.params, HistorySize(1), OFFSET)?
        .place(&world.params);
    let path = |tree: &ListTree, leaf| tree.prove(leaf, 1).expect("a leaf").siblings.to_vec();
    Some(Solution {
        sector: world.sector,
        offset: OFFSET,
        chunk: world.records[record as usize][place as usize],
        chunk_path: BoundedVec::new(path(&world.trees[record as usize], place)).expect("short"),
        record_path: BoundedVec::new(path(&world.segment, record)).expect("short"),
        proof: BoundedVec::new(proof).expect("8k bytes"),
    })
}

/// A solution that holds.
pub(crate) fn example() -> Solution {
    (0..).find_map(honest).expect("a plotted chunk")
}

/// A solution as it travels.
pub(crate) fn decode(data: &[u8]) {
    let decoded = exact::<Solution>(data, MAX_SOLUTION_BYTES);
    assert_eq!(Solution::from_bytes(data).ok(), decoded);
    if let Some(solution) = decoded {
        let paths = size_of_val(&solution.chunk_path[..]) + size_of_val(&solution.record_path[..]);
        fits(&solution, paths + solution.proof.len(), data);
    }
}

/// A farmer's solution, changed, in a block of the fuzzer's choice.
pub(crate) fn solution(data: &[u8]) {
    let mut source = Source::new(data);
    let (solved, told) = (u64::from(source.byte()), u64::from(source.byte()));
    let (slot, made) = (solved..)
        .find_map(|slot| Some((slot, honest(slot)?)))
        .expect("a plotted chunk");
    let mut bytes = made.encode();
    source.edit(&mut bytes);
    let Ok(shown) = Solution::from_bytes(&bytes) else {
        return;
    };
    let slot = if told % 4 == 0 { told } else { slot };
    let author = if source.byte() % 8 == 1 {
        FarmerId(Digest([3; 32]))
    } else {
        shown.farmer()
    };
    let asked = challenge(slot).of(&shown.sector.id());
    let masked = space::mask(&shown.proof, &shown.chunk);
    let ticket = asked.ticket(&masked);
    let range = match source.byte() % 4 {
        1 => SolutionRange(ticket),
        2 => SolutionRange(ticket.saturating_add(1)),
        3 => SolutionRange(source.long()),
        _ => SolutionRange(u64::MAX),
    };
    let world = &*WORLD;
    let verdict = verify(&world.params, world, &author, &challenge(slot), range, &shown);
    // Exactly what the farmer of this block has on the disk for this slot, below the range.
    let wins = honest(slot).as_ref() == Some(&shown) && author == shown.farmer() && ticket < range.0;
    assert_eq!(verdict.is_ok(), wins, "{verdict:?}");
    if let Ok(audited) = verdict {
        assert_eq!((audited.ticket(), audited.farmer()), (ticket, author));
        let output = poas_output(&challenge(slot), &shown.sector.id(), shown.offset, &masked);
        assert_eq!(audited.output(), output);
    }
}
