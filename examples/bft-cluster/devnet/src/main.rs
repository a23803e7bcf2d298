//! The devnet with simplex in it: `cargo run --release -p devnet-simplex -- --engine simplex`.

use std::process::ExitCode;

fn main() -> ExitCode {
    devnet::cli::main(Some(devnet_simplex::start))
}
