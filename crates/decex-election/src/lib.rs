#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod batch;
mod challenge;
mod dleq;
mod elect;
mod key;
mod odds;
mod proof;
mod signature;
mod submission;
mod threshold;
mod verify;
mod window;

pub use batch::{Claim, verify_batch};
pub use challenge::Challenge;
pub use elect::try_elect;
pub use key::{InvalidKey, Keypair, OperatorKey};
pub use odds::{FACTOR_ONE, InvalidOdds, InvalidShare, Odds, Share};
pub use proof::ElectionProof;
pub use signature::{InvalidSignature, Signature, verify_signature};
pub use submission::{InvalidSubmission, Permit, SubmissionError, SubmissionView, permit};
pub use verify::{Elected, InvalidElection, verify};
pub use window::{InvalidWindow, InvalidWindows, Windows};

// Part of the signatures above.
pub use decex_core;
