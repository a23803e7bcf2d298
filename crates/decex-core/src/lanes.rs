//! Hash many 64-byte messages at once: what commitments are made of.
//!
//! BLAKE3 computes up to sixteen independent compressions side by side, about ten times faster than one after another.
//! Its public interface does not reach that, so this file is the only one to use `blake3::platform`, and it is why the
//! dependency is pinned (docs/adr/0003-hashing.md). The digests equal those of [`crate::Hash`] bit for bit; the tests
//! below compare every number of lanes.

use crate::hash::{Digest, Hash};
use crate::label::Label;
use alloc::vec::Vec;
use blake3::IncrementCounter;
use blake3::platform::{Platform, le_bytes_from_words_32, words_from_le_bytes_32};

/// A message of exactly one BLAKE3 block.
pub(crate) type Block = [u8; 64];

// Flags of BLAKE3 (section 2.1 of its paper). A 64-byte message is one block: the first and the last of its only chunk,
// and the root.
const CHUNK_START: u8 = 1 << 0;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const KEYED_HASH: u8 = 1 << 4;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;

/// Most messages that are compressed side by side on any platform.
pub(crate) const WIDTH: usize = 16;

/// Hashing under one label or key, of 64-byte messages above all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes {
    platform: Platform,
    key: [u32; 8],
    mode: u8,
}

impl Lanes {
    /// Prepares hashing under `label`.
    pub(crate) fn new(label: &Label) -> Self {
        Self {
            platform: Platform::detect(),
            key: words_from_le_bytes_32(label.key()),
            mode: DERIVE_KEY_MATERIAL,
        }
    }

    /// Prepares keyed hashing. Equals [`Hash::keyed`].
    pub(crate) fn keyed(key: &Digest) -> Self {
        Self {
            platform: Platform::detect(),
            key: words_from_le_bytes_32(&key.0),
            mode: KEYED_HASH,
        }
    }

    /// Returns the hash of a message of any length. One of at most a block costs one compression and little else.
    pub(crate) fn message(&self, bytes: &[u8]) -> Digest {
        let mut block = [0; 64];
        match (block.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(start), Ok(length)) => {
                start.copy_from_slice(bytes);
                self.compress(&block, length)
            }
            _ => self.long(bytes),
        }
    }

    /// Returns the hash of one block.
    pub(crate) fn one(&self, block: &Block) -> Digest {
        self.compress(block, 64)
    }

    /// Returns the hash of `left ‖ right`.
    pub(crate) fn pair(&self, left: &Digest, right: &Digest) -> Digest {
        self.one(&join(left, right))
    }

    /// Returns the hashes of up to [`WIDTH`] blocks, in order. What follows them is without meaning; blocks beyond the
    /// width are left out.
    pub(crate) fn group(&self, blocks: &[&Block]) -> [Digest; WIDTH] {
        let mut digests = [Digest::ZERO; WIDTH];
        if let ([block], Some(first)) = (blocks, digests.first_mut()) {
            *first = self.one(block);
            return digests;
        }
        // Fewer blocks than lanes are split into powers of two, one after another: three take longer than four.
        let lanes = blocks.len().next_power_of_two();
        let lanes = if lanes <= self.platform.simd_degree() {
            lanes
        } else {
            blocks.len()
        };
        let mut inputs = [&[0; 64]; WIDTH];
        inputs
            .iter_mut()
            .zip(blocks)
            .for_each(|(input, block)| *input = block);
        let mut out = [0; WIDTH * 32];
        self.platform.hash_many(
            inputs.get(..lanes).unwrap_or(&inputs),
            &self.key,
            0,
            IncrementCounter::No,
            self.mode,
            CHUNK_START,
            CHUNK_END | ROOT,
            &mut out,
        );
        let (hashes, _) = out.as_chunks();
        digests
            .iter_mut()
            .zip(hashes)
            .for_each(|(digest, hash)| digest.0 = *hash);
        digests
    }

    /// Returns the hash of a message of more than a block.
    fn long(&self, bytes: &[u8]) -> Digest {
        let key = Digest(le_bytes_from_words_32(&self.key));
        let hash = if self.mode == KEYED_HASH {
            Hash::keyed(&key)
        } else {
            Hash::derived(&key.0)
        };
        hash.chain(bytes).finish()
    }

    fn compress(&self, block: &Block, length: u8) -> Digest {
        let mut words = self.key;
        let flags = self.mode | CHUNK_START | CHUNK_END | ROOT;
        // The first 32 bytes of root output are the chaining value itself.
        self.platform
            .compress_in_place(&mut words, block, length, 0, flags);
        Digest(le_bytes_from_words_32(&words))
    }
}

/// Returns `left ‖ right`.
pub(crate) fn join(left: &Digest, right: &Digest) -> Block {
    let mut block = [0; 64];
    let (first, second) = block.split_at_mut(32);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    block
}

/// Returns the hash of each pair's `left ‖ right` under `label`, in order. Equal to
/// `Hash::new(label).chain(left).chain(right).finish()` for each.
#[allow(dead_code, reason = "used by the list commitment")]
pub(crate) fn hash_pairs(label: &Label, pairs: &[[Digest; 2]]) -> Vec<Digest> {
    let lanes = Lanes::new(label);
    let mut out = Vec::with_capacity(pairs.len());
    let mut blocks = [[0; 64]; WIDTH];
    for group in pairs.chunks(WIDTH) {
        blocks
            .iter_mut()
            .zip(group)
            .for_each(|(block, [left, right])| *block = join(left, right));
        let mut inputs = [&[0; 64]; WIDTH];
        inputs
            .iter_mut()
            .zip(&blocks)
            .for_each(|(input, block)| *input = block);
        out.extend(
            lanes
                .group(inputs.get(..group.len()).unwrap_or_default())
                .into_iter()
                .take(group.len()),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Lanes, WIDTH, hash_pairs, join};
    use crate::hash::{Digest, Hash, digest};
    use crate::label;
    use alloc::vec::Vec;

    fn pairs(count: usize) -> Vec<[Digest; 2]> {
        (0..count)
            .map(|i| {
                [
                    digest(&label::TRACE, &i.to_le_bytes()),
                    digest(&label::OUTBOX, &i.to_le_bytes()),
                ]
            })
            .collect()
    }

    #[test]
    fn equals_the_public_interface_for_every_number_of_lanes() {
        for label in label::ALL {
            for count in 0..=WIDTH * 2 + 3 {
                let pairs = pairs(count);
                let expected: Vec<Digest> = pairs
                    .iter()
                    .map(|[left, right]| Hash::new(label).chain(left).chain(right).finish())
                    .collect();
                assert_eq!(hash_pairs(label, &pairs), expected, "{count} under {label:?}");
            }
        }
    }

    #[test]
    fn a_message_of_any_length_equals_the_public_interface() {
        let lanes = Lanes::new(&label::STATE_VALUE);
        let bytes: Vec<u8> = (0..=255).cycle().take(1200).collect();
        for length in 0..bytes.len() {
            assert_eq!(
                lanes.message(&bytes[..length]),
                Hash::new(&label::STATE_VALUE).chain(&bytes[..length]).finish(),
                "{length}"
            );
        }
    }

    #[test]
    fn a_keyed_hash_equals_the_public_interface() {
        let key = digest(&label::SECTOR_CHALLENGE, b"key");
        let lanes = Lanes::keyed(&key);
        let bytes: Vec<u8> = (0..=255).cycle().take(200).collect();
        for length in 0..bytes.len() {
            let expected = Hash::keyed(&key).chain(&bytes[..length]).finish();
            assert_eq!(lanes.message(&bytes[..length]), expected, "{length}");
        }
        let blocks: Vec<_> = pairs(WIDTH)
            .iter()
            .map(|[left, right]| join(left, right))
            .collect();
        let inputs: Vec<_> = blocks.iter().collect();
        let expected: Vec<Digest> = blocks
            .iter()
            .map(|block| Hash::keyed(&key).chain(block).finish())
            .collect();
        assert_eq!(lanes.group(&inputs).as_slice(), expected);
    }

    #[test]
    fn a_group_over_the_width_is_cut() {
        let lanes = Lanes::new(&label::STATE_NODE);
        let blocks: Vec<_> = pairs(WIDTH + 3)
            .iter()
            .map(|[left, right]| join(left, right))
            .collect();
        let inputs: Vec<_> = blocks.iter().collect();
        let one: Vec<Digest> = blocks.iter().take(WIDTH).map(|block| lanes.one(block)).collect();
        assert_eq!(lanes.group(&inputs).as_slice(), one);
    }
}
