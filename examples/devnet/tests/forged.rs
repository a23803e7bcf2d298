//! Blocks that were not won, or do not carry the headers that are due: no node follows, and no node changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use decex_core::Slot;
use decex_election::{InvalidSignature, Keypair};
use decex_evm::EvmEngine;
use decex_storage_audit::{
    AuditChallenge, AuditParams, HistoryRoots, InvalidSolution, Solution, SolutionRange,
};
use devnet::args::Lie;
use devnet::audit::InvalidBlock;
use devnet::block::{Block, Origin, farmer_id};
use devnet::farm::Plotted;
use devnet::feed::{DEMO, Feed, GenesisFile};
use devnet::host::DevHost;
use devnet::import::Import;
use devnet::node::Node;
use devnet::retrace::{bring_back, retrace};
use devnet::setup::{AUDIT, Setup};
use devnet::simulation::{Cast, Simulation};
use std::sync::OnceLock;

const CAST: Cast = Cast {
    farmers: 2,
    operators: 2,
    lie: Lie::None,
    lie_at: 1,
};

/// Segments of a quarter of the devnet's, so that history soon grows and sectors expire.
const QUICK: AuditParams = AuditParams {
    segment_records_log2: 1,
    record_chunks_log2: 7,
    min_lifetime: 1,
    ..AUDIT
};

/// An honest chain, with blocks that carry headers, until a sector of a farmer has expired.
struct Course {
    setup: Setup,
    blocks: Vec<Block>,
    /// A sector that has expired, and the chain before it had.
    expired: (Plotted, DevHost),
}

fn course() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(|| {
        let genesis = GenesisFile::shipped().unwrap();
        let engine = EvmEngine::new(genesis.config());
        let state = decex_evm::genesis(&genesis.allocations()).unwrap();
        let setup = Setup::with_audit(3, engine, state, CAST.operators, CAST.farmers, QUICK).unwrap();
        let feed = Feed::read(DEMO, genesis.chain_id).unwrap().transactions;
        let mut run = Simulation::new(setup.clone(), CAST, feed).unwrap();
        let mut younger = run.nodes[0].chain.host().clone();
        let expired = loop {
            let node = &run.nodes[0];
            let before = (node.farm.sectors().to_vec(), node.chain.host().clone());
            run.step().unwrap();
            let node = &run.nodes[0];
            // The last state in which the history was shorter: the farmer clears away some blocks after that.
            if node.chain.host().audit().segments > before.1.audit().segments {
                younger = before.1;
            }
            let gone = before.0.into_iter().find(|sector| {
                let there = |other: &Plotted| other.plot.id() == sector.plot.id();
                !node.farm.sectors().iter().any(there)
            });
            if let Some(gone) = gone {
                break (gone, younger);
            }
            assert!(run.slot < 1_000, "nothing expires");
        };
        let blocks = run.nodes[0].blocks().into_iter().cloned().collect();
        Course {
            setup,
            blocks,
            expired,
        }
    })
}

impl Course {
    /// A node that has followed the first blocks, genesis included.
    fn node(&self, blocks: usize) -> Node {
        let mut node = Node::new(&self.setup, 0, Vec::new()).unwrap();
        for block in &self.blocks[1..blocks] {
            let import = node.import(&self.setup, block.clone(), block.slot).unwrap();
            assert!(matches!(import, Import::Extended(_)), "{import:?}");
        }
        node
    }

    /// The farmers' keys.
    fn key(&self, block: &Block) -> Keypair {
        let Origin::Won { farmer, .. } = &block.origin else {
            panic!("genesis");
        };
        let keys = (0..CAST.farmers).map(|index| self.setup.farmer_keypair(index));
        keys.into_iter().find(|key| key.key() == farmer).unwrap()
    }

    /// Imports a block that must be refused, and compares the node with what it was.
    fn refused(&self, node: &mut Node, block: Block, now: u64) -> InvalidBlock {
        let before = portrait(node);
        let import = node.import(&self.setup, block, now).unwrap();
        let Import::Refused(why) = import else {
            panic!("{import:?}");
        };
        assert_eq!(portrait(node), before, "{why}");
        why
    }

    /// A node before an honest block with (or without) headers, and the block.
    fn before(&self, with_headers: bool) -> (Node, Block) {
        let found = self.blocks.iter().enumerate().skip(4);
        let mut found = found.filter(|(_, block)| block.headers.is_empty() != with_headers);
        let (place, block) = found.next().unwrap();
        (self.node(place), block.clone())
    }

    /// Changes a block and seals it again, as its farmer can.
    fn forge(&self, block: &Block, change: impl FnOnce(&mut Block)) -> Block {
        let key = self.key(block);
        let mut forged = block.clone();
        change(&mut forged);
        forged.sign(&key);
        forged
    }
}

/// Everything of a node that a block could change.
fn portrait(node: &Node) -> String {
    let branch: Vec<_> = node.branch.iter().map(|applied| applied.hash).collect();
    let known: Vec<_> = node.known.keys().collect();
    let history = node.chain.host().segments().unwrap();
    format!("{:?}", (node.chain.host(), branch, known, &node.memory, history))
}

fn solution(block: &mut Block) -> &mut Solution {
    match &mut block.origin {
        Origin::Won { solution, .. } => solution,
        Origin::Genesis(_) | Origin::Ordered { .. } => panic!("not won"),
    }
}

#[test]
fn what_is_forged_here_is_valid_before() {
    let course = course();
    for with_headers in [false, true] {
        let (mut node, block) = course.before(with_headers);
        let again = course.forge(&block, |_| {});
        assert_eq!(again, block);
        let import = node.import(&course.setup, block.clone(), block.slot).unwrap();
        assert!(matches!(import, Import::Extended(_)));
    }
}

#[test]
fn a_block_is_its_farmers() {
    let course = course();
    let (mut node, block) = course.before(false);
    // Changed without the key.
    let mut changed = block.clone();
    changed.proofs.push(Vec::new());
    let why = course.refused(&mut node, changed, block.slot);
    assert_eq!(why, InvalidBlock::Seal(InvalidSignature::Mismatch));
    // Another farmer takes the solution for a block of its own.
    let thief = (0..CAST.farmers).map(|index| course.setup.farmer_keypair(index));
    let thief = thief
        .into_iter()
        .find(|key| key.key() != course.key(&block).key())
        .unwrap();
    let mut stolen = block.clone();
    if let Origin::Won { farmer, .. } = &mut stolen.origin {
        *farmer = *thief.key();
    }
    stolen.sign(&thief);
    let why = course.refused(&mut node, stolen.clone(), block.slot);
    let expected = InvalidSolution::Author {
        expected: farmer_id(thief.key()),
        found: farmer_id(course.key(&block).key()),
    };
    assert_eq!(why, InvalidBlock::Solution(expected));
    // And says that the sector is its own: another sector, other challenges, proofs and pieces.
    solution(&mut stolen).sector.farmer = farmer_id(thief.key());
    stolen.sign(&thief);
    let why = course.refused(&mut node, stolen, block.slot);
    assert!(matches!(why, InvalidBlock::Solution(_)), "{why}");
}

#[test]
fn a_block_that_nobody_won_is_none() {
    let course = course();
    let (mut node, block) = course.before(false);
    let ordered = Block {
        origin: Origin::Ordered {
            leader: 0,
            digest: block.parent.0,
        },
        ..block.clone()
    };
    let why = course.refused(&mut node, ordered, block.slot);
    assert_eq!(why, InvalidBlock::NotWon);
}

#[test]
fn a_solution_is_for_one_slot_and_one_block() {
    let course = course();
    let (mut node, block) = course.before(false);
    // Another slot asks something else.
    for later in 1..4 {
        let stale = course.forge(&block, |block| block.slot += later);
        let why = course.refused(&mut node, stale, block.slot + later);
        assert!(matches!(why, InvalidBlock::Solution(_)), "{why}");
    }
    // A slot that has not come, even if it is won.
    let why = course.refused(&mut node, block.clone(), block.slot - 1);
    let (now, found) = (block.slot - 1, block.slot);
    assert_eq!(why, InvalidBlock::Future { now, found });
    // Twice on one chain: the slot is over.
    let import = node.import(&course.setup, block.clone(), block.slot).unwrap();
    assert!(matches!(import, Import::Extended(_)));
    let twice = course.forge(&block, |twice| {
        twice.number += 1;
        twice.parent = block.hash();
        twice.headers = Vec::new();
    });
    let why = course.refused(&mut node, twice, block.slot);
    assert!(
        matches!(
            why,
            InvalidBlock::Refused {
                what: "the block",
                ..
            }
        ),
        "{why}"
    );
}

#[test]
fn a_ticket_is_below_the_range() {
    let course = course();
    let (mut node, block) = course.before(false);
    let (parent, number) = (block.parent, block.number);
    let setup = &course.setup;
    // The sectors that farmer 0 would have here, asked with a range that everything is below.
    let _ = node.audit(setup, block.slot).unwrap();
    let host = node.chain.host().clone();
    let range = host.audit().range;
    let all = SolutionRange(u64::MAX);
    let mut solutions = Vec::new();
    for slot in block.slot..block.slot + 8 {
        let challenge = AuditChallenge::new(&host.next_randomness(slot), Slot(slot));
        for sector in node.farm.sectors() {
            let found = sector.plot.audit(&sector.file, &challenge, all, &mut Vec::new());
            let losing = found.unwrap().into_iter().filter(|found| found.ticket >= range.0);
            let proven = losing.map(|found| {
                let proven = sector.plot.prove(&sector.file, &host, &challenge, all, &found);
                (slot, proven.unwrap())
            });
            solutions.extend(proven);
        }
    }
    assert!(!solutions.is_empty());
    for (slot, proven) in solutions {
        let key = setup.farmer_keypair(0);
        let mut losing = Block {
            number,
            parent,
            slot,
            origin: Origin::Won {
                farmer: *key.key(),
                solution: Box::new(proven.solution),
            },
            ..block.clone()
        };
        losing.sign(&key);
        let why = course.refused(&mut node, losing, slot);
        let ticket = proven.audited.ticket();
        assert_eq!(why, InvalidSolution::OutOfRange { range, ticket }.into());
    }
}

#[test]
fn a_sector_that_has_expired_wins_nothing() {
    let course = course();
    let (sector, before) = &course.expired;
    let mut node = course.node(course.blocks.len());
    let (setup, host) = (&course.setup, node.chain.host().clone());
    let range = host.audit().range;
    let tip = course.blocks.last().unwrap();
    let (slot, challenge, found) = (tip.slot + 1..)
        .find_map(|slot| {
            let challenge = AuditChallenge::new(&host.next_randomness(slot), Slot(slot));
            let found = sector
                .plot
                .audit(&sector.file, &challenge, range, &mut Vec::new());
            Some((slot, challenge, *found.unwrap().first()?))
        })
        .unwrap();
    // As if history had not grown: it would have won.
    let proven = sector
        .plot
        .prove(&sector.file, before, &challenge, range, &found)
        .unwrap();
    let key = setup.farmer_keypair(0);
    let number = tip.number + 1;
    let under: Vec<_> = node.branch.iter().map(|applied| applied.hash).collect();
    let headers = node.history.due(number, &under, &node.known).unwrap();
    let mut late = Block {
        number,
        parent: tip.hash(),
        slot,
        origin: Origin::Won {
            farmer: *key.key(),
            solution: Box::new(proven.solution),
        },
        headers,
        proofs: Vec::new(),
        validity: Vec::new(),
        messages: Vec::new(),
        bundles: Vec::new(),
        seal: tip.seal,
    };
    late.sign(&key);
    let why = course.refused(&mut node, late, slot);
    assert!(
        matches!(why, InvalidBlock::Solution(InvalidSolution::Expired { .. })),
        "{why}"
    );
}

#[test]
fn headers_are_those_that_the_node_itself_has_archived() {
    let course = course();
    let (mut node, block) = course.before(true);
    let header = block.headers[0];
    let changes: [&dyn Fn(&mut Block); 5] = [
        &|block| block.headers.clear(),
        &|block| block.headers.push(header),
        &|block| block.headers[0].root.0.0[0] ^= 1,
        &|block| block.headers[0].last.archived += 1,
        &|block| block.headers[0].index += 1,
    ];
    for change in changes {
        let forged = course.forge(&block, |block| change(block));
        let found = forged.headers.clone();
        let why = course.refused(&mut node, forged, block.slot);
        let expected = block.headers.clone();
        assert_eq!(why, InvalidBlock::Headers { expected, found });
    }
    // Where none is due, the right one is wrong too.
    let (mut node, block) = course.before(false);
    let early = course.forge(&block, |block| block.headers.push(header));
    let why = course.refused(&mut node, early, block.slot);
    assert!(matches!(why, InvalidBlock::Headers { .. }), "{why}");
}

#[test]
fn a_block_follows_its_parent() {
    let course = course();
    let (mut node, block) = course.before(false);
    for number in [block.number + 1, u64::MAX] {
        let high = course.forge(&block, |block| block.number = number);
        let why = course.refused(&mut node, high, block.slot);
        assert!(
            matches!(
                why,
                InvalidBlock::Refused {
                    what: "the block",
                    ..
                }
            ),
            "{why}"
        );
    }
    let mut second = course.setup.genesis.clone();
    (second.number, second.parent) = (block.number, block.parent);
    let why = course.refused(&mut node, second, block.slot);
    assert_eq!(why, InvalidBlock::Genesis);
}

#[test]
fn a_branch_is_followed_to_the_last_valid_block() {
    let course = course();
    let (mut node, block) = course.before(false);
    let place = usize::try_from(block.number).unwrap();
    let next = course.blocks[place].clone();
    // Arrives before the block that it stands on.
    let bad = course.forge(&next, |block| block.headers = vec![course.setup.headers[0]; 9]);
    let import = node.import(&course.setup, bad.clone(), bad.slot).unwrap();
    assert!(matches!(import, Import::Kept));
    let import = node.import(&course.setup, block.clone(), bad.slot).unwrap();
    assert!(matches!(import, Import::Extended(_)), "{import:?}");
    assert_eq!(node.tip(), &block);
    assert!(!node.known.contains_key(&bad.hash()));
    let import = node.import(&course.setup, next.clone(), next.slot).unwrap();
    assert!(matches!(import, Import::Extended(_)));
}

#[test]
fn what_is_archived_is_not_taken_back() {
    let course = course();
    let tip = course.blocks.len();
    let mut node = course.node(tip);
    let mut other = course.node(3);
    // A longer branch from too far back: a farmer alone, with all the time there is.
    let mut slot = course.blocks[3].slot;
    let mut import = Import::Kept;
    while other.branch.len() <= tip {
        slot += 1;
        assert!(slot < 5_000, "nothing is won");
        if let Some(proven) = other.audit(&course.setup, slot).unwrap() {
            let (block, _) = other.farm(&course.setup, slot, proven).unwrap();
            import = node.import(&course.setup, block, slot).unwrap();
        }
    }
    let same = node.branch.iter().zip(&other.branch);
    let fork = same.filter(|(one, other)| one.hash == other.hash).count();
    assert_eq!(fork, 3);
    assert!(tip - fork >= 12);
    assert!(matches!(import, Import::Kept), "{import:?}");
    assert_eq!(node.tip(), &course.blocks[tip - 1]);
}

#[test]
fn the_audit_is_retraced_from_the_blocks_alone() {
    let course = course();
    let setup = &course.setup;
    let blocks: Vec<&Block> = course.blocks.iter().collect();
    let range = setup.first_range();
    let retraced = retrace(setup, range, &blocks).unwrap();
    let host = course.node(blocks.len()).chain.host().clone();
    assert_eq!(
        usize::try_from(host.segments().unwrap().0),
        Ok(retraced.history.len())
    );
    assert_eq!(host.audit().range, retraced.range);
    assert!(bring_back(setup, &retraced.history, &blocks).unwrap() > 0);
    // What a node would refuse is refused here too.
    let place = blocks
        .iter()
        .rposition(|block| !block.headers.is_empty())
        .unwrap();
    let forged = course.forge(blocks[place], |block| block.headers.clear());
    let mut with_other = blocks.clone();
    with_other[place] = &forged;
    assert!(retrace(setup, range, &with_other).is_err());
    let later = course.forge(blocks[place], |block| block.slot += 1);
    with_other[place] = &later;
    assert!(retrace(setup, range, &with_other).is_err());
    let mut unsealed = blocks[place].clone();
    unsealed.proofs.push(Vec::new());
    with_other[place] = &unsealed;
    assert!(retrace(setup, range, &with_other).is_err());
    // Nothing wins below a range of nothing; a history is the one of its blocks.
    assert!(retrace(setup, SolutionRange(0), &blocks).is_err());
    with_other[place] = blocks[place];
    with_other[1] = blocks[2];
    assert!(bring_back(setup, &retraced.history, &with_other).is_err());
}
