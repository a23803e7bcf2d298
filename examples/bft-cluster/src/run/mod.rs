//! Three ways to run the same nodes.

pub mod deterministic;
