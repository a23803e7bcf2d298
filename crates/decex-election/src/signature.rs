//! Sign and verify under a label: the seal of a bundle, the proof of possession of a registration.

use crate::key::{FixedBytes, Keypair, OperatorKey};
use core::fmt;
use decex_core::{Digest, Label};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use schnorrkel::context::attach_rng;
use schnorrkel::signing_context;

/// An sr25519 signature, unverified. Any 64 bytes decode; [`verify_signature`] judges them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// E13: the scalar is not canonical, or the mark of this signature scheme (the highest bit) is missing.
    #[error("not a canonical signature")]
    Encoding,
    /// E14: not made by this key over this message under this label.
    #[error("the signature does not match")]
    Mismatch,
}

impl InvalidSignature {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Encoding => 13,
            Self::Mismatch => 14,
        }
    }
}

impl Keypair {
    /// Signs `message` under `label`. Deterministic: equal arguments give equal bytes.
    #[must_use]
    pub fn sign(&self, label: &Label, message: &Digest) -> Signature {
        let transcript = signing_context(label.context().as_bytes()).bytes(message.as_bytes());
        Signature(
            self.as_schnorrkel()
                .sign(attach_rng(transcript, FixedBytes::NO_ENTROPY))
                .to_bytes(),
        )
    }
}

/// Verifies that `key` signed `message` under `label`.
///
/// Exactly one encoding of a signature verifies, so nobody but the signer can make a second one.
///
/// # Errors
/// When the signature is not canonically encoded (E13) or does not match (E14).
pub fn verify_signature(
    key: &OperatorKey,
    label: &Label,
    message: &Digest,
    signature: &Signature,
) -> Result<(), InvalidSignature> {
    // E13: canonical.
    let signature =
        schnorrkel::Signature::from_bytes(&signature.0).map_err(|_| InvalidSignature::Encoding)?;
    // E14: by this key, under this label, over this message.
    let transcript = signing_context(label.context().as_bytes()).bytes(message.as_bytes());
    key.as_schnorrkel()
        .verify(transcript, &signature)
        .map_err(|_| InvalidSignature::Mismatch)
}
