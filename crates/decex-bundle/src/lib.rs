#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod body;
mod check_body;
mod check_header;
mod equivocation;
mod error;
mod header;
mod host;
mod inbox;
mod legality;
mod portion;
mod seal;
mod verdict;

pub use body::{Bundle, Carried, Item};
pub use header::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader, VERSION};
pub use inbox::{Base, Inbox, Inboxed, inbox_root};
pub use verdict::{Fault, Illegal, Verdict};

pub use check_body::{Enforcement, IncludedBundle};
pub use check_header::{HeaderChecked, check_header};
pub use error::{IncludeError, InvalidBundle, Misconfigured};
pub use host::{AccountView, InclusionView, SealingRecord, Standing, Terms};

pub use legality::{Grounds, WrongGrounds, breaks, check_fees, check_nonce, check_transaction, judge};
pub use portion::in_portion;

pub use equivocation::{Equivocation, EquivocationProven, InvalidEquivocation};
pub use seal::{Draft, SealError, Sealed, Unsealable, seal_bundle, seal_heartbeat};

// Part of the signatures above.
pub use decex_core;
pub use decex_election;
