//! What users of the domain sign.

use crate::limits::{MAX_CODE_BYTES, MAX_INPUT_BYTES, MAX_TRANSACTION_BYTES};
use alloc::vec::Vec;
use decex_core::codec::{BoundedBytes, decode_exact};
use decex_core::execution::NotATransaction;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::message::{ChannelId, MAX_DATA_BYTES, PartyId};
use decex_core::{Balance, ConsensusNumber, DomainId, Nonce, SenderId, Weight, label};
use decex_election::{Keypair, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode};

/// What a transaction asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// Moves value to an account, without running anything there.
    Transfer {
        /// Who receives.
        to: SenderId,
        /// How much.
        value: Balance,
    },
    /// Puts code into the state, from where anybody may make contracts of it.
    Upload {
        /// A WebAssembly module in binary form.
        code: BoundedBytes<MAX_CODE_BYTES>,
    },
    /// Makes a contract and runs its `init`.
    Instantiate {
        /// The name of its code.
        code: Digest,
        /// What goes to the contract first.
        value: Balance,
        /// What `init` reads.
        input: BoundedBytes<MAX_INPUT_BYTES>,
    },
    /// Runs `call` of a contract. An account without code just receives the value.
    Call {
        /// Whom.
        to: SenderId,
        /// What goes to it first.
        value: Balance,
        /// What it reads.
        input: BoundedBytes<MAX_INPUT_BYTES>,
    },
    /// Asks something of an account of another chain, with money.
    Send {
        /// Over which channel.
        channel: ChannelId,
        /// Of whom.
        to: PartyId,
        /// What goes with it. The channel's fees are paid besides.
        value: Balance,
        /// The last consensus block that may take it in.
        deadline: ConsensusNumber,
        /// What the recipient reads.
        data: BoundedBytes<MAX_DATA_BYTES>,
    },
}

impl Action {
    /// Returns the value that it moves.
    #[must_use]
    pub const fn value(&self) -> Balance {
        match self {
            Self::Transfer { value, .. }
            | Self::Instantiate { value, .. }
            | Self::Call { value, .. }
            | Self::Send { value, .. } => *value,
            Self::Upload { .. } => Balance::ZERO,
        }
    }
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// The sender's public key (sr25519), which is also its address.
    pub from: [u8; 32],
    /// Its place in the sender's sequence.
    pub nonce: Nonce,
    /// The most fuel it may use.
    pub weight: Weight,
    /// What it asks for.
    pub action: Action,
    /// Signature over the rest and the domain.
    pub signature: Signature,
}

impl Transaction {
    /// Signs a transaction for `domain`.
    #[must_use]
    pub fn sign(keypair: &Keypair, domain: DomainId, nonce: Nonce, weight: Weight, action: Action) -> Self {
        let from = *keypair.key().as_bytes();
        let message = message(domain, &from, nonce, weight, &action);
        Self {
            signature: keypair.sign(&label::WASM_TRANSACTION, &message),
            from,
            nonce,
            weight,
            action,
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
    /// J1: the bytes are not one canonical transaction within its bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotATransaction> {
        // J1: one canonical encoding, so that one transaction has one name.
        decode_exact(bytes, MAX_TRANSACTION_BYTES).map_err(|_| NotATransaction::Malformed)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// J2: the key is not a key, or the signature is not its for this domain.
    pub fn check_signature(&self, domain: DomainId) -> Result<(), NotATransaction> {
        // J2: consent to one domain is not consent to another.
        let key = OperatorKey::try_from_bytes(self.from).map_err(|_| NotATransaction::Signature)?;
        let message = message(domain, &self.from, self.nonce, self.weight, &self.action);
        verify_signature(&key, &label::WASM_TRANSACTION, &message, &self.signature)
            .map_err(|_| NotATransaction::Signature)
    }

    /// Returns the sender.
    #[must_use]
    pub const fn sender(&self) -> SenderId {
        SenderId(Digest(self.from))
    }
}

fn message(domain: DomainId, from: &[u8; 32], nonce: Nonce, weight: Weight, action: &Action) -> Digest {
    digest_encoded(&label::WASM_TRANSACTION, &(domain, from, nonce, weight, action))
}
