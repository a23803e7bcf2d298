//! The consensus side as the application of a BFT engine: validators that order and never execute domains, operators
//! that execute and never order.

pub mod adapter;
pub mod disk;
pub mod host;
pub mod journal;
pub mod liar;
pub mod node;
pub mod operator;
pub mod pool;
pub mod rpc;
pub mod run;
pub mod stats;
pub mod traffic;
pub mod wallet;
