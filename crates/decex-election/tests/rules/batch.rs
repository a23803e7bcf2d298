//! E12: a batch gives each claim the verdict that it gets alone.

use crate::{bad_points, certain, challenge, keypair, proof};
use decex_core::{Balance, Window};
use decex_election::{
    Challenge, Claim, Elected, ElectionProof, FACTOR_ONE, InvalidElection, Keypair, Odds, OperatorKey, Share,
    verify, verify_batch,
};
use parity_scale_codec::{Decode, Encode};
use proptest::prelude::*;

struct Owned {
    key: OperatorKey,
    challenge: Challenge,
    odds: Odds,
    share: Share,
    proof: ElectionProof,
}

impl Owned {
    fn right(keypair: &Keypair, window: u64) -> Self {
        let ((odds, share), challenge) = (certain(), challenge(window));
        Self {
            key: *keypair.key(),
            challenge,
            odds,
            share,
            proof: proof(keypair, &challenge),
        }
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            key: &self.key,
            challenge: &self.challenge,
            odds: &self.odds,
            share: &self.share,
            proof: &self.proof,
        }
    }

    fn alone(&self) -> Result<Elected, InvalidElection> {
        verify(&self.key, &self.challenge, &self.odds, &self.share, &self.proof)
    }
}

fn together(claims: &[Owned]) -> Vec<Result<Elected, InvalidElection>> {
    verify_batch(&claims.iter().map(Owned::claim).collect::<Vec<_>>())
}

fn agree(claims: &[Owned]) -> Vec<Result<Elected, InvalidElection>> {
    let verdicts = together(claims);
    assert_eq!(verdicts, claims.iter().map(Owned::alone).collect::<Vec<_>>());
    verdicts
}

fn right(count: u8) -> Vec<Owned> {
    (0..count)
        .map(|i| Owned::right(&keypair(i % 5), u64::from(i / 3)))
        .collect()
}

#[test]
fn e12_no_claims_no_verdicts() {
    assert_eq!(verify_batch(&[]), []);
}

#[test]
fn e12_right_claims_are_all_accepted() {
    for count in [1, 2, 3, 17] {
        assert!(agree(&right(count)).iter().all(Result::is_ok));
    }
    // The same claim many times over is fine too: using a window up is another rule (E18).
    let same: Vec<Owned> = (0..9).map(|_| Owned::right(&keypair(1), 1)).collect();
    assert!(agree(&same).iter().all(Result::is_ok));
}

#[test]
fn e12_the_bad_ones_are_named() {
    let mut claims = right(12);
    claims[2].proof.response[0] ^= 1;
    claims[3].proof.window = Window(99);
    claims[5].proof.preoutput = [0; 32];
    claims[6].proof.response = [0xff; 32];
    claims[7].share = Share::new(Balance(0), Balance(1)).unwrap();
    claims[9].key = *keypair(99).key();
    claims[11].proof.key_commitment = bad_points()[1].1;
    let verdicts = agree(&claims);
    let bad: Vec<usize> = (0..12).filter(|i| verdicts[*i].is_err()).collect();
    assert_eq!(bad, [2, 3, 5, 6, 7, 9, 11]);
}

#[test]
fn e12_swapped_responses_are_found() {
    for (one, two) in [(0, 1), (1, 2), (0, 7)] {
        let mut claims = right(8);
        let response = claims[one].proof.response;
        claims[one].proof.response = claims[two].proof.response;
        claims[two].proof.response = response;
        let verdicts = agree(&claims);
        assert_eq!(verdicts.iter().filter(|verdict| verdict.is_err()).count(), 2);
    }
    // Swapped whole proofs, within one window.
    let mut claims = right(3);
    let proof = claims[0].proof;
    claims[0].proof = claims[1].proof;
    claims[1].proof = proof;
    let verdicts = agree(&claims);
    assert_eq!(
        verdicts.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [false, false, true]
    );
}

/// Differences that cancel in an unweighted sum: `s + 1` and `s − 1` for one key and one input.
#[test]
fn e12_cancelling_differences_are_found() {
    use curve25519_dalek::scalar::Scalar;
    let mut claims: Vec<Owned> = (0..2).map(|_| Owned::right(&keypair(1), 1)).collect();
    let shift = |response: &mut [u8; 32], by: Scalar| {
        *response = (Scalar::from_canonical_bytes(*response).unwrap() + by).to_bytes();
    };
    shift(&mut claims[0].proof.response, Scalar::ONE);
    shift(&mut claims[1].proof.response, -Scalar::ONE);
    assert!(agree(&claims).iter().all(Result::is_err));
}

#[test]
fn e12_bad_commitments_are_refused() {
    for (reason, point) in bad_points() {
        let mut claims = right(4);
        claims[1].proof.key_commitment = point;
        claims[2].proof.input_commitment = point;
        let verdicts = agree(&claims);
        assert_eq!(
            verdicts.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, false, false, true],
            "{reason}"
        );
    }
}

#[test]
fn e12_odds_are_judged_per_claim() {
    let mut claims = right(10);
    for (index, claim) in claims.iter_mut().enumerate() {
        claim.odds = Odds::new(1, 1 + index as u64 * index as u64, FACTOR_ONE).unwrap();
    }
    let verdicts = agree(&claims);
    assert!(verdicts[0].is_ok());
    assert!(verdicts.contains(&Err(InvalidElection::NotElected)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn e12_agrees_on_mutated_proofs(
        count in 1u8..8,
        mutations in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..136, 1u8..), 0..3),
    ) {
        let mut claims = right(count);
        for (claim, byte, mask) in mutations {
            let claim = claim.get_mut(&mut claims);
            let mut bytes = claim.proof.encode();
            bytes[byte] ^= mask;
            claim.proof = ElectionProof::decode(&mut &bytes[..]).unwrap();
        }
        agree(&claims);
    }
}
