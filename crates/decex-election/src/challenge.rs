//! What an election is about: one domain, one window, and the randomness that the host vouches for.

use decex_core::{DomainId, Randomness, Window, label};
use merlin::Transcript;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The input of one election. Every operator of the domain evaluates its VRF on the same challenge.
///
/// The verifier builds it from its own chain, never from what the operator sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub struct Challenge {
    /// The domain that is to be bundled for.
    pub domain: DomainId,
    /// The window that is to be won.
    pub window: Window,
    /// The host's randomness for the first slot of the window. It must not be known before the stakes that the
    /// election weighs, and the keys that hold them, are fixed.
    pub randomness: Randomness,
}

impl Challenge {
    /// Returns the VRF transcript. The operator's key is bound on top of it, by schnorrkel's non-malleable VRF input.
    pub(crate) fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(label::ELECTION_VRF.context().as_bytes());
        transcript.append_message(b"domain", &self.domain.0.to_le_bytes());
        transcript.append_message(b"window", &self.window.0.to_le_bytes());
        transcript.append_message(b"randomness", self.randomness.0.as_bytes());
        transcript
    }
}
