//! The receipt chain with challenge, removal, endorsement and slashing as a small model: [`rules`] says what each message
//! and each block does, [`properties`] what must hold in every state, and [`real`] drives the consensus object through the
//! same steps and reads the same state off its store.
//!
//! What is modelled, at which bounds, and what is not: `docs/adr/0012-model.md`. A model checker explores it in `tests/`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: numbers are bounded by a handful, and a broken setup must stop"
)]

pub mod bounds;
pub mod oracle;
pub mod properties;
pub mod read;
pub mod real;
pub mod replay;
pub mod rules;
pub mod state;
