//! Show how work goes on: a bar in place on a terminal, a plain line now and then elsewhere. All of it goes to standard error.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Time between two drawings in place.
const REDRAW: Duration = Duration::from_millis(100);
/// Time between two plain lines.
const PLAIN: Duration = Duration::from_secs(10);
/// Cells of the bar.
const CELLS: u64 = 24;

/// The display of one piece of work.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    terminal: bool,
    began: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// Shows nothing if `quiet`.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            terminal: stderr().is_terminal(),
            began: Instant::now(),
            drawn: None,
        }
    }

    /// Begins another piece of work: the time that is left is counted from now.
    pub fn begin(&mut self) {
        self.began = Instant::now();
        self.drawn = None;
    }

    /// Shows that `done` of `total` units are done, of which `skipped` were there before. Cheap enough to be called often.
    pub fn show(&mut self, what: &str, done: u64, total: u64, skipped: u64) {
        let spent = self.began.elapsed();
        self.status(|| {
            let left = remaining(spent, done.saturating_sub(skipped), total.saturating_sub(done));
            format!("{what} {} {done}/{total}{left}", bar(done, total))
        });
    }

    /// Shows a line in place of the one before. Cheap enough to be called often: the line is made when it is shown.
    pub fn status(&mut self, line: impl FnOnce() -> String) {
        let wait = if self.terminal { REDRAW } else { PLAIN };
        if self.quiet || self.drawn.is_some_and(|drawn| drawn.elapsed() < wait) {
            return;
        }
        self.drawn = Some(Instant::now());
        if self.terminal {
            self.write(&format!("\r\x1b[2K{}", line()));
        } else {
            self.write(&format!("{}\n", line()));
        }
    }

    /// Says something on a line of its own.
    pub fn say(&mut self, what: &str) {
        if !self.quiet {
            self.clear();
            self.write(&format!("{what}\n"));
        }
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if self.terminal && !self.quiet && self.drawn.take().is_some() {
            self.write("\r\x1b[2K");
        }
    }

    fn write(&self, text: &str) {
        // Nobody looks: the work goes on.
        let _ = stderr()
            .write_all(text.as_bytes())
            .and_then(|()| stderr().flush());
    }
}

fn bar(done: u64, total: u64) -> String {
    let filled = done
        .min(total)
        .saturating_mul(CELLS)
        .checked_div(total)
        .unwrap_or(CELLS);
    let cell = |cell| if cell < filled { '#' } else { '.' };
    format!("[{}]", (0..CELLS).map(cell).collect::<String>())
}

/// The time that is left at the pace so far, as text; nothing before the first unit.
fn remaining(spent: Duration, done: u64, left: u64) -> String {
    let each = spent.as_millis().checked_div(done.into());
    let Some(seconds) = each.map(|each| each.saturating_mul(left.into()).div_ceil(1000)) else {
        return String::new();
    };
    match seconds {
        0..=99 => format!(", {seconds} s left"),
        100..=5999 => format!(", {} min left", seconds.div_ceil(60)),
        _ => format!(", {} h left", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_as_the_work_is_done() {
        assert_eq!(bar(0, 4), format!("[{}]", ".".repeat(24)));
        assert_eq!(bar(1, 4), format!("[{}{}]", "#".repeat(6), ".".repeat(18)));
        assert_eq!(bar(4, 4), format!("[{}]", "#".repeat(24)));
        assert_eq!(bar(0, 0), bar(9, 4));
    }

    #[test]
    fn the_time_left_follows_the_pace() {
        let spent = Duration::from_secs(10);
        assert_eq!(remaining(spent, 0, 9), "");
        assert_eq!(remaining(spent, 5, 10), ", 20 s left");
        assert_eq!(remaining(spent, 1, 60), ", 10 min left");
        assert_eq!(remaining(spent, 1, 3600), ", 10 h left");
    }
}
