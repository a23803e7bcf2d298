//! `cargo run --release -p devnet`: see the library.

use clap::Parser;
use devnet::args::Args;
use devnet::live::Attached;
use devnet::progress::Progress;
use devnet::rpc::Rpc;
use devnet::run::{Ended, run_with};
use devnet::ui::Watch;
use devnet::ui::server::{Published, Server};
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let args = Args::parse();
    // Without a handler Ctrl-C ends the process at once, which the data folder survives too.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
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
    let ended = run_with(&args, &mut progress, &stop, &mut attached);
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
            eprintln!("stopped after slot {slot}; the same command goes on from {data}");
            if args.is_live() {
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
