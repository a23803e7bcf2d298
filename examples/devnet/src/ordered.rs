//! What an engine ordered, and whether it is as it should be.

use crate::block::Origin;
use crate::farming::count_seeded;
use crate::member::Noted;
use crate::node::Node;
use crate::ordering::{Ordering, output};
use crate::problem::Problem;
use crate::simulation::Simulation;
use crate::summary::{Check, count, grouped};
use decex_core::{Digest, Randomness};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an engine ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedBlocks {
    /// The engine's name.
    pub engine: String,
    /// Of a thousand messages, so many were lost.
    pub loss: u16,
    /// How often a node was cut off.
    pub cuts: usize,
    /// Blocks on the chain, by the node that led.
    pub led: Vec<u64>,
}

impl OrderedBlocks {
    /// Returns names and texts of the lines that people read.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let blocks: u64 = self.led.iter().copied().fold(0, u64::saturating_add);
        let led = self.led.iter().map(|led| grouped(*led)).collect::<Vec<_>>();
        let mut network = format!("{} of 1,000 messages lost", self.loss);
        if self.cuts > 0 {
            network = format!("{network}, nodes cut off {}", count(self.cuts, "time"));
        }
        vec![
            (
                "engine",
                format!(
                    "{}: {}, {}",
                    self.engine,
                    count(self.led.len(), "validator"),
                    network
                ),
            ),
            (
                "leaders",
                format!(
                    "{} final, by validator: {}",
                    count(blocks, "block"),
                    led.join(", ")
                ),
            ),
        ]
    }
}

/// Sums up what the engine ordered.
///
/// # Errors
/// When the run has no nodes.
pub fn sum_up(
    simulation: &Simulation,
    engine: &dyn Ordering,
    noted: &[Noted],
) -> Result<(OrderedBlocks, Vec<Check>), Problem> {
    let nodes = &simulation.nodes;
    let first = nodes
        .first()
        .ok_or_else(|| Problem::new("the summary", "the run has no nodes"))?;
    let origins: Vec<(u32, Digest)> = origins(first).collect();
    let led = (0..simulation.cast.farmers).map(|node| {
        let led = origins.iter().filter(|(leader, _)| *leader == node).count();
        u64::try_from(led).unwrap_or(u64::MAX)
    });
    let summary = OrderedBlocks {
        engine: engine.name().into(),
        loss: simulation.faults.loss,
        cuts: simulation.faults.cuts.len(),
        led: led.collect(),
    };
    let checks = vec![
        ordered(first, &origins),
        one_chain(nodes),
        final_for_good(nodes),
        seeded(simulation, &origins, noted),
    ];
    Ok((summary, checks))
}

/// Who led each block of a node's branch, and what the engine calls it, genesis left out.
fn origins(node: &Node) -> impl Iterator<Item = (u32, Digest)> {
    node.blocks().into_iter().filter_map(|block| match block.origin {
        Origin::Ordered { leader, digest } => Some((leader, digest)),
        Origin::Genesis(_) | Origin::Won { .. } => None,
    })
}

/// Every block but genesis is one of the engine's, and each of the engine's is there once.
fn ordered(first: &Node, origins: &[(u32, Digest)]) -> Check {
    let blocks = first.branch.len().saturating_sub(1);
    let names: BTreeSet<&Digest> = origins.iter().map(|(_, digest)| digest).collect();
    let ok = blocks > 0 && origins.len() == blocks && names.len() == blocks;
    let detail = format!("{} of {blocks}", names.len());
    Check::new("every block was ordered by the engine, once", ok, detail)
}

fn one_chain(nodes: &[Node]) -> Check {
    let branch = |node: &Node| node.branch.iter().map(|applied| applied.hash).collect::<Vec<_>>();
    let first = nodes.first().map(branch);
    let agreeing = nodes.iter().filter(|node| Some(branch(node)) == first).count();
    let ok = agreeing == nodes.len() && agreeing > 0;
    let detail = format!("{agreeing} of {}", nodes.len());
    Check::new("every node holds the same chain", ok, detail)
}

fn final_for_good(nodes: &[Node]) -> Check {
    let reorgs: u32 = nodes.iter().map(|node| node.memory.reorgs).sum();
    let detail = format!("{reorgs} taken back");
    Check::new("what was final stayed final", reorgs == 0, detail)
}

/// The order of each domain block follows from the name of the consensus block after its inbox.
fn seeded(simulation: &Simulation, origins: &[(u32, Digest)], noted: &[Noted]) -> Check {
    let setup = &simulation.setup;
    let genesis = Randomness(setup.genesis_entropy());
    let outputs: Vec<Randomness> = std::iter::once(genesis)
        .chain(origins.iter().map(|(_, digest)| output(digest)))
        .collect();
    let right = count_seeded(setup, &outputs, noted);
    let ok = right == noted.len() && right > 0;
    let name = "every schedule is seeded by a block that is final";
    Check::new(name, ok, format!("{right} of {}", noted.len()))
}
