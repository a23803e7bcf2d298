//! The proof that an operator sends: unverified bytes of fixed length.

use decex_core::Window;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Claims that an operator won a window. 136 bytes; any bytes decode, [`verify`](crate::verify()) judges them.
///
/// The proof is schnorrkel's batchable form: with the key `A = xG`, the input `I` and the pre-output `O = xI` it shows
/// `R = sG + cA` and `I_r = sI + cO` for the challenge `c` that hashes all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
pub struct ElectionProof {
    /// The window that was won.
    pub window: Window,
    /// The VRF pre-output `O`, a compressed point. What is compared with the threshold is a hash of it and the input.
    pub preoutput: [u8; 32],
    /// The commitment `R`, a compressed point.
    pub key_commitment: [u8; 32],
    /// The commitment `I_r`, a compressed point.
    pub input_commitment: [u8; 32],
    /// The response `s`, a scalar, little-endian.
    pub response: [u8; 32],
}
