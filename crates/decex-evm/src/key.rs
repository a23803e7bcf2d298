//! Where things stand in the state.

use decex_core::hash::{Hash, digest};
use decex_core::label;
use decex_core::state::StateKey;
use revm::primitives::{Address, B256, U256};

/// Number of block hashes that are kept, as many as `BLOCKHASH` can reach.
pub(crate) const BLOCK_HASHES: u64 = 256;

/// Returns the key of an account: nonce, balance, code hash.
#[must_use]
pub fn account(address: &Address) -> StateKey {
    StateKey(digest(&label::EVM_ACCOUNT, address.as_slice()))
}

/// Returns the key of one storage slot of a contract.
#[must_use]
pub fn storage(address: &Address, slot: &U256) -> StateKey {
    StateKey(
        Hash::new(&label::EVM_STORAGE)
            .chain(address)
            .chain(slot.to_be_bytes::<32>())
            .finish(),
    )
}

/// Returns the key of bytecode by its Keccak-256 hash.
#[must_use]
pub fn code(hash: &B256) -> StateKey {
    StateKey(digest(&label::EVM_CODE, hash.as_slice()))
}

/// Returns the key of the hash of domain block `number`: a ring of the last 256.
#[must_use]
pub fn block_hash(number: u64) -> StateKey {
    // The divisor is a constant, not zero.
    let slot = number.checked_rem(BLOCK_HASHES).unwrap_or_default();
    StateKey(digest(&label::EVM_BLOCK_HASH, &slot.to_le_bytes()))
}

/// Returns the key of the block accumulators.
#[must_use]
pub fn block() -> StateKey {
    StateKey(digest(&label::RESERVED_KEY, b"evm block accumulators"))
}
