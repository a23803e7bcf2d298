#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod end;
mod error;
pub mod hub;

pub use error::{HubError, NotSent, RefusedMessage};

// Part of the signatures above.
pub use decex_core;
