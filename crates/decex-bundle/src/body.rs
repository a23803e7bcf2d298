//! What a bundle carries: receipts first, then transactions with their author's claims.

use crate::header::SealedHeader;
use decex_core::codec::{BoundedBytes, BoundedVec};
use decex_core::hash::Digest;
use decex_core::id::{Nonce, SenderId, Weight};
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_RECEIPTS_PER_BUNDLE, MAX_TRANSACTION_BYTES};
use decex_core::transaction::{self, Summary};
use parity_scale_codec::{Decode, Encode};

/// A transaction's bytes and what the bundle's author claims of them. Farmers hash the bytes and take the claims as
/// they are; a false claim makes the bundle invalid (rule L3).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// Claimed sender.
    pub sender: SenderId,
    /// Claimed nonce.
    pub nonce: Nonce,
    /// Claimed weight.
    pub weight: Weight,
    /// The transaction itself, opaque.
    pub bytes: BoundedBytes<MAX_TRANSACTION_BYTES>,
}

impl Item {
    /// Hashes the bytes and returns the summary: the body's leaf.
    #[must_use]
    pub fn compute_summary(&self) -> Summary {
        Summary {
            sender: self.sender,
            nonce: self.nonce,
            hash: transaction::hash(&self.bytes),
            weight: self.weight,
            // `BoundedBytes` holds at most `MAX_TRANSACTION_BYTES`, which fits.
            bytes: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
        }
    }
}

/// Something that a bundle carries and its header commits to by hash: a receipt. The bundle crate knows nothing else
/// of it, so that receipts can build on bundles.
pub trait Carried {
    /// Hashes it: the leaf in [`ReceiptsCommitment`](crate::ReceiptsCommitment).
    fn compute_leaf(&self) -> Digest;
}

/// A sealed header with everything it commits to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Bundle<R> {
    /// The sealed header.
    pub header: SealedHeader,
    /// Receipts with consecutive numbers.
    pub receipts: BoundedVec<R, MAX_RECEIPTS_PER_BUNDLE>,
    /// Transactions, strictly ascending by (sender, nonce, hash).
    pub body: BoundedVec<Item, MAX_BUNDLE_TRANSACTIONS>,
}
