//! Channels over the whole consensus side: two domains that execute, receipts that become final, and whoever relays.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod attacks;
mod calls;
#[path = "../common/mod.rs"]
mod common;
mod life;
mod pair;
