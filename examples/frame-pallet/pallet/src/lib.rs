#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod hooks;
mod host;
mod kind;
pub mod pallet;
mod refusal;
mod unsigned;
pub mod weights;

pub use decex_consensus;
pub use hooks::{Beacon, Blocks, EngineSet, VerifierSet};
pub use host::{FrameHost, pot};
pub use kind::Kind;
pub use pallet::*;
pub use refusal::Rule;
pub use unsigned::{HOST_FAILED, NO_WORK, NOT_BEGUN, is_worked, work};
pub use weights::WeightInfo;
