//! The program: what it does with the command line, the terminal and signals.

use crate::args::{Args, Engine};
use crate::live::Attached;
use crate::ordering::Start;
use crate::progress::Progress;
use crate::rpc::Rpc;
use crate::run::{Ended, run_on};
use crate::ui::Watch;
use crate::ui::server::{Published, Server};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Where simplex is: its hundreds of crates are no part of this workspace.
const SIMPLEX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bft-cluster/Cargo.toml");

/// Runs the devnet as the command line says. `simplex` starts that engine, in a program that has it.
#[must_use]
pub fn main(simplex: Option<Start>) -> ExitCode {
    let args = Args::parse();
    if let Some(contradiction) = args.contradiction() {
        Args::command()
            .error(ErrorKind::ArgumentConflict, contradiction)
            .exit();
    }
    // Without a handler Ctrl-C ends the process at once, which the data folder survives too.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
    if args.engine == Engine::Simplex && simplex.is_none() {
        return run_elsewhere();
    }
    let plain = std::env::var_os("NO_COLOR").is_some();
    let terminal = std::io::stderr().is_terminal();
    let mut progress = Progress::new(args.quiet, terminal, terminal && !plain);
    let started = Instant::now();
    let time = args.seconds.map(Duration::from_secs);
    let time_is_up = || time.is_some_and(|time| started.elapsed() >= time);
    let interrupted = || INTERRUPTED.load(Ordering::SeqCst);
    let page = Published::default();
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = args.ui.map(|port| Server::start(address(port), page.clone()));
    let server = match server.transpose() {
        Ok(server) => server,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    if let Some(server) = &server {
        eprintln!("the page: http://{}/", server.address());
    }
    let mut watch = Watch::new(args.pace(), server.is_some().then_some(page), Some(args.report()));
    let mut rpc = args.rpc.map(|address| {
        let tell = |address, chain_id| eprintln!("Ethereum JSON-RPC: http://{address} (chain id {chain_id})");
        Rpc::new(address, Box::new(tell))
    });
    let mut attached: Vec<&mut dyn Attached> = vec![&mut watch];
    if let Some(rpc) = &mut rpc {
        attached.push(rpc);
    }
    let stop = || interrupted() || time_is_up();
    let ended = run_on(&args, simplex, &mut progress, &stop, &mut attached);
    progress.clear();
    match ended {
        Ok(Ended::Over(summary)) => {
            let colours = std::io::stdout().is_terminal() && !plain;
            println!(
                "{}",
                if args.json {
                    summary.to_json()
                } else {
                    summary.print(colours)
                }
            );
            if summary.ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Ok(Ended::Interrupted { slot }) => {
            let data = args.data.display();
            match args.engine {
                Engine::Farmers => {
                    eprintln!("stopped after slot {slot}; the same command goes on from {data}")
                }
                Engine::Simplex => eprintln!(
                    "stopped after slot {slot}; the same command begins anew, and goes the same way"
                ),
            }
            if args.is_live() && args.engine == Engine::Farmers {
                eprintln!("without what made it live, it goes on to the end and to the summary");
            }
            if interrupted() {
                // As a shell reports a process that SIGINT ended.
                ExitCode::from(130)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Builds and starts the program that has simplex, with the same arguments.
fn run_elsewhere() -> ExitCode {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--locked", "--package", "devnet-simplex"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if !Path::new(SIMPLEX).is_file() {
        eprintln!(
            "error: simplex is not in this program, and its source is not where this program was built"
        );
        eprintln!(
            "in the source tree: cargo run --release --package devnet-simplex -- --engine simplex, in examples/bft-cluster"
        );
        return ExitCode::from(2);
    }
    eprintln!(
        "simplex is in a workspace of its own, examples/bft-cluster: cargo builds that program and starts it"
    );
    cargo.args(["--manifest-path", SIMPLEX, "--"]);
    match cargo.args(std::env::args_os().skip(1)).status() {
        // Ended by a signal, which a shell would report in the same way.
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::from(130), ExitCode::from),
        Err(error) => {
            eprintln!("error: cargo: {error}");
            ExitCode::from(2)
        }
    }
}
