//! Every bit of a solution, every prefix, and bytes that were never one.

use crate::common::{PARAMS, View, bytes, challenge, params, sector, solved};
use decex_storage_audit::decex_core::codec::DecodeError;
use decex_storage_audit::{AuditError, AuditParams, MAX_SOLUTION_BYTES, Solution, SolutionRange, verify};
use parity_scale_codec::Encode;
use proptest::prelude::*;

#[test]
fn a2_to_a9_refuses_every_flipped_bit() {
    let case = solved().at_any_ticket();
    case.accepted();
    let encoded = case.solution.encode();
    let mut decoded = 0;
    for bit in 0..encoded.len() * 8 {
        let mut flipped = encoded.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(solution) = Solution::from_bytes(&flipped) else {
            continue;
        };
        decoded += 1;
        // The thief of a name is the author as well.
        let other = case.clone().with(|case| {
            case.author = solution.farmer();
            case.solution = solution;
        });
        assert!(
            matches!(other.verify(), Err(AuditError::Invalid(_))),
            "bit {bit} does not count"
        );
    }
    // All but those of the three lengths, of which few decode.
    assert!(
        decoded >= encoded.len() * 8 - 32,
        "{decoded} of {}",
        encoded.len() * 8
    );
}

#[test]
fn c1_c2_c3_refuses_every_truncation_and_extension() {
    let encoded = solved().solution.encode();
    assert_eq!(Solution::from_bytes(&encoded).unwrap(), solved().solution);
    for length in 0..encoded.len() {
        assert_eq!(
            Solution::from_bytes(&encoded[..length]),
            Err(DecodeError::Malformed)
        );
    }
    let mut longer = encoded;
    while longer.len() <= MAX_SOLUTION_BYTES + 2 {
        longer.push(0);
        assert!(matches!(
            Solution::from_bytes(&longer),
            Err(DecodeError::Trailing { .. } | DecodeError::TooLong { .. })
        ));
    }
}

#[test]
fn a1_a7_refuses_a_solution_under_other_parameters() {
    let other = |change: fn(&mut AuditParams)| {
        let mut changed = PARAMS;
        change(&mut changed);
        solved()
            .at_any_ticket()
            .with(|case| case.params = changed.check().unwrap())
            .code()
    };
    assert_eq!(other(|params| params.record_chunks_log2 = 6), 7);
    // Other segments are other pieces of other segments: the path is too long before that shows.
    assert_eq!(other(|params| params.segment_records_log2 = 2), 7);
    assert_eq!(other(|params| params.k = 16), 9);
    assert_eq!(other(|params| params.sector_pieces = 3), 3);
}

proptest! {
    #[test]
    fn c2_any_bytes_are_refused_and_never_panic(random in prop::collection::vec(any::<u8>(), 0..1_200), slot: u64) {
        if let Ok(solution) = Solution::from_bytes(&random) {
            let view = View::of(40);
            let range = SolutionRange(u64::MAX);
            let verdict = verify(&params(), &view, &solution.farmer(), &challenge(slot), range, &solution);
            prop_assert!(matches!(verdict, Err(AuditError::Invalid(_))));
        }
    }

    /// What has the form of a solution and is random in every field.
    #[test]
    fn a2_to_a9_random_content_is_refused(seed: u64, history in 0_u32..60, segments in 0_u32..41, slot: u64, chunk_path in 0..=16_usize,
        record_path in 0..=9_usize, proof in 0..=192_usize) {
        let mut content = Vec::new();
        let mut count = 0;
        while content.len() < 1_200 {
            count += 1;
            content.extend(bytes(&[seed, count]));
        }
        let mut encoded = (sector().farmer, 7_u32, history, 3_u16).encode();
        encoded.extend(&content[..64]);
        encoded.push(u8::try_from(chunk_path * 4).unwrap());
        encoded.extend(&content[64..][..chunk_path * 32]);
        encoded.push(u8::try_from(record_path * 4).unwrap());
        encoded.extend(&content[600..][..record_path * 32]);
        encoded.extend(content[900..][..proof].to_vec().encode());
        let solution = Solution::from_bytes(&encoded).unwrap();
        let verdict = verify(&params(), &View::of(segments), &solution.farmer(), &challenge(slot), SolutionRange(u64::MAX), &solution);
        prop_assert!(matches!(verdict, Err(AuditError::Invalid(_))));
    }
}
