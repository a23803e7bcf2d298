//! `farmer plot`: archive, then mask record after record on as many threads as there are.

use crate::args::Plot as Options;
use crate::disk::Disk;
use crate::farm::{Farm, Identity};
use crate::history::History;
use crate::problem::Problem;
use crate::progress::Progress;
use decex_farmer::archive::Piece;
use decex_farmer::plot::{CannotMask, Finish, MaskedRecord, Staging, mask_record, plan};
use decex_storage_audit::{PieceOffset, Sector};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, mpsc};

/// Bytes of chunks held while a plot is put together.
const FINISH_MEMORY: u64 = 256 << 20;

/// What came of plotting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plotted {
    /// As many sectors as were asked for.
    All(u32),
    /// It was stopped.
    Stopped,
}

/// Plots until the farm has the sectors that are asked for, or `stop` says so.
///
/// # Errors
/// When a file cannot be read or written, or history is damaged.
pub fn plot(
    dir: &Path,
    options: &Options,
    progress: &mut Progress,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Plotted, Problem> {
    let identity = Identity {
        name: options.name.clone(),
        sizes: options.sizes,
    };
    let farm = Farm::open_or_make(dir, identity.clone())?;
    if farm.identity != identity {
        progress.say(&format!(
            "{} is the farm of {:?} with sizes {:?}: these stay",
            dir.display(),
            farm.identity.name,
            farm.identity.sizes
        ));
    }
    let history = archive(&farm, options, progress)?;
    let cores = std::thread::available_parallelism()
        .map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX));
    let threads = options.threads.unwrap_or(cores);
    let mut have = farm.indices("plot")?;
    let unusable = farm.indices("unusable")?;
    for index in 0_u32.. {
        let plotted = u32::try_from(have.len()).unwrap_or(u32::MAX);
        if plotted >= options.sectors {
            progress.clear();
            return Ok(Plotted::All(plotted));
        }
        if have.contains(&index) || unusable.contains(&index) {
            continue;
        }
        let what = format!("sector {} of {}", plotted.saturating_add(1), options.sectors);
        match sector(&farm, &history, index, threads, &what, progress, stop)? {
            Sectored::Plotted => have.push(index),
            Sectored::Unusable(why) => {
                progress.say(&format!("sector {index} cannot be plotted: {why}"));
                let path = farm.path(index, "unusable");
                std::fs::write(&path, why).map_err(|error| Problem::file("write", &path, error))?;
                let _ = std::fs::remove_file(farm.path(index, "staging"));
            }
            Sectored::Stopped => return Ok(Plotted::Stopped),
        }
    }
    Err(Problem::text("no sector index is left".into()))
}

fn archive(farm: &Farm, options: &Options, progress: &mut Progress) -> Result<History, Problem> {
    let dir = farm.history_dir();
    if let Some(history) = History::open(farm.params, &dir)? {
        if options.history.is_some() {
            progress.say("history is archived already: --history is not read again");
        }
        return Ok(history);
    }
    progress.begin();
    let mib = |bytes: u64| bytes.checked_div(1 << 20).unwrap_or(0);
    let history = History::archive(farm.params, options.history.as_deref(), &dir, |done, total| {
        progress.show("archiving, MiB", mib(done), mib(total), 0);
    })?;
    progress.say(&format!("archived {} segments", history.size().0));
    Ok(history)
}

/// What came of a sector.
enum Sectored {
    Plotted,
    Unusable(String),
    Stopped,
}

fn sector(
    farm: &Farm,
    history: &History,
    index: u32,
    threads: u16,
    what: &str,
    progress: &mut Progress,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Sectored, Problem> {
    let sector = farm.sector(index, history);
    let path = farm.path(index, "staging");
    let mut file = Disk::create(&path).map_err(|error| Problem::file("open", &path, error))?;
    let staging = Staging::open(&farm.params, &sector, &mut file);
    let mut staging = staging.map_err(|error| Problem::new(&path.display().to_string(), error))?;
    let before = staging.progress();
    if before.done > 0 {
        progress.say(&format!(
            "going on with sector {index}: {} of {} records are there",
            before.done, before.total
        ));
    }
    progress.begin();
    progress.show(what, before.done.into(), before.total.into(), before.done.into());
    let missing: Vec<PieceOffset> = staging.missing().collect();
    let masked = mask_all(farm, history, &sector, &missing, threads, stop, |record| {
        let stored = staging.store(&mut file, &record);
        let now = stored.map_err(|error| Problem::new(&path.display().to_string(), error))?;
        progress.show(what, now.done.into(), now.total.into(), before.done.into());
        Ok(())
    })?;
    match masked {
        Some(CannotMask::TooFewProofs { .. }) => {
            return Ok(Sectored::Unusable(
                masked.map_or_else(String::new, |why| why.to_string()),
            ));
        }
        Some(why @ (CannotMask::Offset { .. } | CannotMask::Piece { .. })) => {
            return Err(Problem::new("masking", why));
        }
        None => {}
    }
    if staging.missing().next().is_some() {
        return Ok(Sectored::Stopped);
    }
    finish(farm, index, &staging, &file, progress, stop)
}

/// Puts the records of a full staging file in their final order.
fn finish(
    farm: &Farm,
    index: u32,
    staging: &Staging,
    file: &Disk,
    progress: &mut Progress,
    stop: &dyn Fn() -> bool,
) -> Result<Sectored, Problem> {
    // Under another name until it is whole, so that nobody takes it for a plot.
    let (path, target) = (farm.path(index, "finishing"), farm.path(index, "plot"));
    let mut plot = Disk::create(&path).map_err(|error| Problem::file("open", &path, error))?;
    let mut work = Finish::begin(staging, FINISH_MEMORY).map_err(|error| Problem::new("finishing", error))?;
    loop {
        if stop() {
            return Ok(Sectored::Stopped);
        }
        let step = work
            .step(file, &mut plot)
            .map_err(|error| Problem::new("finishing", error))?;
        progress.show("writing", step.done.into(), step.total.into(), 0);
        if step.is_done() {
            break;
        }
    }
    std::fs::rename(&path, &target).map_err(|error| Problem::file("rename", &path, error))?;
    let staging = farm.path(index, "staging");
    std::fs::remove_file(&staging).map_err(|error| Problem::file("remove", &staging, error))?;
    Ok(Sectored::Plotted)
}

/// Masks records on several threads, segment after segment, and hands each to `each` on this one. Returns why one cannot be masked.
///
/// # Errors
/// When a segment cannot be read, or `each` fails.
pub fn mask_all(
    farm: &Farm,
    history: &History,
    sector: &Sector,
    offsets: &[PieceOffset],
    threads: u16,
    stop: &(dyn Fn() -> bool + Sync),
    mut each: impl FnMut(MaskedRecord) -> Result<(), Problem>,
) -> Result<Option<CannotMask>, Problem> {
    let pieces = plan(&farm.params, sector);
    // By segment, so that each is read once.
    let mut wanted: BTreeMap<u32, Vec<(PieceOffset, u32)>> = BTreeMap::new();
    for offset in offsets {
        if let Some(piece) = pieces.get(usize::from(offset.0)) {
            let place = (*offset, piece.place(&farm.params));
            wanted.entry(piece.segment(&farm.params)).or_default().push(place);
        }
    }
    for (index, places) in wanted {
        if stop() {
            break;
        }
        let segment = history.segment(index)?;
        let root = segment.root();
        let work: Vec<(PieceOffset, Piece)> = places
            .iter()
            .filter_map(|(offset, place)| Some((*offset, segment.piece(*place)?)))
            .collect();
        drop(segment);
        let queue = Mutex::new(work.into_iter());
        let next = || {
            let mut queue = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            queue.next().filter(|_| !stop())
        };
        let (send, receive) = mpsc::channel();
        let stored = std::thread::scope(|scope| {
            for _ in 0..threads {
                let (send, next) = (send.clone(), &next);
                scope.spawn(move || {
                    while let Some((offset, piece)) = next() {
                        let masked = mask_record(&farm.params, sector, offset, &root, &piece);
                        // Nobody listens once something failed.
                        if send.send(masked).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            for masked in receive {
                match masked {
                    Ok(record) => each(record)?,
                    Err(why) => return Ok(Some(why)),
                }
            }
            Ok(None)
        });
        if let Some(why) = stored? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}
