//! Three ways to run the same nodes.

pub mod deterministic;
pub mod loopback;
mod network;
pub mod process;
pub mod processes;
pub mod status;
pub mod virtual_network;
