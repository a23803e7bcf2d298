//! `bft-cluster`: see the README.

mod args;
mod report;

fn main() -> std::process::ExitCode {
    args::main()
}
