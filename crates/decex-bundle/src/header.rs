//! What an operator seals.

use decex_core::hash::digest_encoded;
use decex_core::id::{DomainId, HeaderHash, ListRoot, OperatorId, ReceiptHash, Weight};
use decex_core::label;
use decex_election::{ElectionProof, InvalidSignature, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The version of header that this crate writes and accepts (rule B1).
pub const VERSION: u8 = 1;

/// Commits to a body: its leaves in order, and what they sum up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BodyCommitment {
    /// Root over the leaves of the transactions' summaries.
    pub root: ListRoot,
    /// How many transactions.
    pub count: u32,
    /// Sum of their lengths.
    pub bytes: u32,
    /// Sum of their weights.
    pub weight: Weight,
}

/// Commits to the receipts that a bundle carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ReceiptsCommitment {
    /// Root over the receipts' hashes, in order.
    pub root: ListRoot,
    /// How many receipts.
    pub count: u32,
}

/// A bundle without its content. Two different sealed headers of one operator for one window are equivocation, and
/// provable from the headers alone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Header {
    /// [`VERSION`].
    pub version: u8,
    /// The domain it is for.
    pub domain: DomainId,
    /// Who bundles.
    pub operator: OperatorId,
    /// Why this operator may bundle in this window.
    pub election: ElectionProof,
    /// The receipt whose state legality is judged at.
    pub base: ReceiptHash,
    /// The receipts carried.
    pub receipts: ReceiptsCommitment,
    /// The transactions carried.
    pub body: BodyCommitment,
}

impl Header {
    /// Hashes the header: what the seal signs and what names the bundle.
    #[must_use]
    pub fn compute_hash(&self) -> HeaderHash {
        HeaderHash(digest_encoded(&label::BUNDLE_HEADER, self))
    }
}

/// A header with its operator's signature over [`Header::compute_hash`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct SealedHeader {
    /// What is sealed.
    pub header: Header,
    /// The operator's signature under [`label::BUNDLE_SEAL`].
    pub seal: Signature,
}

impl SealedHeader {
    /// Checks that the holder of `key` sealed this header, whoever the header names.
    ///
    /// # Errors
    /// When the seal is not that key's.
    pub fn verify_seal(&self, key: &OperatorKey) -> Result<(), InvalidSignature> {
        let hash = self.header.compute_hash();
        verify_signature(key, &label::BUNDLE_SEAL, &hash.0, &self.seal)
    }
}
