#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod codec;
pub mod execution;
pub mod hash;
pub mod host;
pub mod id;
pub mod label;
mod lanes;
pub mod list;
pub mod message;
pub mod params;
pub mod schedule;
pub mod state;
pub mod transaction;

pub use codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
pub use hash::{Digest, Hash};
pub use host::Host;
pub use id::*;
pub use label::Label;
