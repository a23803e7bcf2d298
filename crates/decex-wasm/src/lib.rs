#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod account;
mod apply;
mod block;
mod chunk;
mod code;
mod config;
mod engine;
mod genesis;
mod host;
mod journal;
pub mod key;
pub mod limits;
mod machine;
mod message;
pub mod query;
mod receipt;
mod transaction;

pub use account::StoredAccount;
pub use block::BlockTotals;
pub use code::{Countable, InvalidCode};
pub use config::WasmConfig;
pub use engine::{RULES, WasmEngine};
pub use genesis::{InvalidGenesis, genesis};
pub use host::MODULE;
pub use receipt::{Event, Failure, Outcome, Refusal, TransactionReceipt};
pub use transaction::{Action, Transaction};

// Part of the signatures above.
pub use {decex_core, decex_election};
