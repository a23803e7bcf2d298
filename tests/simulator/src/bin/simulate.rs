//! Plays seeded schedules, shrinks what fails, and searches for the schedule that delays confirmation most.

use clap::Parser;
use decex_simulator::{CENSORSHIP, Failure, Report, Schedule, challenge_period, play, search, shrink};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Plays adversarial schedules over the toy ledger and checks the protocol's invariants after every event.
///
/// A schedule follows from its seed. One that fails is made smaller and printed as a code that `--schedule` plays again.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// How many seeds to play
    #[arg(long, default_value_t = 200)]
    runs: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play this one and print what it came to: a seed, or a code such as 2a-40-ffffffffffffffff-6
    #[arg(long, value_name = "CODE", conflicts_with_all = ["search", "runs", "from"])]
    schedule: Option<Schedule>,
    /// Look for the schedule that delays confirmation most: play twice as many schedules as this
    #[arg(long, value_name = "ROUNDS", conflicts_with = "runs")]
    search: Option<u64>,
    /// Slots for which farmers together may keep honest messages out of blocks, at a stretch
    #[arg(long, default_value_t = CENSORSHIP, value_parser = clap::value_parser!(u64).range(0..=60))]
    budget: u64,
    /// How many to play at a time
    #[arg(long, default_value_t = cores())]
    threads: u64,
}

fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| u64::try_from(cores.get()).unwrap_or(1))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let held = match (&args.schedule, args.search) {
        (Some(schedule), _) => one(schedule),
        (None, Some(rounds)) => delay(args.from, args.budget, rounds),
        (None, None) => many(&args),
    };
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn one(schedule: &Schedule) -> bool {
    println!("{schedule:#?}");
    match play(schedule) {
        Ok(report) => {
            println!("{report:#?}");
            true
        }
        Err(failure) => {
            println!("{failure}");
            false
        }
    }
}

fn many(args: &Args) -> bool {
    let (next, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let failed: Mutex<Option<(Schedule, Failure)>> = Mutex::new(None);
    let sums: Mutex<Vec<Report>> = Mutex::new(Vec::new());
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..args.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= args.runs {
                        break;
                    }
                    let schedule = Schedule::with_budget(args.from.wrapping_add(run), args.budget);
                    match play(&schedule) {
                        Ok(report) => sums.lock().unwrap_or_else(PoisonError::into_inner).push(report),
                        Err(failure) => {
                            stop.store(true, Ordering::Relaxed);
                            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                            failed.get_or_insert((schedule, failure));
                        }
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        progress(args.runs, &done, &stop, start);
    });
    let reports = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    summarize(&reports, start.elapsed());
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => true,
        Some((schedule, failure)) => {
            explain(&schedule, &failure);
            false
        }
    }
}

/// Says how far it is, every few seconds.
fn progress(runs: u64, done: &AtomicU64, stop: &AtomicBool, start: Instant) {
    let mut said = Instant::now();
    while done.load(Ordering::Relaxed) < runs && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        if said.elapsed() > Duration::from_secs(5) {
            said = Instant::now();
            let done = done.load(Ordering::Relaxed);
            let left = start
                .elapsed()
                .as_secs()
                .saturating_mul(runs.saturating_sub(done));
            let left = left.checked_div(done).unwrap_or(0);
            eprintln!("{done} of {runs} runs, about {left} s left");
        }
    }
}

fn summarize(reports: &[Report], took: Duration) {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let most = |of: fn(&Report) -> u64| reports.iter().map(of).max().unwrap_or(0);
    println!("runs that held every invariant  {}", reports.len());
    println!("blocks                          {}", sum(|report| report.blocks));
    println!(
        "bundles, honest and other       {} and {}",
        sum(|r| r.honest_bundles),
        sum(|r| r.other_bundles)
    );
    println!("wrong receipts on the chain     {}", sum(|r| r.tally.wrong));
    println!("fraud proofs that removed them  {}", sum(|r| r.tally.proofs));
    println!("receipts removed                {}", sum(|r| r.tally.removed));
    println!("nominations                     {}", sum(|r| r.tally.nominations));
    println!("claims that were paid           {}", sum(|r| r.tally.paid_claims));
    println!(
        "receipts confirmed              {}, none of them wrong",
        sum(|r| r.tally.confirmed)
    );
    println!(
        "operators slashed               {}, none of them honest",
        sum(|r| r.slashed)
    );
    println!("deepest re-organisation         {} blocks", most(|r| r.deepest));
    println!(
        "latest proof                    {} blocks after its receipt",
        most(|r| r.tally.latest_proof)
    );
    println!(
        "longest wait for confirmation   {} blocks",
        most(|r| r.tally.longest_wait)
    );
    println!("took                            {} s", took.as_secs());
}

fn explain(schedule: &Schedule, failure: &Failure) {
    println!(
        "\nFAILED with seed {}: {failure}\nmaking it smaller …",
        schedule.seed
    );
    let _ = std::io::stdout().flush();
    let (small, shown) = shrink(schedule, failure, play);
    println!("{shown}");
    for fault in small.happening() {
        println!("  {fault:?}");
    }
    println!("play it again: cargo run --release -p decex-simulator -- --schedule {small}");
}

fn delay(seed: u64, budget: u64, rounds: u64) -> bool {
    let mut played = 0_u64;
    let found = search(seed, budget, rounds, |schedule| {
        played = played.saturating_add(1);
        if played.is_multiple_of(100) {
            eprintln!("{played} of {} schedules", rounds.saturating_mul(2));
        }
        play(schedule)
    });
    match found {
        Ok(Some(worst)) => {
            let report = worst.report;
            let schedule = &worst.schedule;
            let row = |what: &str, found: u64, unit: &str| println!("{what:<42}{found} {unit}");
            row("schedules played", worst.played, "");
            row("censorship budget", budget, "slots");
            row("challenge period C", challenge_period(schedule), "blocks");
            row("inclusion delay D", schedule.inclusion_delay(), "blocks");
            row("longest without an honest win, E", report.longest_dry, "slots");
            row("operators that lost a stake, k", report.slashed, "");
            row("longest wait found", report.tally.longest_wait, "blocks");
            row(
                "bound if k were 0: C + 1 + D + E + queue",
                report.bound_unburned,
                "blocks",
            );
            row("bound with these k stakes burned", report.bound, "blocks");
            println!(
                "play it again: cargo run --release -p decex-simulator -- --schedule {}",
                worst.schedule
            );
            true
        }
        Ok(None) => {
            println!("nothing was played: --search takes at least 1");
            false
        }
        Err((schedule, failure)) => {
            explain(&schedule, &failure);
            false
        }
    }
}
