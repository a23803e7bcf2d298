//! One record: extended, committed to, restored.

use super::code::{Code, push_chunk};
use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::BlockHasher;
use decex_storage_audit::decex_core::label;
use decex_storage_audit::decex_core::list::ListTree;
use decex_storage_audit::{CheckedAuditParams, Chunk};

/// Fewer than half of the places of a record are known, or there are not as many places as a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} of {places} places are known, {needed} are needed")]
pub struct TooFewChunks {
    /// Places given, known or not.
    pub places: usize,
    /// Chunks that restore a record: as many as it has source chunks.
    pub needed: u32,
    /// Chunks that are known.
    pub found: usize,
}

/// Extends and restores records, one after the other in the same work buffers.
#[derive(Debug)]
pub struct RecordCoder {
    chunks: u32,
    code: Code,
}

impl RecordCoder {
    /// Makes one for records of these parameters. Allocates when it is first used.
    #[must_use]
    pub fn new(params: &CheckedAuditParams) -> Self {
        let chunks = params.record_chunks();
        // Below 2^16, so the fallback is never taken; it would refuse every record.
        let count = usize::try_from(chunks).unwrap_or(0);
        Self {
            chunks,
            code: Code::new(count, 64),
        }
    }

    /// Returns all places of the record with these source chunks: they first, then their parity (H2). `None` if they are not
    /// as many as a record has.
    pub fn extend(&mut self, source: &[Chunk]) -> Option<Vec<Chunk>> {
        if u32::try_from(source.len()) != Ok(self.chunks) {
            return None;
        }
        let mut places = Vec::with_capacity(source.len().checked_mul(2)?);
        places.extend_from_slice(source);
        self.code
            .parity(source, |shard| push_chunk(&mut places, shard))
            .ok()?;
        Some(places)
    }

    /// Returns the source chunks of the record of which `places` holds what is known, in order: any half is enough.
    ///
    /// Whether the chunks belong together is not seen here: wrong ones restore another record, which has another root.
    ///
    /// # Errors
    /// When fewer than half are known, or there are not as many places as a record has.
    pub fn recover(&mut self, places: &[Option<Chunk>]) -> Result<Vec<Chunk>, TooFewChunks> {
        let found = places.iter().flatten().count();
        let too_few = TooFewChunks {
            places: places.len(),
            needed: self.chunks,
            found,
        };
        let count = usize::try_from(self.chunks).map_err(|_| too_few)?;
        if Some(places.len()) != count.checked_mul(2) || found < count {
            return Err(too_few);
        }
        let mut source: Vec<Chunk> = places
            .iter()
            .take(count)
            .map(|chunk| chunk.unwrap_or([0; 64]))
            .collect();
        let known = places.iter().enumerate();
        let known = known.filter_map(|(place, chunk)| chunk.as_ref().map(|chunk| (place, chunk)));
        let restored = self.code.missing(known, |place, shard| {
            if let (Some(chunk), Ok(shard)) = (source.get_mut(place), shard.try_into()) {
                *chunk = shard;
            }
        });
        restored.map_err(|_| too_few)?;
        Ok(source)
    }
}

/// Returns all places of the record with these source chunks: [`RecordCoder::extend`], once.
#[must_use]
pub fn extend(params: &CheckedAuditParams, source: &[Chunk]) -> Option<Vec<Chunk>> {
    RecordCoder::new(params).extend(source)
}

/// Returns the source chunks of a record of which any half is known: [`RecordCoder::recover`], once.
///
/// # Errors
/// As there.
pub fn recover(params: &CheckedAuditParams, places: &[Option<Chunk>]) -> Result<Vec<Chunk>, TooFewChunks> {
    RecordCoder::new(params).recover(places)
}

/// Returns the commitment to a record: a list over the leaves of all its places (H3).
#[must_use]
pub fn record_tree(extended: &[Chunk]) -> ListTree {
    // H3
    let mut leaves = Vec::with_capacity(extended.len());
    BlockHasher::new(&label::ARCHIVE_CHUNK).many(extended, |leaf| leaves.push(leaf));
    ListTree::new(leaves)
}
