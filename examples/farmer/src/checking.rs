//! `farmer check`: read plots, say what is damaged, repair it.

use crate::args::Check as Options;
use crate::disk::Disk;
use crate::farm::Farm;
use crate::history::History;
use crate::plotting::mask_all;
use crate::problem::Problem;
use crate::progress::Progress;
use decex_farmer::plot::{Plot, PlotError, check, mend, read_header, repair_record};
use decex_storage_audit::{PieceOffset, Sector};
use std::path::Path;

/// Most rounds of repair: damaged entries take two, and one more to see that nothing is left.
const ROUNDS: u32 = 3;

/// What came of checking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Plots that are sound, or were repaired.
    pub sound: u32,
    /// Plots that are damaged.
    pub damaged: u32,
    /// Plots that were repaired.
    pub repaired: u32,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

/// Checks every plot of the farm.
///
/// # Errors
/// When a file cannot be read or written.
pub fn check_all(
    dir: &Path,
    options: &Options,
    progress: &mut Progress,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Checked, Problem> {
    let farm = Farm::open(dir)?;
    let history = farm.history()?;
    let indices = farm.indices("plot")?;
    let total = u64::try_from(indices.len()).unwrap_or(u64::MAX);
    let mut checked = Checked::default();
    for (done, index) in (0..).zip(indices) {
        if stop() {
            checked.stopped = true;
            break;
        }
        progress.show("checking", done, total, 0);
        let path = farm.path(index, "plot");
        let mut disk = Disk::open(&path).map_err(|error| Problem::file("open", &path, error))?;
        // A plot may be of an earlier, shorter history; a header that cannot be read tells nothing.
        let sector = read_header(&farm.params, &disk).unwrap_or_else(|_| farm.sector(index, &history));
        let mut found = damage(&farm, &history, &sector, &disk, options, stop)?;
        for line in &found.lines {
            progress.say(&format!("{}: {line}", path.display()));
        }
        if options.repair && !found.lines.is_empty() {
            repair(&farm, &history, &sector, &mut disk, found.records, stop)?;
            found = damage(&farm, &history, &sector, &disk, options, stop)?;
            checked.repaired = checked.repaired.saturating_add(u32::from(found.lines.is_empty()));
        }
        if found.lines.is_empty() {
            checked.sound = checked.sound.saturating_add(1);
        } else {
            checked.damaged = checked.damaged.saturating_add(1);
        }
    }
    progress.clear();
    Ok(checked)
}

/// What is damaged in a plot.
struct Found {
    lines: Vec<String>,
    /// Records that are whole and yet not those of history.
    records: Vec<PieceOffset>,
}

fn damage(
    farm: &Farm,
    history: &History,
    sector: &Sector,
    disk: &Disk,
    options: &Options,
    stop: &dyn Fn() -> bool,
) -> Result<Found, Problem> {
    let report = check(&farm.params, sector, disk).map_err(|error| Problem::new("checking", error))?;
    let mut lines: Vec<String> = report.damage.iter().map(ToString::to_string).collect();
    let mut records = Vec::new();
    if options.deep && report.is_sound() {
        let plot =
            Plot::open(&farm.params, &sector.farmer, disk).map_err(|error| Problem::new("opening", error))?;
        for (offset, piece) in (0..)
            .map(PieceOffset)
            .zip(decex_farmer::plot::plan(&farm.params, sector))
        {
            if stop() {
                break;
            }
            let segment = piece.segment(&farm.params);
            let root = history.root(segment);
            let root = root.ok_or_else(|| Problem::text(format!("history has no segment {segment}")))?;
            match plot.verify_record(disk, offset, &root) {
                Ok(()) => {}
                Err(PlotError::Invalid(what)) => {
                    lines.push(what.to_string());
                    records.push(offset);
                }
                Err(PlotError::Host(error)) => return Err(Problem::new("reading", error)),
            }
        }
    }
    Ok(Found { lines, records })
}

fn repair(
    farm: &Farm,
    history: &History,
    sector: &Sector,
    disk: &mut Disk,
    mut records: Vec<PieceOffset>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Problem> {
    for _ in 0..ROUNDS {
        let failed = |error| Problem::new("repairing", error);
        let report = check(&farm.params, sector, disk).map_err(failed)?;
        records.extend(report.to_replot());
        let threads = std::thread::available_parallelism()
            .map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX));
        let why = mask_all(farm, history, sector, &records, threads, stop, |record| {
            repair_record(&farm.params, sector, disk, &record).map_err(failed)
        })?;
        if let Some(why) = why {
            return Err(Problem::new("masking", why));
        }
        records.clear();
        if mend(&farm.params, sector, disk).map_err(failed)?.is_sound() || stop() {
            break;
        }
    }
    Ok(())
}
