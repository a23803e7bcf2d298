//! Validity proofs on farmers' nodes: which are kept, when a block carries one, and what a block with another is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_evm::EvmEngine;
use devnet::args::Lie;
use devnet::audit::InvalidBlock;
use devnet::block::{Block, Origin};
use devnet::domains::PROVEN;
use devnet::feed::{DEMO, Feed, GenesisFile};
use devnet::import::Import;
use devnet::node::Node;
use devnet::setup::Setup;
use devnet::simulation::{Cast, Simulation};
use std::sync::OnceLock;

const CAST: Cast = Cast {
    farmers: 2,
    operators: 2,
    lie: Lie::None,
    lie_at: 1,
};

/// A run up to a block that carries a validity proof.
struct Course {
    setup: Setup,
    /// The blocks before it, without genesis.
    before: Vec<Block>,
    carrier: Block,
}

fn course() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(|| {
        let genesis = GenesisFile::shipped().unwrap();
        let state = decex_evm::genesis(&genesis.allocations()).unwrap();
        let engine = EvmEngine::new(genesis.config());
        let setup = Setup::new(2, engine, state, CAST.operators, CAST.farmers).unwrap();
        let lines: Vec<&str> = DEMO.lines().filter(|line| line.starts_with("0x")).collect();
        let feed = Feed::read(&lines[..8].join("\n"), genesis.chain_id).unwrap();
        let mut run = Simulation::new(setup.clone(), CAST, feed.transactions).unwrap();
        while run.nodes[0].tip().validity.is_empty() {
            run.step().unwrap();
            assert!(run.slot < 1_000, "nothing is ever proven");
        }
        let node = &run.nodes[0];
        let branch = node
            .branch
            .iter()
            .map(|applied| node.known[&applied.hash].clone());
        let mut before: Vec<Block> = branch.skip(1).collect();
        let carrier = before.pop().unwrap();
        Course {
            setup,
            before,
            carrier,
        }
    })
}

impl Course {
    fn proof(&self) -> &Vec<u8> {
        &self.carrier.validity[0]
    }

    /// Returns a farmer that has followed the chain to where the proof can be.
    fn farmer(&self, index: u32) -> Node {
        let mut node = Node::new(&self.setup, index, Vec::new()).unwrap();
        for block in &self.before {
            let import = node.import(&self.setup, block.clone(), block.slot).unwrap();
            assert!(matches!(import, Import::Extended(_)));
        }
        node
    }

    /// Lets a farmer make a block for the first slot from `slot` on that it wins.
    fn farm(&self, node: &mut Node, slot: u64) -> Block {
        let mut won = (slot..).map(|slot| (slot, node.audit(&self.setup, slot).unwrap()));
        let (slot, proven) = won.find_map(|(slot, won)| Some((slot, won?))).unwrap();
        node.farm(&self.setup, slot, proven).unwrap().0
    }

    /// Returns the carrier with other validity proofs, sealed by its farmer.
    fn forge(&self, validity: Vec<Vec<u8>>) -> Block {
        let mut block = Block {
            validity,
            ..self.carrier.clone()
        };
        let Origin::Won { farmer, .. } = &block.origin else {
            panic!("genesis carries nothing");
        };
        let mut keys = (0..CAST.farmers).map(|index| self.setup.farmer_keypair(index));
        let keypair = keys.find(|keypair| keypair.key() == farmer).unwrap();
        block.sign(&keypair);
        block
    }
}

#[test]
fn a_proof_that_holds_is_kept_and_carried_and_its_receipt_is_final_in_the_next_block() {
    let course = course();
    let mut node = course.farmer(0);
    let mut changed = course.proof().clone();
    *changed.last_mut().unwrap() ^= 1;
    for bytes in [&changed[..], &course.proof()[..100], &[]] {
        node.pool_validity(bytes.to_vec()).unwrap();
    }
    assert!(node.memory.validity.is_empty());
    for _ in 0..2 {
        node.pool_validity(course.proof().clone()).unwrap();
    }
    assert_eq!(node.memory.validity.len(), 1);
    let before = node.heads(PROVEN);
    let block = course.farm(&mut node, course.carrier.slot);
    assert_eq!(block.validity.as_slice(), std::slice::from_ref(course.proof()));
    assert_eq!(node.heads(PROVEN).1, before.1);
    let next = course.farm(&mut node, block.slot + 1);
    assert!(next.validity.is_empty());
    assert_eq!(node.heads(PROVEN).1, before.1 + 1);
    node.clean(&course.setup, next.slot);
    assert!(node.memory.validity.is_empty(), "what is final needs no proof");
}

#[test]
fn a_proof_comes_back_when_its_block_does_not_stay() {
    let course = course();
    let mut node = course.farmer(0);
    node.pool_validity(course.proof().clone()).unwrap();
    let slot = course.carrier.slot;
    node.import(&course.setup, course.carrier.clone(), slot).unwrap();
    // A longer branch, by a farmer that never heard of it.
    let mut other = course.farmer(1);
    let mut slot = slot;
    for changes in [false, true] {
        let block = course.farm(&mut other, slot + 1);
        slot = block.slot;
        let import = node.import(&course.setup, block, slot).unwrap();
        assert_eq!(matches!(import, Import::Reorganised { depth: 1, .. }), changes);
    }
    let block = course.farm(&mut node, slot + 1);
    assert_eq!(block.validity.as_slice(), std::slice::from_ref(course.proof()));
}

#[test]
fn a_block_with_a_proof_that_shows_nothing_is_none() {
    let course = course();
    let mut changed = course.proof().clone();
    *changed.last_mut().unwrap() ^= 1;
    let twice = vec![course.proof().clone(); 2];
    for validity in [vec![changed], vec![Vec::new()], twice] {
        let mut node = course.farmer(0);
        let tip = node.tip().hash();
        let forged = course.forge(validity);
        let import = node.import(&course.setup, forged, course.carrier.slot).unwrap();
        assert!(
            matches!(
                import,
                Import::Refused(InvalidBlock::Refused {
                    what: "a validity proof",
                    ..
                })
            ),
            "{import:?}"
        );
        assert_eq!(node.tip().hash(), tip);
        let import = node.import(&course.setup, course.carrier.clone(), course.carrier.slot);
        assert!(matches!(import.unwrap(), Import::Extended(_)));
    }
}

#[test]
fn without_a_proof_nothing_is_final_however_long_it_takes() {
    let course = course();
    let mut node = course.farmer(0);
    let before = node.heads(PROVEN);
    let mut slot = course.carrier.slot;
    for _ in 0..30 {
        slot = course.farm(&mut node, slot).slot + 1;
    }
    assert_eq!(node.heads(PROVEN), before);
    assert!(before.0 > before.1, "a receipt waits");
}
