//! All nodes in one process, in real time, over TCP on loopback.

use super::network::{Place, free_addresses, run as run_node};
use super::status::NodeStatus;
use crate::adapter::{Gate, Shared, Timing, genesis_of};
use crate::disk::Disk;
use crate::host::Genesis;
use crate::node::{Node, NodeError, Role};
use crate::rpc::Rpc;
use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, tokio};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain.
    pub genesis: Genesis,
    /// What each node is there for, in order: validators, then operators.
    pub roles: Vec<Role>,
    /// Ends when every node has applied this many blocks.
    pub blocks: u64,
    /// Ends in any case after this time.
    pub limit: Duration,
    /// How long things take.
    pub timing: Timing,
    /// Where the engine keeps its journals. The hosts keep nothing.
    pub storage: PathBuf,
    /// Where operator 0 answers JSON-RPC, if operators do; the others count from there.
    pub rpc: Option<SocketAddr>,
}

/// Runs the nodes and returns what each says at the end, and how long it took.
///
/// # Errors
/// When a node does not start.
///
/// # Panics
/// When no ports are free.
pub fn run_loopback(config: &Config) -> Result<(Vec<NodeStatus>, Duration), NodeError> {
    let addresses = free_addresses(config.roles.len()).expect("ports on loopback");
    let runtime = tokio::Config::new().with_storage_directory(&config.storage);
    let config = config.clone();
    tokio::Runner::new(runtime).start(|context| async move {
        let hash = genesis_of(&config.genesis).digest().0;
        let (began, mut nodes) = (context.current(), Vec::new());
        for (node, role) in config.roles.iter().enumerate() {
            let (shared, rpc) = start_node(&config, hash, *role)?;
            let place = Place {
                genesis: config.genesis,
                node,
                addresses: addresses.clone(),
                timing: config.timing,
            };
            let child = context.child("node").with_attribute("place", node);
            let handles = run_node(&child, &place, shared.clone(), &Gate::default()).await;
            nodes.push((shared, handles, child, rpc));
        }
        loop {
            context.sleep(Duration::from_millis(50)).await;
            let elapsed = context.current().duration_since(began).unwrap_or_default();
            let statuses: Vec<_> = nodes
                .iter()
                .map(|(shared, _, _, rpc)| NodeStatus::of(shared).with_rpc(rpc))
                .collect();
            let done = statuses.iter().all(|status| status.height >= config.blocks);
            let failed = statuses.iter().any(|status| status.failure.is_some());
            if done || failed || elapsed >= config.limit {
                return Ok((statuses, elapsed));
            }
        }
    })
}

/// Starts a node, and JSON-RPC at an operator if it is wanted.
fn start_node(config: &Config, hash: [u8; 32], role: Role) -> Result<(Shared<Node>, Vec<Rpc>), NodeError> {
    let (Role::Operator { index, .. }, Some(base)) = (role, config.rpc) else {
        return Ok((
            Shared::new(Node::start(&config.genesis, hash, role, None)?),
            Vec::new(),
        ));
    };
    // Its index is built out of what it has written.
    let disk = Disk::in_memory()?;
    let shared = Shared::new(Node::start(&config.genesis, hash, role, Some(disk.clone()))?);
    let rpc = Rpc::start_all(&config.genesis, hash, index, base, (&shared, &disk))?;
    Ok((shared, rpc))
}
