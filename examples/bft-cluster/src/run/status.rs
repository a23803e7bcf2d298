//! What a node says of itself, for people and tests.

use crate::adapter::{Shared, Status};
use crate::node::Node;
use crate::rpc::{Rpc, RpcStatus};
use crate::stats::Stats;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Roots of this many blocks are reported, to compare nodes with each other.
const ROOTS: u64 = 512;

/// What a node says of a domain. Counted since the process started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DomainStatus {
    /// Transactions included.
    pub included: u64,
    /// Transactions that receipts vouch for.
    pub received: u64,
    /// Transactions whose receipts are final.
    pub confirmed: u64,
    /// Domain blocks confirmed.
    pub blocks: u64,
    /// Receipts removed.
    pub removed: u64,
    /// Blocks from inclusion to receipt, summed over confirmed domain blocks.
    pub to_receipt: u64,
    /// Blocks from inclusion to confirmation, summed over confirmed domain blocks.
    pub to_confirmation: u64,
}

/// What a node says of itself. All but height and roots is counted since the process started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The last block it has applied and committed.
    pub height: u64,
    /// The roots of the state after the last blocks, in hexadecimal.
    pub roots: BTreeMap<u64, String>,
    /// Blocks applied.
    pub applied: u64,
    /// Bundles included.
    pub bundles: u64,
    /// Calls that the chain refused.
    pub refused: u64,
    /// Blocks that were delivered again.
    pub redelivered: u64,
    /// Operators slashed, and in which block.
    pub slashed: Vec<(u64, u64)>,
    /// Receipts refuted: domain, domain block, bytes of the proof.
    pub refuted: Vec<(u32, u64, u32)>,
    /// By domain.
    pub domains: BTreeMap<u32, DomainStatus>,
    /// JSON-RPC by domain, where it was asked for.
    #[serde(default)]
    pub rpc: BTreeMap<u32, RpcStatus>,
    /// Why it stopped, if it did.
    pub failure: Option<String>,
}

impl NodeStatus {
    /// Asks a node.
    #[must_use]
    pub fn of(shared: &Shared<Node>) -> Self {
        let failure = match shared.status() {
            Status::Running => None,
            Status::Failed(reason) => Some(reason),
        };
        let node = shared.lock();
        let height = node.chain().tip().0;
        let roots = (height.saturating_sub(ROOTS)..=height).filter_map(|height| {
            let root = node.root_at(height)?;
            Some((height, hex::encode(root.0.as_bytes())))
        });
        let roots = roots.collect();
        Self {
            height,
            roots,
            failure,
            ..Self::from(node.stats())
        }
    }

    /// Says how JSON-RPC is doing.
    #[must_use]
    pub fn with_rpc(mut self, rpc: &[Rpc]) -> Self {
        self.rpc = rpc.iter().map(|rpc| (rpc.domain().0, rpc.status())).collect();
        self
    }
}

impl From<&Stats> for NodeStatus {
    fn from(stats: &Stats) -> Self {
        let domains = stats.domains.iter().map(|(domain, counted)| {
            let status = DomainStatus {
                included: counted.included,
                received: counted.received,
                confirmed: counted.confirmed,
                blocks: counted.blocks,
                removed: counted.removed,
                to_receipt: counted.to_receipt,
                to_confirmation: counted.to_confirmation,
            };
            (domain.0, status)
        });
        let refuted = stats
            .refuted
            .iter()
            .map(|(domain, number, _, bytes)| (domain.0, number.0, *bytes));
        Self {
            applied: stats.blocks,
            bundles: stats.bundles,
            refused: stats.refused,
            redelivered: stats.redelivered,
            slashed: stats
                .slashed
                .iter()
                .map(|(operator, height)| (operator.0, *height))
                .collect(),
            refuted: refuted.collect(),
            domains: domains.collect(),
            ..Self::default()
        }
    }
}

/// Returns the highest block that all of these nodes report a root of, and whether the roots are equal. `None` if they have no
/// block in common.
#[must_use]
pub fn common_root(nodes: &[NodeStatus]) -> Option<(u64, bool)> {
    let (first, others) = nodes.split_first()?;
    let in_common = |height: &&u64| others.iter().all(|node| node.roots.contains_key(height));
    let height = *first.roots.keys().rev().find(in_common)?;
    let root = first.roots.get(&height);
    Some((height, others.iter().all(|node| node.roots.get(&height) == root)))
}
