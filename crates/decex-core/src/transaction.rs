//! A transaction as the protocol sees it: opaque bytes and a summary.

use crate::hash::{Digest, digest, digest_encoded};
use crate::id::{Nonce, SenderId, TransactionHash, Weight};
use crate::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// What the protocol needs to know of a transaction without executing it: one leaf of a bundle's body and of the
/// schedule.
///
/// `hash` and `bytes` are checked by every farmer. `sender`, `nonce` and `weight` are the bundle author's claim; the
/// legality rules compare them with what the engine reads from the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub struct Summary {
    /// Whose transaction it is.
    pub sender: SenderId,
    /// Its place in the sender's sequence.
    pub nonce: Nonce,
    /// Hash of its bytes.
    pub hash: TransactionHash,
    /// The most effort it can cost.
    pub weight: Weight,
    /// Length of its bytes.
    pub bytes: u32,
}

impl Summary {
    /// Returns the leaf of this summary in a list commitment.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        digest_encoded(&label::SUMMARY, self)
    }

    /// Returns the key by which a bundle's body is strictly ascending (rule B24).
    #[must_use]
    pub const fn body_key(&self) -> (SenderId, Nonce, TransactionHash) {
        (self.sender, self.nonce, self.hash)
    }
}

/// Returns the hash that names a transaction.
#[must_use]
pub fn hash(bytes: &[u8]) -> TransactionHash {
    TransactionHash(digest(&label::TRANSACTION, bytes))
}
