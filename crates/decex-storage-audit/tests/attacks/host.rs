//! What a host gets wrong is no verdict on anybody.

use crate::common::{Broken, OFFSET, SEGMENTS, View, params, sector, solved, solved_from};
use decex_storage_audit::{AuditError, HistorySize, SolutionRange, checkpoint};

#[test]
fn a8_a_missing_root_is_the_hosts_fault() {
    let segment = solved().piece().segment(&params());
    let without = solved().with(|case| {
        case.view.roots.remove(&segment);
    });
    assert_eq!(without.verify(), Err(AuditError::MissingRoot { segment }));
}

#[test]
fn a5_a_missing_checkpoint_is_the_hosts_fault() {
    let segment = checkpoint(&params(), HistorySize(10)).unwrap();
    assert_eq!(segment, 12);
    // With it, the sector lives.
    let case = solved().at(13);
    case.accepted();
    let without = case.with(|case| {
        case.view.roots.remove(&segment);
    });
    assert_eq!(without.verify(), Err(AuditError::MissingRoot { segment }));
}

#[test]
fn a5_a8_a_failing_host_fails_through() {
    for segments in [10, 13] {
        let broken = solved().at(segments).with(|case| case.view.broken = true);
        assert_eq!(broken.verify(), Err(AuditError::Host(Broken)));
    }
}

#[test]
fn a8_a_verdict_takes_two_roots_at_most() {
    for segments in 10..SEGMENTS {
        let case = solved().at(segments);
        let verdict = case.verify();
        assert!(!matches!(
            verdict,
            Err(AuditError::Host(_) | AuditError::MissingRoot { .. })
        ));
        assert!(case.view.reads.get() <= 2);
    }
}

#[test]
fn a6_ranges_at_both_ends() {
    // Nothing is below 0, and one ticket of 2^64 is not below the largest range.
    for slot in 0..20 {
        let case = solved_from(slot);
        assert_eq!(case.clone().with(|case| case.range = SolutionRange(0)).code(), 6);
        case.at_any_ticket().accepted();
    }
}

#[test]
fn a4_a_host_without_history_has_no_farmers() {
    for size in [0, 1, 10, u32::MAX] {
        let case = solved().with(|case| {
            case.view = View::of(0);
            case.solution.sector.history = HistorySize(size);
        });
        assert_eq!(case.code(), 4);
    }
}

/// Lengths at the end of what 32 bits hold: nothing overflows, and no checkpoint is beyond the end.
#[test]
fn a5_a11_the_longest_history_that_there_can_be() {
    for size in [u32::MAX, u32::MAX - 1, u32::MAX - 3, u32::MAX - 4, u32::MAX / 4] {
        let history = HistorySize(size);
        let piece = sector().id().piece(&params(), history, OFFSET).unwrap();
        assert!(piece.segment(&params()) < size);
        let case = solved().with(|case| {
            case.view.segments = u32::MAX;
            case.solution.sector.history = history;
            case.view.roots.clear();
        });
        let case = case.at_any_ticket();
        // The host counts segments that it has no roots of: the first that is asked for is missing.
        let asked = match checkpoint(&params(), history) {
            Some(index) if index < u32::MAX => index,
            _ => case.piece().segment(&params()),
        };
        let verdict = case.verify();
        assert_eq!(verdict, Err(AuditError::MissingRoot { segment: asked }), "{size}");
    }
}
