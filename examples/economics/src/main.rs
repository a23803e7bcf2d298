//! `cargo run --release -p economics -- --help`: see the library.

use clap::Parser;
use economics::args::Args;
use economics::params::Params;
use economics::problem::Problem;
use economics::report::Report;
use economics::show::show;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Prints the report; returns whether there is nothing to warn of.
fn run(args: &Args) -> Result<bool, Problem> {
    let file = args.file.as_ref().ok_or_else(|| {
        Problem::text(
            "which parameters? Name a file; examples/economics/params.toml is a sample with every field explained.".into(),
        )
    })?;
    let params = Params::read(file)?;
    let report = Report::compute(&params);
    if args.json {
        println!("{}", report.to_json()?);
    } else {
        print!("{}", show(&file.display().to_string(), &params, &report));
    }
    Ok(report.warnings.is_empty())
}
