//! One node in this process, its state on disk: what `bft-cluster node` does.

use super::network::{Place, run as run_node};
use super::status::NodeStatus;
use crate::adapter::{Gate, Shared, Timing, genesis_of};
use crate::disk::Disk;
use crate::host::Genesis;
use crate::node::{Node, NodeError, Role};
use crate::rpc::Rpc;
use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock as _, Runner as _, tokio};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// While a file of this name stands in a node's directory, its links are cut.
pub const CUT: &str = "cut";
/// The file in a node's directory that says how it is doing.
pub const STATUS: &str = "status.json";

/// Which node, and where it keeps things.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain.
    pub genesis: Genesis,
    /// Which node: validators come first, then operators.
    pub node: usize,
    /// What it is there for.
    pub role: Role,
    /// Where each node listens, in order.
    pub addresses: Vec<SocketAddr>,
    /// How long things take.
    pub timing: Timing,
    /// Its directory.
    pub directory: PathBuf,
    /// Where operator 0 answers JSON-RPC, if operators do; the others count from there.
    pub rpc: Option<SocketAddr>,
}

/// Runs a node until it fails, or somebody ends the process.
///
/// # Errors
/// When it does not start or cannot go on.
pub fn run_process(config: &Config) -> Result<(), NodeError> {
    let hash = genesis_of(&config.genesis).digest().0;
    let disk = Disk::open(&config.directory.join("host.redb"))?;
    let node = Node::start(&config.genesis, hash, config.role, Some(disk.clone()))?;
    let shared = Shared::new(node);
    let rpc = match (config.role, config.rpc) {
        (Role::Operator { index, .. }, Some(base)) => {
            Rpc::start_all(&config.genesis, hash, index, base, (&shared, &disk))?
        }
        (Role::Operator { .. } | Role::Validator, _) => Vec::new(),
    };
    let runtime = tokio::Config::new().with_storage_directory(config.directory.join("engine"));
    let config = config.clone();
    tokio::Runner::new(runtime).start(|context| async move {
        let place = Place {
            genesis: config.genesis,
            node: config.node,
            addresses: config.addresses.clone(),
            timing: config.timing,
        };
        let gate = Gate::default();
        let _handles = run_node(&context, &place, shared.clone(), &gate).await;
        loop {
            context.sleep(Duration::from_millis(100)).await;
            gate.set_cut(config.directory.join(CUT).exists());
            let status = NodeStatus::of(&shared).with_rpc(&rpc);
            report(&config.directory, &status);
            if let Some(reason) = status.failure {
                return Err(NodeError::Stopped(reason));
            }
        }
    })
}

/// Writes the status, whole or not at all.
fn report(directory: &Path, status: &NodeStatus) {
    let Ok(json) = serde_json::to_vec(status) else {
        return;
    };
    let new = directory.join("status.new");
    // Who reads it finds the one before if this fails.
    let _ = std::fs::write(&new, json).and_then(|()| std::fs::rename(&new, directory.join(STATUS)));
}
