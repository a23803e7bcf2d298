//! The default commitment's witness: a compact multi-proof that opens to a partial tree.

use super::{InvalidWitness, StateCommitment, StateTree};
use crate::id::StateRoot;
use alloc::boxed::Box;

/// Longest witness that is looked at, in bytes.
pub const MAX_WITNESS_BYTES: usize = 4 * 1024 * 1024;

/// The default state commitment: a compact binary tree over 32-byte keys, BLAKE3, one compression per node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactTree;

impl StateCommitment for CompactTree {
    fn empty_root(&self) -> StateRoot {
        unimplemented!()
    }
    fn open(&self, _root: &StateRoot, _witness: &[u8]) -> Result<Box<dyn StateTree>, InvalidWitness> {
        unimplemented!()
    }
}
