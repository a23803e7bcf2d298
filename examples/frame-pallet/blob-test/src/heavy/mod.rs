//! Transactions that take as long as their gas or fuel lets them: each runs one thing over and over until it is used up.

mod evm;
mod precompiles;
mod wasm;

pub use evm::{evm_cases, evm_genesis_of, evm_program_call};
pub use wasm::{WasmCase, wasm_cases};

/// A contract that never ends.
pub struct Program {
    pub name: String,
    pub code: Vec<u8>,
}
