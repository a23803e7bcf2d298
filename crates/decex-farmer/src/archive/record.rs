//! One record: extended, committed to, restored.

use super::code::{Code, push_chunk};
use super::layout::size;
use alloc::vec::Vec;
use decex_storage_audit::decex_core::hash::{BlockHasher, Digest};
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::decex_core::label;
use decex_storage_audit::decex_core::list::{self, ListTree};
use decex_storage_audit::{CheckedAuditParams, Chunk};

/// Fewer than half of the places of a record are known, or there are not as many places as a record has (H17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} of {places} places are known, {needed} are needed")]
pub struct TooFewChunks {
    /// Places given, known or not.
    pub places: usize,
    /// Chunks that restore a record: as many as it has source chunks.
    pub needed: usize,
    /// Chunks that are known.
    pub found: usize,
}

/// Extends, commits to and restores records, one after the other in the same work buffers.
#[derive(Debug)]
pub struct RecordCoder {
    chunks: usize,
    code: Code,
    parity: Vec<Chunk>,
}

impl RecordCoder {
    /// Makes one for records of these parameters. Allocates when it is first used.
    #[must_use]
    pub fn new(params: &CheckedAuditParams) -> Self {
        let chunks = size(params.record_chunks());
        Self {
            chunks,
            code: Code::new(chunks, 64),
            parity: Vec::new(),
        }
    }

    /// Returns all places of the record with these source chunks: they first, then their parity (H2). `None` if they are not
    /// as many as a record has.
    pub fn extend(&mut self, source: &[Chunk]) -> Option<Vec<Chunk>> {
        self.encode(source)?;
        Some([source, &self.parity].concat())
    }

    /// Returns the root of the record with these source chunks: that of [`record_tree`], of which only the leaves are kept.
    /// `None` if they are not as many as a record has.
    pub fn root(&mut self, source: &[Chunk]) -> Option<ListRoot> {
        self.encode(source)?;
        Some(list::root(&leaves(source, &self.parity)))
    }

    /// Computes the parity chunks.
    fn encode(&mut self, source: &[Chunk]) -> Option<()> {
        let parity = &mut self.parity;
        parity.clear();
        // The code refuses another number of chunks.
        self.code.parity(source, |shard| push_chunk(parity, shard)).ok()
    }

    /// Returns the source chunks of the record of which `places` holds what is known, in order: any half is enough.
    ///
    /// Whether the chunks belong together is not seen here: wrong ones restore another record, which has another root.
    ///
    /// # Errors
    /// When fewer than half are known, or there are not as many places as a record has (H17).
    pub fn recover(&mut self, places: &[Option<Chunk>]) -> Result<Vec<Chunk>, TooFewChunks> {
        let found = places.iter().flatten().count();
        let too_few = TooFewChunks {
            places: places.len(),
            needed: self.chunks,
            found,
        };
        if Some(places.len()) != self.chunks.checked_mul(2) {
            return Err(too_few);
        }
        let source = places.iter().take(self.chunks);
        let mut source: Vec<Chunk> = source.map(|chunk| chunk.unwrap_or([0; 64])).collect();
        let known = places.iter().enumerate();
        let known = known.filter_map(|(place, chunk)| chunk.as_ref().map(|chunk| (place, chunk)));
        let restored = self.code.missing(known, |place, shard| {
            if let (Some(chunk), Ok(shard)) = (source.get_mut(place), shard.try_into()) {
                *chunk = shard;
            }
        });
        // H17: the code refuses fewer than half.
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
    ListTree::new(leaves(extended, &[]))
}

/// H3: the leaves of the places of a record, in order.
fn leaves(source: &[Chunk], parity: &[Chunk]) -> Vec<Digest> {
    let mut leaves = Vec::with_capacity(source.len().saturating_add(parity.len()));
    let hasher = BlockHasher::new(&label::ARCHIVE_CHUNK);
    for chunks in [source, parity] {
        hasher.many(chunks, |leaf| leaves.push(leaf));
    }
    leaves
}
