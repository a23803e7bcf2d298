//! What a contract may use at most, and what it pays for what it uses. Part of the rules: `spec/wasm.md` has the same numbers.

/// J11: longest code, in bytes. It is one value of the state, as long as the longest code of an EVM contract.
pub const MAX_CODE_BYTES: u32 = 24_576;
/// Longest input of a contract, in bytes.
pub const MAX_INPUT_BYTES: u32 = 16_384;
/// Longest encoding of a transaction, in bytes: the longest code, and what stands around it.
pub const MAX_TRANSACTION_BYTES: usize = 25_600;

/// J14: most types of functions that a module declares.
pub const MAX_TYPES: u32 = 256;
/// J14: most parameters of a function.
pub const MAX_PARAMETERS: usize = 32;
/// J14: most functions of a module, besides imports.
pub const MAX_FUNCTIONS: u32 = 512;
/// J14: most locals that one function declares, besides its parameters.
pub const MAX_LOCALS: u32 = 1_024;
/// J14: most globals of a module.
pub const MAX_GLOBALS: u32 = 256;
/// J14: most elements of a module's one table.
pub const MAX_TABLE_ELEMENTS: u32 = 1_024;
/// J14: most segments of data, and most segments of elements.
pub const MAX_SEGMENTS: u32 = 256;
/// J14: most pages of memory (64 KiB each) that an instance can have at any time.
pub const MAX_PAGES: u32 = 16;

/// J15: contracts that may wait for one another: a transaction's callee is at depth 1.
pub const MAX_CALL_DEPTH: u32 = 8;
/// J15: most functions of one instance that may wait for one another.
pub const MAX_RECURSION: usize = 256;
/// J15: most bytes of values on the stack of one instance.
pub const MAX_STACK_BYTES: usize = 131_072;

/// J16: longest key of a contract's storage, in bytes.
pub const MAX_KEY_BYTES: u32 = 128;
/// J16: longest value of a contract's storage, in bytes.
pub const MAX_STORED_BYTES: u32 = 4_096;
/// J16: longest event, in bytes.
pub const MAX_EVENT_BYTES: u32 = 1_024;
/// J16: longest data that a contract returns, in bytes.
pub const MAX_OUTPUT_BYTES: u32 = 4_096;

/// J10: fuel for being an input at all. A lower weight is refused.
pub const BASE_FUEL: u64 = 5_000;
/// J10: fuel for a byte of code that is uploaded.
pub const UPLOAD_FUEL: u64 = 40;
/// J10: fuel for a byte of code that is run: whoever proves a chunk compiles it once more.
pub const CODE_FUEL: u64 = 16;
/// J10: fuel for an instance.
pub const FRAME_FUEL: u64 = 10_000;
/// J10: fuel for a page of memory that an instance begins with.
pub const PAGE_FUEL: u64 = 1_024;
/// J10: fuel for a call of a host function.
pub const HOST_FUEL: u64 = 50;
/// J10: fuel for a host function that reads or writes the state, besides [`HOST_FUEL`], for each key.
pub const STATE_FUEL: u64 = 2_000;
/// J10: fuel for a byte that a host function copies, stores or hashes.
pub const BYTE_FUEL: u64 = 4;
