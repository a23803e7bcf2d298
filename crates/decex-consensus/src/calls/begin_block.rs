//! Begin a block: all that happens by itself.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedBlock};
use crate::event::Event;
use crate::host::{ConsensusHost, Store};
use crate::keys;
use crate::model::{BlockInfo, Clock};
use crate::rounds;
use crate::state::State;
use alloc::vec::Vec;
use decex_core::ConsensusNumber;
use decex_core::params::MAX_SEED_DELAY;

impl<H: ConsensusHost> Consensus<H> {
    /// Begins a block, before anything else is called in it: closes the inboxes that are due, sweeps removed receipts
    /// and slashes their operators, confirms receipts, and releases stakes. Each of the last three does at most
    /// [`Config::work_per_block`] and leaves the rest for the next block.
    ///
    /// # Errors
    /// When the block does not follow the one begun before (K1, K2), or the host fails.
    pub fn begin_block(
        &mut self,
        block: &BlockInfo,
    ) -> Result<Vec<Event>, CallError<RefusedBlock, H::Error>> {
        let mut state = State::new(&self.host);
        let previous = state.clock()?;
        check(block, previous.as_ref()).map_err(CallError::Refused)?;
        tick(&mut state, block, previous.as_ref());
        rounds::close_inboxes(&mut state, block)?;
        let budget = self.config.work_per_block.max(1);
        rounds::sweep(&mut state, budget)?;
        rounds::confirm(&mut state, block.number, budget)?;
        rounds::release_stakes(&mut state, block.number, budget)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

fn check(block: &BlockInfo, previous: Option<&Clock>) -> Result<(), RefusedBlock> {
    let Some(Clock { block: previous }) = previous else {
        return Ok(());
    };
    // K1: one after the other. A skipped block would leave an inbox without hash and seed.
    if previous.number.0.checked_add(1) != Some(block.number.0) {
        return Err(RefusedBlock::Number {
            previous: previous.number,
            found: block.number,
        });
    }
    // K2: slots ascend, so that no stake epoch comes back.
    if block.slot <= previous.slot {
        return Err(RefusedBlock::Slot {
            previous: previous.slot,
            found: block.slot,
        });
    }
    Ok(())
}

/// Moves the clock, and remembers the parent's hash for as long as an inbox may wait for it.
fn tick<H: Store>(state: &mut State<'_, H>, block: &BlockInfo, previous: Option<&Clock>) {
    state.set(keys::clock(), &Clock { block: *block });
    if let Some(previous) = previous {
        state.set(keys::block_hash(previous.block.number), &block.parent_hash);
        if let Some(old) = previous.block.number.0.checked_sub(KEPT_HASHES) {
            state.remove(keys::block_hash(ConsensusNumber(old)));
        }
    }
}

/// An inbox waits at most this long for its seed.
const KEPT_HASHES: u64 = 1 + MAX_SEED_DELAY as u64; // widening in a constant
