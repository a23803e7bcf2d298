//! The command line.

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use decex_storage_audit::AuditParams;
use std::path::PathBuf;

const ABOUT: &str = "Plot history into files, check the plots, and farm with them.

History is any file (a directory's worth of blocks, a database dump): it is cut into blocks, archived into
segments, and the pieces of the segments are plotted into sectors, each masked for this farmer alone. Without
a file a history is made up. Slots are drawn from a seed, one after another: no chain is running here.";

const EXAMPLES: &str = "Examples (with cargo: cargo run --release -p farmer -- plot --sectors 4):
  farmer plot --sectors 4                    made-up history, small sectors, into ./farm
  farmer plot --history chain.bin --dir d1   the bytes of chain.bin; Ctrl-C stops, the same command goes on
  farmer farm --seconds 10                   audit slot after slot, prove and verify what wins
  farmer check --deep                        read every byte, make every mask again
  farmer check --repair                      plot again what is damaged
  farmer show                                what is in ./farm

Exit code: 0 if all is well, 1 if a plot is damaged (or a solution did not verify), 2 for an error or a wrong
command line, 130 if it was stopped.";

/// The command line, read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "farmer", version, about = ABOUT, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Where plots and history are
    #[arg(long, value_name = "DIR", default_value = "farm", global = true)]
    pub dir: PathBuf,

    /// Show no progress
    #[arg(long, global = true)]
    pub quiet: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Archive history and plot sectors of it; goes on where it was stopped
    Plot(Plot),
    /// Read plots and report what is damaged
    Check(Check),
    /// Audit slot after slot; prove and verify what wins
    Farm(Farm),
    /// List the sectors
    Show,
}

/// Options of `plot`.
#[derive(Clone, Debug, PartialEq, Eq, Arguments)]
pub struct Plot {
    /// The history: any file, cut into blocks of 64 KiB [default: 4 segments, made up]
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,

    /// Sectors to have in the end
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub sectors: u32,

    /// Sizes of records, segments and sectors; those of an existing directory stay
    #[arg(long, value_name = "SIZES", value_enum, default_value_t = Sizes::Small)]
    pub sizes: Sizes,

    /// The farmer: anything, hashed to an identity; that of an existing directory stays
    #[arg(long, value_name = "NAME", default_value = "farmer")]
    pub name: String,

    /// Records to mask at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Options of `check`.
#[derive(Clone, Debug, PartialEq, Eq, Arguments)]
pub struct Check {
    /// Make every mask again and compare: as slow as plotting
    #[arg(long)]
    pub deep: bool,

    /// Plot damaged records again
    #[arg(long)]
    pub repair: bool,
}

/// Options of `farm`.
#[derive(Clone, Debug, PartialEq, Eq, Arguments)]
pub struct Farm {
    /// Stop after so many slots
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = clap::value_parser!(u64).range(1..))]
    pub slots: Option<u64>,

    /// Stop after so many seconds [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub seconds: Option<u64>,

    /// Pieces that all farmers together have plotted; with more, fewer slots are won [default: what is here]
    #[arg(long, value_name = "PIECES", value_parser = clap::value_parser!(u64).range(1..))]
    pub network: Option<u64>,

    /// Seed of the slots' randomness
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Sizes to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Sizes {
    /// Sectors of 128 KiB: 8 pieces of 16 KiB, k = 17
    Small,
    /// Sectors of 8 MiB: 32 pieces of 256 KiB, k = 20
    Medium,
    /// Sectors of 1,000 MiB: 1,000 pieces of 1 MiB, k = 20; history in segments of 128 MiB
    Production,
}

impl Sizes {
    /// Returns the parameters.
    #[must_use]
    pub const fn params(self) -> AuditParams {
        match self {
            Self::Small => AuditParams::SMALL,
            Self::Medium => AuditParams {
                k: 20,
                record_chunks_log2: 12,
                segment_records_log2: 3,
                sector_pieces: 32,
                ..AuditParams::PRODUCTION
            },
            Self::Production => AuditParams::PRODUCTION,
        }
    }
}
