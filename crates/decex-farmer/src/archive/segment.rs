//! A whole segment: all its records, source and parity, and the commitment to them.

use super::code::Code;
use super::layout::{Layout, size};
use super::piece::Piece;
use super::record::RecordCoder;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use decex_storage_audit::decex_core::hash::Digest;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::decex_core::list::ListTree;
use decex_storage_audit::{CheckedAuditParams, Chunk};

/// All pieces of a segment: source records first, then parity records. At production parameters 256 MiB.
#[derive(Clone, Debug)]
pub struct Segment {
    record_chunks: usize,
    chunks: Vec<Chunk>,
    tree: ListTree,
}

impl Segment {
    /// Makes the segment of these source records, chunk after chunk: adds the parity and commits to all. `None` if they are
    /// not as many chunks as the source records of a segment have.
    #[must_use]
    pub fn new(params: &CheckedAuditParams, mut source: Vec<Chunk>) -> Option<Self> {
        let layout = Layout::new(params);
        if source.len() != layout.source_chunks() {
            return None;
        }
        source.resize(layout.chunks(), [0; 64]);
        Self::complete(&layout, &mut SegmentCoder::new(params), source, &[])
    }

    /// Makes the segment from chunks of which the source records are filled in. `known` has the roots of some records, by
    /// place; the others are computed.
    pub(crate) fn complete(
        layout: &Layout,
        coder: &mut SegmentCoder,
        mut chunks: Vec<Chunk>,
        known: &[Option<ListRoot>],
    ) -> Option<Self> {
        coder.fill_parity(&mut chunks)?;
        // H4: the leaf of a record is its root.
        let mut roots: Vec<Digest> = Vec::new();
        let mut known = known.iter();
        for record in chunks.chunks(layout.record_chunks) {
            let root = match known.next() {
                Some(Some(root)) => *root,
                _ => coder.record.root(record)?,
            };
            roots.push(root.0);
        }
        Some(Self {
            record_chunks: layout.record_chunks,
            chunks,
            tree: ListTree::new(roots),
        })
    }

    /// Returns the root: what the host keeps (H4).
    #[must_use]
    pub fn root(&self) -> ListRoot {
        self.tree.root()
    }

    /// Returns the number of pieces.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        self.tree.length()
    }

    /// Returns the source chunks of the record at `place`.
    #[must_use]
    pub fn record(&self, place: u32) -> Option<&[Chunk]> {
        let start = size(place).checked_mul(self.record_chunks)?;
        self.chunks.get(start..start.checked_add(self.record_chunks)?)
    }

    /// Returns the piece at `place`.
    #[must_use]
    pub fn piece(&self, place: u32) -> Option<Piece> {
        Some(Piece {
            record: self.record(place)?.to_vec(),
            path: self.tree.prove(place, 1)?.siblings.into_inner(),
        })
    }
}

/// Chunks of each record that are coded together. The code works on each column of chunks by itself, so any number gives the
/// same bytes; these with their work buffer (1 MiB at production parameters) stay in a core's second cache.
const STRIPE: usize = 32;

/// Codes across the records of a segment (H2).
#[derive(Debug)]
pub(crate) struct SegmentCoder {
    layout: Layout,
    stripe: usize,
    code: Code,
    pub(crate) record: RecordCoder,
}

impl SegmentCoder {
    pub(crate) fn new(params: &CheckedAuditParams) -> Self {
        let layout = Layout::new(params);
        // Both are powers of two: stripes have no rest.
        let stripe = layout.record_chunks.min(STRIPE);
        Self {
            layout,
            stripe,
            code: Code::new(layout.records, stripe.saturating_mul(64)),
            record: RecordCoder::new(params),
        }
    }

    /// Returns chunks for a whole segment, all zero.
    pub(crate) fn blank(&self) -> Vec<Chunk> {
        vec![[0; 64]; self.layout.chunks()]
    }

    /// Computes the parity records of `chunks` from its source records.
    fn fill_parity(&mut self, chunks: &mut [Chunk]) -> Option<()> {
        let Layout { record_chunks, .. } = self.layout;
        let (source, parity) = chunks.split_at_mut_checked(self.layout.source_chunks())?;
        for start in (0..record_chunks).step_by(self.stripe) {
            let columns = start..start.checked_add(self.stripe)?;
            let shards = source
                .chunks(record_chunks)
                .filter_map(|record| record.get(columns.clone()));
            let mut records = parity.chunks_mut(record_chunks);
            let coded = self.code.parity(shards.map(<[Chunk]>::as_flattened), |shard| {
                write(records.next(), &columns, shard);
            });
            coded.ok()?;
        }
        Some(())
    }

    /// Computes the source records of `chunks` that are not among the `known` ones, each given with its place. `None` if
    /// fewer than half are.
    pub(crate) fn fill_missing(&mut self, chunks: &mut [Chunk], known: &[(usize, &[Chunk])]) -> Option<()> {
        let record_chunks = self.layout.record_chunks;
        for start in (0..record_chunks).step_by(self.stripe) {
            let columns = start..start.checked_add(self.stripe)?;
            let shards = known
                .iter()
                .filter_map(|(place, record)| Some((*place, record.get(columns.clone())?.as_flattened())));
            let decoded = self.code.missing(shards, |place, shard| {
                write(chunks.chunks_mut(record_chunks).nth(place), &columns, shard);
            });
            decoded.ok()?;
        }
        Some(())
    }
}

/// Writes a shard into its columns of a record.
fn write(record: Option<&mut [Chunk]>, columns: &Range<usize>, shard: &[u8]) {
    let into = record.and_then(|record| record.get_mut(columns.clone()));
    let into = into.map(<[Chunk]>::as_flattened_mut);
    // They are as long as each other, and no slice of another length is copied.
    if let Some(into) = into.filter(|into| into.len() == shard.len()) {
        into.copy_from_slice(shard);
    }
}
