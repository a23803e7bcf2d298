//! What a domain of this kind chooses once.

use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use revm::primitives::hardfork::SpecId;

/// The Ethereum hard fork whose rules contracts run under. Fixed for the life of a rule set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Spec {
    /// Cancun (March 2024).
    Cancun,
    /// Prague (May 2025): call data has a floor price (EIP-7623), BLS12-381 precompiles (EIP-2537).
    #[default]
    Prague,
}

impl Spec {
    pub(crate) const fn id(self) -> SpecId {
        match self {
            Self::Cancun => SpecId::CANCUN,
            Self::Prague => SpecId::PRAGUE,
        }
    }
}

/// The parameters of one EVM domain. Part of its rule set: another value is another rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct EvmConfig {
    /// Chain id that every transaction must be signed for (EIP-155).
    pub chain_id: u64,
    /// The hard fork.
    pub spec: Spec,
    /// Most gas that the transactions of one domain block may use together.
    pub block_gas_limit: u64,
    /// Price of a unit of gas that is burned, in wei. Fixed: congestion is priced on the consensus chain, by the byte.
    pub base_fee: u64,
    /// Gas of each call that a message makes (V19, V20): to a contract that it is for, or that sent the request it answers. Beside the
    /// block's gas, and paid by the channel's fee: choose both together.
    pub message_gas: u64,
}
