//! Verify one election proof.

use crate::challenge::Challenge;
use crate::dleq::Statement;
use crate::key::OperatorKey;
use crate::odds::{Odds, Share};
use crate::proof::ElectionProof;
use crate::threshold::wins;
use curve25519_dalek::scalar::Scalar;
use decex_core::hash::Hash;
use decex_core::{Digest, DomainId, Window, label};
use schnorrkel::vrf::{VRFInOut, VRFPreOut};

/// An operator that won a window. Only a verification, or the winner's own evaluation, builds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Elected {
    key: OperatorKey,
    challenge: Challenge,
    output: Digest,
}

impl Elected {
    pub(crate) const fn new(key: OperatorKey, challenge: Challenge, output: Digest) -> Self {
        Self {
            key,
            challenge,
            output,
        }
    }

    /// Returns the winner's key.
    #[must_use]
    pub const fn key(&self) -> &OperatorKey {
        &self.key
    }

    /// Returns the domain that the winner may bundle for.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.challenge.domain
    }

    /// Returns the window in which the winner may submit once.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.challenge.window
    }

    /// Returns the VRF output `y`: 32 bytes that nobody could choose. It won, so as an integer it is below the
    /// threshold; for a uniform value take [`ring_position`](Self::ring_position).
    #[must_use]
    pub const fn output(&self) -> Digest {
        self.output
    }

    /// Returns the winner's place on the ring from which operators draw their portions of the pool: uniform and
    /// independent of how the threshold was met, `H(PORTION, "operator" ‖ y)`.
    #[must_use]
    pub fn ring_position(&self) -> Digest {
        // The output itself would put all winners of a narrow election on the same small arc.
        Hash::new(&label::PORTION)
            .chain(b"operator")
            .chain(self.output)
            .finish()
    }
}

/// Why an election proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidElection {
    /// E7: the proof claims another window than the one it is verified for.
    #[error("the proof is for window {}, expected {}", found.0, expected.0)]
    Window {
        /// The challenge's window.
        expected: Window,
        /// The window that the proof names.
        found: Window,
    },
    /// E8: the pre-output is not the canonical encoding of a point, or encodes the identity.
    #[error("the pre-output is not a point other than the identity")]
    PreOutput,
    /// E9: the response is not a scalar below the group order.
    #[error("the response is not a canonical scalar")]
    Response,
    /// E10: the output is not below the operator's threshold.
    #[error("the output does not win")]
    NotElected,
    /// E11: the pre-output is not what this key makes of this challenge.
    #[error("the proof does not match key and challenge")]
    Proof,
}

impl InvalidElection {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Window { .. } => 7,
            Self::PreOutput => 8,
            Self::Response => 9,
            Self::NotElected => 10,
            Self::Proof => 11,
        }
    }
}

/// Verifies that the operator with `key` and `share` won the window of `challenge` at `odds`.
///
/// Everything but `proof` is the verifier's own knowledge. A proof may be right and still be used up or out of time:
/// see [`permit`](crate::permit).
///
/// # Errors
/// When the proof names another window (E7), is malformed (E8, E9), does not win (E10) or does not match key and
/// challenge (E11); the first in this order. The equations come last because they cost most, so `NotElected` says
/// nothing about them.
pub fn verify(
    key: &OperatorKey,
    challenge: &Challenge,
    odds: &Odds,
    share: &Share,
    proof: &ElectionProof,
) -> Result<Elected, InvalidElection> {
    let (elected, statement) = check_all_but_equations(key, challenge, odds, share, proof)?;
    // E11: the equations of the VRF proof.
    if statement.holds() {
        Ok(elected)
    } else {
        Err(InvalidElection::Proof)
    }
}

/// Checks E7 to E10. The first value may leave the crate only when the second has been found to hold.
pub(crate) fn check_all_but_equations<'a>(
    key: &'a OperatorKey,
    challenge: &Challenge,
    odds: &Odds,
    share: &Share,
    proof: &ElectionProof,
) -> Result<(Elected, Statement<'a>), InvalidElection> {
    // E7: the window that is verified.
    if proof.window != challenge.window {
        return Err(InvalidElection::Window {
            expected: challenge.window,
            found: proof.window,
        });
    }
    // E8: a canonical point other than the identity. The input is hashed from the challenge and the key.
    let points = VRFPreOut(proof.preoutput)
        .attach_input_hash(key.as_schnorrkel(), challenge.transcript())
        .map_err(|_| InvalidElection::PreOutput)?;
    // E9: a canonical scalar.
    let response = Option::<Scalar>::from(Scalar::from_canonical_bytes(proof.response))
        .ok_or(InvalidElection::Response)?;
    // E10: the output wins.
    let output = output(&points);
    if !wins(&output, odds, share) {
        return Err(InvalidElection::NotElected);
    }
    Ok((
        Elected::new(*key, *challenge, output),
        Statement::new(key, points, proof, response),
    ))
}

/// Returns the VRF output: a hash of input and pre-output, never the pre-output itself (whose bits are not uniform).
pub(crate) fn output(points: &VRFInOut) -> Digest {
    Digest(points.make_bytes(label::ELECTION_OUTPUT.context().as_bytes()))
}
