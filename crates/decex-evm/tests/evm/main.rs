//! The engine against Ethereum's rules, against revm on its own, and against itself over witnesses.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod common;
mod demo;
mod execution;
mod fees;
mod genesis;
mod matrix;
mod messages;
mod query;
mod reexecution;
mod replay;
mod transaction;
mod witness;
