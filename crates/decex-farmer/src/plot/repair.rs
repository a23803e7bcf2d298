//! Repair a plot: records that are damaged are masked again, everything else is computed from what is left.

use super::check::{Report, check, check_header};
use super::file::PlotFile;
use super::finish::index;
use super::layout::{Layout, Part, Seal, header, size};
use super::mask::MaskedRecord;
use super::open::{InvalidPlot, PlotError};
use super::survey::{Padded, Survey};
use alloc::vec::Vec;
use decex_storage_audit::{CheckedAuditParams, Sector};

/// Writes a record that was masked again into the plot that should be its sector's: its entry; and its chunks, if all other entries are
/// right, because they say where these stand.
///
/// Repairing is a loop: [`check`]; for each record of [`Report::to_replot`], this; then [`mend`], which checks again; until the report is
/// sound. That takes two rounds if entries are damaged, one otherwise. A crash at any point leaves what the next check finds.
///
/// # Errors
/// When the file is another sector's sound plot (D10, D12, D13), the record was masked for another sector (D19), or the host fails.
pub fn repair_record<F: PlotFile>(
    params: &CheckedAuditParams,
    sector: &Sector,
    file: &mut F,
    record: &MaskedRecord,
) -> Result<(), PlotError<F::Error>> {
    let layout = Layout::new(params);
    // D19
    if record.seal != Seal::new(params, sector) {
        let offset = record.offset;
        return Err(InvalidPlot::Record { offset }.into());
    }
    // D13: not into a plot that somebody may want.
    let length = file.length().map_err(PlotError::Host)?;
    check_header(params, sector, &Padded { file: &*file, length })?;
    rewrite(params, sector, &layout, file, record).map_err(PlotError::Host)
}

fn rewrite<F: PlotFile>(
    params: &CheckedAuditParams,
    sector: &Sector,
    layout: &Layout,
    file: &mut F,
    record: &MaskedRecord,
) -> Result<(), F::Error> {
    if file.length()? != layout.length() {
        file.set_length(layout.length())?;
    }
    let entry = record.entry.encode(&record.seal, record.offset);
    file.write(layout.entry_at(record.offset), &entry)?;
    let length = layout.length();
    let survey = Survey::new(params, sector, &Padded { file: &*file, length })?;
    let Some(starts) = survey.starts.as_ref().filter(|_| survey.is_whole()) else {
        return Ok(());
    };
    let before = usize::from(record.offset.0);
    let mut next = starts.clone();
    survey.maps().take(before).for_each(|map| map.add_to(&mut next));
    for (place, chunk) in record.entry.places.iter().zip(&record.chunks) {
        if let Some(number) = next.get(size(place)) {
            file.write(layout.chunk_at(*number), chunk)?;
        }
    }
    file.sync()
}

/// Computes anew what follows from sound records: length, index, checksums of runs, header. Then checks again. If records are damaged
/// it changes nothing: they come first.
///
/// # Errors
/// When the file is another sector's sound plot (D10, D12, D13), or the host fails.
pub fn mend<F: PlotFile>(
    params: &CheckedAuditParams,
    sector: &Sector,
    file: &mut F,
) -> Result<Report, PlotError<F::Error>> {
    let report = check(params, sector, file)?;
    // D22: a checksum is only written over what another checksum holds for.
    if report.is_sound() || report.to_replot().next().is_some() {
        return Ok(report);
    }
    derive(params, sector, file).map_err(PlotError::Host)?;
    check(params, sector, file)
}

fn derive<F: PlotFile>(params: &CheckedAuditParams, sector: &Sector, file: &mut F) -> Result<(), F::Error> {
    let layout = Layout::new(params);
    let length = layout.length();
    if file.length()? != length {
        file.set_length(length)?;
    }
    let padded = Padded { file: &*file, length };
    let survey = Survey::new(params, sector, &padded)?;
    let starts = survey.starts.as_deref().unwrap_or_default();
    let mut checks = Vec::new();
    survey.each_run(&padded, starts, |place, run| {
        let check = survey.seal.of(Part::Run(place), run.as_flattened());
        checks.extend_from_slice(&check.0);
        Ok(())
    })?;
    file.write(layout.index_at(), &survey.seal.close(Part::Index, index(starts)))?;
    file.write(layout.check_at(0), &checks)?;
    // D8: a file that has a header is a whole plot.
    file.sync()?;
    file.write(0, &header(params, sector))?;
    file.sync()
}
