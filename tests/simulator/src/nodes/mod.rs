//! Who takes part: farmers that order, and challengers (operators and watchers) that execute.

mod challenger;
mod farmer;

pub use challenger::Challenger;
pub use farmer::Farmer;

use crate::chain::Blocks;
use crate::host::SimulatedHost;
use decex_core::execution::Engine;
use std::collections::BTreeSet;

/// What a node has seen of the blocks.
#[derive(Clone, Debug)]
pub struct Sight {
    known: BTreeSet<usize>,
    waiting: Vec<usize>,
    /// The highest block of those whose ancestors are all known; the first seen of equals.
    pub tip: usize,
}

impl Sight {
    /// Starts with the blocks up to `tip`.
    #[must_use]
    pub fn new(tip: usize) -> Self {
        Self {
            known: (0..=tip).collect(),
            waiting: Vec::new(),
            tip,
        }
    }

    /// Sees a block. One whose parent is unknown waits for it.
    pub fn see<H: SimulatedHost, E: Engine>(&mut self, blocks: &Blocks<H, E>, place: usize) {
        self.waiting.push(place);
        while let Some(at) = self.waiting.iter().position(|place| self.fits(blocks, *place)) {
            let place = self.waiting.swap_remove(at);
            self.known.insert(place);
            if blocks.height(place) > blocks.height(self.tip) {
                self.tip = place;
            }
        }
    }

    fn fits<H: SimulatedHost, E: Engine>(&self, blocks: &Blocks<H, E>, place: usize) -> bool {
        let parent = blocks.all.get(place).map(|block| block.parent);
        parent.is_some_and(|parent| self.known.contains(&parent))
    }
}
