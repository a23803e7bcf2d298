//! A farmer's fraud pool: what it takes, when a block carries it, and what a re-organisation or a restart does to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use decex_core::hash::digest;
use decex_core::label::LEDGER_KEY;
use decex_evm::EvmEngine;
use devnet::args::Lie;
use devnet::block::Block;
use devnet::feed::{DEMO, Feed, GenesisFile};
use devnet::import::Import;
use devnet::node::Node;
use devnet::setup::Setup;
use devnet::simulation::{Cast, Simulation};
use devnet::store::Disk;
use std::sync::OnceLock;

const CAST: Cast = Cast {
    farmers: 3,
    operators: 4,
    lie: Lie::State,
    lie_at: 3,
};

fn setup(seed: u64) -> Setup {
    let genesis = GenesisFile::shipped().unwrap();
    let engine = EvmEngine::new(genesis.config());
    let state = decex_evm::genesis(&genesis.allocations()).unwrap();
    Setup::new(seed, engine, state, CAST.operators, CAST.farmers).unwrap()
}

fn feed() -> Vec<Vec<u8>> {
    let lines: Vec<&str> = DEMO.lines().filter(|line| line.starts_with("0x")).collect();
    let chain = GenesisFile::shipped().unwrap().chain_id;
    Feed::read(&lines[..240].join("\n"), chain).unwrap().transactions
}

/// A run up to the block that carries the proof.
struct Course {
    setup: Setup,
    /// The blocks before it, without genesis.
    before: Vec<Block>,
    carrier: Block,
    proof: Vec<u8>,
}

/// The same for all tests: it takes some seconds.
fn course() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(Course::new)
}

impl Course {
    /// In a run this short the liar may never come first, and with some seeds does not.
    fn new() -> Self {
        (1..20).find_map(Self::with_seed).expect("a lie is refuted")
    }

    fn with_seed(seed: u64) -> Option<Self> {
        let setup = setup(seed);
        let mut run = Simulation::new(setup.clone(), CAST, feed()).unwrap();
        while run.nodes[0].tip().proofs.is_empty() {
            run.step().unwrap();
            if run.slot > 300 {
                return None;
            }
        }
        let node = &run.nodes[0];
        let branch = node
            .branch
            .iter()
            .map(|applied| node.known[&applied.hash].clone());
        let mut before: Vec<Block> = branch.skip(1).collect();
        let carrier = before.pop().unwrap();
        let proof = carrier.proofs[0].clone();
        Some(Self {
            setup,
            before,
            carrier,
            proof,
        })
    }

    /// Returns a farmer that is at genesis.
    fn farmer(&self, index: u32) -> Node {
        Node::new(&self.setup, index, Vec::new()).unwrap()
    }

    /// Lets a farmer follow the chain to where the proof is needed.
    fn follow(&self, node: &mut Node) {
        for block in &self.before {
            let import = node.import(&self.setup, block.clone(), block.slot).unwrap();
            assert!(matches!(import, Import::Extended(_)));
        }
    }

    /// Lets a farmer make a block for the first slot from `slot` on that it wins.
    fn farm(&self, node: &mut Node, slot: u64) -> Block {
        let mut won = (slot..).map(|slot| (slot, node.audit(&self.setup, slot).unwrap()));
        let (slot, proven) = won.find_map(|(slot, won)| Some((slot, won?))).unwrap();
        node.farm(&self.setup, slot, proven).unwrap().0
    }
}

#[test]
fn a_proof_that_is_early_gets_in_when_it_comes_again() {
    let course = course();
    let mut node = course.farmer(0);
    node.pool_proof(&course.proof).unwrap();
    course.follow(&mut node);
    assert!(node.proofs.is_empty(), "F1: it came before its receipt");
    node.pool_proof(&course.proof).unwrap();
    node.pool_proof(&course.proof).unwrap();
    assert_eq!(node.proofs.len(), 1);
    let block = course.farm(&mut node, course.carrier.slot);
    assert_eq!(block.proofs.first(), Some(&course.proof));
    assert_eq!(block.proofs.len(), 1);
    assert!(node.proofs.is_empty(), "F28: the receipt is gone");
}

#[test]
fn what_refutes_nothing_is_not_kept() {
    let course = course();
    let mut node = course.farmer(0);
    course.follow(&mut node);
    let mut changed = course.proof.clone();
    *changed.last_mut().unwrap() ^= 1;
    for bytes in [&changed[..], &course.proof[..70], &[]] {
        node.pool_proof(bytes).unwrap();
    }
    assert!(node.proofs.is_empty());
    let block = course.farm(&mut node, course.carrier.slot);
    assert!(block.proofs.is_empty());
}

#[test]
fn a_proof_outlives_the_block_that_carried_it() {
    let course = course();
    let mut node = course.farmer(0);
    course.follow(&mut node);
    node.pool_proof(&course.proof).unwrap();
    let slot = course.carrier.slot;
    node.import(&course.setup, course.carrier.clone(), slot).unwrap();
    assert!(
        node.proofs.is_empty(),
        "F28: another farmer's block has settled it"
    );
    // A longer branch, by a farmer that never heard of it.
    let mut other = course.farmer(1);
    course.follow(&mut other);
    let mut slot = slot;
    for changes in [false, true] {
        let block = course.farm(&mut other, slot + 1);
        slot = block.slot;
        let import = node.import(&course.setup, block, slot).unwrap();
        let changed = matches!(import, Import::Reorganised { depth: 1, .. });
        assert_eq!(changed, changes);
    }
    assert_eq!(node.proofs.len(), 1, "nobody sent it again");
    let block = course.farm(&mut node, slot + 1);
    assert_eq!(block.proofs.as_slice(), std::slice::from_ref(&course.proof));
}

#[test]
fn the_last_block_in_which_a_proof_can_be_is_the_last_that_carries_it() {
    let course = course();
    for too_late in [false, true] {
        let (mut node, mut other) = (course.farmer(0), course.farmer(1));
        course.follow(&mut node);
        course.follow(&mut other);
        node.pool_proof(&course.proof).unwrap();
        let last = node.proofs.iter().next().unwrap().urgency().last_block.0;
        let mut slot = course.carrier.slot;
        while node.tip().number < last - u64::from(!too_late) {
            let block = course.farm(&mut other, slot);
            slot = block.slot + 1;
            let import = node.import(&course.setup, block, slot).unwrap();
            assert!(matches!(import, Import::Extended(_)));
        }
        assert_eq!(node.proofs.len(), 1, "it is pending until a block makes it final");
        let block = course.farm(&mut node, slot);
        assert_eq!(block.proofs.is_empty(), too_late);
        assert!(node.proofs.is_empty());
    }
}

#[test]
fn a_restart_loses_no_proof() {
    let folder = std::env::temp_dir().join(format!("devnet-test-{}-pool", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let (setup, name) = (course().setup.clone(), digest(&LEDGER_KEY, b"restart"));
    let mut run = Simulation::new(setup.clone(), CAST, feed()).unwrap();
    while run.nodes.iter().all(|node| node.proofs.is_empty()) {
        run.step().unwrap();
        assert!(run.slot < 1_000, "no proof is ever sent");
    }
    let mut disk = Disk::open(&folder).unwrap();
    run.save(&mut disk, name, true).unwrap();
    let back = Simulation::resume(&setup, CAST, &feed(), name, &disk)
        .unwrap()
        .unwrap();
    for (node, back) in run.nodes.iter().zip(&back.nodes) {
        assert!(node.proofs.iter().eq(back.proofs.iter()), "node {}", node.index);
    }
    let _ = std::fs::remove_dir_all(&folder);
}
