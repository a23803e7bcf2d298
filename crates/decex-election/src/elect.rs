//! Take part in an election.

use crate::challenge::Challenge;
use crate::dleq::proof_transcript;
use crate::key::{FixedBytes, Keypair};
use crate::odds::{Odds, Share};
use crate::proof::ElectionProof;
use crate::threshold::wins;
use crate::verify::{Elected, output};
use schnorrkel::context::attach_rng;
use schnorrkel::vrf::{KUSAMA_VRF, VRFInOut, VRFProofBatchable};

/// Evaluates the election for the holder of `keypair`, and proves the result if it wins; `None` if it does not.
///
/// The proof is made only for a winner: losing costs less than half of winning. Deterministic: equal arguments give
/// equal bytes.
#[must_use]
pub fn try_elect(
    keypair: &Keypair,
    challenge: &Challenge,
    odds: &Odds,
    share: &Share,
) -> Option<(Elected, ElectionProof)> {
    let points = keypair.as_schnorrkel().vrf_create_hash(challenge.transcript());
    let output = output(&points);
    if !wins(&output, odds, share) {
        return None;
    }
    let elected = Elected::new(*keypair.key(), *challenge, output);
    Some((elected, prove(keypair, challenge, &points)))
}

fn prove(keypair: &Keypair, challenge: &Challenge, points: &VRFInOut) -> ElectionProof {
    let transcript = attach_rng(proof_transcript(), FixedBytes::NO_ENTROPY);
    let (_, proof) = keypair
        .as_schnorrkel()
        .dleq_proove(transcript, points, KUSAMA_VRF);
    to_wire(challenge, points, &proof)
}

/// Writes schnorrkel's `R ‖ I_r ‖ s` into the fields that hold them.
fn to_wire(challenge: &Challenge, points: &VRFInOut, proof: &VRFProofBatchable) -> ElectionProof {
    let (mut key_commitment, mut input_commitment, mut response) = ([0; 32], [0; 32], [0; 32]);
    key_commitment
        .iter_mut()
        .chain(&mut input_commitment)
        .chain(&mut response)
        .zip(proof.to_bytes())
        .for_each(|(to, from)| *to = from);
    ElectionProof {
        window: challenge.window,
        preoutput: points.to_preout().to_bytes(),
        key_commitment,
        input_commitment,
        response,
    }
}
