#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod error;
mod proof;
mod verify;

pub use error::{InvalidLight, LightError};
pub use proof::{LightProof, MAX_HEADER_BYTES, MAX_LIGHT_WITNESS_BYTES};
pub use verify::{View, open, verify};

// Part of the signatures above.
pub use decex_core;
pub use decex_receipt::{self, Anchor, Anchored, Attested, Entry, FinalityRoot, Finalized, Status};
