//! One run, from arguments to summary.

use crate::args::{Args, Engine, Lie};
use crate::feed::{DEMO, Feed, GenesisFile};
use crate::live::{Attached, Pace};
use crate::member::Fact;
use crate::ordering::{Plan, Start};
use crate::problem::Problem;
use crate::progress::{Progress, Status};
use crate::setup::Setup;
use crate::simulation::{Cast, Happening, Simulation, What};
use crate::store::Disk;
use crate::summarize::summarize;
use crate::summary::Summary;
use decex_consensus::Event;
use decex_core::Digest;
use decex_core::hash::digest_encoded;
use decex_core::label::LEDGER_KEY;
use decex_evm::EvmEngine;
use decex_operator::Notice;
use parity_scale_codec::Encode;
use std::time::Instant;

/// Milliseconds that an engine's messages take if nothing else is asked for.
const LATENCY: u64 = 50;

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything is executed and final, or the slots ran out; the summary says which.
    Over(Box<Summary>),
    /// Somebody asked to stop. Everything is on disk.
    Interrupted {
        /// The last slot that is over.
        slot: u64,
    },
}

/// Runs the devnet until it is over or `interrupted` says stop.
///
/// # Errors
/// When the input is not what it should be, the disk fails, or a node does.
pub fn run(args: &Args, progress: &mut Progress, interrupted: &dyn Fn() -> bool) -> Result<Ended, Problem> {
    run_with(args, progress, interrupted, &mut [])
}

/// As [`run`], with others that look on and take part between slots. A live run is never over: it goes on until `interrupted` says stop.
///
/// # Errors
/// As there, and when one of the others fails.
pub fn run_with(
    args: &Args,
    progress: &mut Progress,
    interrupted: &dyn Fn() -> bool,
    attached: &mut [&mut dyn Attached],
) -> Result<Ended, Problem> {
    run_on(args, None, progress, interrupted, attached)
}

/// As [`run_with`], in a program that has simplex. A run on an engine is kept in memory and is not taken up again: what the engine
/// keeps is its own.
///
/// # Errors
/// As there, and when the engine is asked for and is not there, or stops.
pub fn run_on(
    args: &Args,
    simplex: Option<Start>,
    progress: &mut Progress,
    interrupted: &dyn Fn() -> bool,
    attached: &mut [&mut dyn Attached],
) -> Result<Ended, Problem> {
    let started = Instant::now();
    let genesis = GenesisFile::shipped().map_err(|error| Problem::new("genesis file", error))?;
    let feed = read_feed(args, &genesis)?;
    let engine = EvmEngine::new(genesis.config());
    let state =
        decex_evm::genesis(&genesis.allocations()).map_err(|error| Problem::new("genesis state", error))?;
    let setup = Setup::new(args.seed, engine, state, args.operators, args.nodes())?;
    let cast = Cast {
        farmers: args.nodes(),
        operators: args.operators,
        lie: args.lie,
        lie_at: args.lie_at,
    };
    let run = run_id(args, &feed);
    let (mut disk, mut simulation) = match args.engine {
        Engine::Farmers => begin_or_resume(args, setup, cast, feed.transactions, run, progress)?,
        Engine::Simplex => {
            let start =
                simplex.ok_or_else(|| Problem::new("--engine simplex", "it is not in this program"))?;
            let engine = start(&Plan {
                seed: args.seed,
                nodes: args.nodes(),
                genesis: setup.genesis.hash().0,
                latency: args.latency.unwrap_or(LATENCY),
                faults: args.faults(),
            })?;
            let simulation = Simulation::new(setup, cast, feed.transactions)?;
            (Disk::in_memory()?, simulation.ordered_by(engine, args.faults()))
        }
    };
    let mut last_save = simulation.slot;
    let mut pace = Pace::new(args.pace());
    for other in attached.iter_mut() {
        other.after_slot(&mut simulation, &[])?;
    }
    while args.is_live() || (simulation.slot < args.slots && !over(&simulation, args.lie)) {
        if interrupted() {
            simulation.save(&mut disk, run, true)?;
            for other in attached.iter_mut() {
                other.ended(&simulation, None)?;
            }
            return Ok(Ended::Interrupted {
                slot: simulation.slot,
            });
        }
        for other in attached.iter_mut() {
            other.before_slot(&mut simulation)?;
        }
        let happenings = simulation.step()?;
        for happening in &happenings {
            tell(progress, happening);
        }
        simulation.settle();
        simulation.save(&mut disk, run, false)?;
        last_save = simulation.slot;
        progress.status(&status(&simulation));
        for other in attached.iter_mut() {
            other.after_slot(&mut simulation, &happenings)?;
        }
        pace.wait(interrupted);
    }
    if last_save == simulation.slot {
        simulation.save(&mut disk, run, true)?;
    }
    if let Some(path) = &args.export_history {
        std::fs::write(path, history(&simulation))
            .map_err(|error| Problem::new(path.display().to_string(), error))?;
    }
    let wall = started.elapsed();
    let summary = summarize(&mut simulation, &genesis, args.lie, wall)?;
    for other in attached.iter_mut() {
        other.ended(&simulation, Some(&summary))?;
    }
    Ok(Ended::Over(Box::new(summary)))
}

/// Takes up what the data folder holds, or begins.
fn begin_or_resume(
    args: &Args,
    setup: Setup,
    cast: Cast,
    feed: Vec<Vec<u8>>,
    run: Digest,
    progress: &mut Progress,
) -> Result<(Disk, Simulation), Problem> {
    if args.fresh && args.data.exists() {
        let file = args.data.join("devnet.redb");
        if file.exists() {
            std::fs::remove_file(&file).map_err(|error| Problem::new(file.display().to_string(), error))?;
        }
    }
    let disk = Disk::open(&args.data)?;
    let simulation = match Simulation::resume(&setup, cast, &feed, run, &disk)? {
        Some(simulation) => {
            let (slot, data) = (simulation.slot, args.data.display());
            progress.event(&if over(&simulation, args.lie) {
                format!("the run in {data} has ended; here is its summary again (--fresh begins anew)")
            } else {
                format!("going on from slot {slot} in {data}")
            });
            simulation
        }
        None => Simulation::new(setup, cast, feed)?,
    };
    Ok((disk, simulation))
}

/// Returns the blocks of the first node's branch from genesis on, each after its length (u32, little-endian).
fn history(simulation: &Simulation) -> Vec<u8> {
    let node = simulation.nodes.first().into_iter();
    let blocks = node.flat_map(|node| {
        node.branch
            .iter()
            .filter_map(|applied| node.known.get(&applied.hash))
    });
    let mut history = Vec::new();
    for block in blocks {
        let bytes = block.encode();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        history.extend_from_slice(&length.to_le_bytes());
        history.extend_from_slice(&bytes);
    }
    history
}

fn read_feed(args: &Args, genesis: &GenesisFile) -> Result<Feed, Problem> {
    let Some(path) = &args.transactions else {
        return Feed::read(DEMO, genesis.chain_id)
            .map_err(|error| Problem::new("the shipped transactions", error));
    };
    if path.as_os_str() == "none" {
        return Ok(Feed {
            transactions: Vec::new(),
        });
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| Problem::new(path.display().to_string(), error))?;
    Feed::read(&text, genesis.chain_id).map_err(|error| Problem::new(path.display().to_string(), error))
}

/// Over once everything is final and the lie, if any, has had its answer.
fn over(simulation: &Simulation, lie: Lie) -> bool {
    let answered = lie == Lie::None || slashes(simulation) > 0;
    simulation.is_over() && answered
}

fn slashes(simulation: &Simulation) -> usize {
    let events = simulation
        .nodes
        .first()
        .into_iter()
        .flat_map(|node| &node.branch)
        .flat_map(|block| &block.events);
    events
        .filter(|event| matches!(event, Event::OperatorSlashed { .. }))
        .count()
}

/// Names the run by everything that it depends on.
fn run_id(args: &Args, feed: &Feed) -> Digest {
    let cast = (
        args.seed,
        args.nodes(),
        args.operators,
        args.lie_at,
        format!("{:?}", args.lie),
    );
    digest_encoded(&LEDGER_KEY, &(cast, &feed.transactions))
}

fn status(simulation: &Simulation) -> Status {
    let node = simulation.nodes.first();
    let (head, confirmed) = node.map_or((0, 0), |node| node.heads(crate::domains::EVM));
    let pools = simulation
        .nodes
        .iter()
        .flat_map(|node| &node.members)
        .map(|member| member.operator.pool().len());
    let waiting = simulation.users.waiting.len();
    Status {
        slot: simulation.slot,
        block: node.map_or(0, |node| node.tip().number),
        head,
        confirmed,
        pool: pools.max().unwrap_or(0),
        executed: simulation.users.sent.saturating_sub(waiting),
        total: simulation.users.feed.len(),
        slashed: slashes(simulation),
        reorgs: node.map_or(0, |node| node.memory.reorgs),
    }
}

/// Tells what is worth a line, as the first node sees it.
fn tell(progress: &mut Progress, happening: &Happening) {
    let node = happening.node;
    match &happening.what {
        What::Reorganised(depth) => progress.event(&format!("node {node} changes its branch, {depth} back")),
        What::Fact(Fact::Operator(operator, Notice::Refuted { number, .. })) => {
            progress.event(&format!(
                "operator {operator} finds the receipt of block {} wrong: proof sent",
                number.0
            ));
        }
        What::Fact(Fact::Chain(event)) if node == 0 => tell_event(progress, event),
        What::Fact(_) => {}
    }
}

fn tell_event(progress: &mut Progress, event: &Event) {
    match event {
        Event::ReceiptsRemoved {
            from,
            to,
            family,
            proof_bytes,
            ..
        } => progress.event(&format!(
            "receipts {}..={} removed by one {family:?} proof of {proof_bytes} bytes",
            from.0, to.0
        )),
        Event::AuthorSuspended { operator, number, .. } => progress.event(&format!(
            "operator {} suspended: receipt {} calls a bundle of its invalid",
            operator.0, number.0
        )),
        Event::OperatorSlashed {
            operator,
            amount,
            reward,
            treasury,
            burned,
            ..
        } => progress.event(&format!(
            "operator {} slashed: {} taken, {} to the reporter, {} to the treasury, {} burned",
            operator.0, amount.0, reward.0, treasury.0, burned.0
        )),
        Event::DomainCreated { .. }
        | Event::DomainPaused { .. }
        | Event::DomainResumed { .. }
        | Event::OperatorRegistered { .. }
        | Event::OperatorDeregistered { .. }
        | Event::Nominated { .. }
        | Event::OperatorDeactivated { .. }
        | Event::AbsenceForgiven { .. }
        | Event::OperatorReactivated { .. }
        | Event::WithdrawalQueued { .. }
        | Event::Claimed { .. }
        | Event::DomainEndowed { .. }
        | Event::FeesPaid { .. }
        | Event::BalanceMoved { .. }
        | Event::PeerListed { .. }
        | Event::Channel { .. }
        | Event::MessageTakenIn { .. }
        | Event::BundleIncluded { .. }
        | Event::InboxClosed { .. }
        | Event::ReceiptAccepted { .. }
        | Event::ReceiptEndorsed { .. }
        | Event::ReceiptProven { .. }
        | Event::ReceiptConfirmed { .. } => {}
    }
}
