//! `cargo run --release -p devnet`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    devnet::cli::main(None)
}
