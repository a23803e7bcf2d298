//! What a block carries, and what can be said of it without any state.

use super::hash;
use decex_consensus::{AccountCall, GovernanceCall, OpenCall};
use decex_core::codec::{DecodeError, decode_exact};
use decex_core::{AccountId, Digest, label};
use decex_election::{Keypair, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode};

/// Most calls in a block.
pub const MAX_CALLS: usize = 128;

/// Most bytes of calls in a block: one message of the greatest length that a domain may need fits, with room.
pub const MAX_BLOCK_BYTES: usize = 2 * 1024 * 1024;

/// One call of the consensus object, as it travels and as it stands in a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Anybody's: a bundle, a proof. It says itself on whose behalf it speaks, and is paid for by whom it names.
    Open(OpenCall),
    /// An account's, which signed for it.
    Signed(Box<Signed>),
}

/// A call that an account signed for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Signed {
    /// The account's key (sr25519); the account is named by the same bytes.
    pub from: [u8; 32],
    /// How many calls of the account the chain has taken before: each is taken once, in order.
    pub nonce: u64,
    /// What is called.
    pub call: AccountCall,
    /// Over all of this and the chain's block 0.
    pub signature: Signature,
}

/// Who makes a call, once that is clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// Nobody in particular.
    Open(OpenCall),
    /// An account.
    Account(AccountId, AccountCall),
    /// The host's governance. This chain has none: only suites bring such calls.
    Governance(GovernanceCall),
}

impl Call {
    /// Decodes a call as it travels.
    ///
    /// # Errors
    /// When the bytes are not one canonical call, or more than a block takes.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, MAX_BLOCK_BYTES)
    }

    /// Makes the call that carries a bundle.
    #[must_use]
    pub fn bundle(bundle: Vec<u8>) -> Self {
        Self::Open(OpenCall::SubmitBundle { bundle })
    }

    /// Makes the call that carries a fraud proof.
    #[must_use]
    pub fn proof(proof: Vec<u8>) -> Self {
        Self::Open(OpenCall::SubmitProof { proof })
    }
}

impl Signed {
    /// Signs a call for the chain whose block 0 is `chain`.
    #[must_use]
    pub fn sign(keypair: &Keypair, chain: &[u8; 32], nonce: u64, call: AccountCall) -> Self {
        let from = *keypair.key().as_bytes();
        // The protocol has no label for what hosts sign. What is signed is a hash under a context of this chain's own, so that it
        // is never what a signature of a ledger's transaction, under the same label, is about.
        let signature = keypair.sign(&label::LEDGER_TRANSACTION, &message(chain, &from, nonce, &call));
        Self {
            from,
            nonce,
            call,
            signature,
        }
    }

    /// Returns who signed.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        AccountId(Digest(self.from))
    }

    /// Checks the signature.
    #[must_use]
    pub fn is_signed(&self, chain: &[u8; 32]) -> bool {
        let message = message(chain, &self.from, self.nonce, &self.call);
        OperatorKey::try_from_bytes(self.from).is_ok_and(|key| {
            verify_signature(&key, &label::LEDGER_TRANSACTION, &message, &self.signature).is_ok()
        })
    }
}

fn message(chain: &[u8; 32], from: &[u8; 32], nonce: u64, call: &AccountCall) -> Digest {
    hash(
        "decex bft-cluster 1 call",
        &[&(chain, from, nonce, call).encode()],
    )
}

/// Why no state could accept a block's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// More calls than [`MAX_CALLS`].
    #[error("{found} calls, at most {MAX_CALLS}")]
    Calls {
        /// How many.
        found: usize,
    },
    /// More bytes than [`MAX_BLOCK_BYTES`].
    #[error("{found} bytes of calls, at most {MAX_BLOCK_BYTES}")]
    Bytes {
        /// How many.
        found: usize,
    },
    /// A call that does not decode.
    #[error("call {index} does not decode")]
    Call {
        /// Which.
        index: usize,
    },
    /// A call that stands there twice.
    #[error("call {index} stands there before")]
    Repeated {
        /// The second one.
        index: usize,
    },
}

/// Checks what every validator can check of a body alone, before it votes: the same verdict everywhere, whatever block a validator
/// has applied last.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_body<C: AsRef<[u8]>>(calls: &[C]) -> Result<(), InvalidBody> {
    if calls.len() > MAX_CALLS {
        return Err(InvalidBody::Calls { found: calls.len() });
    }
    let found = calls
        .iter()
        .fold(0_usize, |sum, call| sum.saturating_add(call.as_ref().len()));
    if found > MAX_BLOCK_BYTES {
        return Err(InvalidBody::Bytes { found });
    }
    let mut seen = std::collections::BTreeSet::new();
    for (index, call) in calls.iter().enumerate() {
        if Call::read(call.as_ref()).is_err() {
            return Err(InvalidBody::Call { index });
        }
        if !seen.insert(call.as_ref()) {
            return Err(InvalidBody::Repeated { index });
        }
    }
    Ok(())
}
