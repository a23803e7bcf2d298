//! What a validity proof is made of.

use decex_bundle::Item;
use decex_core::codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
use decex_core::id::{DomainId, ReceiptHash, StateRoot};
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_BUNDLES_PER_BLOCK, MAX_TRANSITION_PROOF};
use decex_fraud::MAX_WITNESS;
use decex_receipt::MAX_OPENINGS;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A claim that a receipt is right, with everything needed to see it. One message, no dialogue.
///
/// Nothing in it says who made it: there is no reward to divert, and whoever copies it helps.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ValidityProof {
    /// The receipt's domain.
    pub domain: DomainId,
    /// The receipt that is right.
    pub receipt: ReceiptHash,
    /// The transactions of each bundle of the inbox, in the inbox's order; none for a bundle whose base was removed.
    pub bodies: BoundedVec<BoundedVec<Item, MAX_BUNDLE_TRANSACTIONS>, MAX_BUNDLES_PER_BLOCK>,
    /// For each base that bundles are judged at, in the order of their first bundle: covers the accounts of their senders.
    pub accounts: BoundedVec<BoundedBytes<MAX_WITNESS>, MAX_BUNDLES_PER_BLOCK>,
    /// The states that the receipt's trace commits to.
    pub trace: BoundedVec<StateRoot, MAX_OPENINGS>,
    /// What the domain's verifier checks.
    pub transition: BoundedBytes<MAX_TRANSITION_PROOF>,
}

impl ValidityProof {
    /// Decodes a proof of at most `limit` bytes. Nothing over the limit is looked at.
    ///
    /// # Errors
    /// When the bytes are over the limit, are not one canonical proof, or go on after it (C1–C3).
    pub fn decode_bounded(bytes: &[u8], limit: usize) -> Result<Self, DecodeError> {
        decode_exact(bytes, limit)
    }
}

/// What a proof is about: its first 36 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ValidityName {
    /// The receipt's domain.
    pub domain: DomainId,
    /// The receipt that is said to be right.
    pub receipt: ReceiptHash,
}

impl ValidityName {
    /// Decodes what a proof is about. The rest is not looked at.
    ///
    /// # Errors
    /// When the bytes are too short for a name (C2).
    pub fn peek(mut bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(&mut bytes).map_err(|_| DecodeError::Malformed)
    }
}
