//! Where things stand in the state.

use decex_core::Digest;
use decex_core::hash::digest;
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
    let mut bytes = [0; 52];
    let (first, second) = bytes.split_at_mut(20);
    first.copy_from_slice(address.as_slice());
    second.copy_from_slice(&slot.to_be_bytes::<32>());
    StateKey(digest(&label::EVM_STORAGE, &bytes))
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

/// The key of the block accumulators: `H(RESERVED_KEY, "evm block accumulators")`. A constant, as every transaction reads and
/// writes it.
pub const BLOCK: StateKey = StateKey(Digest(
    *b"\x36\xe9\xaf\xcd\xc3\x5c\xed\xfe\xa0\x78\x20\x2b\x07\xbd\xf4\x53\xa1\x19\xfe\xa0\x7d\xb4\x17\xa4\x91\x51\x49\x98\x4f\x87\x73\xf2",
));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_key_is_derived() {
        assert_eq!(
            BLOCK,
            StateKey(digest(&label::RESERVED_KEY, b"evm block accumulators"))
        );
    }
}
