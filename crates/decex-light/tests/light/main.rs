//! Rules Y1 to Y5 over a host that is nothing but a list of leaves: for each check the inputs that it stops.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod accepted;
mod chain;
mod refused;
