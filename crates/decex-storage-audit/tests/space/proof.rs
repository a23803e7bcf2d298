//! M1 to M3 and M7, and everything near a proof.

use crate::fixtures::{FIXTURES, packed, unpack};
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::label;
use decex_storage_audit::space::function::INPUTS;
use decex_storage_audit::space::{InvalidSpaceProof, mask, verify};
use decex_storage_audit::{MAX_K, MIN_K};
use proptest::prelude::*;

#[test]
fn m1_m2_m3_accepts_what_the_tables_gave() {
    for fixture in &FIXTURES {
        let proof = fixture.proof();
        assert_eq!(proof.len(), usize::from(fixture.k) * 8);
        assert_eq!(verify(fixture.k, &fixture.seed(), fixture.target, &proof), Ok(()));
    }
}

#[test]
fn m1_refuses_every_other_length() {
    for fixture in &FIXTURES {
        let proof = fixture.proof();
        let mut longer = proof.clone();
        longer.extend([0; 40]);
        for length in (0..longer.len()).filter(|length| *length != proof.len()) {
            let error = InvalidSpaceProof::Length {
                expected: proof.len(),
                found: length,
            };
            let found = verify(fixture.k, &fixture.seed(), fixture.target, &longer[..length]);
            assert_eq!(found, Err(error));
            assert_eq!(error.code(), 1);
        }
    }
}

#[test]
fn m1_a_proof_has_no_bit_to_spare() {
    // Every bit of the bytes is one of a value, so two proofs are never one.
    for k in MIN_K..=MAX_K {
        let zeros = vec![0; usize::from(k) * 8];
        for bit in 0..zeros.len() * 8 {
            let mut proof = zeros.clone();
            proof[bit / 8] |= 1 << (bit % 8);
            let values = unpack(k, &proof);
            assert_eq!(values.iter().map(|value| value.count_ones()).sum::<u32>(), 1);
            assert_eq!(packed(k, &values), proof);
        }
    }
}

#[test]
fn m1_values_of_more_than_k_bits_are_cut() {
    let fixture = &FIXTURES[0];
    let inputs = fixture.inputs().map(|input| input | 1 << fixture.k);
    assert_eq!(packed(fixture.k, &inputs), fixture.proof());
}

#[test]
fn m2_refuses_every_change_of_one_bit() {
    for fixture in &FIXTURES {
        let proof = fixture.proof();
        for bit in 0..proof.len() * 8 {
            let mut changed = proof.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let value = bit / usize::from(fixture.k);
            let pair = u8::try_from(value / 2).unwrap();
            match verify(fixture.k, &fixture.seed(), fixture.target, &changed) {
                // Another input hashes to another value, which matches its old neighbour in one case of 15,113.
                Err(InvalidSpaceProof::NoMatch {
                    table: 2,
                    pair: found,
                }) => assert_eq!(found, pair),
                Err(InvalidSpaceProof::NoMatch { table, .. }) => assert!(table > 2),
                other => panic!("bit {bit}: {other:?}"),
            }
        }
    }
}

#[test]
fn m2_refuses_every_other_value_in_one_place() {
    let fixture = &FIXTURES[0];
    let inputs = fixture.inputs();
    for other in (0..1 << fixture.k).filter(|other| *other != inputs[17]) {
        let mut changed = inputs;
        changed[17] = other;
        let found = verify(
            fixture.k,
            &fixture.seed(),
            fixture.target,
            &packed(fixture.k, &changed),
        );
        assert!(
            matches!(found, Err(InvalidSpaceProof::NoMatch { .. })),
            "{other}: {found:?}"
        );
    }
}

#[test]
fn m2_refuses_swapped_halves_at_every_table() {
    for fixture in &FIXTURES {
        for table in 2_u8..=7 {
            let half = 1_usize << (table - 2);
            for pair in 0..INPUTS / half / 2 {
                let mut inputs = fixture.inputs();
                let (left, right) = inputs[pair * half * 2..][..half * 2].split_at_mut(half);
                left.swap_with_slice(right);
                let found = verify(
                    fixture.k,
                    &fixture.seed(),
                    fixture.target,
                    &packed(fixture.k, &inputs),
                );
                let error = InvalidSpaceProof::NoMatch {
                    table,
                    pair: u8::try_from(pair).unwrap(),
                };
                assert_eq!(found, Err(error));
                assert_eq!(error.code(), 2);
            }
        }
    }
}

#[test]
fn m2_refuses_a_value_twice_and_a_part_twice() {
    for fixture in &FIXTURES {
        for half in [1, 2, 4, 8, 16, 32] {
            let mut inputs = fixture.inputs();
            inputs.copy_within(0..half, half);
            let found = verify(
                fixture.k,
                &fixture.seed(),
                fixture.target,
                &packed(fixture.k, &inputs),
            );
            assert!(matches!(found, Err(InvalidSpaceProof::NoMatch { pair: 0, .. })));
        }
        let same = packed(fixture.k, &[7; INPUTS]);
        let found = verify(fixture.k, &fixture.seed(), fixture.target, &same);
        assert_eq!(found, Err(InvalidSpaceProof::NoMatch { table: 2, pair: 0 }));
    }
}

#[test]
fn m2_refuses_under_another_seed_and_another_k() {
    for fixture in &FIXTURES {
        let proof = fixture.proof();
        for byte in 0..32 {
            let mut seed = fixture.seed();
            seed.0[byte] ^= 1;
            let found = verify(fixture.k, &seed, fixture.target, &proof);
            assert!(matches!(found, Err(InvalidSpaceProof::NoMatch { .. })));
        }
        for k in (MIN_K..=MAX_K).filter(|k| *k != fixture.k) {
            let found = verify(k, &fixture.seed(), fixture.target, &proof);
            assert!(matches!(found, Err(InvalidSpaceProof::Length { .. })));
            let found = verify(k, &fixture.seed(), fixture.target, &packed(k, &fixture.inputs()));
            assert!(matches!(found, Err(InvalidSpaceProof::NoMatch { .. })));
        }
    }
}

#[test]
fn m3_refuses_every_other_target() {
    for fixture in &FIXTURES {
        let proof = fixture.proof();
        let others = (0..32).map(|bit| fixture.target ^ 1 << bit).chain([0, u32::MAX]);
        for other in others {
            let error = InvalidSpaceProof::Target {
                expected: other,
                found: fixture.target,
            };
            assert_eq!(verify(fixture.k, &fixture.seed(), other, &proof), Err(error));
            assert_eq!(error.code(), 3);
        }
    }
}

#[test]
fn the_first_rule_that_is_broken_is_named() {
    let fixture = &FIXTURES[0];
    let mut proof = fixture.proof();
    proof[0] ^= 1;
    // M2 and M3 are broken: M2. M1 and all others: M1.
    let found = verify(fixture.k, &fixture.seed(), 0, &proof);
    assert_eq!(found.map_err(|error| error.code()), Err(2));
    proof.push(0);
    let found = verify(fixture.k, &fixture.seed(), 0, &proof);
    assert_eq!(found.map_err(|error| error.code()), Err(1));
    // Of several pairs the one on the left.
    let mut inputs = fixture.inputs();
    inputs.swap(20, 21);
    inputs.swap(40, 41);
    let found = verify(
        fixture.k,
        &fixture.seed(),
        fixture.target,
        &packed(fixture.k, &inputs),
    );
    assert_eq!(found, Err(InvalidSpaceProof::NoMatch { table: 2, pair: 10 }));
}

#[test]
fn m7_a_mask_is_the_wide_hash_of_the_proof() {
    let proof = FIXTURES[0].proof();
    let chunk = std::array::from_fn(|i| u8::try_from(i * 3 % 251).unwrap());
    let masked = mask(&proof, &chunk);
    let wide = Hash::new(&label::SPACE_MASK).chain(&proof).finish_wide();
    for ((masked, plain), hash) in masked.iter().zip(chunk).zip(wide) {
        assert_eq!(masked ^ plain, hash);
    }
    assert_eq!(mask(&proof, &masked), chunk);
    assert_ne!(masked[..32], masked[32..]);
}

#[test]
fn m7_every_bit_of_a_proof_changes_every_part_of_the_mask() {
    let proof = FIXTURES[0].proof();
    let plain = mask(&proof, &[0; 64]);
    for bit in 0..proof.len() * 8 {
        let mut changed = proof.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let other = mask(&changed, &[0; 64]);
        assert!(plain.chunks(16).zip(other.chunks(16)).all(|(a, b)| a != b));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_none_are_a_proof(
        k in MIN_K..=MAX_K,
        seed in any::<[u8; 32]>(),
        target in any::<u32>(),
        bytes in prop::collection::vec(any::<u8>(), 0..220),
        fill in any::<[u8; 192]>(),
    ) {
        let seed = Digest(seed);
        if bytes.len() != usize::from(k) * 8 {
            let found = verify(k, &seed, target, &bytes);
            let refused = matches!(found, Err(InvalidSpaceProof::Length { .. }));
            prop_assert!(refused);
        }
        let found = verify(k, &seed, target, &fill[..usize::from(k) * 8]);
        let refused = matches!(found, Err(InvalidSpaceProof::NoMatch { .. }));
        prop_assert!(refused);
    }

    /// Parameters are checked elsewhere; no `k` makes the verifier panic.
    #[test]
    fn no_k_panics(k in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 2040)) {
        let _ = verify(k, &Digest::ZERO, 0, bytes.get(..usize::from(k) * 8).unwrap_or(&bytes));
    }

    #[test]
    fn m1_packed_values_are_read_again(k in MIN_K..=MAX_K, values in any::<[u64; 64]>()) {
        let values = values.map(|value| u32::try_from(value & ((1 << k) - 1)).unwrap());
        prop_assert_eq!(unpack(k, &packed(k, &values)), values);
    }
}
