//! The command line.
#![allow(clippy::disallowed_types, reason = "rates, for people to read")]

use crate::report::{finish, print_rpc, print_status, to_float};
use bft_cluster::adapter::Timing;
use bft_cluster::host::Genesis;
use bft_cluster::node::Role;
use bft_cluster::operator::Habits;
use bft_cluster::run::status::{DomainStatus, NodeStatus};
use bft_cluster::run::{deterministic, loopback, process, processes};
use clap::{Args, Parser, Subcommand};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Debug, Parser)]
#[command(about = "Validators that order and operators that execute, on a BFT engine")]
struct Arguments {
    #[command(subcommand)]
    way: Way,
}

#[derive(Debug, Subcommand)]
enum Way {
    /// All nodes in this process, in virtual time: everything follows from the seed.
    Simulate(Simulate),
    /// All nodes in this process, in real time, over TCP on loopback.
    Loopback(Run),
    /// A process for each node, their state on disk.
    Processes(Run),
    /// One node: what the processes of `processes` are.
    Node(NodeArguments),
    /// Measures 1, 2 and 4 domains, a process for each node, and prints a table.
    Measure(Run),
}

#[derive(Clone, Debug, Args)]
struct Chain {
    /// Makes keys and balances of one cluster differ from another's; decides all that is drawn in a simulation.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Validators.
    #[arg(long, default_value_t = 4)]
    validators: u32,
    /// Operators of each domain.
    #[arg(long, default_value_t = 3)]
    operators: u32,
    /// Domains.
    #[arg(long, default_value_t = 1)]
    domains: u32,
    /// Of the domains, the first so many run the EVM; the others are toy ledgers.
    #[arg(long, default_value_t = 0)]
    evm: u32,
    /// Users of each operator in each domain.
    #[arg(long, default_value_t = 64)]
    users: u32,
    /// Transactions for each operator and domain, with each block.
    #[arg(long, default_value_t = 16)]
    load: u32,
    /// From one block's timestamp to the next one's, at least, in milliseconds.
    #[arg(long, default_value_t = 100)]
    pace: u64,
    /// The last operator lies about the receipt of this domain block, or the next that there is enough in.
    #[arg(long)]
    lie: Option<u64>,
}

#[derive(Clone, Debug, Args)]
struct Simulate {
    #[command(flatten)]
    chain: Chain,
    /// Ends when every node has applied this many blocks.
    #[arg(long, default_value_t = 100)]
    blocks: u64,
    /// How long a message takes on average, in milliseconds.
    #[arg(long, default_value_t = 10)]
    latency: u64,
    /// Of a thousand messages, so many are lost.
    #[arg(long, default_value_t = 10)]
    loss: u16,
    /// Cuts a node off: node, from and to in milliseconds, as in `1:2000:5000`. Can be given several times.
    #[arg(long)]
    cut: Vec<String>,
}

#[derive(Clone, Debug, Args)]
struct Run {
    #[command(flatten)]
    chain: Chain,
    /// Ends when every node has applied this many blocks. 200 if not given; with --rpc, never.
    #[arg(long)]
    blocks: Option<u64>,
    /// Ends in any case after this many seconds. 300 if not given; with --rpc, never.
    #[arg(long)]
    limit: Option<u64>,
    /// Operators answer Ethereum JSON-RPC for EVM domains: operator 0 here, operator I at the port after the one of operator I - 1, the next domain's
    /// after all of them. Port 0 takes free ones.
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:8545")]
    rpc: Option<SocketAddr>,
    /// Where nodes keep things; a new directory under the system's temporary one if not given. It is left there.
    #[arg(long)]
    directory: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct NodeArguments {
    #[command(flatten)]
    chain: Chain,
    /// Which node: validators come first, then operators.
    #[arg(long)]
    node: usize,
    /// Its directory.
    #[arg(long)]
    directory: PathBuf,
    /// The port on loopback of each node, in order.
    #[arg(long, value_delimiter = ',')]
    ports: Vec<u16>,
    /// Where operator 0 answers JSON-RPC.
    #[arg(long)]
    rpc: Option<SocketAddr>,
}

impl Run {
    /// Who asks for JSON-RPC wants to use it.
    fn blocks(&self) -> u64 {
        let default = self.rpc.map_or(200, |_| u64::MAX);
        self.blocks.unwrap_or(default)
    }

    fn limit(&self) -> Duration {
        let default = self.rpc.map_or(300, |_| u64::MAX);
        Duration::from_secs(self.limit.unwrap_or(default))
    }

    /// Says what cannot be meant.
    fn check(&self) -> Result<(), &'static str> {
        if self.rpc.is_some() && self.chain.evm == 0 {
            return Err("--rpc is for EVM domains, and there are none: --evm 1 makes the first domain one");
        }
        Ok(())
    }
}

impl Chain {
    const fn genesis(&self) -> Genesis {
        Genesis {
            seed: self.seed,
            validators: self.validators,
            operators: self.operators,
            domains: self.domains,
            evm: self.evm,
            users: self.users,
        }
    }

    fn timing(&self) -> Timing {
        Timing {
            pace: Duration::from_millis(self.pace),
            ..Timing::default()
        }
    }

    fn role(&self, node: usize) -> Role {
        let validators = usize::try_from(self.validators).unwrap_or(usize::MAX);
        let index = node
            .checked_sub(validators)
            .and_then(|index| u32::try_from(index).ok());
        index.map_or(Role::Validator, |index| {
            let is_last = index.saturating_add(1) == self.operators;
            let habits = Habits {
                load: self.load,
                lie: self.lie.filter(|_| is_last),
            };
            Role::Operator { index, habits }
        })
    }
}

pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

pub(crate) fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BFT_LOG");
    let filter = filter.unwrap_or_else(|_| "bft_cluster=info,error".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let done = match Arguments::parse().way {
        Way::Simulate(arguments) => simulate(&arguments),
        Way::Loopback(arguments) => run_loopback(&arguments),
        Way::Processes(arguments) => run_processes(&arguments).map(drop),
        Way::Node(arguments) => run_node(&arguments),
        Way::Measure(arguments) => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(arguments: &Simulate) -> Done {
    let chain = &arguments.chain;
    let partitions = arguments
        .cut
        .iter()
        .map(|cut| partition(cut))
        .collect::<Result<_, _>>()?;
    let config = deterministic::Config {
        genesis: chain.genesis(),
        seed: chain.seed,
        blocks: arguments.blocks,
        limit: Duration::from_secs(3_600),
        latency: (
            Duration::from_millis(arguments.latency),
            Duration::from_millis(arguments.latency / 4),
        ),
        loss: arguments.loss,
        partitions,
        load: chain.load,
        lie: chain.lie,
        timing: chain.timing(),
    };
    let report = deterministic::run_deterministic(&config)?;
    println!("virtual time   {:.1} s", report.elapsed.as_secs_f64());
    println!("auditor        {}", report.auditor);
    print_status(&NodeStatus::from(&report.stats), report.height, report.elapsed);
    let root = report
        .agreed()
        .ok_or_else(|| format!("nodes differ: {:?} {:?}", report.roots, report.failures))?;
    println!(
        "state root     {} at all {} nodes, block {}",
        root.0,
        report.roots.len(),
        report.height
    );
    Ok(())
}

fn partition(text: &str) -> Result<deterministic::Partition, String> {
    let mut numbers = text.split(':').map(|number| number.parse::<u64>().ok());
    let mut next = || {
        numbers
            .next()
            .flatten()
            .ok_or_else(|| format!("not node:from:to: {text}"))
    };
    let (node, from, to) = (next()?, next()?, next()?);
    Ok(deterministic::Partition {
        node: usize::try_from(node).map_err(|error| error.to_string())?,
        from: Duration::from_millis(from),
        to: Duration::from_millis(to),
    })
}

fn run_loopback(arguments: &Run) -> Done {
    arguments.check()?;
    let chain = &arguments.chain;
    let genesis = chain.genesis();
    let count = usize::try_from(genesis.validators.saturating_add(genesis.operators))?;
    let config = loopback::Config {
        genesis,
        roles: (0..count).map(|node| chain.role(node)).collect(),
        blocks: arguments.blocks(),
        limit: arguments.limit(),
        timing: chain.timing(),
        storage: directory(arguments)?,
        rpc: arguments.rpc,
    };
    let (statuses, elapsed) = loopback::run_loopback(&config)?;
    finish(&statuses, elapsed).map(drop)
}

fn run_processes(arguments: &Run) -> Result<(Vec<NodeStatus>, Duration), Box<dyn std::error::Error>> {
    arguments.check()?;
    let chain = &arguments.chain;
    let config = processes::Config {
        program: std::env::current_exe()?,
        genesis: chain.genesis(),
        directory: directory(arguments)?,
        pace: chain.pace,
        load: chain.load,
        lie: chain.lie,
        rpc: arguments.rpc,
    };
    println!("directory      {}", config.directory.display());
    let mut nodes = processes::Processes::start(config)?;
    let validators = usize::try_from(chain.validators)?;
    let (limit, mut began, mut told) = (arguments.limit(), None, BTreeMap::new());
    let start = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let statuses = nodes.statuses();
        print_rpc(statuses.get(validators..).unwrap_or_default(), &mut told)?;
        let lowest = statuses.iter().map(|status| status.height).min().unwrap_or(0);
        // Rates are of a cluster that is up, not of processes that start.
        if began.is_none() && lowest > 0 {
            began = Some(Instant::now());
        }
        let ended = nodes.ended();
        if lowest >= arguments.blocks() || start.elapsed() >= limit || !ended.is_empty() {
            let elapsed = began.map_or(start.elapsed(), |began| began.elapsed());
            if !ended.is_empty() {
                return Err(format!("nodes {ended:?} have ended").into());
            }
            return finish(&statuses, elapsed).map(|()| (statuses, elapsed));
        }
    }
}

fn measure(arguments: &Run) -> Done {
    let mut rows = Vec::new();
    for domains in [1, 2, 4] {
        let mut arguments = arguments.clone();
        arguments.chain.domains = domains;
        arguments.directory = None;
        // A table has an end.
        arguments.rpc = None;
        let (statuses, elapsed) = run_processes(&arguments)?;
        let status = statuses.first().ok_or("no nodes")?;
        let seconds = elapsed.as_secs_f64();
        let sum =
            |count: fn(&DomainStatus) -> u64| -> f64 { to_float(status.domains.values().map(count).sum()) };
        let blocks = sum(|domain| domain.blocks).max(1.0);
        let pace = seconds / to_float(status.applied.max(1));
        rows.push(format!(
            "| {domains} | {:.1} | {:.0} | {:.0} | {:.0} | {:.1} s | {:.1} s |",
            to_float(status.applied) / seconds,
            sum(|domain| domain.included) / seconds,
            sum(|domain| domain.received) / seconds,
            sum(|domain| domain.confirmed) / seconds,
            sum(|domain| domain.to_receipt) / blocks * pace,
            sum(|domain| domain.to_confirmation) / blocks * pace,
        ));
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!();
    println!(
        "| domains | blocks/s | tx/s included | tx/s with receipt | tx/s confirmed | to receipt | to confirmation |"
    );
    println!("|---|---|---|---|---|---|---|");
    rows.iter().for_each(|row| println!("{row}"));
    println!();
    println!("load of the machine at the end: {}", load.trim());
    Ok(())
}

fn run_node(arguments: &NodeArguments) -> Done {
    // Ends with whoever started it: its standard input is held open as long as that lives.
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let chain = &arguments.chain;
    let config = process::Config {
        genesis: chain.genesis(),
        node: arguments.node,
        role: chain.role(arguments.node),
        addresses: arguments
            .ports
            .iter()
            .map(|port| ([127, 0, 0, 1], *port).into())
            .collect(),
        timing: chain.timing(),
        directory: arguments.directory.clone(),
        rpc: arguments.rpc,
    };
    Ok(process::run_process(&config)?)
}

fn directory(arguments: &Run) -> std::io::Result<PathBuf> {
    let directory = arguments.directory.clone().unwrap_or_else(|| {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        std::env::temp_dir().join(format!("bft-cluster-{}", since.as_millis()))
    });
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}
