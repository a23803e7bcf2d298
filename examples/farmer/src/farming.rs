//! `farmer farm`: audit slot after slot, prove what wins, verify what was proven.

use crate::args::Farm as Options;
use crate::farm::{Farm, Open};
use crate::history::History;
use crate::problem::Problem;
use crate::progress::Progress;
use decex_core::hash::Hash;
use decex_core::{Digest, Randomness, Slot};
use decex_farmer::plot::{Candidate, Expiry, ProveError, expiry};
use decex_storage_audit::{AuditChallenge, Chunk, Era, SolutionRange, verify};
use parity_scale_codec::Encode;
use std::path::Path;
use std::time::{Duration, Instant};

/// What came of farming.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Farmed {
    /// Sectors that were audited in each slot.
    pub sectors: u64,
    /// Sectors left out because they have expired.
    pub expired: u64,
    /// Plots that could not be opened.
    pub refused: u64,
    /// Slots that were audited.
    pub slots: u64,
    /// Time that audits took.
    pub auditing: Duration,
    /// Slots that were won: each proven, encoded and verified.
    pub wins: u64,
    /// The longest that a proof took.
    pub slowest_proof: Duration,
    /// The longest that a verification took.
    pub slowest_verification: Duration,
    /// The longest encoded solution, in bytes.
    pub largest_solution: usize,
    /// Candidates that damage prevented from being proven.
    pub damaged: u64,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

impl Farmed {
    /// Returns the sectors that are audited in a second.
    #[must_use]
    pub fn audits_per_second(&self) -> u128 {
        let audits = u128::from(self.sectors).saturating_mul(self.slots.into());
        audits
            .saturating_mul(1_000_000_000)
            .checked_div(self.auditing.as_nanos())
            .unwrap_or(0)
    }
}

/// Returns the challenge of a slot: of a seed, where a chain has a proof of time or a beacon.
fn challenge(seed: u64, slot: u64) -> AuditChallenge {
    let mut key = [0; 32];
    key.iter_mut()
        .zip(seed.to_le_bytes())
        .for_each(|(key, byte)| *key = byte);
    let randomness = Hash::keyed(&Digest(key)).chain(slot.to_le_bytes()).finish();
    AuditChallenge::new(&Randomness(randomness), Slot(slot))
}

/// Farms until the time, the slots, or the patience of whoever presses Ctrl-C is over.
///
/// # Errors
/// When there is no farm, no plot, or a file cannot be read.
pub fn farm(
    dir: &Path,
    options: &Options,
    progress: &mut Progress,
    stop: &dyn Fn() -> bool,
) -> Result<Farmed, Problem> {
    let farm = Farm::open(dir)?;
    let history = farm.history()?;
    let mut farmed = Farmed::default();
    let plots = farm.plots(|path, why| {
        farmed.refused = farmed.refused.saturating_add(1);
        progress.say(&format!("{}: {why}", path.display()));
    })?;
    let (plots, expired) = living(&farm, &history, plots)?;
    farmed.expired = expired;
    farmed.sectors = u64::try_from(plots.len()).unwrap_or(u64::MAX);
    if plots.is_empty() {
        return Err(Problem::text(format!(
            "no plot to farm with in {}: call `farmer plot`",
            dir.display()
        )));
    }
    let pieces = farmed.sectors.saturating_mul(farm.params.sector_pieces.into());
    // One slot of six is won, as often as the network of that size aims at.
    let era = Era::new(2016, 1, 6).map_err(|error| Problem::new("the era", error))?;
    let range = era.range_for(options.network.unwrap_or(pieces));
    let began = Instant::now();
    let time = options
        .slots
        .is_none()
        .then(|| Duration::from_secs(options.seconds.unwrap_or(5)));
    let mut buffer = Vec::new();
    loop {
        let over = options.slots.is_some_and(|slots| farmed.slots >= slots)
            || time.is_some_and(|time| began.elapsed() >= time);
        farmed.stopped = stop();
        if over || farmed.stopped {
            break;
        }
        let slot = farmed.slots;
        let asked = challenge(options.seed, slot);
        let best = audit(&plots, &asked, range, &mut buffer, &mut farmed)?;
        if let Some((open, candidate)) = best {
            prove(
                &farm,
                &history,
                open,
                &asked,
                range,
                &candidate,
                slot,
                progress,
                &mut farmed,
            )?;
        }
        farmed.slots = slot.saturating_add(1);
        progress.status(|| {
            let (sectors, wins, rate) = (farmed.sectors, farmed.wins, farmed.audits_per_second());
            format!("slot {slot} | {sectors} sectors | {rate} audits/s | {wins} wins")
        });
    }
    progress.clear();
    Ok(farmed)
}

/// Leaves out the plots whose sectors have expired.
fn living(farm: &Farm, history: &History, plots: Vec<Open>) -> Result<(Vec<Open>, u64), Problem> {
    let mut kept = Vec::new();
    let mut expired = 0_u64;
    for open in plots {
        let when = expiry(&farm.params, history, open.plot.sector());
        match when.map_err(|error| Problem::new("history", error))? {
            Expiry::At(at) if at <= history.size().0.into() => expired = expired.saturating_add(1),
            Expiry::At(_) | Expiry::Open => kept.push(open),
        }
    }
    Ok((kept, expired))
}

/// Audits every plot, and returns the best candidate of all.
fn audit<'a>(
    plots: &'a [Open],
    asked: &AuditChallenge,
    range: SolutionRange,
    buffer: &mut Vec<Chunk>,
    farmed: &mut Farmed,
) -> Result<Option<(&'a Open, Candidate)>, Problem> {
    let start = Instant::now();
    let mut best: Option<(&Open, Candidate)> = None;
    for open in plots {
        let candidates = open.plot.audit(&open.disk, asked, range, buffer);
        let candidates = candidates.map_err(|error| Problem::new(&open.path.display().to_string(), error))?;
        if let Some(candidate) = candidates.first()
            && best.is_none_or(|(_, best)| candidate.ticket < best.ticket)
        {
            best = Some((open, *candidate));
        }
    }
    farmed.auditing = farmed.auditing.saturating_add(start.elapsed());
    Ok(best)
}

#[allow(clippy::too_many_arguments, reason = "everything that a slot is about")]
fn prove(
    farm: &Farm,
    history: &History,
    open: &Open,
    asked: &AuditChallenge,
    range: SolutionRange,
    candidate: &Candidate,
    slot: u64,
    progress: &mut Progress,
    farmed: &mut Farmed,
) -> Result<(), Problem> {
    let start = Instant::now();
    let proven = match open.plot.prove(&open.disk, history, asked, range, candidate) {
        Ok(proven) => proven,
        Err(ProveError::Plot(why)) => {
            farmed.damaged = farmed.damaged.saturating_add(1);
            progress.say(&format!(
                "slot {slot}: {}: {why}; call `farmer check --repair`",
                open.path.display()
            ));
            return Ok(());
        }
        Err(why) => return Err(Problem::new("proving", why)),
    };
    let proof = start.elapsed();
    // As a node does that gets the solution over the network.
    let bytes = proven.solution.encode();
    let start = Instant::now();
    let solution = decex_storage_audit::Solution::from_bytes(&bytes);
    let solution = solution.map_err(|error| Problem::new("the solution's bytes", error))?;
    let audited = verify(
        &farm.params,
        history,
        &farm.identity.farmer(),
        asked,
        range,
        &solution,
    );
    let audited = audited.map_err(|error| Problem::new("the solution does not verify", error))?;
    let verification = start.elapsed();
    farmed.wins = farmed.wins.saturating_add(1);
    farmed.slowest_proof = farmed.slowest_proof.max(proof);
    farmed.slowest_verification = farmed.slowest_verification.max(verification);
    farmed.largest_solution = farmed.largest_solution.max(bytes.len());
    progress.say(&format!(
        "slot {slot} won: sector {}, piece {}, ticket {:016x}; {} bytes, proven in {} ms, verified in {} us; randomness {}",
        open.plot.sector().index,
        audited.piece().0,
        audited.ticket(),
        bytes.len(),
        proof.as_millis(),
        verification.as_micros(),
        audited.output().0,
    ));
    Ok(())
}
