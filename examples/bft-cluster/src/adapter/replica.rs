//! What the adapter asks of a node: all that the engine has to know of what it orders.

use crate::host::Header;
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

/// A node as the engine sees it.
pub trait Replica: Send + 'static {
    /// Why the node cannot go on.
    type Failure: Display;

    /// Returns the height of the last block that it has applied.
    fn applied(&self) -> u64;

    /// Returns what the next block should carry, beside what is `carried` by blocks that are not final yet.
    fn select(&self, carried: &BTreeSet<Vec<u8>>) -> Vec<Vec<u8>>;

    /// Checks what can be checked of a body without any state: every validator comes to the same verdict.
    ///
    /// # Errors
    /// Why no state could accept it.
    fn check(calls: &[Vec<u8>]) -> Result<(), impl Debug>;

    /// Applies a finalised block, commits, and returns what is to be sent. A block that was applied before changes nothing.
    ///
    /// # Errors
    /// When the node cannot go on.
    fn finalized(&mut self, header: &Header, calls: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Self::Failure>;

    /// Takes a call from the network.
    ///
    /// # Errors
    /// When it is not taken.
    fn receive(&mut self, call: &[u8]) -> Result<(), impl Debug>;
}
