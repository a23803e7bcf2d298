//! The methods over blocks that the engine executed and a pool that an operator keeps.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

#[allow(dead_code, unused_imports, reason = "what the engine's own tests share")]
#[path = "../../../../crates/decex-evm/tests/evm/common.rs"]
mod common;

mod calls;
mod chain;
mod filters;
mod messages;
mod server;
mod submit;
mod world;
