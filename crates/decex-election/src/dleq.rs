//! The two equations of a VRF proof, one claim at a time and many at once.
//!
//! A [`Statement`] is a claim that has passed every check but the equations. For key `A`, input `I`, pre-output `O`,
//! commitments `R` and `I_r`, response `s`, and `c` the hash of them all as schnorrkel computes it, it holds iff
//!
//! ```text
//! s·G + c·A = R      and      s·I + c·O = I_r
//! ```
//!
//! Ristretto255 has prime order, so no cofactor comes between the two ways of checking.

use crate::key::OperatorKey;
use crate::proof::ElectionProof;
use alloc::vec::Vec;
use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use decex_core::hash::Hash;
use decex_core::{Digest, label};
use merlin::Transcript;
use schnorrkel::context::SigningTranscript;
use schnorrkel::vrf::VRFInOut;

/// A claim whose equations are still to be checked.
pub(crate) struct Statement<'a> {
    key: &'a OperatorKey,
    points: VRFInOut,
    key_commitment: CompressedRistretto,
    input_commitment: CompressedRistretto,
    response: Scalar,
    challenge: Scalar,
}

/// The transcript that schnorrkel's `vrf_sign` starts from.
pub(crate) fn proof_transcript() -> Transcript {
    Transcript::new(b"VRF")
}

impl<'a> Statement<'a> {
    /// `points` holds the input and the pre-output, `response` is the scalar that `proof` encodes.
    pub(crate) fn new(
        key: &'a OperatorKey,
        points: VRFInOut,
        proof: &ElectionProof,
        response: Scalar,
    ) -> Self {
        let key_commitment = CompressedRistretto(proof.key_commitment);
        let input_commitment = CompressedRistretto(proof.input_commitment);
        // The order and the names are schnorrkel's (`dleq_proove` with `kusama = true`).
        let mut transcript = proof_transcript();
        transcript.proto_name(b"DLEQProof");
        transcript.commit_point(b"vrf:h", points.input.as_compressed());
        transcript.commit_point(b"vrf:R=g^r", &key_commitment);
        transcript.commit_point(b"vrf:h^r", &input_commitment);
        transcript.commit_point(b"vrf:pk", key.as_schnorrkel().as_compressed());
        transcript.commit_point(b"vrf:h^sk", points.output.as_compressed());
        let challenge = transcript.challenge_scalar(b"prove");
        Self {
            key,
            points,
            key_commitment,
            input_commitment,
            response,
            challenge,
        }
    }

    /// Checks both equations exactly. The commitments are compared as bytes, so one that is not canonically encoded
    /// equals nothing.
    pub(crate) fn holds(&self) -> bool {
        let by_key = RistrettoPoint::vartime_double_scalar_mul_basepoint(
            &self.challenge,
            self.key.as_schnorrkel().as_point(),
            &self.response,
        );
        if by_key.compress() != self.key_commitment {
            return false;
        }
        let by_input = RistrettoPoint::vartime_multiscalar_mul(
            [self.challenge, self.response],
            [self.points.output.as_point(), self.points.input.as_point()],
        );
        by_input.compress() == self.input_commitment
    }
}

/// Checks the equations of all statements at once, in one multiscalar multiplication.
///
/// With 128-bit coefficients `z_i`, `w_i` for the two equations of statement `i` it checks
///
/// ```text
/// Σ z_i (s_i·G + c_i·A_i − R_i) + w_i (s_i·I_i + c_i·O_i − I_r,i) = 0
/// ```
///
/// `true` means that every statement holds, but for a chance of 2^-128 per attempt: the coefficients are a hash of
/// *every* value in the equation, the responses included. (Were `s_i` left out, anybody could move a difference
/// between two responses so that two false statements cancel.) `false` says that some statement does not hold, or that
/// some commitment is not canonically encoded; it does not say which.
pub(crate) fn all_hold(statements: &[&Statement<'_>]) -> bool {
    combination_vanishes(statements, &Coefficients::new(statements))
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "scalars and points are elements of a field and a group: nothing overflows"
)]
fn combination_vanishes(statements: &[&Statement<'_>], coefficients: &Coefficients) -> bool {
    let terms = statements.len().saturating_mul(5).saturating_add(1);
    let mut scalars = Vec::with_capacity(terms);
    let mut points = Vec::with_capacity(terms);
    let mut base = Scalar::ZERO;
    for (index, statement) in (0u64..).zip(statements) {
        let Some(key_commitment) = statement.key_commitment.decompress() else {
            return false;
        };
        let Some(input_commitment) = statement.input_commitment.decompress() else {
            return false;
        };
        let (z, w) = coefficients.pair(index);
        base += z * statement.response;
        scalars.extend([
            z * statement.challenge,
            w * statement.response,
            w * statement.challenge,
            z,
            w,
        ]);
        points.extend([
            *statement.key.as_schnorrkel().as_point(),
            *statement.points.input.as_point(),
            *statement.points.output.as_point(),
            // Negated here, so that their scalars stay short: half the additions.
            -key_commitment,
            -input_commitment,
        ]);
    }
    scalars.push(base);
    points.push(RISTRETTO_BASEPOINT_POINT);
    RistrettoPoint::vartime_multiscalar_mul(scalars, points).is_identity()
}

/// Coefficients that nobody can know before all statements of the batch are fixed.
struct Coefficients {
    seed: Digest,
}

impl Coefficients {
    fn new(statements: &[&Statement<'_>]) -> Self {
        // Each statement adds 192 bytes, so their number needs no encoding of its own.
        let seed = statements
            .iter()
            .fold(Hash::new(&label::ELECTION_BATCH), |hash, statement| {
                hash.chain(statement.key.as_bytes())
                    .chain(statement.points.input.as_compressed().as_bytes())
                    .chain(statement.points.output.as_compressed().as_bytes())
                    .chain(statement.key_commitment.as_bytes())
                    .chain(statement.input_commitment.as_bytes())
                    .chain(statement.response.as_bytes())
            });
        Self { seed: seed.finish() }
    }

    /// Returns the coefficients of the two equations of one statement.
    fn pair(&self, index: u64) -> (Scalar, Scalar) {
        let digest = Hash::keyed(&self.seed).chain(index.to_le_bytes()).finish();
        let (mut z, mut w) = ([0; 16], [0; 16]);
        z.iter_mut()
            .chain(&mut w)
            .zip(digest.0)
            .for_each(|(to, from)| *to = from);
        (
            Scalar::from(u128::from_le_bytes(z)),
            Scalar::from(u128::from_le_bytes(w)),
        )
    }
}

#[cfg(test)]
mod tests;
