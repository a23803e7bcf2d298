//! Keys of operators: sr25519 (Schnorr over ristretto255), as schnorrkel makes them.

use core::fmt;
use parity_scale_codec::{Decode, Encode, EncodeLike, Error, Input, MaxEncodedLen, Output};
use rand_core::{CryptoRng, RngCore};
use schnorrkel::{ExpansionMode, MiniSecretKey, PublicKey};

/// An operator's public key, checked: the canonical encoding of a point other than the identity.
///
/// It holds the decompressed point beside the 32 bytes, so that nothing that verifies has to decompress it again. It
/// encodes as the 32 bytes; decoding performs the check of [`try_from_bytes`](Self::try_from_bytes), about 4 µs, and
/// refuses bytes that fail it. Equality and order are those of the bytes.
#[derive(Clone, Copy)]
pub struct OperatorKey(PublicKey);

/// Why bytes are no operator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// E1: not the canonical encoding of a ristretto255 point.
    #[error("not the canonical encoding of a point")]
    Encoding,
    /// E2: the identity, under which anybody can sign anything.
    #[error("the identity is no key")]
    Identity,
}

impl InvalidKey {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Encoding => 1,
            Self::Identity => 2,
        }
    }
}

impl OperatorKey {
    /// Reads a key from its 32 bytes.
    ///
    /// # Errors
    /// When the bytes are not the canonical encoding of a point (E1), or encode the identity (E2).
    pub fn try_from_bytes(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        // E1: the canonical encoding of a point.
        let key = PublicKey::from_bytes(&bytes).map_err(|_| InvalidKey::Encoding)?;
        // E2: not the identity, whose encoding is all zeros.
        if bytes == [0; 32] {
            Err(InvalidKey::Identity)
        } else {
            Ok(Self(key))
        }
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_compressed().as_bytes()
    }

    pub(crate) const fn as_schnorrkel(&self) -> &PublicKey {
        &self.0
    }
}

impl PartialEq for OperatorKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for OperatorKey {}

impl PartialOrd for OperatorKey {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OperatorKey {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl core::hash::Hash for OperatorKey {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Encode for OperatorKey {
    fn size_hint(&self) -> usize {
        32
    }

    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        dest.write(self.as_bytes());
    }
}

impl EncodeLike for OperatorKey {}

impl Decode for OperatorKey {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Self::try_from_bytes(<[u8; 32]>::decode(input)?).map_err(|_| "not an operator key".into())
    }
}

impl MaxEncodedLen for OperatorKey {
    fn max_encoded_len() -> usize {
        32
    }
}

/// An operator's secret and public key. The secret is wiped when it is dropped and never printed.
pub struct Keypair {
    inner: schnorrkel::Keypair,
    key: OperatorKey,
}

impl Keypair {
    /// Expands a 32-byte secret seed, the way Substrate's sr25519 tools do (`ExpansionMode::Ed25519`).
    ///
    /// The seed must come from a source of secret randomness; wiping the caller's copy is the caller's.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let inner = MiniSecretKey::generate_with(FixedBytes(seed)).expand_to_keypair(ExpansionMode::Ed25519);
        // E1 and E2 hold: this expansion clamps the secret scalar into [2^251, 2^252), so it is not 0 modulo the group order.
        let key = OperatorKey(inner.public);
        Self { inner, key }
    }

    /// Returns the public key.
    #[must_use]
    pub const fn key(&self) -> &OperatorKey {
        &self.key
    }

    pub(crate) const fn as_schnorrkel(&self) -> &schnorrkel::Keypair {
        &self.inner
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keypair")
            .field("key", &self.key)
            .field("secret", &"<redacted>")
            .finish()
    }
}

/// Stands where schnorrkel asks for a source of randomness and there is none in `no_std`: repeats the given bytes.
///
/// With [`NO_ENTROPY`](Self::NO_ENTROPY), nonces are a function of the secret nonce seed and of everything in the
/// transcript (message or VRF input, and for signatures the key), as in Ed25519: never repeated for two challenges.
#[derive(Clone, Copy)]
pub(crate) struct FixedBytes<'a>(&'a [u8; 32]);

impl FixedBytes<'static> {
    /// Adds nothing to the secret that the nonce is derived from.
    pub(crate) const NO_ENTROPY: Self = Self(&[0; 32]);
}

impl RngCore for FixedBytes<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.iter_mut()
            .zip(self.0.iter().cycle())
            .for_each(|(to, from)| *to = *from);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

// The marker is schnorrkel's requirement; that its promise is not needed here is argued at the type.
impl CryptoRng for FixedBytes<'_> {}
