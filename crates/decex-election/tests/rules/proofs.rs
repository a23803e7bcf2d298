//! E7 to E11: one proof.

use crate::{GROUP_ORDER, bad_points, certain, challenge, keypair, proof};
use decex_core::{Balance, Digest, DomainId, Randomness, Window};
use decex_election::{Challenge, ElectionProof, FACTOR_ONE, InvalidElection, Odds, Share, try_elect, verify};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;

/// Odds of 1 in 8 for a quarter of the stake.
fn narrow() -> (Odds, Share) {
    (
        Odds::new(1, 8, FACTOR_ONE).unwrap(),
        Share::new(Balance(25), Balance(100)).unwrap(),
    )
}

#[test]
fn a_winner_verifies_and_a_loser_has_no_proof() {
    let (odds, share) = narrow();
    let keypair = keypair(1);
    let mut won = 0;
    for window in 0..256 {
        let challenge = challenge(window);
        let Some((elected, proof)) = try_elect(&keypair, &challenge, &odds, &share) else {
            continue;
        };
        won += 1;
        assert_eq!(
            verify(keypair.key(), &challenge, &odds, &share, &proof),
            Ok(elected)
        );
        assert_eq!(elected.key(), keypair.key());
        assert_eq!(
            (elected.domain(), elected.window()),
            (challenge.domain, challenge.window)
        );
        assert_ne!(elected.output(), elected.ring_position());
        assert_eq!(
            try_elect(&keypair, &challenge, &odds, &share),
            Some((elected, proof)),
            "deterministic"
        );
    }
    assert!((2..=20).contains(&won), "{won} of 256 at 1/32");
}

#[test]
fn e7_a_proof_names_the_window_it_is_verified_for() {
    let ((odds, share), keypair) = (certain(), keypair(1));
    let mut replayed = proof(&keypair, &challenge(5));
    let expected = Err(InvalidElection::Window {
        expected: Window(6),
        found: Window(5),
    });
    assert_eq!(
        verify(keypair.key(), &challenge(6), &odds, &share, &replayed),
        expected
    );
    // Renamed, it is a proof of something else (E11).
    replayed.window = Window(6);
    let refused = verify(keypair.key(), &challenge(6), &odds, &share, &replayed);
    assert_eq!(refused, Err(InvalidElection::Proof));
}

#[test]
fn e8_the_pre_output_is_a_point_other_than_the_identity() {
    let ((odds, share), keypair, challenge) = (certain(), keypair(1), challenge(5));
    for (reason, preoutput) in bad_points() {
        let proof = ElectionProof {
            preoutput,
            ..proof(&keypair, &challenge)
        };
        let refused = verify(keypair.key(), &challenge, &odds, &share, &proof);
        assert_eq!(refused, Err(InvalidElection::PreOutput), "{reason}");
    }
}

#[test]
fn e9_the_response_is_below_the_group_order() {
    let ((odds, share), keypair, challenge) = (certain(), keypair(1), challenge(5));
    let order = GROUP_ORDER;
    for response in [order, [0xff; 32]] {
        let proof = ElectionProof {
            response,
            ..proof(&keypair, &challenge)
        };
        let refused = verify(keypair.key(), &challenge, &odds, &share, &proof);
        assert_eq!(refused, Err(InvalidElection::Response));
    }
    // s + group order, the same scalar in another encoding.
    let original = proof(&keypair, &challenge);
    let mut carry = 0u16;
    let response = core::array::from_fn(|i| {
        let sum = u16::from(original.response[i]) + u16::from(order[i]) + carry;
        carry = sum >> 8;
        (sum & 0xff) as u8
    });
    let refused = verify(
        keypair.key(),
        &challenge,
        &odds,
        &share,
        &ElectionProof { response, ..original },
    );
    assert_eq!(refused, Err(InvalidElection::Response));
}

#[test]
fn e10_a_right_proof_of_a_loser_is_refused() {
    let (keypair, (odds, share)) = (keypair(1), narrow());
    let verdicts: Vec<bool> = (0..64)
        .map(|window| {
            // Proven at odds that always win, verified at narrow ones.
            let proof = proof(&keypair, &challenge(window));
            let verdict = verify(keypair.key(), &challenge(window), &odds, &share, &proof);
            assert!(matches!(verdict, Ok(_) | Err(InvalidElection::NotElected)));
            let won = try_elect(&keypair, &challenge(window), &odds, &share).is_some();
            assert_eq!(verdict.is_ok(), won);
            won
        })
        .collect();
    assert!(verdicts.contains(&false));
    // No stake, no win; and a share is never above the total (E6).
    let none = Share::new(Balance(0), Balance(100)).unwrap();
    let proof = proof(&keypair, &challenge(0));
    let (certain, _) = certain();
    let refused = verify(keypair.key(), &challenge(0), &certain, &none, &proof);
    assert_eq!(refused, Err(InvalidElection::NotElected));
}

#[test]
fn e11_a_proof_binds_domain_window_randomness_and_key() {
    let ((odds, share), keypair, right) = (certain(), keypair(1), challenge(5));
    let proof = proof(&keypair, &right);
    assert!(verify(keypair.key(), &right, &odds, &share, &proof).is_ok());
    for wrong in [
        Challenge {
            domain: DomainId(4),
            ..right
        },
        Challenge {
            randomness: Randomness(Digest([8; 32])),
            ..right
        },
    ] {
        let refused = verify(keypair.key(), &wrong, &odds, &share, &proof);
        assert_eq!(refused, Err(InvalidElection::Proof));
    }
    let other = crate::keypair(2);
    assert_eq!(
        verify(other.key(), &right, &odds, &share, &proof),
        Err(InvalidElection::Proof)
    );
}

#[test]
fn e11_no_bit_of_a_proof_can_change() {
    let ((odds, share), keypair, challenge) = (certain(), keypair(1), challenge(5));
    let bytes = proof(&keypair, &challenge).encode();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut mutated = bytes.clone();
            mutated[index] ^= 1 << bit;
            let proof = ElectionProof::decode(&mut &mutated[..]).unwrap();
            assert!(
                verify(keypair.key(), &challenge, &odds, &share, &proof).is_err(),
                "byte {index} bit {bit}"
            );
        }
    }
}

#[test]
fn e11_bad_commitments_are_refused() {
    let ((odds, share), keypair, challenge) = (certain(), keypair(1), challenge(5));
    let right = proof(&keypair, &challenge);
    for (reason, point) in bad_points() {
        for wrong in [
            ElectionProof {
                key_commitment: point,
                ..right
            },
            ElectionProof {
                input_commitment: point,
                ..right
            },
        ] {
            let refused = verify(keypair.key(), &challenge, &odds, &share, &wrong);
            assert_eq!(refused, Err(InvalidElection::Proof), "{reason}");
        }
    }
}

#[test]
fn a_proof_takes_136_bytes_and_no_fewer() {
    let bytes = proof(&keypair(1), &challenge(5)).encode();
    assert_eq!(bytes.len(), 136);
    assert_eq!(ElectionProof::max_encoded_len(), 136);
    assert!((0..136).all(|length| ElectionProof::decode(&mut &bytes[..length]).is_err()));
}

/// T1: each of the 256 bits of the output is set in half of 4096 samples, within five standard deviations (160); so is
/// each bit of the ring position. (Bit 0 of a compressed pre-output is always 0: the reason why it is not used.)
#[test]
fn t1_output_bits_are_uniform() {
    let (odds, share) = certain();
    let keypairs: Vec<_> = (0..16).map(keypair).collect();
    let (mut outputs, mut positions, mut low) = ([0u32; 256], [0u32; 256], 0);
    for window in 0..256 {
        for keypair in &keypairs {
            let (elected, proof) = try_elect(keypair, &challenge(window), &odds, &share).unwrap();
            for (counts, digest) in [
                (&mut outputs, elected.output()),
                (&mut positions, elected.ring_position()),
            ] {
                for (bit, count) in counts.iter_mut().enumerate() {
                    *count += u32::from(digest.0[bit / 8] >> (bit % 8) & 1);
                }
            }
            low += u32::from(proof.preoutput[0] & 1);
        }
    }
    for (bit, count) in outputs.iter().chain(&positions).enumerate() {
        assert!(count.abs_diff(2048) <= 160, "bit {bit}: {count} of 4096");
    }
    assert_eq!(low, 0);
}

/// Pins the bytes. A change here is a change of the protocol.
#[test]
fn known_answer() {
    let ((odds, share), keypair, challenge) = (certain(), keypair(1), challenge(5));
    let (elected, proof) = try_elect(&keypair, &challenge, &odds, &share).unwrap();
    assert_eq!(
        keypair.key().to_string(),
        "189dac29296d31814dc8c56cf3d36a0543372bba7538fa322a4aebfebc39e056"
    );
    assert_eq!(
        elected.output().to_string(),
        "cd894bf366a9383da9bd6fc8a53296c2dc32e5ed1c91818e4dccbc08249da403"
    );
    assert_eq!(
        elected.ring_position().to_string(),
        "dba763c5de373adc5be02669e173368c2a13c313b0cafb8d48bff54e7fe5549a"
    );
    let bytes: String = proof.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = [
        "0500000000000000",
        "9240500c1ea0402484e3bab3d90e8bf6b01cf4e1db8784f0d1feb84a20bca75e",
        "400d4a89dc5ca5824fb56900310270e696215323eda47b7052ae810815fca71a",
        "a4520d97cdc5a0e36444207e1f2b5041528788850b8c9c5a9b9fb596bd9f7616",
        "d88c0ff8bbc7367792c78692caaa19d77b045c5163c9b78b34768413fa0dad09",
    ];
    assert_eq!(bytes, expected.concat());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 136)) {
        let ((odds, share), keypair) = (certain(), keypair(1));
        let proof = ElectionProof::decode(&mut &bytes[..]).unwrap();
        prop_assert!(verify(keypair.key(), &challenge(5), &odds, &share, &proof).is_err());
        let named = ElectionProof { window: Window(5), ..proof };
        prop_assert!(verify(keypair.key(), &challenge(5), &odds, &share, &named).is_err());
    }
}

#[test]
fn codes_are_the_rules_numbers() {
    let codes = [
        InvalidElection::Window {
            expected: Window(0),
            found: Window(1),
        },
        InvalidElection::PreOutput,
        InvalidElection::Response,
        InvalidElection::NotElected,
        InvalidElection::Proof,
    ]
    .map(|invalid| invalid.code());
    assert_eq!(codes, [7, 8, 9, 10, 11]);
}
