//! Decide what was claimed and when it is final: receipts and the receipt chain.
#![no_std]

extern crate alloc;

mod receipt;

pub use receipt::{
    Bundle, MAX_OPENINGS, Openings, Receipt, Submission, TraceClaim, VERSION, genesis_receipt,
};

pub use decex_bundle;
