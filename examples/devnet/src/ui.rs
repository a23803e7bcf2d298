//! A page to look at: where a run stands, live on loopback, and the same as one file when it ends.
//!
//! [`snapshot`] is what is shown, as data; [`track`] makes it from what the first node knows, [`server`] serves it, [`report`] writes it
//! down. The page itself is `page.html`, `page.css` and `page.js` beside this, built into the binary; it loads nothing from anywhere else.

pub mod fold;
pub mod names;
pub mod report;
pub mod server;
pub mod snapshot;
pub mod track;

use crate::live::Attached;
use crate::problem::Problem;
use crate::simulation::{Happening, Simulation};
use crate::summary::Summary;
use server::Published;
use snapshot::State;
use std::path::PathBuf;
use std::time::Duration;
use track::Tracker;

/// Newest blocks that the live page has.
const LIVE_BLOCKS: usize = 120;
/// Newest receipts of each domain that the live page has.
const LIVE_RECEIPTS: usize = 120;

/// Follows a run for those who look at it.
#[derive(Debug)]
pub struct Watch {
    pace: Duration,
    tracker: Option<Tracker>,
    page: Option<Published>,
    report: Option<PathBuf>,
}

impl Watch {
    /// Follows a run whose slots take at least `pace`, for a `page` that is served, and for a `report` at the end.
    #[must_use]
    pub const fn new(pace: Duration, page: Option<Published>, report: Option<PathBuf>) -> Self {
        Self {
            pace,
            tracker: None,
            page,
            report,
        }
    }

    fn tracker(&mut self, simulation: &Simulation) -> &mut Tracker {
        let pace = u64::try_from(self.pace.as_millis()).unwrap_or(u64::MAX);
        self.tracker.get_or_insert_with(|| Tracker::new(simulation, pace))
    }
}

impl Attached for Watch {
    fn after_slot(&mut self, simulation: &mut Simulation, happenings: &[Happening]) -> Result<(), Problem> {
        let tracker = self.tracker(simulation);
        tracker.follow(simulation, happenings);
        if self.page.is_some() {
            let snapshot = self
                .tracker(simulation)
                .snapshot(simulation, State::Running, None)?;
            let json = snapshot.newest(LIVE_BLOCKS, LIVE_RECEIPTS).to_json();
            self.page.iter().for_each(|page| page.publish(&json));
        }
        Ok(())
    }

    fn ended(&mut self, simulation: &Simulation, summary: Option<&Summary>) -> Result<(), Problem> {
        let state = if summary.is_some() {
            State::Over
        } else {
            State::Stopped
        };
        let tracker = self.tracker(simulation);
        tracker.follow(simulation, &[]);
        let snapshot = tracker.snapshot(simulation, state, summary)?;
        if let Some(path) = &self.report {
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            let written = folder.and_then(|()| std::fs::write(path, report::page(&snapshot)));
            written.map_err(|error| Problem::new(path.display().to_string(), error))?;
        }
        let json = snapshot.newest(LIVE_BLOCKS, LIVE_RECEIPTS).to_json();
        self.page.iter().for_each(|page| page.publish(&json));
        Ok(())
    }
}
