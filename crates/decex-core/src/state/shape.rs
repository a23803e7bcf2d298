//! The encoding of a witness, as `spec/state.md` lays it out. Written here, read in `witness.rs`.
//!
//! ```text
//! compact count n of claims
//! n keys, 32 bytes each, strictly ascending
//! ⌈n/8⌉ bytes: one bit per claim, set if the key is present
//! per present key: compact length, value
//! compact length of the shape in bytes, shape
//! digests, 32 bytes each, to the end
//! ```
//!
//! The shape is a string of bits, first bit on top, unused bits zero. It lists the nodes from the root on, left before
//! right. Where no claim lies below a node: `0` empty, `1` a digest. Where some do: `1` an inner node, its children
//! follow; `00` empty; `01` a leaf, the claimed one, or if all claims below are absent, another: two digests, its key and
//! its value's hash.

use super::{StateKey, Value};
use crate::hash::Digest;
use alloc::vec::Vec;
use parity_scale_codec::{Compact, Encode};

/// Bits, written from the top of each byte down.
#[derive(Clone, Debug, Default)]
struct BitWriter {
    bytes: Vec<u8>,
    free: u8,
}

impl BitWriter {
    fn push(&mut self, bit: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 0x80;
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= self.free;
        }
        self.free >>= 1;
    }
}

/// Bits, read from the top of each byte down.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    rest: core::slice::Iter<'a, u8>,
    byte: u8,
    mask: u8,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes.iter(),
            byte: 0,
            mask: 0,
        }
    }

    /// Returns the next bit, `None` at the end.
    pub(super) fn next(&mut self) -> Option<bool> {
        if self.mask == 0 {
            self.byte = *self.rest.next()?;
            self.mask = 0x80;
        }
        let bit = self.byte & self.mask != 0;
        self.mask >>= 1;
        Some(bit)
    }

    /// Returns whether nothing but the unused bits of the last byte is left, all zero.
    pub(super) fn is_spent(&self) -> bool {
        // The mask is on the next bit; the unused ones are there and below.
        let unused = self.mask | self.mask.wrapping_sub(1);
        (self.mask == 0 || self.byte & unused == 0) && self.rest.as_slice().is_empty()
    }
}

/// Collects a witness while a tree is walked from the root, left before right.
#[derive(Clone, Debug, Default)]
pub(super) struct WitnessWriter {
    present: BitWriter,
    values: Vec<u8>,
    shape: BitWriter,
    digests: Vec<u8>,
}

impl WitnessWriter {
    /// A node without claims below it.
    pub(super) fn pruned(&mut self, node: &Digest) {
        let empty = *node == Digest::ZERO;
        self.shape.push(!empty);
        if !empty {
            self.digests.extend_from_slice(&node.0);
        }
    }

    /// An inner node with claims below it; its children follow.
    pub(super) fn inner(&mut self) {
        self.shape.push(true);
    }

    /// An empty node with claims below it.
    pub(super) fn empty(&mut self) {
        self.shape.push(false);
        self.shape.push(false);
    }

    /// A leaf with claims below it, one of which is its key.
    pub(super) fn claimed_leaf(&mut self) {
        self.shape.push(false);
        self.shape.push(true);
    }

    /// A leaf with claims below it, none of which is its key.
    pub(super) fn other_leaf(&mut self, key: &StateKey, value: &Digest) {
        self.claimed_leaf();
        self.digests.extend_from_slice(&key.0.0);
        self.digests.extend_from_slice(&value.0);
    }

    /// The next claim in key order: its key is absent, or present with this value.
    pub(super) fn claim(&mut self, value: Option<&Value>) {
        self.present.push(value.is_some());
        if let Some(value) = value {
            encode_length(value.len(), &mut self.values);
            self.values.extend_from_slice(value);
        }
    }

    /// Returns the witness that claims `keys`, for each of which [`claim`](Self::claim) was called.
    pub(super) fn finish(self, keys: &[StateKey]) -> Vec<u8> {
        let Self {
            present,
            values,
            shape,
            digests,
        } = self;
        let lengths = [
            keys.len().saturating_mul(32),
            present.bytes.len(),
            values.len(),
            shape.bytes.len(),
            digests.len(),
        ];
        let mut out = Vec::with_capacity(lengths.iter().fold(10, |sum, length| sum.saturating_add(*length)));
        encode_length(keys.len(), &mut out);
        keys.iter().for_each(|key| out.extend_from_slice(&key.0.0));
        out.extend_from_slice(&present.bytes);
        out.extend_from_slice(&values);
        encode_length(shape.bytes.len(), &mut out);
        out.extend_from_slice(&shape.bytes);
        out.extend_from_slice(&digests);
        out
    }
}

fn encode_length(length: usize, out: &mut Vec<u8>) {
    // A length beyond 32 bits is a witness far beyond its limit; it fails to open either way.
    Compact(u32::try_from(length).unwrap_or(u32::MAX)).encode_to(out);
}
