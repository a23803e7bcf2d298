#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod absence;
mod adaptation;
mod batch;
mod challenge;
mod dleq;
mod elect;
mod expectation;
mod key;
mod odds;
mod proof;
mod signature;
mod submission;
mod threshold;
mod turnout;
mod verify;
mod window;

pub use absence::{Attendance, InvalidAbsence, Stakes};
pub use adaptation::{
    Adaptation, AdaptationParams, InvalidAdaptation, MAX_ABSENCE, MAX_FACTOR, MIN_ABSENCE, Moment,
};
pub use batch::{Claim, verify_batch};
pub use challenge::Challenge;
pub use elect::try_elect;
pub use expectation::Expectation;
pub use key::{InvalidKey, Keypair, OperatorKey};
pub use odds::{FACTOR_ONE, InvalidOdds, InvalidShare, Odds, Share};
pub use proof::ElectionProof;
pub use signature::{InvalidSignature, Signature, verify_signature};
pub use submission::{InvalidSubmission, Permit, SubmissionError, SubmissionView, permit};
pub use turnout::{EVIDENCE, Turnout};
pub use verify::{Elected, InvalidElection, verify};
pub use window::{InvalidWindow, InvalidWindows, Windows};

// Part of the signatures above.
pub use decex_core;
