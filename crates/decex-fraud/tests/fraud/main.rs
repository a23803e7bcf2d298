//! Refute wrong receipts of a small complete domain, and never a right one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "tests"
)]

mod build;
mod complete;
mod faults;
mod flood;
mod intake;
mod matrix;
mod mistaken;
mod pool;
mod prover;
mod rules;
mod size;
mod sound;
mod town;
mod world;
