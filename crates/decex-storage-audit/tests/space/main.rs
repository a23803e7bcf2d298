//! Rules M1 to M7: what is a proof of space, and that nothing near one is.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod fixtures;
mod function;
mod proof;
