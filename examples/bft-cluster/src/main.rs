//! `bft-cluster`: see the README.

mod args;

fn main() -> std::process::ExitCode {
    args::main()
}
