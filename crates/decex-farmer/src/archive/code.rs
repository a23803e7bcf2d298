//! Reed–Solomon over equal counts of source and parity shards, with work buffers that are used again (H2).

use alloc::vec::Vec;
use core::fmt;
use reed_solomon_simd::{Error, ReedSolomonDecoder, ReedSolomonEncoder};

/// The code of one shape: `count` source shards and as many parity shards, each of `bytes`.
pub(crate) struct Code {
    count: usize,
    bytes: usize,
    encoder: Option<ReedSolomonEncoder>,
    decoder: Option<ReedSolomonDecoder>,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("count", &self.count)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Code {
    /// Allocates nothing before the first use.
    pub(crate) const fn new(count: usize, bytes: usize) -> Self {
        Self {
            count,
            bytes,
            encoder: None,
            decoder: None,
        }
    }

    /// Hands each parity shard of `source` to `each`, in order. An error if `source` is not of this shape.
    pub(crate) fn parity<S: AsRef<[u8]>>(
        &mut self,
        source: impl IntoIterator<Item = S>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let (count, bytes) = (self.count, self.bytes);
        // Taken out, and put back if all went well: no call begins with the shards of one that failed.
        let mut encoder = match self.encoder.take() {
            Some(encoder) => encoder,
            None => ReedSolomonEncoder::new(count, count, bytes)?,
        };
        // H2
        for shard in source {
            encoder.add_original_shard(shard)?;
        }
        encoder.encode()?.recovery_iter().for_each(each);
        self.encoder = Some(encoder);
        Ok(())
    }

    /// Hands each source shard that is missing in `shards`, with its place, to `each`. `shards` are those that are known,
    /// each with its place: source first, then parity. An error if they are fewer than half, or not of this shape.
    pub(crate) fn missing<S: AsRef<[u8]>>(
        &mut self,
        shards: impl IntoIterator<Item = (usize, S)>,
        mut each: impl FnMut(usize, &[u8]),
    ) -> Result<(), Error> {
        let (count, bytes) = (self.count, self.bytes);
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => ReedSolomonDecoder::new(count, count, bytes)?,
        };
        for (place, shard) in shards {
            match place.checked_sub(count) {
                Some(parity) => decoder.add_recovery_shard(parity, shard)?,
                None => decoder.add_original_shard(place, shard)?,
            }
        }
        let restored = decoder.decode()?;
        restored
            .restored_original_iter()
            .for_each(|(place, shard)| each(place, shard));
        drop(restored);
        self.decoder = Some(decoder);
        Ok(())
    }
}

/// Collects shards that are chunks.
pub(crate) fn push_chunk(into: &mut Vec<[u8; 64]>, shard: &[u8]) {
    into.extend(shard.as_chunks().0);
}
