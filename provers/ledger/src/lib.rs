#![doc = include_str!("../README.md")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "of the field, and over a table of fixed shape; this runs on the operator's machine alone"
)]

mod prover;
mod table;

pub use prover::{ProveError, prove, prove_statement, prove_table, prove_whole, roots_after};
pub use table::{Table, build};
