//! The pallet in a mock runtime, through real extrinsics.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "tests, and what the macros of FRAME write"
)]

mod blocks;
mod chain;
mod doors;
mod enforced;
mod founding;
mod import;
mod mock;
mod money;
mod pool;
mod story;
