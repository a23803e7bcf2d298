//! Open a plot: nothing in it is trusted before its checksum holds.

use super::entry::Entry;
use super::file::PlotFile;
use super::finish::sums;
use super::layout::{self, HEADER, Layout, MAGIC, Part, Seal, VERSION, size};
use alloc::vec;
use alloc::vec::Vec;
use decex_storage_audit::{AuditParams, CheckedAuditParams, FarmerId, PieceOffset, Sector, SectorId};

/// How a file is not the plot that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlot {
    /// D9: not a plot, or one that was never finished.
    #[error("not a finished plot")]
    NotAPlot,
    /// D10: another layout.
    #[error("the plot has version {found}, not {expected}")]
    Version {
        /// The version that this code reads.
        expected: u32,
        /// The one in the file.
        found: u32,
    },
    /// D11: the header is damaged.
    #[error("the header is damaged")]
    Header,
    /// D12: plotted for other parameters.
    #[error("the plot has parameters {found:?}, not {expected:?}")]
    Params {
        /// The host's parameters.
        expected: AuditParams,
        /// The plot's.
        found: AuditParams,
    },
    /// D13: another farmer's plot. Its solutions would be theirs.
    #[error("the plot is farmer {}'s, not {}'s", found.0, expected.0)]
    Farmer {
        /// Who opens it.
        expected: FarmerId,
        /// Who plotted it.
        found: FarmerId,
    },
    /// D13: another sector's plot.
    #[error("the plot is sector {found:?}, not {expected:?}")]
    Sector {
        /// The sector asked for.
        expected: Sector,
        /// The one plotted.
        found: Sector,
    },
    /// D14: bytes are missing, or there are too many.
    #[error("the plot has {found} bytes, not {expected}")]
    Length {
        /// Bytes of a plot with these parameters.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// D15: the index is damaged.
    #[error("the index is damaged")]
    Index,
    /// D16: what is kept of a record beside its chunks is damaged.
    #[error("the entry of record {} is damaged", offset.0)]
    Entry {
        /// The record's place in the sector.
        offset: PieceOffset,
    },
    /// D17: chunks of a record are damaged. A record has none to spare: it must be plotted again.
    #[error("chunks of record {} are damaged", offset.0)]
    Chunks {
        /// The record's place in the sector.
        offset: PieceOffset,
    },
    /// D18: the run of a place is damaged, or its checksum is.
    #[error("the run of place {place} is damaged")]
    Run {
        /// The place.
        place: u32,
    },
    /// D19: the checksums hold, but what is under them is not the record that was plotted.
    #[error("record {} is not the one plotted", offset.0)]
    Record {
        /// The record's place in the sector.
        offset: PieceOffset,
    },
}

impl InvalidPlot {
    /// Returns the stable code of this error: its rule's number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotAPlot => 9,
            Self::Version { .. } => 10,
            Self::Header => 11,
            Self::Params { .. } => 12,
            Self::Farmer { .. } | Self::Sector { .. } => 13,
            Self::Length { .. } => 14,
            Self::Index => 15,
            Self::Entry { .. } => 16,
            Self::Chunks { .. } => 17,
            Self::Run { .. } => 18,
            Self::Record { .. } => 19,
        }
    }
}

/// Why a plot does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlotError<E> {
    /// The file is not the plot that it should be.
    #[error(transparent)]
    Invalid(#[from] InvalidPlot),
    /// The host failed. Says nothing about the plot.
    #[error("the host failed")]
    Host(E),
}

/// A plot that is open: what of it is kept in memory, 4 bytes a place (128 KiB at production parameters).
#[derive(Clone, Debug)]
pub struct Plot {
    pub(super) params: CheckedAuditParams,
    pub(super) layout: Layout,
    pub(super) seal: Seal,
    pub(super) sector: Sector,
    pub(super) id: SectorId,
    /// Chunks that stand before each place, and before the end.
    pub(super) starts: Vec<u32>,
}

impl Plot {
    /// Opens a farmer's plot: verifies header, length and index. Entries, chunks and runs are verified when they are used.
    ///
    /// # Errors
    /// The first of D9 to D15 that does not hold, or a failure of the host.
    pub fn open<F: PlotFile>(
        params: &CheckedAuditParams,
        farmer: &FarmerId,
        file: &F,
    ) -> Result<Self, PlotError<F::Error>> {
        let sector = read_header(params, file)?;
        // D13
        if sector.farmer != *farmer {
            return Err(InvalidPlot::Farmer {
                expected: *farmer,
                found: sector.farmer,
            }
            .into());
        }
        check_length(params, file)?;
        let layout = Layout::new(params);
        let seal = Seal::new(params, &sector);
        // D15
        let starts = read_index(&layout, &seal, |at, into| file.read(at, into)).map_err(PlotError::Host)?;
        Ok(Self {
            params: *params,
            layout,
            seal,
            sector,
            id: sector.id(),
            starts: starts.ok_or(InvalidPlot::Index)?,
        })
    }

    /// Returns the sector.
    #[must_use]
    pub const fn sector(&self) -> &Sector {
        &self.sector
    }

    /// Returns the sector's name in short.
    #[must_use]
    pub const fn id(&self) -> &SectorId {
        &self.id
    }

    /// Returns the parameters that it is plotted for.
    #[must_use]
    pub const fn params(&self) -> &CheckedAuditParams {
        &self.params
    }

    /// Returns the number of the first chunk of a place's run, and that after its last.
    pub(super) fn run(&self, place: u32) -> (u32, u32) {
        let start = |place| self.starts.get(size(place)).copied();
        let first = start(place).unwrap_or(0);
        (first, start(place.saturating_add(1)).unwrap_or(first))
    }

    /// Reads the entry of a record.
    pub(super) fn entry<F: PlotFile>(
        &self,
        file: &F,
        offset: PieceOffset,
    ) -> Result<Entry, PlotError<F::Error>> {
        // D16
        let entry = read_entry(&self.layout, &self.seal, offset, |at, into| file.read(at, into));
        let entry = entry.map_err(PlotError::Host)?;
        Ok(entry.ok_or(InvalidPlot::Entry { offset })?)
    }
}

/// Reads the header of a plot: whose it is, and which sector (D9 to D12).
///
/// # Errors
/// The first of D9 to D12 that does not hold, or a failure of the host.
pub fn read_header<F: PlotFile>(
    params: &CheckedAuditParams,
    file: &F,
) -> Result<Sector, PlotError<F::Error>> {
    // D9: a plot that is not finished has zeros here, or nothing.
    let mut header = [0; HEADER];
    if file.length().map_err(PlotError::Host)? < layout::bytes(HEADER) {
        return Err(InvalidPlot::NotAPlot.into());
    }
    file.read(0, &mut header).map_err(PlotError::Host)?;
    let fields = layout::parse(&header).filter(|fields| fields.magic == MAGIC);
    let fields = fields.ok_or(InvalidPlot::NotAPlot)?;
    // D10
    if fields.version != VERSION {
        return Err(InvalidPlot::Version {
            expected: VERSION,
            found: fields.version,
        }
        .into());
    }
    // D11: to the last byte what a plotter writes.
    if layout::header(&fields.params, &fields.sector) != header {
        return Err(InvalidPlot::Header.into());
    }
    // D12
    if fields.params != **params {
        return Err(InvalidPlot::Params {
            expected: **params,
            found: fields.params,
        }
        .into());
    }
    Ok(fields.sector)
}

/// Compares the file's length with that of a plot (D14).
pub(super) fn check_length<F: PlotFile>(
    params: &CheckedAuditParams,
    file: &F,
) -> Result<(), PlotError<F::Error>> {
    // D14: so a read that fails later is the host's failure and not a plot that was cut.
    let expected = Layout::new(params).length();
    let found = file.length().map_err(PlotError::Host)?;
    if found == expected {
        Ok(())
    } else {
        Err(InvalidPlot::Length { expected, found }.into())
    }
}

/// Reads the index: how many chunks stand before each place. `None` if it is damaged (D15).
pub(super) fn read_index<E>(
    layout: &Layout,
    seal: &Seal,
    read: impl FnOnce(u64, &mut [u8]) -> Result<(), E>,
) -> Result<Option<Vec<u32>>, E> {
    let mut bytes = vec![0; layout.index_bytes()];
    read(layout.index_at(), &mut bytes)?;
    // D15: the counts are of all chunks that there are, so no run reaches out of the file.
    let Some(counts) = seal.open(Part::Index, &bytes) else {
        return Ok(None);
    };
    let (counts, _) = counts.as_chunks::<2>();
    let counts = || counts.iter().map(|count| u16::from_le_bytes(*count));
    let starts = sums(counts().map(u32::from));
    let is_whole =
        starts.last() == Some(&layout.all_chunks()) && counts().all(|count| count <= layout.pieces);
    Ok(is_whole.then_some(starts))
}

/// Reads the entry of a record. `None` if it is damaged (D16).
pub(super) fn read_entry<E>(
    layout: &Layout,
    seal: &Seal,
    offset: PieceOffset,
    read: impl FnOnce(u64, &mut [u8]) -> Result<(), E>,
) -> Result<Option<Entry>, E> {
    let mut bytes = vec![0; layout.entry_bytes()];
    read(layout.entry_at(offset), &mut bytes)?;
    Ok(Entry::decode(layout, seal, offset, &bytes))
}
