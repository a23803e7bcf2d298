//! The chain's state machine: what a finalised block does. It knows no network, no clock and no BFT engine.
//!
//! [`Chain::apply`] is the only way in. It is pure in the sense that counts here: state and block determine the next state,
//! its root and its events, and a block that was applied before changes nothing.

mod call;
mod chain;
mod evm;
mod genesis;
mod rules;
mod state;
mod trial;

pub use call::{Brought, Call, InvalidBody, MAX_BLOCK_BYTES, MAX_CALLS, Signed, check_body};
pub use chain::{Applied, ApplyError, BYTE_PRICE, Chain, Executed, Header, Outcome, Refusal, Setting};
pub use evm::TALLY;
pub use genesis::{Genesis, GenesisError, message_bytes};
pub use rules::Rules;
pub use state::{Dirty, HostState};

/// Hashes for the host itself. The labels are BLAKE3 `derive_key` contexts of this chain, apart from all of the protocol's.
pub(crate) fn hash(context: &str, parts: &[&[u8]]) -> decex_core::Digest {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(part);
    }
    decex_core::Digest(*hasher.finalize().as_bytes())
}
