//! What adversaries do: take a solution that holds, and use it for what it is not.

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

mod bytes;
mod elsewhere;
mod host;
mod masks;
mod paths;
