//! Untrusted bytes: one encoding, no panic, no content beyond the bounds.

use crate::world::*;
use decex_bundle::{Bundle, Equivocation, Inbox, Verdict};
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_RECEIPTS_PER_BUNDLE, MAX_TRANSACTION_BYTES};
use decex_core::{DecodeError, decode_exact};
use parity_scale_codec::{Compact, Encode, MaxEncodedLen};
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Result<Bundle<Note>, DecodeError> {
    decode_exact(bytes, 1 << 20)
}

#[test]
fn every_proper_prefix_is_refused_and_so_is_every_extension() {
    let bytes = bundle(items(2)).encode();
    assert_eq!(decode(&bytes), Ok(bundle(items(2))));
    for end in 0..bytes.len() {
        assert_eq!(decode(&bytes[..end]), Err(DecodeError::Malformed));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(decode(&longer), Err(DecodeError::Trailing { found: 1 }));
    assert!(matches!(
        decode_exact::<Bundle<Note>>(&bytes, 10),
        Err(DecodeError::TooLong { limit: 10, .. })
    ));
}

#[test]
fn counts_beyond_the_bounds_are_refused_before_their_content_is_read() {
    let header = bundle(items(1)).header.encode();
    let with = |receipts: u32, body: u32| {
        let mut bytes = header.clone();
        bytes.extend(Compact(receipts).encode());
        bytes.extend((0..receipts.min(20)).flat_map(|n| n.encode()));
        bytes.extend(Compact(body).encode());
        decode(&bytes)
    };
    assert!(with(0, 0).is_ok());
    assert!(with(MAX_RECEIPTS_PER_BUNDLE, 0).is_ok());
    assert_eq!(with(MAX_RECEIPTS_PER_BUNDLE + 1, 0), Err(DecodeError::Malformed));
    assert_eq!(with(0, MAX_BUNDLE_TRANSACTIONS + 1), Err(DecodeError::Malformed));
    assert_eq!(with(0, u32::MAX), Err(DecodeError::Malformed));
    assert!(decex_core::BoundedBytes::<MAX_TRANSACTION_BYTES>::new(vec![0; 131_073]).is_none());
}

#[test]
fn a_count_in_a_longer_form_is_refused() {
    let bytes = sealed(&draft(), vec![Note(1)], vec![]).encode();
    // The last byte is the body's count 0; its two-byte form is not canonical.
    let (last, front) = bytes.split_last().unwrap();
    assert_eq!(*last, 0);
    assert_eq!(decode(&[front, &[1, 0]].concat()), Err(DecodeError::Malformed));
}

#[test]
fn evidence_has_a_largest_size() {
    let header = bundle(items(1)).header;
    let evidence = Equivocation {
        first: header.clone(),
        second: header,
    };
    assert!(evidence.encoded_size() <= Equivocation::max_encoded_len());
    assert!(Equivocation::max_encoded_len() < 1_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_decodes_is_canonical(
        at in any::<prop::sample::Index>(), flip in 1_u8.., cut in any::<prop::sample::Index>(), tear in any::<bool>()
    ) {
        let mut bytes = bundle(items(2)).encode();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if tear {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(decoded) = decode(&bytes) {
            prop_assert_eq!(decoded.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(decoded) = decode(&bytes) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        if let Ok(decoded) = decode_exact::<Inbox>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        if let Ok(decoded) = decode_exact::<Verdict>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        if let Ok(decoded) = decode_exact::<Equivocation>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes);
        }
    }
}
