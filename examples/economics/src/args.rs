//! The command line.

use clap::Parser;
use std::path::PathBuf;

// Broken by hand: clap breaks lines only with a feature that brings a terminal library.
const ABOUT: &str = "\
Reads the parameters of a domain and of its host from a file and prints what they are worth: the
cheapest attack on safety, what it costs to delay confirmation, how much an attacker can make others
lose for what he loses, how many election windows stay empty, whether it pays to check, and the
largest reporter's share with which proving one's own fraud never pays.";

const EXAMPLES: &str = "\
Examples (with cargo: cargo run --release -p economics -- OPTIONS):
  economics examples/economics/params.toml         a report; every field of the file is explained there
  economics examples/economics/unsafe.toml         a report with warnings
  economics --json examples/economics/params.toml  the same as JSON; null is \"without bound\"

Exit code: 0 if there is nothing to warn of, 1 if there is, 2 for an error or a wrong command line.
Formulas and assumptions: spec/economics.md";

/// The command line, read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "economics", version, about = ABOUT, after_help = EXAMPLES)]
pub struct Args {
    /// Parameter file, TOML; copy examples/economics/params.toml and change it
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}
