//! Check a whole plot, and say precisely what of it is damaged. Costs no tables.

use super::file::PlotFile;
use super::layout::{self, HEADER, MAGIC, VERSION};
use super::open::{InvalidPlot, PlotError};
use super::survey::{Padded, Survey};
use alloc::vec::Vec;
use decex_storage_audit::{CheckedAuditParams, PieceOffset, Sector};

/// What is damaged in a plot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// Everything that was found, in the order in which it stands in the file.
    pub damage: Vec<InvalidPlot>,
    /// Whether it could be found out where runs begin, and so whether they were checked: not if both the index and an entry are damaged.
    pub runs_checked: bool,
    /// Whether it was found out which records' chunks are damaged: not if an entry is. Repair entries, then check again.
    pub records_checked: bool,
}

impl Report {
    /// Returns whether everything was checked and nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.runs_checked && self.records_checked
    }

    /// Returns the records that must be plotted again: no other data has what is lost.
    pub fn to_replot(&self) -> impl Iterator<Item = PieceOffset> + '_ {
        self.damage.iter().filter_map(|damage| match damage {
            InvalidPlot::Entry { offset } | InvalidPlot::Chunks { offset } => Some(*offset),
            InvalidPlot::NotAPlot
            | InvalidPlot::Version { .. }
            | InvalidPlot::Header
            | InvalidPlot::Params { .. }
            | InvalidPlot::Farmer { .. }
            | InvalidPlot::Sector { .. }
            | InvalidPlot::Length { .. }
            | InvalidPlot::Index
            | InvalidPlot::Run { .. }
            | InvalidPlot::Record { .. } => None,
        })
    }
}

/// Checks all of a plot that should be `sector`'s. Reads it once from beginning to end, and holds two bits and four bytes per place, and
/// 8 KiB per record (some 12 MB at production parameters).
///
/// # Errors
/// When the file is another sector's sound plot (D10, D12, D13): that is no damage. When the host fails.
pub fn check<F: PlotFile>(
    params: &CheckedAuditParams,
    sector: &Sector,
    file: &F,
) -> Result<Report, PlotError<F::Error>> {
    let length = file.length().map_err(PlotError::Host)?;
    let file = Padded { file, length };
    let mut damage = Vec::new();
    damage.extend(check_header(params, sector, &file)?);
    let survey = Survey::new(params, sector, &file).map_err(PlotError::Host)?;
    let expected = survey.layout.length();
    if length != expected {
        // D14
        let found = length;
        damage.push(InvalidPlot::Length { expected, found });
    }
    // D16
    damage.extend(survey.missing().map(|offset| InvalidPlot::Entry { offset }));
    // D15
    damage.extend(survey.index_is_damaged.then_some(InvalidPlot::Index));
    if let Some(starts) = &survey.starts {
        survey.runs(&file, starts, &mut damage).map_err(PlotError::Host)?;
    }
    Ok(Report {
        damage,
        runs_checked: survey.starts.is_some(),
        records_checked: survey.is_whole(),
    })
}

/// Compares the header with what it should be.
pub(super) fn check_header<F: PlotFile>(
    params: &CheckedAuditParams,
    sector: &Sector,
    file: &Padded<'_, F>,
) -> Result<Option<InvalidPlot>, PlotError<F::Error>> {
    let mut header = [0; HEADER];
    file.read(0, &mut header).map_err(PlotError::Host)?;
    if layout::header(params, sector) == header {
        return Ok(None);
    }
    // A header that is sound, but not this one: somebody may want that plot.
    let sound = layout::parse(&header).filter(|fields| fields.magic == MAGIC && layout::is_sealed(&header));
    let Some(fields) = sound else {
        // D9, D11
        return Ok(Some(InvalidPlot::Header));
    };
    // D10
    if fields.version != VERSION {
        return Err(InvalidPlot::Version {
            expected: VERSION,
            found: fields.version,
        }
        .into());
    }
    // D12
    if fields.params != **params {
        return Err(InvalidPlot::Params {
            expected: **params,
            found: fields.params,
        }
        .into());
    }
    // D13
    if fields.sector != *sector {
        return Err(InvalidPlot::Sector {
            expected: *sector,
            found: fields.sector,
        }
        .into());
    }
    Ok(Some(InvalidPlot::Header))
}
