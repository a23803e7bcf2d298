#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod attest;
mod confirm;
mod equivocation;
mod error;
mod finalized;
mod host;
mod receipt;
mod remove;
mod submit;

pub use receipt::{
    Bundle, MAX_OPENINGS, Openings, Origin, Receipt, Submission, TraceClaim, VERSION, genesis_receipt,
};

pub use error::{InvalidReceipt, SubmitError};
pub use host::{Chain, MAX_BACKERS, ReceiptView, Record};
pub use submit::{Accepted, NotConsecutive, check_consecutive, submit};

pub use attest::{
    Anchor, Anchored, AttestError, Attested, FinalityLeaf, FinalityProof, FinalityRoot, NotAttested, Status,
    attest,
};
pub use confirm::{Confirmed, confirm, last_final};
pub use equivocation::{InvalidReceiptEquivocation, ReceiptEquivocation, ReceiptEquivocationProven, Vouched};
pub use finalized::{Entry, FinalState, Finalized};
pub use remove::{Removal, RemoveError, Swept, remove, sweep};

// Part of the signatures above.
pub use decex_bundle;
pub use decex_shuffle;
