//! Look for the schedule that delays confirmation most.

use crate::chance::Chance;
use crate::failure::Failure;
use crate::run::Report;
use crate::schedule::Schedule;

/// The worst schedule of a search, and what it came to.
#[derive(Clone, Debug)]
pub struct Worst {
    /// The schedule.
    pub schedule: Schedule,
    /// What it came to.
    pub report: Report,
    /// How many schedules were played.
    pub played: u64,
}

/// Searches among `budget`-bound schedules: draws `rounds` seeds, then climbs from the worst by taking faults out and
/// putting them back, and by lengthening and shortening the run.
///
/// # Errors
/// The schedule that broke an invariant on the way, with what it showed.
pub fn search(
    seed: u64,
    budget: u64,
    rounds: u64,
    mut play: impl FnMut(&Schedule) -> Result<Report, Failure>,
) -> Result<Option<Worst>, (Box<Schedule>, Failure)> {
    let mut chance = Chance::of(seed, &[60]);
    let mut worst: Option<Worst> = None;
    for played in 1..=rounds.saturating_mul(2) {
        let candidate = match &worst {
            Some(worst) if played > rounds => step(&worst.schedule, &mut chance),
            _ => Schedule::with_budget(chance.next(), budget),
        };
        let report = play(&candidate).map_err(|failure| (Box::new(candidate.clone()), failure))?;
        let wait = |report: &Report| report.tally.longest_wait;
        let better = worst
            .as_ref()
            .is_none_or(|worst| wait(&report) > wait(&worst.report));
        if better {
            worst = Some(Worst {
                schedule: candidate,
                report,
                played,
            });
        } else if let Some(worst) = &mut worst {
            worst.played = played;
        }
    }
    Ok(worst)
}

fn step(schedule: &Schedule, chance: &mut Chance) -> Schedule {
    let mut next = schedule.clone();
    let faults = u64::try_from(next.faults.len().min(64)).unwrap_or(0);
    if chance.once_in(2) && faults > 0 {
        next.kept ^= 1 << chance.below(faults);
    } else {
        next.slots = chance.within(20, 70);
    }
    next
}
