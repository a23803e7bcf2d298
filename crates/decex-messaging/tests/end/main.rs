//! A domain's end of its channels: alone, and two of them with consensus between.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod alone;
mod domain;
mod pair;
#[path = "../hub/world.rs"]
mod world;
