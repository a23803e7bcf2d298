//! Make a failing schedule smaller: fewer slots, fewer faults, the same invariant broken.

use crate::failure::Failure;
use crate::run::Report;
use crate::schedule::Schedule;

/// Returns the smallest schedule found that still breaks the invariant of `failure`, with what it shows. `play` runs one.
pub fn shrink(
    schedule: &Schedule,
    failure: &Failure,
    mut play: impl FnMut(&Schedule) -> Result<Report, Failure>,
) -> (Schedule, Failure) {
    let mut best = (schedule.clone(), failure.clone());
    loop {
        let smaller = candidates(&best.0).into_iter().find_map(|candidate| {
            let shown = play(&candidate).err()?;
            (shown.invariant == failure.invariant).then_some((candidate, shown))
        });
        match smaller {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// Schedules that are one step smaller: half of the slots, a tenth less, one less, or without one of the faults.
fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let slots = schedule.slots;
    let fewer = [
        slots / 2,
        slots.saturating_sub(slots / 10),
        slots.saturating_sub(1),
    ];
    let shorter = fewer.into_iter().filter(|fewer| *fewer < slots);
    let shorter = shorter.map(|slots| Schedule {
        slots,
        ..schedule.clone()
    });
    let happening = (0..schedule.faults.len().min(64)).filter(|place| (schedule.kept >> place) & 1 == 1);
    let quieter = happening.map(|place| Schedule {
        kept: schedule.kept & !(1 << place),
        ..schedule.clone()
    });
    shorter.chain(quieter).collect()
}
