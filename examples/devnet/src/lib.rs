//! The whole protocol in one process: a demonstration chain of a few farmers, one EVM domain, operators of which one
//! lies, users with a file of signed transactions.
//!
//! The chain is for demonstration: its blocks carry no proof of anything, its randomness comes from a seed. What runs on it
//! is real: `decex-consensus` on every node, `decex-operator` for every operator, `decex-evm` as the domain.

pub mod args;
pub mod block;
pub mod chance;
pub mod feed;
pub mod host;
pub mod liar;
pub mod member;
pub mod network;
pub mod node;
pub mod problem;
pub mod progress;
pub mod replay;
pub mod run;
pub mod saved;
pub mod setup;
pub mod simulation;
pub mod store;
pub mod summarize;
pub mod summary;
