#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod archive;
pub mod plot;
pub mod table;

pub use decex_storage_audit;
