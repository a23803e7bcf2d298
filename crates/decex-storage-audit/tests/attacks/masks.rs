//! The right chunk under the wrong mask, and under two right ones.

use crate::common::{Case, OFFSET, PARAMS, params, sector, solved, solved_from, tables};
use decex_storage_audit::space::{self, InvalidSpaceProof};
use decex_storage_audit::{AuditError, InvalidSolution, PieceOffset, SolutionRange};

#[test]
fn a9_refuses_a_proof_of_the_same_tables_for_another_place() {
    let place = solved().place();
    let tables = tables(&sector().id().space_seed(OFFSET));
    let others = (0..params().places()).filter(|other| *other != place);
    let mut tried = 0;
    for proof in others.flat_map(|other| tables.of(other)) {
        assert_eq!(solved().with_proof(proof).that_wins().code(), 9);
        tried += 1;
    }
    assert!(tried > 30, "{tried} proofs");
}

#[test]
fn a9_refuses_a_proof_for_the_same_place_of_other_tables() {
    // Of the next piece of the same sector: as right there as this one is here.
    let (case, proof) = (0..)
        .map(solved_from)
        .find_map(|case| {
            let tables = tables(&sector().id().space_seed(PieceOffset(OFFSET.0 + 1)));
            let proof = tables.of(case.place()).first()?.clone();
            Some((case, proof))
        })
        .unwrap();
    let seed = sector().id().space_seed(PieceOffset(OFFSET.0 + 1));
    space::verify(PARAMS.k, &seed, case.place(), &proof).unwrap();
    assert_eq!(case.with_proof(&proof).that_wins().code(), 9);
}

/// A place can have several proofs. Each is a chunk of its own on the disk, with a ticket and an output of its own: neither
/// passes for the other.
#[test]
fn a6_a9_a17_a_second_proof_for_the_same_place_is_another_ticket() {
    let tables = tables(&sector().id().space_seed(OFFSET));
    let case = (0..)
        .map(solved_from)
        .find(|case| tables.of(case.place()).len() > 1)
        .unwrap();
    let [first, second] = [0, 1].map(|at| case.clone().with_proof(&tables.of(case.place())[at]));
    let (low, high) = if first.ticket() < second.ticket() {
        (first, second)
    } else {
        (second, first)
    };
    let range = SolutionRange(low.ticket() + 1);
    let [low, high] = [low, high].map(|case| case.with(|case| case.range = range));
    low.accepted();
    assert_eq!(high.code(), 6);
    let [low, high] = [low, high].map(|case| case.at_any_ticket().verify().unwrap());
    assert_ne!(low.ticket(), high.ticket());
    assert_ne!(low.output(), high.output());
}

#[test]
fn a8_refuses_what_is_on_the_disk_in_place_of_the_chunk() {
    let case = solved();
    let masked = space::mask(&case.solution.proof, &case.solution.chunk);
    let shown = case.with(|case| case.solution.chunk = masked);
    assert_eq!(shown.clone().at_any_ticket().code(), 8);
    // Its ticket is that of the chunk as history has it: who keeps history plain has no ticket in it.
    let asked = shown.challenge.of(&sector().id());
    assert_eq!(shown.ticket(), asked.ticket(&solved().solution.chunk));
}

#[test]
fn a9_refuses_a_proof_changed_in_any_input() {
    // Each of the 64 inputs, one up.
    let case = solved();
    let bits = usize::from(PARAMS.k);
    for input in 0..64 {
        let mut proof = case.solution.proof.to_vec();
        let first = input * bits;
        let bit = (first..first + bits)
            .find(|bit| proof[bit / 8] >> (bit % 8) & 1 == 0)
            .unwrap_or(first);
        proof[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            case.clone().with_proof(&proof).that_wins().code(),
            9,
            "input {input}"
        );
    }
}

#[test]
fn a9_refuses_halves_exchanged_at_every_level() {
    // Two neighbouring runs of inputs of equal length, exchanged: the same inputs, another tree.
    let case = solved();
    let inputs = unpacked(&case.solution.proof);
    for run in [1, 2, 4, 8, 16, 32] {
        for first in (0..64).step_by(2 * run) {
            let mut exchanged = inputs;
            exchanged[first..first + 2 * run].rotate_left(run);
            let proof = packed(&exchanged);
            assert_eq!(
                case.clone().with_proof(&proof).that_wins().code(),
                9,
                "{run} from {first}"
            );
        }
    }
}

fn unpacked(proof: &[u8]) -> [u32; 64] {
    let bits = usize::from(PARAMS.k);
    let bit = |at: usize| u32::from(proof[at / 8] >> (at % 8) & 1);
    core::array::from_fn(|input| (0..bits).map(|at| bit(input * bits + at) << at).sum())
}

fn packed(inputs: &[u32; 64]) -> Vec<u8> {
    let mut proof = Vec::new();
    space::pack(PARAMS.k, inputs, |byte| proof.push(byte));
    proof
}

#[test]
fn a9_refuses_proofs_of_every_other_length() {
    let case: Case = solved();
    let right = case.solution.proof.len();
    for length in (0..=192).filter(|length| *length != right) {
        let mut proof = case.solution.proof.to_vec();
        proof.resize(length, 0);
        let other = case.clone().with_proof(&proof).that_wins();
        let expected = InvalidSpaceProof::Length {
            expected: right,
            found: length,
        };
        assert_eq!(
            other.verify(),
            Err(AuditError::Invalid(InvalidSolution::Space(expected)))
        );
    }
}
