#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod chain;
pub mod deceit;
pub mod direct;
pub mod host;
pub mod laws;
pub mod ledger;
pub mod matrix;
pub mod mutant;
pub mod proven;
pub mod story;

pub use {decex_bundle, decex_consensus, decex_core, decex_election, decex_fraud, decex_receipt};
