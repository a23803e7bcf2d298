//! Why a proof shows nothing.

use decex_core::codec::DecodeError;
use decex_core::list::InvalidListProof;
use decex_core::state::{InvalidWitness, ReadError};
use decex_receipt::{AttestError, NotAttested};

/// Why a proof shows nothing. It shows nothing to anybody who asks the same anchor the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLight {
    /// Y1: the bytes are not one proof within its bounds (C1–C3).
    #[error("not a proof: {0}")]
    Bytes(DecodeError),
    /// Y2: the anchor does not accept the header.
    #[error("the header is not one that the anchor accepts")]
    Header,
    /// Y3: under the header's root, the receipt is not the last final one of the domain (C4–C6).
    #[error("the receipt is not the last final one under this header: {0}")]
    Receipt(InvalidListProof),
    /// Y4: the witness does not open at the receipt's state root (W1–W3).
    #[error("the witness is not of this state: {0}")]
    Witness(InvalidWitness),
    /// Y5: the witness does not cover the key. Nothing follows for what stands there.
    #[error("the witness does not cover the key")]
    NotCovered,
}

impl InvalidLight {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Bytes(_) => 1,
            Self::Header => 2,
            Self::Receipt(_) => 3,
            Self::Witness(_) => 4,
            Self::NotCovered => 5,
        }
    }
}

/// No answer: the proof is at fault, or somebody that it was to be checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LightError<E> {
    /// The anchor's own error, passed through. Says nothing about the proof.
    #[error("the anchor failed")]
    Anchor(E),
    /// The commitment's tree failed ([`ReadError::Backend`]). Says nothing about the proof; the default commitment never does it.
    #[error("the state commitment failed")]
    Commitment,
    /// The proof shows nothing.
    #[error(transparent)]
    Invalid(InvalidLight),
}

impl<E> From<AttestError<E>> for LightError<E> {
    fn from(error: AttestError<E>) -> Self {
        match error {
            AttestError::Anchor(error) => Self::Anchor(error),
            AttestError::Invalid(NotAttested::Header) => Self::Invalid(InvalidLight::Header),
            AttestError::Invalid(NotAttested::Leaf(error)) => Self::Invalid(InvalidLight::Receipt(error)),
        }
    }
}

impl<E> From<ReadError> for LightError<E> {
    fn from(error: ReadError) -> Self {
        match error {
            // Y5: what is not covered is not known; it is not absent.
            ReadError::IncompleteWitness => Self::Invalid(InvalidLight::NotCovered),
            ReadError::Backend => Self::Commitment,
        }
    }
}
