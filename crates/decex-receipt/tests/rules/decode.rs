//! Untrusted bytes: one encoding, no panic, no content beyond the bounds.

use crate::world::*;
use decex_core::{DecodeError, decode_exact};
use decex_receipt::*;
use parity_scale_codec::{Compact, Encode};
use proptest::prelude::*;

const LIMIT: usize = 1 << 20;

#[test]
fn every_proper_prefix_is_refused_and_so_is_every_extension() {
    let submission = World::new(1).next();
    let bytes = submission.encode();
    assert_eq!(decode_exact::<Submission>(&bytes, LIMIT), Ok(submission));
    for end in 0..bytes.len() {
        assert_eq!(
            decode_exact::<Submission>(&bytes[..end], LIMIT),
            Err(DecodeError::Malformed)
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        decode_exact::<Submission>(&longer, LIMIT),
        Err(DecodeError::Trailing { found: 1 })
    );
}

#[test]
fn more_verdicts_or_entries_than_allowed_are_refused() {
    let submission = World::new(1).next();
    let receipt = submission.receipt.encode();
    // version, rules, domain, number, parent, consensus number and hash, seed: then the count.
    let at = 1 + 32 + 4 + 8 + 32 + 8 + 32 + 32;
    assert_eq!(receipt[at], 8, "two verdicts");
    let many = [
        &receipt[..at],
        &Compact(65_u32).encode(),
        &[0; 65],
        &receipt[at + 3..],
    ]
    .concat();
    assert_eq!(decode_exact::<Receipt>(&many, LIMIT), Err(DecodeError::Malformed));
    let most = [
        &receipt[..at],
        &Compact(64_u32).encode(),
        &[0; 64],
        &receipt[at + 3..],
    ]
    .concat();
    assert!(decode_exact::<Receipt>(&most, LIMIT).is_ok());
    let openings = Compact(MAX_OPENINGS + 1).encode();
    assert_eq!(
        decode_exact::<Openings>(&openings, LIMIT),
        Err(DecodeError::Malformed)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Mutated submissions decode canonically or not at all, and never judge with a panic.
    #[test]
    fn mutated_submissions_are_judged(
        at in any::<prop::sample::Index>(), flip in 1_u8.., cut in any::<prop::sample::Index>(), tear in any::<bool>()
    ) {
        let mut world = World::new(2);
        let submission = world.next();
        let mut bytes = submission.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if tear {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(decoded) = decode_exact::<Submission>(&bytes, LIMIT) {
            prop_assert_eq!(decoded.encode(), bytes);
            if world.submit(1, 500, &decoded).is_ok() {
                // Only effects and possible verdicts pass unseen: they are refutable.
                let (mut left, mut right) = (decoded.receipt.clone(), submission.receipt.clone());
                (left.effects, right.effects) = Default::default();
                (left.verdicts, right.verdicts) = Default::default();
                prop_assert_eq!(left, right);
            }
        }
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(decoded) = decode_exact::<Submission>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        if let Ok(decoded) = decode_exact::<Removal>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes.clone());
        }
        if let Ok(decoded) = decode_exact::<Record>(&bytes, 600) {
            prop_assert_eq!(decoded.encode(), bytes);
        }
    }
}
