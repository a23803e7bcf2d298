//! Seeded runs, and runs that must fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_consensus::{Beacon, Engines, HoldError, Ledger as Money, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot};
use decex_simulator::{
    Failure, Invariant, Ledger, Report, Schedule, SimulatedHost, Weakness, play, run, search, shrink,
};
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many seeds: `DECEX_SIM_RUNS`, or what every CI run plays.
fn runs() -> u64 {
    let wanted = std::env::var("DECEX_SIM_RUNS").ok();
    wanted.map_or(200, |wanted| wanted.parse().expect("DECEX_SIM_RUNS is a number"))
}

fn play_all(schedules: u64) -> Vec<Report> {
    let (next, reports) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= schedules {
                        break;
                    }
                    let schedule = Schedule::new(seed);
                    match play(&schedule) {
                        Ok(report) => reports.lock().unwrap().push(report),
                        Err(failure) => {
                            let (small, shown) = shrink(&schedule, &failure, play);
                            panic!(
                                "seed {seed}: {failure}\nsmaller: {shown}\nplay it again: cargo run --release -p decex-simulator -- --schedule {small}"
                            );
                        }
                    }
                }
            });
        }
    });
    reports.into_inner().unwrap()
}

#[test]
fn every_seed_holds_every_invariant() {
    let wanted = runs();
    let reports = play_all(wanted);
    assert_eq!(u64::try_from(reports.len()).unwrap(), wanted);
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let most = |of: fn(&Report) -> u64| reports.iter().map(of).max().unwrap();
    println!(
        "{wanted} runs: {} wrong receipts, {} proofs, {} slashed, {} confirmed, {} nominations, {} claims, deepest {}, latest proof {}",
        sum(|report| report.tally.wrong),
        sum(|report| report.tally.proofs),
        sum(|report| report.slashed),
        sum(|report| report.tally.confirmed),
        sum(|report| report.tally.nominations),
        sum(|report| report.tally.paid_claims),
        most(|report| report.deepest),
        most(|report| report.tally.latest_proof),
    );
    // Runs in which nothing happens would hold everything.
    // A liar tells one, and those that bundle illegally are out before they do.
    assert!(sum(|report| report.tally.wrong) > wanted, "lies are told");
    assert!(sum(|report| report.slashed) > wanted, "and paid for");
    assert!(
        sum(|report| report.tally.confirmed) > 10 * wanted,
        "and life goes on"
    );
    assert!(
        sum(|report| report.tally.nominations) > 10 * wanted,
        "operators are nominated"
    );
    assert!(
        sum(|report| report.tally.paid_claims) > wanted,
        "and stake comes back"
    );
    assert!(most(|report| report.deepest) >= 4, "chains are re-organised");
    assert!(
        most(|report| report.tally.latest_proof) >= 6,
        "and proofs are late"
    );
}

#[test]
fn a_schedule_is_played_the_same_twice_and_its_code_says_all_of_it() {
    for seed in [3, 14] {
        let schedule = Schedule::new(seed);
        let again: Schedule = schedule.to_string().parse().unwrap();
        assert_eq!(schedule, again);
        assert_eq!(play(&schedule), play(&again));
    }
    let seed: Schedule = "14".parse().unwrap();
    assert_eq!(seed, Schedule::new(14));
    for wrong in ["", "x", "1-2", "1-2-3", "1-2-3-4-5", "g-1-1-1"] {
        assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
    }
}

/// Plays seeds with a weakness until one fails.
fn first_failure(weakness: Weakness, seeds: u64) -> (Schedule, Failure) {
    let weak = (0..seeds).map(|seed| Schedule {
        weakness: Some(weakness),
        ..Schedule::new(seed)
    });
    weak.into_iter()
        .find_map(|schedule| {
            let failure = play(&schedule).err()?;
            Some((schedule, failure))
        })
        .expect("a run that fails")
}

#[test]
fn if_nobody_sends_proofs_a_wrong_receipt_becomes_final() {
    let (schedule, failure) = first_failure(Weakness::Mute, 20);
    assert_eq!(failure.invariant, Invariant::Safety, "{failure}");
    // It is made smaller, and what is left fails in the same way, from its code alone.
    let (small, shown) = shrink(&schedule, &failure, play);
    assert!(small.slots < schedule.slots || small.happening().count() < schedule.happening().count());
    let mut again: Schedule = small.to_string().parse().unwrap();
    again.weakness = small.weakness;
    assert_eq!(play(&again), Err(shown));
}

#[test]
fn an_operator_that_forgets_its_seals_is_slashed_for_it() {
    let (_, failure) = first_failure(Weakness::ForgetSeals, 400);
    assert_eq!(failure.invariant, Invariant::Innocence, "{failure}");
}

/// A host that loses a unit with every slash.
#[derive(Clone)]
struct Leaky(MemoryHost<LedgerEngine>);

impl Host for Leaky {
    type Error = Infallible;
}

impl Store for Leaky {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.0.get(key)
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.0.set(key, value)
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.0.remove(key)
    }
}

impl Money for Leaky {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        self.0.hold(account, amount)
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.0.release(account, amount)
    }
    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        self.0.burn(amount)?;
        self.0.burned.0 -= 1;
        Ok(())
    }
}

impl Beacon for Leaky {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.0.randomness(slot)
    }
}

impl Verifiers for Leaky {}

impl Engines for Leaky {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.0.engine(rules)
    }
}

impl SimulatedHost for Leaky {
    fn endow(&mut self, account: AccountId, amount: Balance) {
        self.0.endow(account, amount);
    }
    fn custody(&self) -> u128 {
        SimulatedHost::custody(&self.0)
    }
    fn total(&self) -> u128 {
        self.0.total()
    }
    fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }
}

#[test]
fn a_host_that_loses_money_is_noticed() {
    let failed = (0..20).find_map(|seed| {
        let played = run(&Schedule::new(seed), &Ledger, |engine, seed| {
            Leaky(MemoryHost::new(vec![engine], seed))
        });
        played.err()
    });
    assert_eq!(failed.expect("a slash").invariant, Invariant::Conservation);
}

#[test]
fn a_search_finds_a_longer_wait_than_its_first_schedule_has() {
    let first = play(&Schedule::new(1)).unwrap();
    let worst = search(1, 6, 12, play)
        .expect("every invariant holds")
        .expect("something was played");
    assert!(worst.report.tally.longest_wait >= first.tally.longest_wait.min(40));
    assert!(worst.report.tally.longest_wait <= worst.report.bound);
    assert_eq!(play(&worst.schedule), Ok(worst.report), "and it plays again");
}
