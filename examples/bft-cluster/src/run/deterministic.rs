//! All nodes in one process, on the engine's deterministic runtime: time is virtual, the network is simulated, and everything that happens
//! follows from the seed.

use super::virtual_network::{VirtualNetwork, links};
use crate::adapter::{Keys, Shared, Status, Timing, genesis_of};
use crate::host::Genesis;
use crate::node::{Node, NodeError, Role};
use crate::operator::Habits;
use crate::stats::Stats;
use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use decex_core::StateRoot;
use std::time::Duration;

/// A time during which one node hears nobody and nobody hears it.
#[derive(Clone, Copy, Debug)]
pub struct Partition {
    /// Which node; validators come first, then operators.
    pub node: usize,
    /// When it begins, in virtual time since the start.
    pub from: Duration,
    /// When it ends.
    pub to: Duration,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain.
    pub genesis: Genesis,
    /// Decides everything that is drawn: which messages are lost, how long the others take.
    pub seed: u64,
    /// Ends when every node has applied this many blocks.
    pub blocks: u64,
    /// Ends in any case after this much virtual time.
    pub limit: Duration,
    /// How long a message takes, on average, and how much that varies.
    pub latency: (Duration, Duration),
    /// Of a thousand messages, so many are lost.
    pub loss: u16,
    /// Who is cut off, and when.
    pub partitions: Vec<Partition>,
    /// Transactions for each operator and domain, with each block.
    pub load: u32,
    /// The last operator lies about this domain block of every domain, or the first after it that there is enough in.
    pub lie: Option<u64>,
    /// How long things take.
    pub timing: Timing,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            genesis: Genesis {
                seed: 1,
                validators: 4,
                operators: 3,
                domains: 1,
                evm: 0,
                users: 16,
            },
            seed: 1,
            blocks: 60,
            limit: Duration::from_secs(600),
            latency: (Duration::from_millis(10), Duration::from_millis(3)),
            loss: 10,
            partitions: Vec::new(),
            load: 8,
            lie: Some(3),
            timing: Timing::default(),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The highest block that every node has applied.
    pub height: u64,
    /// The root of the state after it, at each node. The state names the block, so equal roots are equal chains.
    pub roots: Vec<Option<StateRoot>>,
    /// What the runtime saw: every event of every task, hashed.
    pub auditor: String,
    /// Virtual time that passed.
    pub elapsed: Duration,
    /// What the first validator counted.
    pub stats: Stats,
    /// Why nodes stopped, if any did.
    pub failures: Vec<String>,
}

impl Report {
    /// Returns the root that all nodes agree on, if they do.
    #[must_use]
    pub fn agreed(&self) -> Option<StateRoot> {
        let first = self.roots.first().copied().flatten()?;
        self.roots
            .iter()
            .all(|root| *root == Some(first))
            .then_some(first)
    }
}

/// Runs a cluster.
///
/// # Errors
/// When a node does not start.
pub fn run_deterministic(config: &Config) -> Result<Report, NodeError> {
    let runtime = deterministic::Config::new()
        .with_seed(config.seed)
        .with_timeout(Some(config.limit.saturating_mul(2)));
    let config = config.clone();
    deterministic::Runner::new(runtime).start(|context| async move { run(context, &config).await })
}

async fn run(context: deterministic::Context, config: &Config) -> Result<Report, NodeError> {
    let (genesis, began) = (config.genesis, context.current());
    let (keys, first) = (Keys::new(&genesis), genesis_of(&genesis));
    let hash = first.digest().0;
    let link = links(config.latency.0, config.latency.1, config.loss);
    let mut network = VirtualNetwork::start(&context, keys, link).await;
    let mut nodes = Vec::new();
    for place in 0..network.nodes() {
        let node = Node::start(&genesis, hash, role_of(config, place), None)?;
        let shared = Shared::new(node);
        let handles = network
            .join(&context, place, &first, config.timing, shared.clone())
            .await;
        nodes.push((shared, handles));
    }
    let since =
        |context: &deterministic::Context| context.current().duration_since(began).unwrap_or_default();
    loop {
        let now = since(&context);
        let is_cut = |place| {
            config
                .partitions
                .iter()
                .any(|partition| partition.node == place && partition.from <= now && now < partition.to)
        };
        network.cut(is_cut).await;
        let lowest = nodes
            .iter()
            .map(|(node, _)| node.lock().chain().tip().0)
            .min()
            .unwrap_or(0);
        let failed = nodes.iter().any(|(node, _)| node.status() != Status::Running);
        if lowest >= config.blocks || now >= config.limit || failed {
            break;
        }
        context.sleep(Duration::from_millis(50)).await;
    }
    let tips: Vec<u64> = nodes
        .iter()
        .map(|(node, _)| node.lock().chain().tip().0)
        .collect();
    let height = tips.into_iter().min().unwrap_or(0).min(config.blocks);
    let roots = nodes
        .iter()
        .map(|(node, _)| node.lock().root_at(height))
        .collect();
    let failures = nodes.iter().filter_map(|(node, _)| match node.status() {
        Status::Running => None,
        Status::Failed(reason) => Some(reason),
    });
    Ok(Report {
        height,
        roots,
        auditor: context.auditor().state(),
        elapsed: since(&context),
        stats: nodes
            .first()
            .map(|(node, _)| node.lock().stats().clone())
            .unwrap_or_default(),
        failures: failures.collect(),
    })
}

fn role_of(config: &Config, place: usize) -> Role {
    let validators = usize::try_from(config.genesis.validators).unwrap_or(usize::MAX);
    let Some(index) = place
        .checked_sub(validators)
        .and_then(|index| u32::try_from(index).ok())
    else {
        return Role::Validator;
    };
    let is_last = index.saturating_add(1) == config.genesis.operators;
    let habits = Habits {
        load: config.load,
        lie: config.lie.filter(|_| is_last),
    };
    Role::Operator { index, habits }
}
