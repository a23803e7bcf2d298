//! Take a block from the network: rehearse it, and everything under it that is not on the branch, before the branch changes.

use crate::audit::InvalidBlock;
use crate::block::Block;
use crate::execute::{admit, execute};
use crate::history::CONFIRMATION;
use crate::member::Fact;
use crate::node::Node;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::ConsensusHash;

/// What importing a block brought.
#[derive(Debug)]
pub enum Import {
    /// Nothing: known, waiting for its parent, on a shorter branch, or on one that forks off too far back.
    Kept,
    /// Nothing: the block is invalid, or stands on one that is.
    Refused(InvalidBlock),
    /// The branch grew.
    Extended(Vec<Fact>),
    /// The branch changed.
    Reorganised {
        /// How many blocks were taken back.
        depth: u32,
        /// What happened on the new branch.
        facts: Vec<Fact>,
    },
}

impl Node {
    /// Takes a block from the network in slot `now`. If it is invalid, the node stays as it was.
    ///
    /// # Errors
    /// When the node's own history or an operator cannot follow.
    pub fn import(&mut self, setup: &Setup, block: Block, now: u64) -> Result<Import, Problem> {
        let hash = block.hash();
        if self.known.contains_key(&hash) {
            return Ok(Import::Kept);
        }
        if let Err(invalid) = admit(&block, now) {
            return Ok(Import::Refused(invalid));
        }
        if !self.known.contains_key(&block.parent) {
            self.memory.orphans.entry(block.parent).or_default().push(block);
            return Ok(Import::Kept);
        }
        // The longest chain that hangs on this block, orphans included.
        let mut best = block.clone();
        let mut queue = vec![block];
        while let Some(block) = queue.pop() {
            let hash = block.hash();
            if block.number > best.number {
                best = block.clone();
            }
            self.known.insert(hash, block);
            self.unsaved.push(hash);
            queue.extend(self.memory.orphans.remove(&hash).unwrap_or_default());
        }
        if best.number <= self.tip().number {
            return Ok(Import::Kept);
        }
        self.switch(setup, best.hash())
    }

    /// Makes `target` the tip, or, if a block on the way is invalid, the last before it that is longer than what there is.
    fn switch(&mut self, setup: &Setup, target: ConsensusHash) -> Result<Import, Problem> {
        let Some((ancestry, depth)) = self.way_to(target) else {
            return Ok(Import::Kept);
        };
        // What is archived is for good.
        if u64::try_from(depth).unwrap_or(u64::MAX) >= CONFIRMATION {
            return Ok(Import::Kept);
        }
        let fork = self.branch.len().saturating_sub(depth);
        if let Some((place, invalid)) = self.rehearse(setup, &ancestry, fork)? {
            self.forget(&ancestry, place);
            let last = place.checked_sub(1).and_then(|last| ancestry.get(last));
            let valid = last.filter(|_| place > self.branch.len());
            return match valid {
                Some(last) => self.switch(setup, *last),
                None => Ok(Import::Refused(invalid)),
            };
        }
        let mut returned = Vec::new();
        for _ in 0..depth {
            returned.extend(self.retract()?);
        }
        let mut facts = Vec::new();
        for hash in ancestry.into_iter().skip(fork) {
            facts.extend(self.apply(setup, hash)?);
        }
        self.refresh_proofs()?;
        // What the old branch had settled may be pending on the new one: nobody has to send these again.
        for proof in returned {
            self.pool_proof(&proof)?;
        }
        if depth == 0 {
            return Ok(Import::Extended(facts));
        }
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        self.memory.reorgs = self.memory.reorgs.saturating_add(1);
        self.memory.deepest = self.memory.deepest.max(depth);
        Ok(Import::Reorganised { depth, facts })
    }

    /// Returns the blocks from genesis to `target`, and how many have to be taken back. `None` if `target` is on the branch already or
    /// hangs on nothing.
    fn way_to(&self, target: ConsensusHash) -> Option<(Vec<ConsensusHash>, usize)> {
        let mut path = Vec::new();
        let mut cursor = target;
        let fork = loop {
            if let Some(place) = self.branch.iter().rposition(|applied| applied.hash == cursor) {
                break place.saturating_add(1);
            }
            path.push(cursor);
            cursor = self.known.get(&cursor)?.parent;
        };
        let common = self.branch.iter().take(fork).map(|applied| applied.hash);
        let depth = self.branch.len().saturating_sub(fork);
        let ancestry = common.chain(path.iter().rev().copied()).collect();
        (!path.is_empty()).then_some((ancestry, depth))
    }

    /// Executes the blocks from place `fork` of `ancestry` on, on a copy of the chain. Returns the place of the first that is
    /// invalid, and why.
    fn rehearse(
        &mut self,
        setup: &Setup,
        ancestry: &[ConsensusHash],
        fork: usize,
    ) -> Result<Option<(usize, InvalidBlock)>, Problem> {
        let mut chain = self.chain.clone();
        for applied in self.branch.iter().skip(fork).rev() {
            chain.host_mut().undo(applied.undo.clone());
        }
        for (place, hash) in ancestry.iter().enumerate().skip(fork) {
            let Some(block) = self.known.get(hash) else {
                continue;
            };
            let under = ancestry.get(..place).unwrap_or_default();
            let due = self.history.due(block.number, under, &self.known)?;
            if let Err(invalid) = execute(setup, &mut chain, &due, block)? {
                return Ok(Some((place, invalid)));
            }
        }
        Ok(None)
    }

    /// Forgets the block at `place` of `ancestry` and all that stand on it.
    fn forget(&mut self, ancestry: &[ConsensusHash], place: usize) {
        let mut gone: Vec<ConsensusHash> = ancestry.get(place).copied().into_iter().collect();
        while let Some(hash) = gone.pop() {
            self.known.remove(&hash);
            self.unsaved.push(hash);
            self.memory.orphans.remove(&hash);
            let children = self.known.iter().filter(|(_, block)| block.parent == hash);
            gone.extend(children.map(|(hash, _)| *hash));
        }
    }
}
