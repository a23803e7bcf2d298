//! Forgeries that satisfy one of the two equations, made by a prover who knows the secret of the key.

use crate::peer::transcript;
use crate::{certain, challenge};
use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::scalar::Scalar;
use decex_election::{
    Challenge, Claim, Elected, ElectionProof, InvalidElection, OperatorKey, verify, verify_batch,
};
use merlin::Transcript;
use schnorrkel::context::SigningTranscript;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

/// What a forger works with.
struct Forger {
    keypair: Keypair,
    secret: Scalar,
    challenge: Challenge,
    input: RistrettoPoint,
    nonce: Scalar,
}

impl Forger {
    fn new(seed: u8) -> Self {
        let keypair = MiniSecretKey::from_bytes(&[seed; 32])
            .unwrap()
            .expand_to_keypair(ExpansionMode::Ed25519);
        let secret =
            Scalar::from_canonical_bytes(keypair.secret.to_bytes()[..32].try_into().unwrap()).unwrap();
        let challenge = challenge(6);
        let input = *keypair.public.vrf_hash(transcript(&challenge)).as_point();
        Self {
            keypair,
            secret,
            challenge,
            input,
            nonce: Scalar::from(77u8),
        }
    }

    /// Completes a proof: the response is `nonce − c · secret`.
    fn prove(
        &self,
        secret: Scalar,
        output: RistrettoPoint,
        r: RistrettoPoint,
        i_r: RistrettoPoint,
    ) -> ElectionProof {
        let mut t = Transcript::new(b"VRF");
        t.proto_name(b"DLEQProof");
        t.commit_point(b"vrf:h", &self.input.compress());
        t.commit_point(b"vrf:R=g^r", &r.compress());
        t.commit_point(b"vrf:h^r", &i_r.compress());
        t.commit_point(b"vrf:pk", self.keypair.public.as_compressed());
        t.commit_point(b"vrf:h^sk", &output.compress());
        let c = t.challenge_scalar(b"prove");
        ElectionProof {
            window: self.challenge.window,
            preoutput: output.compress().to_bytes(),
            key_commitment: r.compress().to_bytes(),
            input_commitment: i_r.compress().to_bytes(),
            response: (self.nonce - c * secret).to_bytes(),
        }
    }

    fn honest(&self) -> ElectionProof {
        self.prove(
            self.secret,
            self.input * self.secret,
            G * self.nonce,
            self.input * self.nonce,
        )
    }

    /// The verdict alone; in a batch of right proofs it must be the same.
    fn verdict(&self, proof: &ElectionProof) -> Result<Elected, InvalidElection> {
        let (odds, share) = certain();
        let key = OperatorKey::try_from_bytes(self.keypair.public.to_bytes()).unwrap();
        let alone = verify(&key, &self.challenge, &odds, &share, proof);
        let honest = self.honest();
        let claim = |proof| Claim {
            key: &key,
            challenge: &self.challenge,
            odds: &odds,
            share: &share,
            proof,
        };
        assert_eq!(verify_batch(&[claim(proof)]), [alone]);
        let right = verify(&key, &self.challenge, &odds, &share, &honest);
        assert!(right.is_ok());
        assert_eq!(
            verify_batch(&[claim(&honest), claim(proof), claim(&honest)]),
            [right, alone, right]
        );
        alone
    }
}

/// Whoever could choose an output could win every window: `R = rG`, any pre-output. Only the second equation says no.
#[test]
fn e11_the_holder_of_a_key_cannot_choose_its_output() {
    let forger = Forger::new(1);
    let chosen = forger.input * (forger.secret + Scalar::ONE);
    let i_r = forger.input * forger.nonce;
    let forged = forger.prove(forger.secret, chosen, G * forger.nonce, i_r);
    assert_eq!(forger.verdict(&forged), Err(InvalidElection::Proof));
}

/// A secret that is not the key's: the second equation holds, the first says no.
#[test]
fn e11_another_secret_cannot_stand_in_for_the_keys() {
    let forger = Forger::new(1);
    let other = forger.secret + Scalar::ONE;
    let (r, i_r) = (G * forger.nonce, forger.input * forger.nonce);
    let forged = forger.prove(other, forger.input * other, r, i_r);
    assert_eq!(forger.verdict(&forged), Err(InvalidElection::Proof));
}

/// Both equations fail, by `D` and by `−D`: they must not be added up unweighted.
#[test]
fn e12_faults_of_the_two_equations_do_not_cancel() {
    let forger = Forger::new(1);
    let fault = G * Scalar::from(5u8);
    let (r, i_r) = (G * forger.nonce - fault, forger.input * forger.nonce + fault);
    let forged = forger.prove(forger.secret, forger.input * forger.secret, r, i_r);
    assert_eq!(forger.verdict(&forged), Err(InvalidElection::Proof));
}
