//! The engine against its rules, against itself over witnesses, and against liars.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    unreachable_pub,
    reason = "test code"
)]

mod code;
mod common;
mod contracts;
mod fees;
mod fraud;
mod limits;
mod messages;
mod witness;
