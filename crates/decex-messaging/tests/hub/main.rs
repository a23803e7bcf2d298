//! The rules of consensus over channels, each with the input that it stops.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod closing;
mod opening;
mod random;
mod relaying;
mod world;
