#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod find;
mod inbox;
mod key;
mod openings;
mod refutation;
mod schedule;
mod verify;

pub use decex_core;

pub use decex_core::schedule::{Entry, ScheduleClaim};
pub use find::find;
pub use inbox::{InboxBody, InboxContent};
pub use key::{ScheduleKey, compute_seed, key, rank};
pub use openings::{InvalidOpenings, check_openings};
pub use refutation::{Fault, Refutation, Refuted, Shown};
pub use schedule::Schedule;
pub use verify::InvalidRefutation;
