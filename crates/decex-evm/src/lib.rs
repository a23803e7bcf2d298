#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod abi;
mod account;
mod apply;
mod block;
mod chunk;
mod config;
mod database;
mod engine;
mod genesis;
pub mod key;
mod message;
mod messenger;
mod observer;
pub mod query;
mod receipt;
mod replay;
mod run;
mod transaction;

pub use account::StoredAccount;
pub use apply::{address_of, sender_of};
pub use block::BlockTotals;
pub use config::{EvmConfig, Spec};
pub use database::FEE_RECIPIENT;
pub use engine::{EvmEngine, RULES};
pub use genesis::{Allocation, InvalidGenesis, genesis};
pub use message::{ON_ANSWER, ON_MESSAGE};
pub use messenger::{MESSENGER, QUOTE, QUOTE_GAS, SEND, SEND_BYTE_GAS, SEND_GAS, SENT};
pub use observer::Observer;
pub use query::{CallRequest, CallResult};
pub use receipt::{MESSAGE_TYPE, MessageReceipt, Outcome, Refusal, TransactionReceipt};
pub use replay::{Replay, ReplayError, Replayed};
pub use transaction::{InvalidTransaction, Transaction, TransactionType};

pub use decex_messaging;

/// Ethereum's own types, as revm has them.
pub use revm::primitives::alloy_primitives::{Bloom, BloomInput, logs_bloom};
pub use revm::primitives::{Address, B256, Bytes, Log, TxKind, U256, keccak256};
