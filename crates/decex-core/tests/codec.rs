//! Rules C1 to C3: untrusted bytes are one canonical value within a limit, or an error.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_core::codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
use parity_scale_codec::{Compact, Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;

#[test]
fn c1_bytes_over_the_limit_are_not_looked_at() {
    let bytes = 7_u64.encode();
    assert_eq!(decode_exact::<u64>(&bytes, 8), Ok(7));
    assert_eq!(
        decode_exact::<u64>(&bytes, 7),
        Err(DecodeError::TooLong { limit: 7, found: 8 })
    );
    // Even where they are nothing at all.
    assert_eq!(
        decode_exact::<u64>(&[0; 9], 8),
        Err(DecodeError::TooLong { limit: 8, found: 9 })
    );
}

#[test]
fn c2_truncated_and_non_canonical_values_are_refused() {
    assert_eq!(decode_exact::<u64>(&[0; 7], 8), Err(DecodeError::Malformed));
    assert_eq!(decode_exact::<bool>(&[1], 8), Ok(true));
    assert_eq!(decode_exact::<bool>(&[2], 8), Err(DecodeError::Malformed));
    assert_eq!(
        decode_exact::<Option<u8>>(&[2, 0], 8),
        Err(DecodeError::Malformed)
    );
    // One, in the four-byte form of compact integers.
    assert_eq!(decode_exact::<Compact<u32>>(&[4], 8), Ok(Compact(1)));
    assert_eq!(
        decode_exact::<Compact<u32>>(&[6, 0, 0, 0], 8),
        Err(DecodeError::Malformed)
    );
    let list = |count: u8| [&[count << 2], &vec![9; usize::from(count)][..]].concat();
    assert!(decode_exact::<BoundedBytes<3>>(&list(3), 8).is_ok());
    assert_eq!(
        decode_exact::<BoundedBytes<3>>(&list(4), 8),
        Err(DecodeError::Malformed)
    );
    // A list of a billion elements that are not there: refused at the first, having allocated nothing.
    let claim = Compact(u32::MAX >> 2).encode();
    assert_eq!(
        decode_exact::<BoundedVec<u64, { u32::MAX }>>(&claim, 8),
        Err(DecodeError::Malformed)
    );
    // One that nests deeper than any type of the protocol.
    #[derive(Debug, PartialEq, Encode, Decode)]
    struct Nest(BoundedVec<Nest, 1>);
    assert!(decode_exact::<Nest>(&[&[4; 10][..], &[0]].concat(), 64).is_ok());
    assert_eq!(
        decode_exact::<Nest>(&[&[4; 40][..], &[0]].concat(), 64),
        Err(DecodeError::Malformed)
    );
}

#[test]
fn c3_nothing_follows_the_value() {
    assert_eq!(decode_exact::<u8>(&[1], 8), Ok(1));
    assert_eq!(
        decode_exact::<u8>(&[1, 0], 8),
        Err(DecodeError::Trailing { found: 1 })
    );
}

#[test]
fn codes_are_the_numbers_of_the_rules() {
    let errors = [
        DecodeError::TooLong { limit: 0, found: 1 },
        DecodeError::Malformed,
        DecodeError::Trailing { found: 1 },
    ];
    assert_eq!(errors.map(|error| error.code()), [1, 2, 3]);
}

#[test]
fn bounds_hold_on_both_sides() {
    assert!(BoundedVec::<u8, 2>::new(vec![1, 2]).is_some());
    assert!(BoundedVec::<u8, 2>::new(vec![1, 2, 3]).is_none());
    assert!(
        BoundedVec::<u64, 3>::new(vec![0; 3]).unwrap().encode().len()
            <= BoundedVec::<u64, 3>::max_encoded_len()
    );
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = decode_exact::<BoundedVec<(u8, Option<Compact<u32>>), 16>>(&bytes, 64) {
            prop_assert_eq!(value.encode(), bytes);
        }
    }
}
