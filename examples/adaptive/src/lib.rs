#![doc = include_str!("../README.md")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "a simulation that is looked at, not consensus"
)]

pub mod chance;
pub mod plot;
pub mod report;
pub mod simulation;
