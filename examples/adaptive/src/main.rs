//! Plots how the election follows stake that disappears and returns.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "a simulation that is looked at, not consensus"
)]

use adaptive::plot;
use adaptive::report::{Table, summarise};
use adaptive::simulation::{Scenario, run};
use clap::Parser;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Plots how the election follows stake that disappears and returns: 10, 100 and 10,000 operators, of which 0, 50 and 90 % leave.
#[derive(Parser)]
struct Args {
    /// What chance begins with; the same seed gives the same picture.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the picture is written.
    #[arg(long, default_value = "adaptive.svg")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match simulate(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(args: &Args) -> Result<(), Box<dyn Error>> {
    let mut table = Table::default();
    let mut courses = Vec::new();
    for operators in [10, 100, 10_000] {
        for away in [0, 50, 90] {
            // Another part of the same chance for each.
            let seed = args.seed ^ (u64::from(operators) << 32) ^ (u64::from(away) << 48);
            let scenario = Scenario::plotted(operators, away, seed);
            let course = run(&scenario)?;
            table.0.push((scenario, summarise(&scenario, &course)));
            courses.push((scenario, course));
        }
    }
    let picture = plot::draw(&courses, 3)?;
    fs::write(&args.out, picture).map_err(|error| format!("{}: {error}", args.out.display()))?;
    println!(
        "Expected rates, of the target; in band is within 20 % of it. 100 bundles are wanted in an epoch.\n\n{table}"
    );
    println!("The picture: {}", args.out.display());
    Ok(())
}
