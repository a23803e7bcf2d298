//! The state after a block, read without holding the index.

use super::{Shared, read};
use decex_core::StateRoot;
use decex_core::state::{Changes, ReadError, StateKey, StateTree, Value};
use decex_evm::B256;

/// The state after one block. Each read locks the index for itself, so that a long call does not keep the operator's loop waiting.
/// When the block is taken back, or its state forgotten, reads fail from then on: an answer is never of two states.
#[derive(Clone, Debug)]
pub struct View {
    index: Shared,
    number: u64,
    hash: B256,
    root: StateRoot,
}

impl View {
    /// Returns the state after block `number`, if it is kept.
    #[must_use]
    pub fn of(index: &Shared, number: u64) -> Option<Self> {
        let locked = read(index);
        let block = locked.block(number)?;
        (number >= locked.oldest_state()).then(|| Self {
            index: index.clone(),
            number,
            hash: block.hash,
            root: block.root,
        })
    }
}

impl StateTree for View {
    fn root(&self) -> StateRoot {
        self.root
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        read(&self.index).get_at(self.number, &self.hash, key)
    }

    fn update(&mut self, _changes: &Changes) -> Result<StateRoot, ReadError> {
        Err(ReadError::Backend)
    }
}
