//! Plots: made, broken in every way, repaired; audited and proven from.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

mod attacks;
mod audit;
mod common;
mod crash;
mod damage;
mod expiry;
mod figures;
mod masking;
