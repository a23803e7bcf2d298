//! What users of the ledger sign.

use alloc::vec::Vec;
use decex_core::codec::{BoundedBytes, decode_exact};
use decex_core::execution::NotATransaction;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{Balance, ConsensusNumber, Nonce, SenderId, Weight};
use decex_core::label;
use decex_core::message::{ChannelId, PartyId};
use decex_election::{Keypair, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode};

/// Longest transaction, in bytes.
pub const BYTES_LIMIT: usize = 1_024;

/// What a transaction asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Moves value to another account.
    Transfer {
        /// Who receives.
        to: SenderId,
        /// How much.
        amount: Balance,
    },
    /// Asks something of an account of another chain, with money.
    Send {
        /// Over which channel.
        channel: ChannelId,
        /// Of whom.
        to: PartyId,
        /// What goes with it.
        value: Balance,
        /// The last consensus block that may take it in.
        deadline: ConsensusNumber,
        /// What the recipient reads.
        data: BoundedBytes<64>,
    },
    /// Writes `value` into `count` slots from `first` on: reaches the witness limit when `count` is large.
    Write {
        /// The first slot.
        first: u64,
        /// How many.
        count: u32,
        /// What to write; zero deletes.
        value: u64,
    },
    /// Fails, and pays for it.
    Fail,
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// The sender's public key.
    pub from: [u8; 32],
    /// Its place in the sender's sequence.
    pub nonce: Nonce,
    /// What it asks for.
    pub call: Call,
    /// Signature over the rest.
    pub signature: Signature,
}

impl Transaction {
    /// Signs a transaction.
    #[must_use]
    pub fn sign(keypair: &Keypair, nonce: Nonce, call: Call) -> Self {
        let from = *keypair.key().as_bytes();
        let signature = keypair.sign(&label::LEDGER_TRANSACTION, &message(&from, nonce, &call));
        Self {
            from,
            nonce,
            call,
            signature,
        }
    }

    /// Encodes it for a bundle.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode()
    }

    /// Decodes without checking the signature.
    ///
    /// # Errors
    /// When the bytes are not one canonical transaction.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotATransaction> {
        decode_exact(bytes, BYTES_LIMIT).map_err(|_| NotATransaction::Malformed)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// When the key is not a key or the signature is not its.
    pub fn check_signature(&self) -> Result<(), NotATransaction> {
        let key = OperatorKey::try_from_bytes(self.from).map_err(|_| NotATransaction::Signature)?;
        let message = message(&self.from, self.nonce, &self.call);
        verify_signature(&key, &label::LEDGER_TRANSACTION, &message, &self.signature)
            .map_err(|_| NotATransaction::Signature)
    }

    /// What it can cost at most: a base, and something for each slot.
    #[must_use]
    pub fn weight(&self) -> Weight {
        let slots = match self.call {
            Call::Write { count, .. } => u64::from(count),
            Call::Transfer { .. } | Call::Send { .. } | Call::Fail => 1,
        };
        Weight(slots.saturating_mul(10).saturating_add(100))
    }
}

fn message(from: &[u8; 32], nonce: Nonce, call: &Call) -> Digest {
    digest_encoded(&label::LEDGER_TRANSACTION, &(from, nonce, call))
}

/// Returns the account that a key controls.
#[must_use]
pub fn sender_of(key: &OperatorKey) -> SenderId {
    SenderId(Digest(*key.as_bytes()))
}
