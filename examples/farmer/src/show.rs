//! `farmer show`: what is in the directory.

use crate::farm::Farm;
use crate::problem::Problem;
use decex_farmer::plot::{Expiry, expiry};
use std::fmt::Write;
use std::path::Path;

/// Returns a table of the farm.
///
/// # Errors
/// When there is no farm, or a file cannot be read.
pub fn show(dir: &Path) -> Result<String, Problem> {
    let farm = Farm::open(dir)?;
    let history = farm.history()?;
    let mut text = String::new();
    let kib = |bytes: u64| bytes.div_ceil(1024);
    let (records, pieces) = (farm.params.record_bytes(), farm.params.sector_pieces);
    let sector = u64::from(records).saturating_mul(pieces.into());
    let lines = [
        format!("farmer    {} ({})", farm.identity.name, farm.identity.farmer().0),
        format!(
            "history   {} segments of {} KiB",
            history.size().0,
            kib(farm.params.segment_bytes().into())
        ),
        format!(
            "sectors   {pieces} pieces of {} KiB: {} KiB each",
            kib(records.into()),
            kib(sector)
        ),
    ];
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    let mut unreadable = Vec::new();
    let plots = farm.plots(|path, why| unreadable.push(format!("{}: {why}", path.display())))?;
    for open in &plots {
        let sector = open.plot.sector();
        let when = expiry(&farm.params, &history, sector).map_err(|error| Problem::new("history", error))?;
        let when = match when {
            Expiry::Open => "expiry open".to_owned(),
            Expiry::At(at) => format!("expires at {at} segments"),
        };
        let _ = writeln!(
            text,
            "  sector {:<6} plotted from {} segments, {when}",
            sector.index, sector.history.0
        );
    }
    for index in farm.indices("staging")? {
        let _ = writeln!(text, "  sector {index:<6} begun: `farmer plot` goes on with it");
    }
    for index in farm.indices("unusable")? {
        let _ = writeln!(
            text,
            "  sector {index:<6} cannot be plotted: too few proofs of space"
        );
    }
    for line in unreadable {
        let _ = writeln!(text, "  {line}");
    }
    Ok(text)
}
