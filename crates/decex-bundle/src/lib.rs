//! Decide what is bundled: header, sorted body, seal, legality and the inclusion rules.
#![no_std]

extern crate alloc;

mod body;
mod header;
mod inbox;
mod verdict;

pub use body::{Bundle, Carried, Item};
pub use header::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader, VERSION};
pub use inbox::{Base, Inbox, Inboxed, inbox_root};
pub use verdict::{Fault, Illegal, Verdict};

pub use decex_core;
