//! Agreement with schnorrkel: its proofs verify here, ours verify there, and both refuse the same.
//!
//! The transcript is written out again here, so that a change of ours is seen.

use crate::{certain, challenge, keypair, proof};
use decex_election::{Challenge, ElectionProof, verify, verify_batch};
use merlin::Transcript;
use parity_scale_codec::{Decode, Encode};
use proptest::prelude::*;
use schnorrkel::context::attach_rng;
use schnorrkel::vrf::{VRFPreOut, VRFProofBatchable};
use schnorrkel::{ExpansionMode, MiniSecretKey, PublicKey};

pub(crate) fn transcript(challenge: &Challenge) -> Transcript {
    let mut transcript = Transcript::new(b"decex v1 election-vrf");
    transcript.append_message(b"domain", &challenge.domain.0.to_le_bytes());
    transcript.append_message(b"window", &challenge.window.0.to_le_bytes());
    transcript.append_message(b"randomness", &challenge.randomness.0.0);
    transcript
}

/// A source of "randomness" that is only different from the crate's own.
struct Counter(u8);

impl rand_core::RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }
    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        for byte in dest {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *byte = self.0;
        }
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl rand_core::CryptoRng for Counter {}

/// A proof by schnorrkel's own `vrf_sign`.
fn theirs(seed: u8, challenge: &Challenge) -> (ElectionProof, [u8; 32]) {
    let keypair = MiniSecretKey::from_bytes(&[seed; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519);
    let extra = attach_rng(Transcript::new(b"VRF"), Counter(seed));
    let (points, _, proof) = keypair.vrf_sign_extra(transcript(challenge), extra);
    let bytes = [
        &challenge.window.encode()[..],
        &points.to_preout().to_bytes(),
        &proof.to_bytes(),
    ]
    .concat();
    let output = points.make_bytes(b"decex v1 election-output");
    (ElectionProof::decode(&mut &bytes[..]).unwrap(), output)
}

/// schnorrkel's verdict: reconstruct the short proof and verify it.
fn accepted_by_schnorrkel(key: &[u8; 32], challenge: &Challenge, proof: &ElectionProof) -> bool {
    let public = PublicKey::from_bytes(key).unwrap();
    let bytes = [proof.key_commitment, proof.input_commitment, proof.response].concat();
    let Ok(batchable) = VRFProofBatchable::from_bytes(&bytes) else {
        return false;
    };
    let preout = VRFPreOut(proof.preoutput);
    let Ok(short) = batchable.shorten_vrf(&public, transcript(challenge), &preout) else {
        return false;
    };
    public
        .vrf_verify(transcript(challenge), &preout, &short)
        .is_ok_and(|(_, recomputed)| recomputed == batchable)
}

#[test]
fn e11_their_proofs_verify_here() {
    let (odds, share) = certain();
    for seed in 0..8 {
        let challenge = challenge(seed.into());
        let keypair = keypair(seed);
        let (their_proof, their_output) = theirs(seed, &challenge);
        let elected = verify(keypair.key(), &challenge, &odds, &share, &their_proof).unwrap();
        assert_eq!(elected.output().0, their_output);
        // Another nonce, so another proof, but the same output: nobody has two tickets.
        let our_proof = proof(&keypair, &challenge);
        assert_ne!(our_proof, their_proof);
        assert_eq!(our_proof.preoutput, their_proof.preoutput);
        let again = verify(keypair.key(), &challenge, &odds, &share, &our_proof).unwrap();
        assert_eq!(again.output(), elected.output());
    }
}

#[test]
fn e11_our_proofs_verify_there() {
    for seed in 0..8 {
        let (keypair, challenge) = (keypair(seed), challenge(seed.into()));
        assert!(accepted_by_schnorrkel(
            keypair.key().as_bytes(),
            &challenge,
            &proof(&keypair, &challenge)
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn e11_both_refuse_the_same(byte in 8usize..136, mask: u8, other_key: bool, other_challenge: bool) {
        let (odds, share) = certain();
        let challenge = challenge(1);
        let mut bytes = proof(&keypair(1), &challenge).encode();
        bytes[byte] ^= mask;
        let proof = ElectionProof::decode(&mut &bytes[..]).unwrap();
        let keypair = keypair(if other_key { 2 } else { 1 });
        let challenge = if other_challenge {
            Challenge { domain: decex_core::DomainId(77), ..challenge }
        } else {
            challenge
        };
        let ours = verify(keypair.key(), &challenge, &odds, &share, &proof);
        let theirs = accepted_by_schnorrkel(keypair.key().as_bytes(), &challenge, &proof);
        prop_assert_eq!(ours.is_ok(), theirs);
        prop_assert_eq!(theirs, mask == 0 && !other_key && !other_challenge);
        let claim = decex_election::Claim {
            key: keypair.key(), challenge: &challenge, odds: &odds, share: &share, proof: &proof,
        };
        prop_assert_eq!(verify_batch(&[claim]), vec![ours]);
    }
}

/// Whoever holds the key `x` cannot tell from its output what the output of `2x` will be: the key is part of the input.
#[test]
fn e11_related_keys_have_unrelated_outputs() {
    use curve25519_dalek::scalar::Scalar;
    use schnorrkel::vrf::Malleable;
    let challenge = challenge(4);
    let two = Scalar::from(2u8);
    let one = MiniSecretKey::from_bytes(&[1; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519);
    let mut bytes = one.secret.to_bytes();
    let scalar = Scalar::from_canonical_bytes(bytes[..32].try_into().unwrap()).unwrap();
    bytes[..32].copy_from_slice((scalar * two).as_bytes());
    let doubled = schnorrkel::SecretKey::from_bytes(&bytes).unwrap().to_keypair();
    let ours = one.vrf_create_hash(transcript(&challenge));
    assert_eq!(ours.to_preout().0, proof(&keypair(1), &challenge).preoutput);
    let related = doubled.vrf_create_hash(transcript(&challenge));
    assert_ne!(ours.output.as_point() * two, *related.output.as_point());
    // The control: with schnorrkel's malleable input they would be related.
    let ours = one.vrf_create_hash(Malleable(transcript(&challenge)));
    let related = doubled.vrf_create_hash(Malleable(transcript(&challenge)));
    assert_eq!(ours.output.as_point() * two, *related.output.as_point());
}
