//! Append to a list whose leaves are not kept.

use super::tree::{parent, seal};
use crate::codec::BoundedVec;
use crate::hash::Digest;
use crate::id::ListRoot;
use alloc::vec::Vec;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A list of which only its length and the tops of its full subtrees are known, largest first: enough to append and to compute the
/// root, whatever its length. At most 1 KiB.
///
/// The list commitment promotes the odd node at the end of a level, so its tree is that of the full subtrees, joined from
/// the smallest up: the root is the one that [`root`](super::root) computes from all leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Frontier {
    length: u32,
    tops: BoundedVec<Digest, 32>,
}

impl Frontier {
    /// Returns the number of leaves.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// Appends a leaf. At most 32 hashes, two on average.
    ///
    /// # Errors
    /// [`Full`] when the list has `u32::MAX` leaves; or the value was decoded from bytes that no list encodes to. It is then
    /// unchanged.
    pub fn append(&mut self, leaf: Digest) -> Result<(), Full> {
        let length = self.length.checked_add(1).ok_or(Full)?;
        let mut tops: Vec<Digest> = self.tops.to_vec();
        let mut node = leaf;
        // A carry in the length's binary form joins two full subtrees.
        for _ in 0..self.length.trailing_ones() {
            node = parent(&tops.pop().ok_or(Full)?, &node);
        }
        tops.push(node);
        self.tops = BoundedVec::new(tops).ok_or(Full)?;
        self.length = length;
        Ok(())
    }

    /// Returns the root of the list.
    #[must_use]
    pub fn root(&self) -> ListRoot {
        let mut tops = self.tops.iter().rev();
        let smallest = tops.next().copied();
        let top = smallest.map(|smallest| tops.fold(smallest, |right, left| parent(left, &right)));
        seal(self.length, top.as_ref())
    }
}

/// A list holds no more leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list holds no more leaves")]
pub struct Full;
