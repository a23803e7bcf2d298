//! The full state in memory.

use super::{Changes, ProvableTree, ReadError, StateKey, StateTree, Value};
use crate::id::StateRoot;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Full state under the [`CompactTree`](super::CompactTree) commitment, in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {}

impl MemoryTree {
    /// Returns the state without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns every key and its value, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (StateKey, Value)> + '_ {
        core::iter::empty()
    }
}

impl StateTree for MemoryTree {
    fn root(&self) -> StateRoot {
        unimplemented!()
    }
    fn get(&self, _key: &StateKey) -> Result<Option<Value>, ReadError> {
        unimplemented!()
    }
    fn update(&mut self, _changes: &Changes) -> Result<StateRoot, ReadError> {
        unimplemented!()
    }
}

impl ProvableTree for MemoryTree {
    fn prove(&self, _keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        unimplemented!()
    }
}
