//! Every rule of `spec/storage-audit.md`: what it accepts and what it refuses.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

#[path = "../common/mod.rs"]
mod common;

mod expiry;
mod params;
mod range;
mod sector;
mod slot;
mod solution;
