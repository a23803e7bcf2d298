//! Read a record back out of a plot: to prove a chunk of it, or to serve it to others.

use super::entry::Entry;
use super::file::PlotFile;
use super::layout::size;
use super::mask::plotted;
use super::open::{InvalidPlot, Plot, PlotError};
use crate::archive::{Piece, RecordCoder, record_tree};
use crate::table::Table;
use alloc::vec;
use alloc::vec::Vec;
use decex_core::id::ListRoot;
use decex_core::list::ListTree;
use decex_storage_audit::{Chunk, PieceIndex, PieceOffset, space};

/// A record that was read out of a plot.
#[derive(Debug)]
pub(super) struct Restored {
    pub(super) entry: Entry,
    /// All places of the record, not masked.
    pub(super) extended: Vec<Chunk>,
    pub(super) tree: ListTree,
    pub(super) table: Table,
}

impl Plot {
    /// Reads the piece at `offset` back, as it came from history: `None` if a sector has no such piece. Costs the tables of the proof of
    /// space.
    ///
    /// # Errors
    /// When what is stored of it is damaged (D16, D17, D19), or the host fails.
    pub fn read_piece<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
    ) -> Result<Option<(PieceIndex, Piece)>, PlotError<F::Error>> {
        let index = self.id.piece(&self.params, self.sector.history, offset);
        let Some(index) = index.filter(|_| offset.0 < self.layout.pieces) else {
            return Ok(None);
        };
        let restored = self.restore(file, offset)?;
        let mut record = restored.extended;
        record.truncate(size(self.layout.chunks));
        let path = restored.entry.path;
        Ok(Some((index, Piece { record, path })))
    }

    /// Verifies a record to the bottom: its masks come off, and what is under them leads to the root of its segment. Costs the tables of
    /// the proof of space; what [`check`](super::check) does costs none and finds every damage.
    ///
    /// # Errors
    /// When what is stored of it is damaged (D16, D17), or is not the piece of history that belongs there (D19), or the host fails.
    pub fn verify_record<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
        segment_root: &ListRoot,
    ) -> Result<(), PlotError<F::Error>> {
        // D19: to the root that the chain has.
        let other = InvalidPlot::Record { offset };
        let (index, piece) = self.read_piece(file, offset)?.ok_or(other)?;
        piece
            .verify(&self.params, index.place(&self.params), segment_root)
            .map_err(|_| other.into())
    }

    /// Reads the record at `offset` and takes the masks off.
    pub(super) fn restore<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
    ) -> Result<Restored, PlotError<F::Error>> {
        let (entry, masked) = self.read_record(file, offset)?;
        // D17: before the expensive part.
        if !entry.has(&self.seal, offset, &masked) {
            return Err(InvalidPlot::Chunks { offset }.into());
        }
        let other = InvalidPlot::Record { offset };
        let table = Table::new(self.params.k, &self.id.space_seed(offset));
        let mut known = vec![None::<Chunk>; size(self.layout.places)];
        // D19: the places are those that have proofs. The root below does not see it: chunks of which one stands a place too far
        // are still in order.
        for ((place, proof), chunk) in plotted(&table, &self.layout).zip(&masked) {
            // As many as there are, and none of them is another: the same.
            if !entry.places.contains(place) {
                return Err(other.into());
            }
            if let Some(known) = known.get_mut(size(place)) {
                *known = Some(space::mask(&proof, chunk));
            }
        }
        // D19: half of the places are all of the record, and it is the one with the entry's root.
        let mut coder = RecordCoder::new(&self.params);
        let source = coder.recover(&known).map_err(|_| other)?;
        let extended = coder.extend(&source).ok_or(other)?;
        let tree = record_tree(&extended);
        if tree.root() != entry.root {
            return Err(other.into());
        }
        Ok(Restored {
            entry,
            extended,
            tree,
            table,
        })
    }

    /// Reads a record as it stands: its entry, and its masked chunks in ascending order of places.
    fn read_record<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
    ) -> Result<(Entry, Vec<Chunk>), PlotError<F::Error>> {
        let entry = self.entry(file, offset)?;
        let at = self.chunk_offsets(file, offset, &entry)?;
        let mut masked: Vec<Chunk> = vec![[0; 64]; at.len()];
        file.read_chunks(&at, &mut masked).map_err(PlotError::Host)?;
        Ok((entry, masked))
    }

    /// Returns where in the file a record's chunks are: at each place behind those of the records before.
    pub(super) fn chunk_offsets<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
        entry: &Entry,
    ) -> Result<Vec<u64>, PlotError<F::Error>> {
        let mut next: Vec<u32> = self.starts.clone();
        for before in (0..offset.0).map(PieceOffset) {
            self.entry(file, before)?.places.add_to(&mut next);
        }
        let mut at = Vec::new();
        for place in entry.places.iter() {
            let (_, end) = self.run(place);
            let number = next.get(size(place)).copied().filter(|number| *number < end);
            // D15: the index counts fewer chunks than the entries have.
            let number = number.ok_or(InvalidPlot::Index)?;
            at.push(self.layout.chunk_at(number));
        }
        Ok(at)
    }
}
