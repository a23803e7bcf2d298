//! Timing: minimum over rounds, two sides interleaved so that both see the same machine.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was done.
    pub work: String,
    /// What it is compared with.
    pub baseline: String,
    /// What was aimed for.
    pub goal: String,
    /// What was seen.
    pub measured: String,
    /// Whether the goal is met; `None` for a line that only informs.
    pub met: Option<bool>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        write!(
            f,
            "| {} | {} | {} | {} | {met} |",
            self.work, self.baseline, self.goal, self.measured
        )
    }
}

/// Returns the shortest time that one call took over `rounds`.
pub fn fastest<T>(rounds: u32, mut work: impl FnMut() -> T) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// Returns the shortest times of two pieces of work, their rounds interleaved.
pub fn versus<A, B>(
    rounds: u32,
    mut ours: impl FnMut() -> A,
    mut theirs: impl FnMut() -> B,
) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        best.0 = best.0.min(fastest(1, &mut ours));
        best.1 = best.1.min(fastest(1, &mut theirs));
    }
    best
}
