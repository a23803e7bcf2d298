//! Numbers and names, one type each.
//!
//! A number of one kind cannot be passed where another is meant. Fields are public: these types carry no invariant
//! beyond their kind.

use crate::hash::Digest;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A domain of this host. Assigned in order of creation.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct DomainId(pub u32);

/// An operator of this host. Assigned in order of registration, never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct OperatorId(pub u64);

/// The number of a domain block and of its receipt. Genesis is 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct DomainNumber(pub u64);

/// The number (height) of a consensus block.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct ConsensusNumber(pub u64);

/// A slot of the consensus chain.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Slot(pub u64);

/// An election window: `re_election_interval` consecutive slots of one domain.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Window(pub u64);

/// Milliseconds since the Unix epoch, as the consensus block states them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Timestamp(pub u64);

/// A transaction's place in its sender's sequence.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Nonce(pub u64);

/// Execution effort in the engine's own unit (gas, fuel).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Weight(pub u64);

/// An amount of the host's token in its smallest unit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Balance(pub u128);

impl Balance {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Returns the sum, or `None` if it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns the difference, or `None` if `other` is larger.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Returns the product, or `None` if it does not fit.
    #[must_use]
    pub const fn checked_mul(self, factor: u128) -> Option<Self> {
        match self.0.checked_mul(factor) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }
}

impl DomainNumber {
    /// Returns the following number, or `None` at the end of the range.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }

    /// Returns the preceding number, or `None` for genesis.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(previous) => Some(Self(previous)),
            None => None,
        }
    }
}

/// An account of a domain as the protocol sees it: 32 bytes chosen by the engine (the EVM pads its 20-byte addresses
/// with leading zeros).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct SenderId(pub Digest);

/// An account of the consensus chain, opaque to the protocol.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct AccountId(pub Digest);

/// Hash of a transaction's bytes ([`label::TRANSACTION`](crate::label::TRANSACTION)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct TransactionHash(pub Digest);

/// Hash of an unsealed bundle header ([`label::BUNDLE_HEADER`](crate::label::BUNDLE_HEADER)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct HeaderHash(pub Digest);

/// Hash of a receipt; also the hash of the domain block it describes ([`label::RECEIPT`](crate::label::RECEIPT)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct ReceiptHash(pub Digest);

/// Hash of a consensus block: the host's own, opaque to the protocol.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct ConsensusHash(pub Digest);

/// Root of a domain's state under its state commitment.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct StateRoot(pub Digest);

/// Root of a [list commitment](crate::list). Binds the list's length.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct ListRoot(pub Digest);

/// Names the rules a receipt is judged by: codec, schedule, engine and code versions in one hash
/// ([`label::RULE_SET`](crate::label::RULE_SET)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct RuleSet(pub Digest);

/// Names what checks the proofs of a domain: proof system, statement and security level in one hash
/// ([`label::VERIFIER`](crate::label::VERIFIER)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct VerifierId(pub Digest);

/// Seed of one domain block's schedule ([`label::SCHEDULE_SEED`](crate::label::SCHEDULE_SEED)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Seed(pub Digest);

/// Unpredictable bytes that the host vouches for (an output of its storage audit or beacon).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct Randomness(pub Digest);
