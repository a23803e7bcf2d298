//! What waits for a consensus block: one counted list per block and kind, and a cursor. Nothing is ever searched.

use crate::error::StoreError;
use crate::host::Store;
use crate::keys::{self, Due};
use crate::state::State;
use decex_core::ConsensusNumber;
use parity_scale_codec::{Decode, Encode};

impl<H: Store + ?Sized> State<'_, H> {
    /// Adds an entry for block `at`, which lies in the future.
    pub(crate) fn push_due<T: Encode>(
        &mut self,
        kind: Due,
        at: ConsensusNumber,
        entry: &T,
    ) -> Result<(), StoreError<H::Error>> {
        let count: u32 = self.get(&keys::due_count(kind, at))?.unwrap_or_default();
        self.set(keys::due(kind, at, count), entry);
        self.set(keys::due_count(kind, at), &count.saturating_add(1));
        Ok(())
    }

    /// Takes the next entry that is due at `now`: in order of blocks, then of arrival. Passes over blocks without
    /// entries; each block is passed over once, so this costs one step per block on average.
    pub(crate) fn pop_due<T: Decode>(
        &mut self,
        kind: Due,
        now: ConsensusNumber,
    ) -> Result<Option<T>, StoreError<H::Error>> {
        let (mut at, mut index): (ConsensusNumber, u32) =
            self.get(&keys::due_cursor(kind))?.unwrap_or((now, 0));
        while at <= now {
            let count: u32 = self.get(&keys::due_count(kind, at))?.unwrap_or_default();
            if index < count {
                let key = keys::due(kind, at, index);
                let entry = self.expect(&key)?;
                self.remove(key);
                self.set(keys::due_cursor(kind), &(at, index.saturating_add(1)));
                return Ok(Some(entry));
            }
            if count > 0 {
                self.remove(keys::due_count(kind, at));
            }
            // After the last number that a block can have nothing is due; the cursor stays, as there is no further block.
            let Some(next) = at.0.checked_add(1) else { break };
            (at, index) = (ConsensusNumber(next), 0);
            self.set(keys::due_cursor(kind), &(at, 0u32));
        }
        Ok(None)
    }
}
