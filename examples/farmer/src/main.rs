//! `cargo run --release -p farmer -- --help`: see the library.

use clap::Parser;
use farmer::args::{Args, Command};
use farmer::checking::{Checked, check_all};
use farmer::farming::{Farmed, farm};
use farmer::plotting::{Plotted, plot};
use farmer::problem::Problem;
use farmer::progress::Progress;
use farmer::show::show;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// As a shell reports a process that SIGINT ended.
const STOPPED: u8 = 130;

fn main() -> ExitCode {
    let args = Args::parse();
    // Without a handler Ctrl-C ends the process at once, which the directory survives too.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
    let mut progress = Progress::new(args.quiet);
    let ended = run(&args, &mut progress);
    progress.clear();
    ended.unwrap_or_else(|problem| {
        eprintln!("error: {problem}");
        ExitCode::from(2)
    })
}

fn run(args: &Args, progress: &mut Progress) -> Result<ExitCode, Problem> {
    let stop = || INTERRUPTED.load(Ordering::SeqCst);
    match &args.command {
        Command::Plot(options) => match plot(&args.dir, options, progress, &stop)? {
            Plotted::All(sectors) => {
                println!("{sectors} sectors are plotted in {}", args.dir.display());
                Ok(ExitCode::SUCCESS)
            }
            Plotted::Stopped => {
                eprintln!("stopped; the same command goes on");
                Ok(ExitCode::from(STOPPED))
            }
        },
        Command::Check(options) => Ok(report(&check_all(&args.dir, options, progress, &stop)?)),
        Command::Farm(options) => Ok(summary(&farm(&args.dir, options, progress, &stop)?)),
        Command::Show => {
            print!("{}", show(&args.dir)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(checked: &Checked) -> ExitCode {
    let Checked {
        sound,
        damaged,
        repaired,
        stopped,
    } = checked;
    println!("{sound} plots are sound ({repaired} of them repaired now), {damaged} are damaged");
    if *stopped {
        return ExitCode::from(STOPPED);
    }
    if *damaged > 0 {
        eprintln!("`farmer check --repair` plots damaged records again");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn summary(farmed: &Farmed) -> ExitCode {
    println!(
        "sectors       {} ({} expired, {} refused)",
        farmed.sectors, farmed.expired, farmed.refused
    );
    println!("slots         {}", farmed.slots);
    println!("audits        {} sectors per second", farmed.audits_per_second());
    println!("wins          {}", farmed.wins);
    if farmed.wins > 0 {
        println!(
            "solutions     up to {} bytes, proven within {} ms, verified within {} us",
            farmed.largest_solution,
            farmed.slowest_proof.as_millis(),
            farmed.slowest_verification.as_micros()
        );
    }
    if farmed.damaged > 0 {
        println!(
            "damaged       {} winning chunks could not be proven",
            farmed.damaged
        );
        return ExitCode::FAILURE;
    }
    if farmed.refused > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
