#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod air;
mod engine;
mod hash;
mod holding;
mod layout;
mod statement;
mod transaction;
mod tree;
mod verifier;
mod wire;

pub use air::LedgerAir;
pub use engine::{ProvenLedger, pay, receive};
pub use hash::{DEPTH, Felt, Node, SLOTS, from_root, leaf, merge, to_root};
pub use holding::{Holding, MAX_SUPPLY, genesis, key_of_slot, owner_of, sender_of};
pub use layout::{CYCLE, LEAF, ROW_WIDTH};
pub use statement::{MAX_TRANSFERS, Statement, StatementError, Transfer};
pub use transaction::Transaction;
pub use tree::{LedgerTree, RescueCommitment};
pub use verifier::{LedgerVerifier, MINIMUM_SECURITY, TransferProof, options, split_context};

// Part of the signatures above.
pub use decex_validity;
pub use winter_verifier;
