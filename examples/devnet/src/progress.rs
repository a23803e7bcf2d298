//! Show how a run goes on. All of it goes to standard error, so that standard output carries the summary alone.

use std::io::{Stderr, Write, stderr};
use std::time::{Duration, Instant};

/// Longest status line: it must not wrap, or it could not be drawn again in its place.
const COLUMNS: usize = 79;
/// Blocks between two plain lines where nothing can be drawn in place.
const PLAIN_EVERY: u64 = 25;
/// Time between two drawings of the status line.
const REDRAW: Duration = Duration::from_millis(50);

const CLEAR_LINE: &str = "\r\x1b[2K";
const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The slot.
    pub slot: u64,
    /// Height of the consensus chain.
    pub block: u64,
    /// The domain's newest block.
    pub head: u64,
    /// The domain's newest confirmed block.
    pub confirmed: u64,
    /// Transactions that wait.
    pub pool: usize,
    /// Transactions executed.
    pub executed: usize,
    /// Transactions of the file.
    pub total: usize,
    /// Operators slashed.
    pub slashed: usize,
    /// Re-orgs so far.
    pub reorgs: u32,
}

impl Status {
    fn line(&self) -> String {
        let Self {
            slot,
            block,
            head,
            confirmed,
            pool,
            executed,
            total,
            slashed,
            reorgs,
        } = self;
        let line = format!(
            "slot {slot} block {block} | domain {head} confirmed {confirmed} | \
             tx {executed}/{total} pool {pool} | slashed {slashed} re-orgs {reorgs}"
        );
        line.chars().take(COLUMNS).collect()
    }
}

/// The display of a run's progress.
#[derive(Debug)]
pub struct Progress<W = Stderr> {
    out: W,
    quiet: bool,
    terminal: bool,
    colours: bool,
    drawn: Option<(Status, Instant)>,
    line_stands: bool,
}

impl Progress<Stderr> {
    /// Shows progress on standard error: a status line in place if it is a `terminal`, else a plain line now and then;
    /// nothing if `quiet`.
    #[must_use]
    pub fn new(quiet: bool, terminal: bool, colours: bool) -> Self {
        Self::onto(stderr(), quiet, terminal, colours)
    }
}

impl<W: Write> Progress<W> {
    /// As [`Progress::new`], onto something else than standard error.
    #[must_use]
    pub const fn onto(out: W, quiet: bool, terminal: bool, colours: bool) -> Self {
        Self {
            out,
            quiet,
            terminal,
            colours,
            drawn: None,
            line_stands: false,
        }
    }

    /// Shows where the run stands. Cheap enough to be called in every slot.
    pub fn status(&mut self, status: &Status) {
        if self.quiet || !self.is_due(status) {
            return;
        }
        self.drawn = Some((*status, Instant::now()));
        let line = status.line();
        if self.terminal {
            let (dim, reset) = if self.colours { (DIM, RESET) } else { ("", "") };
            self.write(&format!("{CLEAR_LINE}{dim}{line}{reset}"));
            self.line_stands = true;
        } else {
            self.write(&format!("{line}\n"));
        }
    }

    /// Tells an event on a line of its own, and draws the status line again below it.
    pub fn event(&mut self, event: &str) {
        if self.quiet {
            return;
        }
        self.clear();
        let (bold, reset) = if self.colours { (BOLD, RESET) } else { ("", "") };
        self.write(&format!("{bold}*{reset} {event}\n"));
        if self.terminal
            && let Some((status, _)) = self.drawn.take()
        {
            self.status(&status);
        }
    }

    /// Takes the status line away, for what is printed next.
    pub fn clear(&mut self) {
        if self.line_stands {
            self.write(CLEAR_LINE);
            self.line_stands = false;
        }
    }

    fn is_due(&self, status: &Status) -> bool {
        let Some((drawn, at)) = &self.drawn else {
            return true;
        };
        if self.terminal {
            return at.elapsed() >= REDRAW;
        }
        // A re-org may take the chain back: its blocks are not told twice.
        status.block >= drawn.block.saturating_add(PLAIN_EVERY)
    }

    /// A display that cannot be written to is no reason to stop the run.
    fn write(&mut self, text: &str) {
        let _ = self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: Status = Status {
        slot: 212,
        block: 54,
        head: 31,
        confirmed: 12,
        pool: 40,
        executed: 120,
        total: 388,
        slashed: 1,
        reorgs: 7,
    };

    fn shown(
        quiet: bool,
        terminal: bool,
        colours: bool,
        show: impl FnOnce(&mut Progress<Vec<u8>>),
    ) -> String {
        let mut progress = Progress::onto(Vec::new(), quiet, terminal, colours);
        show(&mut progress);
        String::from_utf8(progress.out).unwrap()
    }

    #[test]
    fn a_terminal_has_one_line_in_place_and_events_above_it() {
        let line = STATUS.line();
        assert!(
            line.starts_with("slot 212 block 54 | domain 31 confirmed 12 | tx 120/388 pool 40 | slashed 1")
        );
        let shown = shown(false, true, false, |progress| {
            progress.status(&STATUS);
            progress.status(&STATUS); // too soon
            progress.event("a fork");
            progress.clear();
            progress.clear();
        });
        let expected = format!("{CLEAR_LINE}{line}{CLEAR_LINE}* a fork\n{CLEAR_LINE}{line}{CLEAR_LINE}");
        assert_eq!(shown, expected);
    }

    #[test]
    fn elsewhere_there_is_a_plain_line_now_and_then() {
        let shown = shown(false, false, false, |progress| {
            for block in (0..60).chain(40..50) {
                progress.status(&Status { block, ..STATUS });
            }
            progress.event("a fork");
            progress.clear();
        });
        let blocks: Vec<&str> = shown
            .lines()
            .map(|line| line.split(' ').nth(3).unwrap_or(line))
            .collect();
        assert_eq!(blocks[..3], ["0", "25", "50"]);
        assert!(shown.ends_with("\n* a fork\n") && !shown.contains('\x1b'));
    }

    #[test]
    fn quiet_is_quiet_and_colours_are_asked_for() {
        let all = |progress: &mut Progress<Vec<u8>>| {
            progress.status(&STATUS);
            progress.event("a fork");
            progress.clear();
        };
        assert_eq!(shown(true, true, true, all), "");
        assert!(shown(false, true, true, all).contains("\x1b[1m*\x1b[0m a fork\n"));
        assert!(!shown(false, true, false, all).contains("\x1b[1m"));
    }

    #[test]
    fn a_status_line_never_wraps() {
        let most = u64::MAX;
        let long = Status {
            slot: most,
            block: most,
            head: most,
            confirmed: most,
            pool: usize::MAX,
            ..STATUS
        };
        assert!(long.line().chars().count() <= COLUMNS);
    }
}
