#![doc = include_str!("../README.md")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a simulator: a place that is not there or a number that overflows must stop the test"
)]

pub mod chain;
pub mod chance;
pub mod failure;
pub mod host;
pub mod liars;
pub mod names;
pub mod nodes;
pub mod oracle;
pub mod run;
pub mod schedule;
pub mod search;
pub mod setup;
pub mod shrink;
pub mod workload;

pub use failure::{Failure, Invariant};
pub use host::SimulatedHost;
pub use run::{Report, run};
pub use schedule::{CENSORSHIP, Fault, FaultKind, NotASchedule, OUTAGE, Schedule, Strategy, Weakness};
pub use search::{Worst, search};
pub use setup::{STAKE, challenge_period};
pub use shrink::shrink;
pub use workload::{Ledger, Workload};

use decex_testkit::host::MemoryHost;

/// Plays a schedule over the toy ledger on a host in memory.
///
/// # Errors
/// When an invariant does not hold.
pub fn play(schedule: &Schedule) -> Result<Report, Failure> {
    run(schedule, &Ledger, |engine, seed| {
        MemoryHost::new(vec![engine], seed)
    })
}
