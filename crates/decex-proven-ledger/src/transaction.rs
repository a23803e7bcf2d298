//! What users of the ledger sign.

use crate::hash::SLOTS;
use crate::holding::{MAX_SUPPLY, sender_of};
use alloc::vec::Vec;
use decex_core::codec::decode_exact;
use decex_core::execution::NotATransaction;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::SenderId;
use decex_core::label;
use decex_election::{Keypair, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode};

/// Longest transaction, in bytes.
const BYTES_LIMIT: usize = 256;

/// A signed transfer from a slot to a slot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// The sender's public key.
    pub key: [u8; 32],
    /// The sender's slot.
    pub slot: u16,
    /// Its place in the slot's sequence.
    pub nonce: u64,
    /// The receiver's slot.
    pub to: u16,
    /// How much.
    pub amount: u64,
    /// Signature over the rest and the ledger.
    pub signature: Signature,
}

impl Transaction {
    /// Signs a transfer of the ledger with this id.
    #[must_use]
    pub fn sign(ledger: u32, keypair: &Keypair, slot: u16, nonce: u64, to: u16, amount: u64) -> Self {
        let key = *keypair.key().as_bytes();
        let message = message(ledger, &key, slot, nonce, to, amount);
        let signature = keypair.sign(&label::PROVEN_LEDGER, &message);
        Self {
            key,
            slot,
            nonce,
            to,
            amount,
            signature,
        }
    }

    /// Encodes it for a bundle.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode()
    }

    /// Decodes without checking the signature. Slots that are not there, and numbers that the proof has no room for, are no
    /// transaction.
    ///
    /// # Errors
    /// When the bytes are not one canonical transaction within these bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotATransaction> {
        let found: Self = decode_exact(bytes, BYTES_LIMIT).map_err(|_| NotATransaction::Malformed)?;
        let fits =
            found.slot < SLOTS && found.to < SLOTS && found.nonce < MAX_SUPPLY && found.amount < MAX_SUPPLY;
        if fits {
            Ok(found)
        } else {
            Err(NotATransaction::Malformed)
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// When the key is not a key or the signature is not its.
    pub fn check_signature(&self, ledger: u32) -> Result<(), NotATransaction> {
        let key = OperatorKey::try_from_bytes(self.key).map_err(|_| NotATransaction::Signature)?;
        let message = message(ledger, &self.key, self.slot, self.nonce, self.to, self.amount);
        verify_signature(&key, &label::PROVEN_LEDGER, &message, &self.signature)
            .map_err(|_| NotATransaction::Signature)
    }

    /// Returns whose transaction it is.
    #[must_use]
    pub fn sender(&self) -> SenderId {
        sender_of(&self.key, self.slot)
    }
}

fn message(ledger: u32, key: &[u8; 32], slot: u16, nonce: u64, to: u16, amount: u64) -> Digest {
    let signed = (b"transfer", ledger, key, slot, nonce, to, amount);
    digest_encoded(&label::PROVEN_LEDGER, &signed)
}
