//! The states of the domains, as one type: each in a tree of its own commitment.

use decex_core::StateRoot;
use decex_core::state::{Changes, MemoryTree, ProvableTree, ReadError, StateKey, StateTree, Value};
use decex_proven_ledger::LedgerTree;
use std::collections::BTreeSet;

/// A domain's whole state.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Of a domain with the default commitment.
    Compact(MemoryTree),
    /// Of the proven ledger, whose hash a proof can afford.
    Rescue(LedgerTree),
}

impl Tree {
    fn tree(&self) -> &dyn ProvableTree {
        match self {
            Self::Compact(tree) => tree,
            Self::Rescue(tree) => tree,
        }
    }
}

impl StateTree for Tree {
    fn root(&self) -> StateRoot {
        self.tree().root()
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.tree().get(key)
    }

    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        match self {
            Self::Compact(tree) => tree.update(changes),
            Self::Rescue(tree) => tree.update(changes),
        }
    }
}

impl ProvableTree for Tree {
    fn prove(&self, keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        self.tree().prove(keys)
    }
}
