//! What a domain of this kind chooses once.

use decex_core::DomainId;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The parameters of one WebAssembly domain. Part of its rule set: another value is another rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct WasmConfig {
    /// The domain that every transaction must be signed for.
    pub domain: DomainId,
    /// Price of a unit of fuel, in the smallest unit of value. Fixed: congestion is priced on the consensus chain, by the byte.
    pub fuel_price: u64,
    /// Most fuel that a contract may use for a message of another chain. The channel's fee pays for it.
    pub message_fuel: u64,
}
