//! The tables are those of the definition, and what they answer is what the verifier accepts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod cost;
mod definition;
mod proofs;
