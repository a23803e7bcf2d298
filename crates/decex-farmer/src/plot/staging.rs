//! Records on their way into a plot: each in a slot of its own, as soon as it is masked.

use super::entry::Entry;
use super::file::PlotFile;
use super::layout::{Layout, MAGIC, Seal, bytes, size};
use super::mask::MaskedRecord;
use super::progress::Progress;
use alloc::vec;
use alloc::vec::Vec;
use decex_storage_audit::{CheckedAuditParams, Chunk, PieceOffset, Sector};

/// Why a file is not a staging file, or not one that a plot can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStaging {
    /// D6: the file is a finished plot. Nothing is written into it.
    #[error("the file is a finished plot")]
    IsPlot,
    /// D6: the file is longer than any staging file of these parameters. Nothing is written into it.
    #[error("a staging file has {expected} bytes, not {found}")]
    Length {
        /// Bytes of a staging file.
        expected: u64,
        /// Bytes of this one.
        found: u64,
    },
    /// D7: the record was masked for another sector or other parameters.
    #[error("record {} was masked for another sector", offset.0)]
    OtherSector {
        /// Its place in the other sector.
        offset: PieceOffset,
    },
    /// D7: a record is not there, or its slot is damaged. Mask it again.
    #[error("record {} is not there", offset.0)]
    Missing {
        /// Its place in the sector.
        offset: PieceOffset,
    },
}

impl InvalidStaging {
    /// Returns the stable code of this error: its rule's number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::IsPlot | Self::Length { .. } => 6,
            Self::OtherSector { .. } | Self::Missing { .. } => 7,
        }
    }
}

/// Why plotting does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StagingError<E> {
    /// The staging file is not what it should be.
    #[error(transparent)]
    Invalid(#[from] InvalidStaging),
    /// The host failed. Open the file again when it works.
    #[error("the host failed")]
    Host(E),
}

/// Which records of a sector are masked and stored. Of the state of plotting nothing is kept but the slots: what has a checksum that
/// holds is there, whatever happened in between (D5).
#[derive(Clone, Debug)]
pub struct Staging {
    pub(super) layout: Layout,
    pub(super) seal: Seal,
    pub(super) header: Vec<u8>,
    done: Vec<bool>,
}

impl Staging {
    /// Opens the staging file of a sector, an empty one or one that an earlier run left, and finds out which records are there: reads
    /// all of it. A sector's staging file is named by the embedder; slots of other sectors count as empty.
    ///
    /// # Errors
    /// When the file is a plot or too long (D6), or the host fails.
    pub fn open<F: PlotFile>(
        params: &CheckedAuditParams,
        sector: &Sector,
        file: &mut F,
    ) -> Result<Self, StagingError<F::Error>> {
        let layout = Layout::new(params);
        let expected = layout.staging_length();
        let found = file.length().map_err(StagingError::Host)?;
        // D6: what is in the file may be worth keeping.
        let mut first = [0; MAGIC.len()];
        if found >= bytes(first.len()) {
            file.read(0, &mut first).map_err(StagingError::Host)?;
        }
        if first == MAGIC {
            return Err(InvalidStaging::IsPlot.into());
        }
        if found > expected {
            return Err(InvalidStaging::Length { expected, found }.into());
        }
        if found < expected {
            file.set_length(expected).map_err(StagingError::Host)?;
        }
        let mut staging = Self {
            layout,
            seal: Seal::new(params, sector),
            header: super::layout::header(params, sector),
            done: Vec::new(),
        };
        for offset in layout.offsets() {
            let slot = staging.read(file, offset).map_err(StagingError::Host)?;
            staging.done.push(slot.is_some());
        }
        Ok(staging)
    }

    /// Returns the records that are not there yet.
    pub fn missing(&self) -> impl Iterator<Item = PieceOffset> + '_ {
        let slots = self.layout.offsets().zip(&self.done);
        slots.filter(|(_, done)| !**done).map(|(offset, _)| offset)
    }

    /// Returns how many records are there.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let done = self.done.iter().filter(|done| **done).count();
        Progress {
            done: u32::try_from(done).unwrap_or(u32::MAX),
            total: self.layout.pieces.into(),
        }
    }

    /// Stores a record, whichever it is, and waits until it survives a crash.
    ///
    /// # Errors
    /// When the record is another sector's (D7), or the host fails.
    pub fn store<F: PlotFile>(
        &mut self,
        file: &mut F,
        record: &MaskedRecord,
    ) -> Result<Progress, StagingError<F::Error>> {
        let offset = record.offset;
        // D7: the seal is that of sector and parameters.
        if record.seal != self.seal {
            return Err(InvalidStaging::OtherSector { offset }.into());
        }
        // D5: a slot that is written in part has no checksum that holds, whatever was in it before.
        self.mark(offset, false);
        let entry = record.entry.encode(&self.seal, offset);
        let written = file
            .write(self.layout.slot_at(offset), &entry)
            .and_then(|()| file.write(self.layout.slot_chunk_at(offset, 0), record.chunks.as_flattened()))
            .and_then(|()| file.sync());
        written.map_err(StagingError::Host)?;
        self.mark(offset, true);
        Ok(self.progress())
    }

    fn mark(&mut self, offset: PieceOffset, is_done: bool) {
        if let Some(done) = self.done.get_mut(usize::from(offset.0)) {
            *done = is_done;
        }
    }

    /// Reads a slot: entry and chunks, `None` if they are not there whole (D5).
    pub(super) fn read<F: PlotFile>(&self, file: &F, offset: PieceOffset) -> Result<Option<Entry>, F::Error> {
        // D5: entry and chunks, each by its checksum.
        let layout = &self.layout;
        let mut slot = vec![0; layout.entry_bytes()];
        file.read(layout.slot_at(offset), &mut slot)?;
        let Some(entry) = Entry::decode(layout, &self.seal, offset, &slot) else {
            return Ok(None);
        };
        let mut chunks: Vec<Chunk> = vec![[0; 64]; size(layout.chunks)];
        file.read(layout.slot_chunk_at(offset, 0), chunks.as_flattened_mut())?;
        Ok(entry.has(&self.seal, offset, &chunks).then_some(entry))
    }
}
