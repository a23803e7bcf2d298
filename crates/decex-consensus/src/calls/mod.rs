//! What can be asked of the consensus object: one call per file.

mod absence;
mod begin_block;
mod bundle;
mod channel;
mod domain;
mod equivocation;
mod operator;
mod pool;
mod proof;

pub use operator::registration_message;
