//! Rules A: parameters, sectors, solutions, expiry, ranges.

use super::json::{Fields, hex, number, scale};
use super::{Operation, Outcome};
use decex_core::{Host, ListRoot, Randomness, Slot};
use decex_storage_audit::{
    AuditChallenge, AuditError, AuditParams, CheckedAuditParams, Era, FarmerId, HistoryRoots, HistorySize,
    InvalidSolution, PieceOffset, Sector, Solution, SolutionRange, checkpoint, expires_at, space, verify,
};
use serde_json::{Value, json};
use std::convert::Infallible;

mod cases;
mod world;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-storage-audit", "audit.params", run_params, cases::params),
    Operation::of("decex-storage-audit", "audit.sector", run_sector, cases::sector),
    Operation::of("decex-storage-audit", "audit.expiry", run_expiry, cases::expiry),
    Operation::of(
        "decex-storage-audit",
        "audit.solution",
        run_solution,
        cases::solution,
    ),
    Operation::of("decex-storage-audit", "audit.range", run_range, cases::range),
];

fn read_params(from: Fields<'_>) -> AuditParams {
    AuditParams {
        k: from.number("k"),
        record_chunks_log2: from.number("record_chunks_log2"),
        segment_records_log2: from.number("segment_records_log2"),
        sector_pieces: from.number("sector_pieces"),
        recent_segments: from.number("recent_segments"),
        min_lifetime: from.number("min_lifetime"),
    }
}

fn checked(given: Fields<'_>) -> CheckedAuditParams {
    read_params(given.fields("params"))
        .check()
        .expect("parameters that pass")
}

fn write_params(params: &AuditParams) -> Value {
    json!({
        "k": params.k,
        "record_chunks_log2": params.record_chunks_log2,
        "segment_records_log2": params.segment_records_log2,
        "sector_pieces": params.sector_pieces,
        "recent_segments": params.recent_segments,
        "min_lifetime": params.min_lifetime,
    })
}

fn run_params(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    match read_params(when.fields("params")).check() {
        Ok(params) => Outcome::ok(
            json!({}),
            json!({
                "places": params.places(),
                "segment_pieces": params.segment_pieces(),
                "segment_bytes": params.segment_bytes(),
                "proof_bytes": params.proof_bytes(),
            }),
        ),
        Err(error) => Outcome::err(json!({}), error.code()),
    }
}

fn run_sector(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let (params, sector): (_, Sector) = (checked(given), when.scale("sector"));
    let id = sector.id();
    let held: Value = when
        .each("offsets")
        .map(|offset| PieceOffset(offset.as_number()))
        .map(|offset| {
            let piece = id.piece(&params, sector.history, offset).map(|piece| piece.0);
            json!({ "piece": piece, "space_seed": scale(&id.space_seed(offset)) })
        })
        .collect();
    Outcome::ok(json!({}), json!({ "id": scale(&id), "held": held }))
}

fn run_expiry(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let (params, sector): (_, Sector) = (checked(given), when.scale("sector"));
    let at = checkpoint(&params, sector.history);
    let root = ListRoot(when.digest("checkpoint_root"));
    let expires = expires_at(&params, &sector.id(), sector.history, &root);
    Outcome::ok(
        json!({ "checkpoint": at }),
        json!({ "expires_at": number(expires) }),
    )
}

/// The roots that a case gives.
struct Given {
    roots: Vec<ListRoot>,
}

impl Host for Given {
    type Error = Infallible;
}

impl HistoryRoots for Given {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(self.roots.len().try_into().expect("few segments")))
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        let index = usize::try_from(index).expect("a small index");
        Ok(self.roots.get(index).copied())
    }
}

fn run_solution(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let params = checked(given);
    let view = Given {
        roots: given.scales("roots"),
    };
    let author = FarmerId(given.digest("author"));
    let challenge = AuditChallenge::new(
        &Randomness(given.digest("randomness")),
        Slot(given.number("slot")),
    );
    let range = SolutionRange(given.number("range"));
    let solution: Solution = when.scale("solution");
    let (id, offset) = (solution.sector.id(), solution.offset);
    let (asked, masked) = (challenge.of(&id), space::mask(&solution.proof, &solution.chunk));
    let steps = json!({
        "challenge": scale(challenge.digest()),
        "sector": scale(&id),
        "piece": id.piece(&params, solution.history(), offset).map(|piece| piece.0),
        "place": asked.place(&params),
        "masked": hex(&masked),
        "ticket": number(asked.ticket(&masked)),
        "space_seed": scale(&id.space_seed(offset)),
    });
    match verify(&params, &view, &author, &challenge, range, &solution) {
        Ok(audited) => Outcome::ok(steps, json!({ "output": scale(&audited.output()) })),
        Err(AuditError::Invalid(error)) => Outcome::err_because(steps, error.code(), cause(&error)),
        Err(error @ AuditError::MissingRoot { .. }) => panic!("a case without a verdict: {error}"),
        Err(AuditError::Host(never)) => match never {},
    }
}

/// The broken rule C or M within.
fn cause(error: &InvalidSolution) -> Option<u16> {
    match error {
        InvalidSolution::ChunkPath(error) | InvalidSolution::RecordPath(error) => Some(error.code()),
        InvalidSolution::Space(error) => Some(error.code()),
        InvalidSolution::Author { .. }
        | InvalidSolution::Offset { .. }
        | InvalidSolution::History { .. }
        | InvalidSolution::Expired { .. }
        | InvalidSolution::OutOfRange { .. }
        | InvalidSolution::Chunk { .. } => None,
    }
}

fn run_range(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let era = Era::new(
        given.number("blocks"),
        given.number("numerator"),
        given.number("denominator"),
    );
    let era = match era {
        Ok(era) => era,
        Err(error) => return Outcome::err(json!({}), error.code()),
    };
    let range = SolutionRange(when.number("range"));
    Outcome::ok(
        json!({}),
        json!({
            "next": number(era.retarget(range, when.number("slots")).0),
            "range_for": number(era.range_for(when.number("pieces")).0),
            "pieces_for": number(era.pieces_for(range)),
        }),
    )
}
