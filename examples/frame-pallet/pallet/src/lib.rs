#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;
#[cfg(test)]
extern crate self as pallet_decex;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod dispatch;
mod hooks;
mod host;
mod kind;
pub mod pallet;
mod refusal;
mod unsigned;
mod weight_info;
pub mod weights;

/// The mock runtime of the tests, for tests of what is not public, and of the benchmarks.
#[cfg(test)]
#[path = "../tests/pallet/mock.rs"]
#[allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "tests, and what the macros of FRAME write"
)]
mod mock;

pub use decex_consensus;
pub use hooks::{Accounts, Beacon, Blocks, EngineSet, VerifierSet};
pub use host::{FrameHost, pot};
pub use kind::Kind;
pub use pallet::*;
pub use refusal::Rule;
pub use unsigned::{HOST_FAILED, NO_WORK, NOT_BEGUN, is_worked, work};
pub use weight_info::WeightInfo;
