//! E1, E2: keys. E13, E14: signatures.

use crate::{GROUP_ORDER, bad_points, keypair};
use decex_core::{Digest, label};
use decex_election::{InvalidKey, InvalidSignature, Keypair, OperatorKey, Signature, verify_signature};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;

#[test]
fn e1_a_key_is_a_canonical_point() {
    let key = *keypair(1).key();
    assert_eq!(OperatorKey::try_from_bytes(*key.as_bytes()), Ok(key));
    for (reason, bytes) in bad_points().into_iter().skip(1) {
        assert_eq!(
            OperatorKey::try_from_bytes(bytes),
            Err(InvalidKey::Encoding),
            "{reason}"
        );
        assert!(OperatorKey::decode(&mut &bytes[..]).is_err(), "{reason}");
    }
}

#[test]
fn e2_the_identity_is_no_key() {
    assert_eq!(OperatorKey::try_from_bytes([0; 32]), Err(InvalidKey::Identity));
    assert!(OperatorKey::decode(&mut &[0; 32][..]).is_err());
}

#[test]
fn keys_encode_as_their_bytes_and_sort_by_them() {
    let mut keys: Vec<OperatorKey> = (0..20).map(|seed| *keypair(seed).key()).collect();
    keys.sort_unstable();
    assert!(
        keys.windows(2)
            .all(|pair| pair[0].as_bytes() < pair[1].as_bytes())
    );
    let hash = |key: &OperatorKey| {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
    };
    for pair in keys.windows(2) {
        assert_ne!(pair[0], pair[1]);
        assert_ne!(hash(&pair[0]), hash(&pair[1]));
    }
    for key in keys {
        assert_eq!(key.size_hint(), 32);
        assert_eq!(key.encode(), key.as_bytes());
        assert_eq!(OperatorKey::decode(&mut &key.encode()[..]).unwrap(), key);
        assert_eq!(key.encode().len(), OperatorKey::max_encoded_len());
    }
    assert!(OperatorKey::decode(&mut &[1; 31][..]).is_err());
}

proptest! {
    #[test]
    fn e1_what_decodes_encodes_to_the_same_bytes(bytes: [u8; 32]) {
        if let Ok(key) = OperatorKey::decode(&mut &bytes[..]) {
            prop_assert_eq!(key.encode(), bytes);
        }
    }
}

/// The seed expands as Substrate's tools expand it: the development account "Alice".
#[test]
fn seeds_expand_as_in_substrate() {
    let seed = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
    let bytes: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&seed[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let alice = Keypair::from_seed(&bytes.try_into().unwrap());
    assert_eq!(
        alice.key().to_string(),
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    );
}

#[test]
fn the_secret_is_not_printed() {
    let printed = format!("{:?}", keypair(0xab));
    assert!(printed.contains("<redacted>"));
    assert!(!printed.contains("171") && !printed.contains("abab"), "{printed}");
}

#[test]
fn e13_a_signature_has_one_encoding() {
    let (keypair, message) = (keypair(1), Digest([5; 32]));
    let signature = keypair.sign(&label::BUNDLE_SEAL, &message);
    let check = |bytes| verify_signature(keypair.key(), &label::BUNDLE_SEAL, &message, &Signature(bytes));
    assert_eq!(check(signature.0), Ok(()));
    // The scheme's mark missing.
    let mut unmarked = signature.0;
    unmarked[63] &= 0x7f;
    assert_eq!(check(unmarked), Err(InvalidSignature::Encoding));
    // s + group order: the same scalar in another encoding.
    let mut shifted = signature.0;
    let mut carry = 0u16;
    shifted[63] &= 0x7f;
    for (byte, add) in shifted[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    shifted[63] |= 0x80;
    assert_eq!(check(shifted), Err(InvalidSignature::Encoding));
}

#[test]
fn e14_a_signature_binds_key_label_and_message() {
    let (one, two, message) = (keypair(1), keypair(2), Digest([5; 32]));
    let signature = one.sign(&label::BUNDLE_SEAL, &message);
    assert_eq!(
        signature,
        one.sign(&label::BUNDLE_SEAL, &message),
        "deterministic"
    );
    let mismatch = Err(InvalidSignature::Mismatch);
    assert_eq!(
        verify_signature(one.key(), &label::BUNDLE_SEAL, &message, &signature),
        Ok(())
    );
    assert_eq!(
        verify_signature(two.key(), &label::BUNDLE_SEAL, &message, &signature),
        mismatch
    );
    assert_eq!(
        verify_signature(one.key(), &label::REGISTRATION, &message, &signature),
        mismatch
    );
    assert_eq!(
        verify_signature(one.key(), &label::BUNDLE_SEAL, &Digest([6; 32]), &signature),
        mismatch
    );
}

#[test]
fn e14_no_byte_of_a_signature_can_change() {
    let (keypair, message) = (keypair(1), Digest([5; 32]));
    let signature = keypair.sign(&label::BUNDLE_SEAL, &message);
    for index in 0..64 {
        for bit in 0..8 {
            let mut bytes = signature.0;
            bytes[index] ^= 1 << bit;
            let verdict = verify_signature(keypair.key(), &label::BUNDLE_SEAL, &message, &Signature(bytes));
            assert!(verdict.is_err(), "byte {index} bit {bit}");
        }
    }
}

/// Two messages never share a nonce: that would give the secret key away.
#[test]
fn nonces_differ_between_messages_labels_and_keys() {
    let signatures = [
        keypair(1).sign(&label::BUNDLE_SEAL, &Digest([5; 32])),
        keypair(1).sign(&label::BUNDLE_SEAL, &Digest([6; 32])),
        keypair(1).sign(&label::REGISTRATION, &Digest([5; 32])),
        keypair(2).sign(&label::BUNDLE_SEAL, &Digest([5; 32])),
    ];
    for (i, a) in signatures.iter().enumerate() {
        for b in &signatures[..i] {
            assert_ne!(a.0[..32], b.0[..32]);
        }
    }
}

#[test]
fn codes_are_the_rules_numbers() {
    assert_eq!([InvalidKey::Encoding.code(), InvalidKey::Identity.code()], [1, 2]);
    assert_eq!(
        [
            InvalidSignature::Encoding.code(),
            InvalidSignature::Mismatch.code()
        ],
        [13, 14]
    );
}
