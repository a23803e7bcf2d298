//! A run that follows the wall clock, for whoever watches it or takes part in it.
//!
//! The clock says when the next slot begins and nothing else: what a slot does is a function of the seed, of the chain, and of what
//! was handed in before it. So a run without visitors has the same summary at any pace.

use crate::network::Message;
use crate::problem::Problem;
use crate::simulation::{Happening, Simulation};
use crate::summary::Summary;
use decex_core::DomainId;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// What a slot takes in a live run if nothing else is asked for: five times as fast as the chain's own clock.
pub const LIVE_PACE: Duration = Duration::from_millis(200);

/// Longest time between two looks at whether the run is to stop.
const NAP: Duration = Duration::from_millis(50);

/// Transactions that may wait for the next slot. More are refused, so a visitor cannot fill the memory.
const WAITING: usize = 1024;

/// Something that is attached to a run and is called between its slots, in the thread of the run.
///
/// Whatever a server needs is copied out in [`after_slot`](Self::after_slot), and whatever it takes in waits in an [`Inbox`]: the
/// simulation is never shared between threads.
pub trait Attached {
    /// Called before a slot: the place to hand in what came from outside.
    ///
    /// # Errors
    /// When the run cannot go on.
    fn before_slot(&mut self, simulation: &mut Simulation) -> Result<(), Problem> {
        let _ = simulation;
        Ok(())
    }

    /// Called after a slot, with what happened in it; once more before the first slot, without happenings.
    ///
    /// # Errors
    /// When the run cannot go on.
    fn after_slot(&mut self, simulation: &mut Simulation, happenings: &[Happening]) -> Result<(), Problem>;

    /// Called once at the end, with what the run came to; without, if it was stopped before its end.
    ///
    /// # Errors
    /// When what it writes cannot be written.
    fn ended(&mut self, simulation: &Simulation, summary: Option<&Summary>) -> Result<(), Problem> {
        let _ = (simulation, summary);
        Ok(())
    }
}

/// When slots begin.
#[derive(Debug)]
pub struct Pace {
    slot: Duration,
    due: Instant,
}

impl Pace {
    /// Begins now; each slot takes at least `slot`.
    #[must_use]
    pub fn new(slot: Duration) -> Self {
        Self {
            slot,
            due: Instant::now(),
        }
    }

    /// Waits until the next slot may begin, or `stop` says so. A run that is behind by more than a slot does not hurry after: what it
    /// missed is gone.
    pub fn wait(&mut self, stop: &dyn Fn() -> bool) {
        let now = Instant::now();
        let next = self.due.checked_add(self.slot).unwrap_or(now);
        self.due = next.max(now.checked_sub(self.slot).unwrap_or(now));
        while !stop() {
            let left = self.due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }
}

/// A transaction from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// For which domain.
    pub domain: DomainId,
    /// As its engine takes it.
    pub bytes: Vec<u8>,
}

/// The way in: any thread hands transactions in, the run takes them before its next slot.
#[derive(Clone, Debug)]
pub struct Inbox(SyncSender<Submission>);

/// Why a transaction was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Too many wait already: try again after a slot.
    #[error("too many transactions wait")]
    Full,
    /// The run is over.
    #[error("the run is over")]
    Over,
}

impl Inbox {
    /// Returns a way in and what goes through it.
    #[must_use]
    pub fn new() -> (Self, Receiver<Submission>) {
        let (sender, receiver) = sync_channel(WAITING);
        (Self(sender), receiver)
    }

    /// Hands a transaction in. That it is taken does not mean that an operator likes it.
    ///
    /// # Errors
    /// When too many wait, or nobody takes them any more.
    pub fn submit(&self, submission: Submission) -> Result<(), NotTaken> {
        self.0.try_send(submission).map_err(|error| match error {
            TrySendError::Full(_) => NotTaken::Full,
            TrySendError::Disconnected(_) => NotTaken::Over,
        })
    }
}

/// Lets everything that waits in `submissions` go to the domains' operators.
pub fn hand_in(simulation: &mut Simulation, submissions: &Receiver<Submission>) {
    for Submission { domain, bytes } in submissions.try_iter().take(WAITING) {
        simulation.submit(domain, &bytes);
    }
}

impl Simulation {
    /// Sends a transaction to every operator of a domain; it arrives in the next slots. Nothing is sent again, and the run does not wait
    /// for it: it is no part of the file that the run is about.
    pub fn submit(&mut self, domain: DomainId, bytes: &[u8]) {
        let domains = self.setup.domains.iter();
        let operators = domains
            .filter(|found| found.id == domain)
            .flat_map(|found| found.operators.clone());
        for operator in operators {
            let node = operator.checked_rem(self.cast.farmers).unwrap_or(0);
            let message = Message::Transaction {
                operator,
                bytes: bytes.to_vec(),
            };
            // It goes out between two slots: as if it had been sent in the one that is over.
            self.network.send(self.setup.seed, self.slot, node, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn slots_take_their_time_and_nobody_hurries_after() {
        let slot = Duration::from_millis(40);
        let started = Instant::now();
        let mut pace = Pace::new(slot);
        for _ in 0..3 {
            pace.wait(&|| false);
        }
        assert!(started.elapsed() >= slot * 3);
        // Ten slots late: at most one of them is made up for.
        std::thread::sleep(slot * 10);
        let late = Instant::now();
        for _ in 0..4 {
            pace.wait(&|| false);
        }
        assert!(late.elapsed() >= slot * 2, "{:?}", late.elapsed());
    }

    #[test]
    fn without_a_pace_nobody_waits_and_a_stop_ends_waiting() {
        let started = Instant::now();
        let mut none = Pace::new(Duration::ZERO);
        for _ in 0..1000 {
            none.wait(&|| false);
        }
        let looks = Cell::new(0);
        let stop = || {
            looks.set(looks.get() + 1);
            looks.get() > 2
        };
        Pace::new(Duration::from_secs(60)).wait(&stop);
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_way_in_is_bounded_and_ends_with_the_run() {
        let (inbox, submissions) = Inbox::new();
        let one = Submission {
            domain: DomainId(0),
            bytes: vec![1],
        };
        for _ in 0..WAITING {
            inbox.submit(one.clone()).unwrap();
        }
        assert_eq!(inbox.submit(one.clone()), Err(NotTaken::Full));
        assert_eq!(submissions.try_iter().count(), WAITING);
        drop(submissions);
        assert_eq!(inbox.submit(one), Err(NotTaken::Over));
    }
}
