#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod assemble;
mod error;
mod intake;
mod proof;
mod transition;
mod verify;
mod witness;

pub use assemble::{AssembleError, Draft, DraftError, assemble};
pub use error::{InvalidValidity, NotProven};
pub use intake::{ProofView, judge};
pub use proof::{ValidityName, ValidityProof};
pub use transition::{InvalidTransition, Transition, TransitionVerifier, verifier_id};
pub use verify::{Proven, verify};

// Part of the signatures above.
pub use decex_fraud;
