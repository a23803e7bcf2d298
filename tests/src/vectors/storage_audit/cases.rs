//! The cases of the rules A.

use super::world::{Case, OFFSET, PARAMS, sector as short_lived};
use super::write_params;
use crate::vectors::Draft;
use crate::vectors::json::{number, scale};
use decex_core::list::ListTree;
use decex_core::{BoundedVec, Digest, ListRoot};
use decex_storage_audit::{AuditParams, FarmerId, HistorySize, PieceOffset, Sector};
use serde_json::json;

pub(super) fn params() -> Vec<Draft> {
    let when = |params: &AuditParams| json!({ "params": write_params(params) });
    let refused = |name, change: fn(&mut AuditParams)| {
        let mut params = AuditParams::PRODUCTION;
        change(&mut params);
        Draft::refused(name, "A1", json!({}), when(&params))
    };
    vec![
        Draft::accepted("production", "A1", json!({}), when(&AuditParams::PRODUCTION)),
        Draft::accepted("small", "A1", json!({}), when(&AuditParams::SMALL)),
        refused("small_k", |params| params.k = 14),
        refused("large_k", |params| params.k = 25),
        refused("no_chunks", |params| params.record_chunks_log2 = 0),
        refused("large_record", |params| params.record_chunks_log2 = 16),
        refused("more_places_than_targets", |params| {
            (params.k, params.record_chunks_log2) = (15, 15)
        }),
        refused("no_records", |params| params.segment_records_log2 = 0),
        refused("large_segment", |params| params.segment_records_log2 = 9),
        refused("no_pieces", |params| params.sector_pieces = 0),
        refused("nothing_recent", |params| params.recent_segments = 0),
        refused("no_lifetime", |params| params.min_lifetime = 0),
    ]
}

pub(super) fn sector() -> Vec<Draft> {
    let case = |name, params: &AuditParams, history| {
        let sector = Sector {
            farmer: FarmerId(Digest([1; 32])),
            index: 7,
            history: HistorySize(history),
        };
        let when = json!({ "sector": scale(&sector), "offsets": [0, 1, 9, 10, 11, 999] });
        Draft::accepted(
            name,
            "A10 A11 A12",
            json!({ "params": write_params(params) }),
            when,
        )
    };
    let production = AuditParams::PRODUCTION;
    vec![
        case("no_history", &PARAMS, 0),
        case("one_segment", &PARAMS, 1),
        case("nothing_counts_as_recent_yet", &production, 50),
        case("recent_from_here_on", &production, 51),
        case("long", &production, u32::MAX),
    ]
}

pub(super) fn expiry() -> Vec<Draft> {
    let case = |name, params: &AuditParams, history, root| {
        let sector = Sector {
            history: HistorySize(history),
            ..short_lived().0
        };
        let when =
            json!({ "sector": scale(&sector), "checkpoint_root": scale(&ListRoot(Digest([root; 32]))) });
        Draft::accepted(name, "A16", json!({ "params": write_params(params) }), when)
    };
    vec![
        case("one_segment", &PARAMS, 1, 4),
        case("another_checkpoint", &PARAMS, 1, 5),
        case("production", &AuditParams::PRODUCTION, 1_000, 4),
        case("history_never_has_the_checkpoint", &PARAMS, u32::MAX, 4),
    ]
}

pub(super) fn solution() -> Vec<Draft> {
    let accepted = |name, rules, case: &Case| Draft::accepted(name, rules, case.given(), case.when());
    let refused = |name, rules, case: &Case| Draft::refused(name, rules, case.given(), case.when());
    let changed = |change: fn(&mut Case)| Case::holds().with(change);
    let holds = Case::holds();
    let all = "A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A17";
    let expired = holds.clone().grown();
    let young = holds.clone().with(|case| case.roots.truncate(2));
    let future = holds.clone().with(|case| case.roots.truncate(1));
    let exact = holds.clone().with(|case| case.range.0 -= 1);
    let another_chunk = changed(|case| case.solution.chunk[0] ^= 1).that_wins();
    let another_record =
        changed(|case| case.solution.record_path = BoundedVec::new(vec![Digest::ZERO; 2]).expect("two"));
    let another_proof = changed(|case| {
        let mut proof = case.solution.proof.to_vec();
        proof[0] ^= 1;
        case.solution.proof = BoundedVec::new(proof).expect("as long");
    });
    let short_proof = changed(|case| case.solution.proof = BoundedVec::default());
    let other_root = changed(|case| case.roots[..2].fill(ListTree::new(vec![]).root()));
    vec![
        accepted("holds", all, &holds),
        accepted("history_without_the_checkpoint", "A5", &young),
        refused(
            "another_author",
            "A2",
            &changed(|case| case.author = FarmerId(Digest([2; 32]))),
        ),
        refused(
            "past_the_last_piece",
            "A3",
            &changed(|case| case.solution.offset = PieceOffset(12)),
        ),
        refused("future_history", "A4", &future),
        refused(
            "no_history",
            "A4",
            &changed(|case| case.solution.sector.history = HistorySize(0)),
        ),
        refused("expired_by_one_segment", "A5 A16", &expired),
        refused("ticket_is_the_range", "A6 A15", &exact),
        refused(
            "chunk_path_too_short",
            "A7 C5",
            &changed(|case| case.solution.chunk_path = BoundedVec::default()),
        ),
        refused(
            "record_path_too_short",
            "A7 C5",
            &changed(|case| case.solution.record_path = BoundedVec::default()),
        ),
        refused("another_chunk", "A8", &another_chunk),
        refused("another_record", "A8", &another_record),
        refused("another_history", "A8", &other_root),
        refused("another_proof", "A9", &another_proof.that_wins()),
        refused("short_proof", "A9 M1", &short_proof.that_wins()),
        refused(
            "another_piece",
            "A8 A11",
            &changed(|case| case.solution.offset = PieceOffset(OFFSET.0 + 1)).that_wins(),
        ),
    ]
}

pub(super) fn range() -> Vec<Draft> {
    let given = |blocks: u32, numerator: u32, denominator: u32| json!({ "blocks": blocks, "numerator": numerator, "denominator": denominator });
    let when = |range, slots, pieces| json!({ "range": number(range), "slots": number(slots), "pieces": number(pieces) });
    let case = |name, range, slots, pieces| {
        Draft::accepted(name, "A19 A20", given(2016, 1, 6), when(range, slots, pieces))
    };
    let refused = |name, given| Draft::refused(name, "A18", given, when(1, 1, 1));
    let most = 1 << 20;
    vec![
        case("as_expected", 6_000_000, 12_096, 1_000),
        case("rounded_down", 6_000_000, 12_097, 1),
        case("four_times_at_most", 6_000_000, u64::MAX, 0),
        case("a_quarter_at_least", 6_000_000, 0, u64::MAX),
        case("never_nothing", 1, 0, 3),
        case("nothing_grows_to_one", 0, 12_096, 2),
        case("no_more_than_everything", u64::MAX, u64::MAX, 1),
        Draft::accepted(
            "largest_terms",
            "A18 A19 A20",
            given(most, most, most),
            when(u64::MAX, 1 << 42, 5),
        ),
        refused("no_blocks", given(0, 1, 6)),
        refused("too_many_blocks", given(most + 1, 1, 6)),
        refused("never", given(1, 0, 6)),
        refused("more_than_always", given(1, 7, 6)),
        refused("too_fine", given(1, 1, most + 1)),
    ]
}
