//! The history archive: what is made, what is refused, what is found again.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests over small constants"
)]

mod archiver;
mod common;
mod headers;
mod hostile;
mod pieces;
mod read;
mod record;
mod restore;
mod speed;
