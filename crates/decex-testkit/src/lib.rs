#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod ledger;

pub use decex_core;
pub use decex_election;
