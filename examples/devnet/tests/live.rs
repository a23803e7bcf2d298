//! Live runs: they go on, take transactions in from outside, and the clock decides nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{Folder, args, failed, finish, without_times};
use decex_core::TransactionHash;
use decex_core::hash::digest;
use decex_core::label::TRANSACTION;
use devnet::domains::EVM;
use devnet::live::{Attached, Inbox, NotTaken, Submission, hand_in};
use devnet::problem::Problem;
use devnet::progress::Progress;
use devnet::run::{Ended, run, run_with};
use devnet::simulation::{Happening, Simulation};
use std::cell::Cell;
use std::sync::mpsc::Receiver;

/// Hands in what waits, and stops once `name` is executed and every receipt is final.
struct Visitor<'a> {
    submissions: Receiver<Submission>,
    name: TransactionHash,
    calls: (u64, u64),
    done: &'a Cell<bool>,
}

impl Attached for Visitor<'_> {
    fn before_slot(&mut self, simulation: &mut Simulation) -> Result<(), Problem> {
        self.calls.0 += 1;
        hand_in(simulation, &self.submissions);
        Ok(())
    }

    fn after_slot(&mut self, simulation: &mut Simulation, _: &[Happening]) -> Result<(), Problem> {
        self.calls.1 += 1;
        let executed = simulation.executed(EVM).contains(&self.name);
        self.done
            .set(simulation.slot >= 5_000 || (executed && simulation.is_over()));
        Ok(())
    }
}

fn quiet() -> Progress {
    Progress::new(true, false, false)
}

#[test]
fn a_transaction_from_outside_is_executed_and_final() {
    let folder = Folder::new("visitor");
    // The one after those of the short file.
    let line = devnet::feed::DEMO
        .lines()
        .filter(|line| line.starts_with("0x"))
        .nth(120)
        .unwrap();
    let bytes = hex::decode(&line[2..]).unwrap();
    let name = TransactionHash(digest(&TRANSACTION, &bytes));
    let (inbox, submissions) = Inbox::new();
    let submission = Submission { domain: EVM, bytes };
    inbox.submit(submission.clone()).unwrap();
    let done = Cell::new(false);
    let mut visitor = Visitor {
        submissions,
        name,
        calls: (0, 0),
        done: &done,
    };
    let line = ["--live", "--pace", "0", "--lie", "none"];
    let live = args(&folder.0, &line);
    let ended = run_with(&live, &mut quiet(), &|| done.get(), &mut [&mut visitor]).unwrap();
    let Ended::Interrupted { slot } = ended else {
        panic!("a live run has no end of its own");
    };
    assert!(slot < 5_000, "never executed");
    assert_eq!(visitor.calls, (slot, slot + 1));
    drop(visitor);
    assert_eq!(inbox.submit(submission), Err(NotTaken::Over));
    // Without what made it live, the run ends: every check holds with the visitor's transaction in it.
    let summary = finish(&args(&folder.0, &["--lie", "none"]));
    assert!(summary.ok(), "{:?}", failed(&summary));
    assert_eq!(
        (summary.transactions.sent, summary.transactions.executed),
        (120, 121)
    );
}

#[test]
fn the_clock_decides_nothing() {
    let (fast, slow) = (Folder::new("fast"), Folder::new("slow"));
    let expected = without_times(finish(&args(&fast.0, &["--slots", "40"])));
    assert_eq!(
        without_times(finish(&args(&slow.0, &["--slots", "40", "--pace", "5"]))),
        expected
    );
    // Nor does it matter that the run was live until slot 25.
    let live = Folder::new("live");
    let left = Cell::new(25);
    let stop = || {
        left.set(left.get() - 1);
        left.get() < 0
    };
    let args_live = args(&live.0, &["--live", "--pace", "0"]);
    let ended = run(&args_live, &mut quiet(), &stop).unwrap();
    assert!(matches!(ended, Ended::Interrupted { slot } if slot > 5 && slot < 40));
    assert_eq!(
        without_times(finish(&args(&live.0, &["--slots", "40"]))),
        expected
    );
}
