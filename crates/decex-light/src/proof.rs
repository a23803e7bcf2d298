//! What travels: everything between a header and a value.

use alloc::vec::Vec;
use decex_core::codec::{BoundedBytes, DecodeError, decode_exact};
use decex_receipt::{FinalityProof, Receipt};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Longest header, in bytes: one with the signatures of some hundred validators fits.
pub const MAX_HEADER_BYTES: u32 = 64 * 1024;

/// Longest witness, in bytes: the largest value (32 KiB) fits, with keys beside it.
pub const MAX_LIGHT_WITNESS_BYTES: u32 = 128 * 1024;

/// Shows some keys of a domain's final state to somebody who can check headers of its host.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct LightProof {
    /// What the [`Anchor`](crate::Anchor) knows the header by: the header, or its hash or number where the anchor keeps headers.
    pub header: BoundedBytes<MAX_HEADER_BYTES>,
    /// From the header's finality root to the domain.
    pub finality: FinalityProof,
    /// The domain's last final receipt.
    pub receipt: Receipt,
    /// From the receipt's state root to the keys: a witness of the domain's state commitment.
    pub witness: BoundedBytes<MAX_LIGHT_WITNESS_BYTES>,
}

impl LightProof {
    /// Puts a proof together; `None` if header or witness are too long. `finality` and `receipt` are what the host's
    /// `Consensus::finality_proof` and `Consensus::finalized` return at the header's block, `witness` covers the keys in the state
    /// after that receipt.
    #[must_use]
    pub fn new(header: Vec<u8>, finality: FinalityProof, receipt: Receipt, witness: Vec<u8>) -> Option<Self> {
        Some(Self {
            header: BoundedBytes::new(header)?,
            finality,
            receipt,
            witness: BoundedBytes::new(witness)?,
        })
    }

    /// Reads a proof. Work and memory are bounded by the bytes given, and those by the largest proof.
    ///
    /// # Errors
    /// When the bytes are more than any proof has (C1), are not one canonical value (C2), or go on after it (C3).
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, Self::max_encoded_len())
    }
}
