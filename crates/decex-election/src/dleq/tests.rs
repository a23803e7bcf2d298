//! The forgery that a batch is open to when its coefficients do not depend on the responses.

use super::*;
use crate::key::Keypair;
use crate::verify::check_all_but_equations;
use crate::{Challenge, FACTOR_ONE, Odds, Share, try_elect};
use alloc::vec::Vec;
use decex_core::{Balance, DomainId, Randomness, Window};

fn certain() -> (Odds, Share) {
    (
        Odds::new(1, 1, FACTOR_ONE).unwrap(),
        Share::new(Balance(1), Balance(1)).unwrap(),
    )
}

fn statement<'a>(keypair: &'a Keypair, challenge: &Challenge) -> Statement<'a> {
    let (odds, share) = certain();
    let (_, proof) = try_elect(keypair, challenge, &odds, &share).unwrap();
    check_all_but_equations(keypair.key(), challenge, &odds, &share, &proof)
        .unwrap()
        .1
}

/// Three statements about one input give an attacker three differences and only two equations: without the responses
/// in the coefficients, a solution lets three false statements pass together.
#[test]
fn e12_cancelling_differences_between_responses_are_found() {
    let keypair = Keypair::from_seed(&[1; 32]);
    let challenge = Challenge {
        domain: DomainId(1),
        window: Window(2),
        randomness: Randomness(Digest([3; 32])),
    };
    let mut forged: Vec<_> = (0..3).map(|_| statement(&keypair, &challenge)).collect();
    let before = Coefficients::new(&forged.iter().collect::<Vec<_>>());
    assert!(combination_vanishes(&forged.iter().collect::<Vec<_>>(), &before));

    // (d0, d1, d2) orthogonal to both (z0, z1, z2) and (w0, w1, w2): their cross product.
    let [(z0, w0), (z1, w1), (z2, w2)] = [before.pair(0), before.pair(1), before.pair(2)];
    forged[0].response += z1 * w2 - z2 * w1;
    forged[1].response += z2 * w0 - z0 * w2;
    forged[2].response += z0 * w1 - z1 * w0;

    let refs: Vec<_> = forged.iter().collect();
    assert!(refs.iter().all(|statement| !statement.holds()), "each is false");
    assert!(
        combination_vanishes(&refs, &before),
        "coefficients without the responses would accept them"
    );
    assert!(!all_hold(&refs), "ours do not");
}

#[test]
fn e12_every_value_moves_the_coefficients() {
    let (one, two) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
    let challenge = |window| Challenge {
        domain: DomainId(1),
        window: Window(window),
        randomness: Randomness(Digest([3; 32])),
    };
    let base = || statement(&one, &challenge(1));
    let other = statement(&two, &challenge(2));
    let seed = |statement: &Statement<'_>| Coefficients::new(&[statement]).seed;
    let original = seed(&base());
    let changes: [fn(&mut Statement<'_>, &Statement<'_>); 5] = [
        |to, from| to.points.input = from.points.input,
        |to, from| to.points.output = from.points.output,
        |to, from| to.key_commitment = from.key_commitment,
        |to, from| to.input_commitment = from.input_commitment,
        |to, from| to.response = from.response,
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut changed = base();
        change(&mut changed, &other);
        assert_ne!(seed(&changed), original, "change {index}");
    }
    let mut changed = base();
    changed.key = two.key();
    assert_ne!(seed(&changed), original);
    // And so does every other statement of the batch, and the order.
    let first = base();
    assert_ne!(
        Coefficients::new(&[&first, &other]).seed,
        Coefficients::new(&[&other, &first]).seed
    );
    assert_ne!(
        Coefficients::new(&[&first, &other]).pair(0),
        Coefficients::new(&[&first, &other]).pair(1)
    );
}

#[test]
fn an_empty_batch_holds() {
    assert!(all_hold(&[]));
}

#[test]
fn the_challenge_is_schnorrkels() {
    let keypair = Keypair::from_seed(&[4; 32]);
    let challenge = Challenge {
        domain: DomainId(9),
        window: Window(8),
        randomness: Randomness(Digest([7; 32])),
    };
    let ours = statement(&keypair, &challenge);
    let bytes = [
        *ours.key_commitment.as_bytes(),
        *ours.input_commitment.as_bytes(),
        *ours.response.as_bytes(),
    ]
    .concat();
    let theirs = schnorrkel::vrf::VRFProofBatchable::from_bytes(&bytes)
        .unwrap()
        .shorten_dleq(
            Transcript::new(b"VRF"),
            ours.key.as_schnorrkel(),
            &ours.points,
            schnorrkel::vrf::KUSAMA_VRF,
        );
    assert_eq!(theirs.to_bytes()[..32], ours.challenge.to_bytes());
    ours.key
        .as_schnorrkel()
        .dleq_verify(
            proof_transcript(),
            &ours.points,
            &theirs,
            schnorrkel::vrf::KUSAMA_VRF,
        )
        .unwrap();
}
