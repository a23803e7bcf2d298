//! Tests across crates, in `tests/`; here is only what several of them share.

pub mod house;
pub mod licence;
pub mod rules;
