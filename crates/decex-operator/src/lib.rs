#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod bases;
mod durable;
mod follow;
mod history;
mod local;
mod operator;
mod pool;
mod propose;
mod validity;
mod watch;

pub use durable::{CorruptStore, Write};
pub use follow::{ConsensusBlock, FollowError, Notice};
pub use operator::{Genesis, Identity, Operator, StartError};
pub use pool::{NotPooled, Pool, PoolLimits};
pub use propose::{Abstained, Proposal, ProposeError};
pub use validity::ShowError;

pub use {
    decex_bundle, decex_core, decex_election, decex_fraud, decex_messaging, decex_receipt, decex_validity,
};
