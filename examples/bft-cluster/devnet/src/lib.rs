//! The engine of the devnet that `--engine simplex` asks for: commonware simplex among as many validators as the devnet has nodes, on the
//! engine's deterministic runtime. The same seed gives the same chain to the byte.
//!
//! The engine has a thread of its own, and never runs while the devnet does: [`Simplex::pass`] hands over what every node would propose,
//! waits while one slot of virtual time passes, and takes back what has become final.

mod desk;

use bft_cluster::adapter::{Keys, Shared, Status, Timing, account, genesis_block};
use bft_cluster::host::Genesis;
use bft_cluster::run::virtual_network::{VirtualNetwork, links};
use commonware_cryptography::Signer as _;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use desk::Desk;
use devnet::block::SLOT_MILLISECONDS;
use devnet::ordering::{BLOCK_MILLISECONDS, Ordered, Ordering, Plan};
use devnet::problem::Problem;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How much the time that a message takes varies: by a quarter.
const JITTER: u32 = 4;

/// What every node offers, before a slot.
struct Turn {
    slot: u64,
    offers: Vec<Vec<Vec<u8>>>,
}

/// What has become final in a slot, by node; or why a node stopped.
type Passed = Result<Vec<(u32, Ordered)>, String>;

/// The engine.
#[derive(Debug)]
pub struct Simplex {
    turns: Sender<Turn>,
    passed: Receiver<Passed>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the engine.
///
/// # Errors
/// When there is no thread for it.
pub fn start(plan: &Plan) -> Result<Box<dyn Ordering>, Problem> {
    let (turns, to_engine) = channel();
    let (from_engine, passed) = channel();
    let plan = plan.clone();
    let run = move || {
        let config = deterministic::Config::new()
            .with_seed(plan.seed)
            .with_timeout(None);
        deterministic::Runner::new(config)
            .start(|context| async move { run(context, &plan, &to_engine, &from_engine).await });
    };
    let thread = std::thread::Builder::new().name("simplex".into()).spawn(run);
    let thread = thread.map_err(|error| Problem::new("a thread for simplex", error))?;
    Ok(Box::new(Simplex {
        turns,
        passed,
        thread: Some(thread),
    }))
}

impl Simplex {
    /// Says why the thread is gone.
    fn gone(&mut self) -> Problem {
        let ended = self.thread.take().map(JoinHandle::join);
        let why = match ended {
            Some(Err(panic)) => panic
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "it panicked".into()),
            _ => "it has stopped".into(),
        };
        Problem::new("simplex", why)
    }
}

impl Ordering for Simplex {
    fn name(&self) -> &'static str {
        "simplex"
    }

    fn pass(&mut self, slot: u64, offers: Vec<Vec<Vec<u8>>>) -> Result<Vec<(u32, Ordered)>, Problem> {
        if self.turns.send(Turn { slot, offers }).is_err() {
            return Err(self.gone());
        }
        match self.passed.recv() {
            Ok(passed) => passed.map_err(|why| Problem::new("simplex", why)),
            Err(_) => Err(self.gone()),
        }
    }
}

async fn run(context: deterministic::Context, plan: &Plan, turns: &Receiver<Turn>, passed: &Sender<Passed>) {
    // Of the cluster's genesis only the validators count here: block 0 commits to the devnet's own.
    let keys = Keys::new(&Genesis {
        seed: plan.seed,
        validators: plan.nodes,
        operators: 0,
        domains: 0,
        evm: 0,
        users: 0,
    });
    let leaders: BTreeMap<_, u32> = keys.peers().iter().map(account).zip(0..).collect();
    let first = keys.of(0).expect("a devnet has nodes").public_key();
    let genesis = genesis_block(plan.genesis.0, first);
    let latency = Duration::from_millis(plan.latency);
    let jitter = latency.checked_div(JITTER).unwrap_or_default();
    let mut network = VirtualNetwork::start(&context, keys, links(latency, jitter, plan.faults.loss)).await;
    let mut nodes = Vec::new();
    for place in 0..network.nodes() {
        let shared = Shared::new(Desk::new(leaders.clone()));
        let handles = network.join(&context, place, &genesis, timing(latency), shared.clone());
        nodes.push((shared, handles.await));
    }
    // The devnet waits while the engine runs, and this thread waits while the devnet does.
    while let Ok(Turn { slot, offers }) = turns.recv() {
        for ((node, _), offer) in nodes.iter().zip(offers) {
            node.lock().offer(offer);
        }
        let is_cut = |place| u32::try_from(place).is_ok_and(|node| plan.faults.is_cut(node, slot));
        network.cut(is_cut).await;
        let end = Duration::from_millis(slot.saturating_mul(SLOT_MILLISECONDS));
        context.sleep_until(SystemTime::UNIX_EPOCH + end).await;
        let mut ordered = Vec::new();
        let mut failed = None;
        for (index, (node, _)) in (0..).zip(&nodes) {
            ordered.extend(node.lock().take().into_iter().map(|block| (index, block)));
            if let Status::Failed(reason) = node.status() {
                failed = Some(format!("validator {index}: {reason}"));
            }
        }
        if passed.send(failed.map_or(Ok(ordered), Err)).is_err() {
            return;
        }
    }
}

/// A block in five slots, and time enough for a leader that waits for its turn.
fn timing(latency: Duration) -> Timing {
    let pace = Duration::from_millis(BLOCK_MILLISECONDS);
    let trip = latency.saturating_mul(4).max(Duration::from_millis(500));
    Timing {
        pace,
        leader: pace.saturating_add(trip),
        view: pace.saturating_add(trip.saturating_mul(2)),
        retry: pace.saturating_add(trip.saturating_mul(2)),
        skip: pace.saturating_mul(4),
    }
}
