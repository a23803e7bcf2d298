//! The only part that knows the BFT engine: commonware simplex, pinned.
//!
//! ```text
//! operators ── calls ──> App ── block ──> simplex ── certificate ──> marshal ── finalised blocks ──> Node
//! operators <─────────────── tips: a certificate; the blocks follow from marshal's backfill ──────────┘
//! ```
//!
//! Everything is generic over the engine's runtime and its network, so that one adapter serves the deterministic simulation, one
//! process over loopback and a process for each node.

mod app;
mod block;
mod calls;
mod engine;
mod gate;
mod keys;
mod replica;
mod tips;

pub use app::{App, Shared, Status};
pub use block::{Block, account, genesis_block};
pub use engine::{Channels, Plan, Timing, genesis_of, max_message_bytes, start};
pub use gate::{Gate, Gated};
pub use keys::{Keys, NAMESPACE};
pub use replica::Replica;

use commonware_consensus::simplex::scheme::ed25519;
use commonware_consensus::simplex::types;
use commonware_cryptography::sha256;

/// Names a block.
pub type Digest = sha256::Digest;
/// Names a peer.
pub type PublicKey = commonware_cryptography::ed25519::PublicKey;
/// How votes are signed and certified. Certificates are lists of signatures: no setup among validators, and none of the shared
/// randomness that a threshold scheme would give.
pub type Scheme = ed25519::Scheme;
/// The view, leader and parent that a block was proposed in.
pub type Context = types::Context<Digest, PublicKey>;
/// A certificate that a block is final.
pub type Finalization = types::Finalization<Scheme, Digest>;
/// What the engine reports.
pub type Activity = types::Activity<Scheme, Digest>;

/// The channels of the network. Every node has all of them open: a message on a channel that a peer does not know cuts the connection.
pub mod channel {
    /// Votes of simplex.
    pub const VOTES: u64 = 0;
    /// Certificates of simplex.
    pub const CERTIFICATES: u64 = 1;
    /// Simplex asks for certificates.
    pub const RESOLVER: u64 = 2;
    /// Blocks.
    pub const BLOCKS: u64 = 3;
    /// Marshal asks for blocks.
    pub const BACKFILL: u64 = 4;
    /// Bundles and proofs.
    pub const CALLS: u64 = 5;
    /// Certificates for operators.
    pub const TIPS: u64 = 6;
    /// How many there are.
    pub const COUNT: u64 = 7;
}
