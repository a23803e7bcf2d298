//! A1: the parameters, as a set.

use crate::common::PARAMS;
use decex_storage_audit::{AuditParams, InvalidAuditParams, MAX_K, MIN_K, Solution};
use parity_scale_codec::MaxEncodedLen;

fn changed(change: impl FnOnce(&mut AuditParams)) -> Result<AuditParams, InvalidAuditParams> {
    let mut params = AuditParams::PRODUCTION;
    change(&mut params);
    params.check().map(|checked| *checked)
}

#[test]
fn a1_accepts_every_bound_itself() {
    for params in [AuditParams::PRODUCTION, AuditParams::SMALL, PARAMS] {
        assert_eq!(*params.check().unwrap(), params);
    }
    assert!(changed(|params| params.k = MIN_K).is_ok());
    assert!(changed(|params| params.k = MAX_K).is_ok());
    assert!(changed(|params| params.record_chunks_log2 = 1).is_ok());
    assert!(changed(|params| params.record_chunks_log2 = 15).is_ok());
    assert!(changed(|params| params.segment_records_log2 = 1).is_ok());
    assert!(changed(|params| params.segment_records_log2 = 8).is_ok());
    for count in [1, u16::MAX] {
        assert!(changed(|params| params.sector_pieces = count).is_ok());
        assert!(changed(|params| params.recent_segments = count).is_ok());
        assert!(changed(|params| params.min_lifetime = count).is_ok());
    }
    // As many places as targets.
    let full = changed(|params| (params.k, params.record_chunks_log2) = (15, 14));
    assert_eq!(full.unwrap().check().unwrap().places(), 1 << 15);
}

#[test]
fn a1_refuses_what_is_past_a_bound() {
    let refused = |change: fn(&mut AuditParams)| {
        let error = changed(change).unwrap_err();
        assert_eq!(error.code(), 1);
        error
    };
    for found in [0, MIN_K - 1, MAX_K + 1, u8::MAX] {
        assert_eq!(
            changed(|params| params.k = found),
            Err(InvalidAuditParams::K { found })
        );
    }
    for found in [0, 16, u8::MAX] {
        let error = changed(|params| params.record_chunks_log2 = found);
        assert_eq!(error, Err(InvalidAuditParams::RecordChunks { found }));
    }
    for found in [0, 9, u8::MAX] {
        let error = changed(|params| params.segment_records_log2 = found);
        assert_eq!(error, Err(InvalidAuditParams::SegmentRecords { found }));
    }
    let places = refused(|params| (params.k, params.record_chunks_log2) = (15, 15));
    assert_eq!(places, InvalidAuditParams::Places { chunks: 15, k: 15 });
    assert_eq!(
        refused(|params| params.sector_pieces = 0),
        InvalidAuditParams::Zero
    );
    assert_eq!(
        refused(|params| params.recent_segments = 0),
        InvalidAuditParams::Zero
    );
    assert_eq!(
        refused(|params| params.min_lifetime = 0),
        InvalidAuditParams::Zero
    );
}

#[test]
fn a1_sizes_follow() {
    let params = AuditParams::PRODUCTION.check().unwrap();
    assert_eq!((params.record_chunks(), params.places()), (16_384, 32_768));
    assert_eq!(
        (params.record_bytes(), params.segment_bytes()),
        (1 << 20, 1 << 27)
    );
    assert_eq!((params.segment_records(), params.segment_pieces()), (128, 256));
    assert_eq!((params.proof_bytes(), params.pieces().get()), (160, 1_000));
}

/// For every set that passes: every place is a target, no size wraps, and what a farmer shows fits in a solution.
#[test]
fn a1_every_set_that_passes_holds_together() {
    let mut passed = 0;
    for k in 0..=40 {
        for record_chunks_log2 in 0..=40 {
            for segment_records_log2 in 0..=40 {
                let set = AuditParams {
                    k,
                    record_chunks_log2,
                    segment_records_log2,
                    ..PARAMS
                };
                let Ok(params) = set.check() else { continue };
                passed += 1;
                assert!(u64::from(params.places()) <= 1 << k);
                assert_eq!(params.places(), 2 * params.record_chunks());
                assert_eq!(params.segment_pieces(), 2 * params.segment_records());
                assert_eq!(params.record_bytes(), 64 * params.record_chunks());
                let segment = u64::from(params.record_bytes()) * u64::from(params.segment_records());
                assert_eq!(u64::from(params.segment_bytes()), segment);
                let path = |leaves: u32| leaves.trailing_zeros() as usize * 32;
                let shown = 40 + 2 + 64 + path(params.places()) + path(params.segment_pieces());
                // Three lengths of at most two bytes.
                let shown = shown + params.proof_bytes() as usize + 6;
                assert!(shown <= Solution::max_encoded_len(), "{params:?}");
            }
        }
    }
    // Ten k, of which k = 15 has one size of records fewer.
    assert_eq!(passed, (10 * 15 - 1) * 8);
}
