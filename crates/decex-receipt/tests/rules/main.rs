//! Each rule: what it accepts, and what it refuses with which error.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests over small constants"
)]

mod attest;
mod confirm;
mod decode;
mod equivocation;
mod fields;
mod held;
mod openings;
mod remove;
mod submit;
mod together;
mod world;
