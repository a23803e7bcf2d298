//! Each rule: what it accepts, and what it refuses with which error.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests over small constants"
)]

mod body;
mod codes;
mod decode;
mod equivocation;
mod given;
mod header;
mod legality;
mod seal;
mod world;
