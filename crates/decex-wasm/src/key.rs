//! Where things stand in the state.

use decex_core::hash::{Hash, digest};
use decex_core::label;
use decex_core::state::StateKey;
use decex_core::{Digest, Nonce, SenderId};

/// Returns the key of an account: nonce, balance, name of its code.
#[must_use]
pub fn account(address: &SenderId) -> StateKey {
    StateKey(digest(&label::WASM_ACCOUNT, address.0.as_bytes()))
}

/// Returns the key of what a contract stores under `key`.
#[must_use]
pub fn storage(contract: &SenderId, key: &[u8]) -> StateKey {
    // An address has a fixed length, so no two pairs have the same bytes.
    StateKey(
        Hash::new(&label::WASM_STORAGE)
            .chain(contract.0)
            .chain(key)
            .finish(),
    )
}

/// Returns the name of code.
#[must_use]
pub fn code_name(code: &[u8]) -> Digest {
    digest(&label::WASM_CODE, code)
}

/// Returns the key of code by its name.
#[must_use]
pub fn code(name: &Digest) -> StateKey {
    StateKey(digest(&label::WASM_CODE, name.as_bytes()))
}

/// J17: the address of a contract follows from who made it, and with which transaction.
#[must_use]
pub fn contract(maker: &SenderId, nonce: Nonce) -> SenderId {
    SenderId(
        Hash::new(&label::WASM_ADDRESS)
            .chain(maker.0)
            .chain(nonce.0.to_le_bytes())
            .finish(),
    )
}

/// The key of the block accumulators: `H(RESERVED_KEY, "wasm block accumulators")`. A constant, as every transaction reads
/// and writes it.
pub const BLOCK: StateKey = StateKey(Digest(
    *b"\x2e\xc0\x74\x90\x72\x01\x85\xf6\x16\x3e\x47\x5a\x03\xcf\x6c\xd3\x2e\x22\xfb\x76\xf6\x4f\x09\x70\x35\xea\x91\xe3\x04\x3f\xa4\xa5",
));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_key_is_derived() {
        assert_eq!(
            BLOCK,
            StateKey(digest(&label::RESERVED_KEY, b"wasm block accumulators"))
        );
    }
}
