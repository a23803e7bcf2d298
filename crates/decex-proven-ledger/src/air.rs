//! The constraints: what makes a table the execution of a block's transfers, and nothing else.
//!
//! Every equation below is zero in each row but the last of the table, so what ends a slot is checked from the row before its end.
#![allow(clippy::arithmetic_side_effects, reason = "of the field, total")]

use crate::hash::Felt;
use crate::layout::{CYCLE, HASH, LEAF, NEW_DIGEST, PUBLIC, Periodic, ROOT, Row, periodic};
use crate::statement::{Statement, Transfer};
use alloc::vec::Vec;
use winter_verifier::crypto::hashers::Rp64_256;
use winter_verifier::math::FieldElement;
use winter_verifier::{
    Air, AirContext, Assertion, EvaluationFrame, ProofOptions, TraceInfo, TransitionConstraintDegree,
};

/// The statement as constraints over a table.
pub struct LedgerAir {
    context: AirContext<Felt>,
    statement: Statement,
}

impl core::fmt::Debug for LedgerAir {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LedgerAir")
            .field("statement", &self.statement)
            .finish_non_exhaustive()
    }
}

/// How many constraints there are of each kind, with their degree and the cycles of the values that they are multiplied with. In the
/// order in which [`evaluate`] pushes them.
const KINDS: [(usize, usize, &[usize]); 14] = [
    (24, 7, &[HASH]),
    (20, 2, &[LEAF]),
    (2, 2, &[]),
    (2, 2, &[]),
    (1, 1, &[LEAF, LEAF]),
    (1, 1, &[LEAF]),
    (1, 1, &[LEAF, CYCLE]),
    (12, 1, &[LEAF]),
    (9, 1, &[CYCLE]),
    (17, 1, &[LEAF]),
    (2, 2, &[LEAF, CYCLE]),
    (5, 4, &[CYCLE]),
    (1, 3, &[CYCLE]),
    (4, 1, &[CYCLE]),
];

/// Number of all constraints.
pub(crate) const CONSTRAINTS: usize = 24 + 20 + 2 + 2 + 1 + 1 + 1 + 12 + 9 + 17 + 2 + 5 + 1 + 4;
/// Assertions: the root before each transfer, its public columns, the root after the last.
pub(crate) const ASSERTIONS: usize = 4 + 7 + 4;

fn degrees() -> Vec<TransitionConstraintDegree> {
    KINDS
        .iter()
        .flat_map(|(count, degree, cycles)| {
            let degree = if cycles.is_empty() {
                TransitionConstraintDegree::new(*degree)
            } else {
                TransitionConstraintDegree::with_cycles(*degree, cycles.to_vec())
            };
            core::iter::repeat_n(degree, *count)
        })
        .collect()
}

impl Air for LedgerAir {
    type BaseField = Felt;
    type PublicInputs = Statement;

    fn new(trace_info: TraceInfo, statement: Statement, options: ProofOptions) -> Self {
        let context = AirContext::new(trace_info, degrees(), ASSERTIONS, options);
        Self { context, statement }
    }

    fn context(&self) -> &AirContext<Felt> {
        &self.context
    }

    fn evaluate_transition<E: FieldElement<BaseField = Felt>>(
        &self,
        frame: &EvaluationFrame<E>,
        periodic_values: &[E],
        result: &mut [E],
    ) {
        let rows = Row::of(frame.current()).zip(Row::of(frame.next()));
        let values = rows.zip(Periodic::of(periodic_values));
        // A table of another width is no execution.
        result.fill(E::ONE);
        let Some(((row, next), at)) = values else {
            return;
        };
        let constraints = evaluate(&row, &next, &at);
        if constraints.len() == result.len() {
            result.copy_from_slice(&constraints);
        }
    }

    fn get_assertions(&self) -> Vec<Assertion<Felt>> {
        let mut assertions = Vec::with_capacity(ASSERTIONS);
        let before = self.statement.roots.len().saturating_sub(1);
        for element in 0..4 {
            let of = |root: &[Felt; 4]| root.get(element).copied().unwrap_or_default();
            let values = self.statement.roots.iter().take(before).map(of).collect();
            assertions.push(Assertion::sequence(ROOT + element, 0, CYCLE, values));
            let last = self.statement.roots.last().map(of).unwrap_or_default();
            let end = self.trace_length().saturating_sub(1);
            assertions.push(Assertion::single(NEW_DIGEST + element, end, last));
        }
        for column in 0..7 {
            let of = |transfer: &Transfer| transfer.columns().get(column).copied().unwrap_or_default();
            let values = self.statement.transfers.iter().map(of).collect();
            assertions.push(Assertion::sequence(PUBLIC + column, 0, CYCLE, values));
        }
        assertions
    }

    fn get_periodic_column_values(&self) -> Vec<Vec<Felt>> {
        periodic()
    }
}

/// Returns every constraint's value between two rows.
fn evaluate<E: FieldElement<BaseField = Felt>>(row: &Row<E>, next: &Row<E>, at: &Periodic<E>) -> Vec<E> {
    let mut out = Vec::with_capacity(CONSTRAINTS);
    rounds(&row.old, &next.old, at, &mut out);
    rounds(&row.new, &next.new, at, &mut out);
    levels(row, next, at, &mut out);
    // Bits are bits.
    for bit in [row.bit, row.range_bit, row.succeeds, row.mismatch] {
        out.push(bit * (bit - E::ONE));
    }
    slots(row, next, at, &mut out);
    roots(row, next, at, &mut out);
    // A transfer's columns are the same in all of its rows.
    for (column, following) in constant(row).into_iter().zip(constant(next)) {
        out.push((E::ONE - at.last) * (following - column));
    }
    leaves(row, at, &mut out);
    outcome(row, at, &mut out);
    range(row, next, at, &mut out);
    out
}

/// Seven rounds of the permutation. A round is a power of seven, a matrix, constants, a seventh root, the matrix, constants; the second
/// half is undone from the next row, so that no root is taken.
fn rounds<E: FieldElement<BaseField = Felt>>(
    row: &[E; 12],
    next: &[E; 12],
    at: &Periodic<E>,
    out: &mut Vec<E>,
) {
    let seventh = |x: E| {
        let square = x * x;
        square * square * square * x
    };
    let powers = row.map(seventh);
    let mut undone = *next;
    for (element, constant) in undone.iter_mut().zip(&at.ark2) {
        *element -= *constant;
    }
    let dot = |line: &[Felt; 12], vector: &[E; 12]| {
        line.iter()
            .zip(vector)
            .fold(E::ZERO, |sum, (factor, element)| sum + element.mul_base(*factor))
    };
    let lines = Rp64_256::MDS.iter().zip(&Rp64_256::INV_MDS).zip(&at.ark1);
    for ((line, inverse), constant) in lines {
        let forward = dot(line, &powers) + *constant;
        let backward = seventh(dot(inverse, &undone));
        out.push(at.round * (forward - backward));
    }
}

/// From a hash to the one of the level above: its result on the side that the bit says, and beside it the same sibling in both.
fn levels<E: FieldElement<BaseField = Felt>>(
    row: &Row<E>,
    next: &Row<E>,
    at: &Periodic<E>,
    out: &mut Vec<E>,
) {
    let (right, left) = (row.bit, E::ONE - row.bit);
    for (hash, following) in [(&row.old, &next.old), (&row.new, &next.new)] {
        let [_, _, _, _, digest @ .., _, _, _, _] = hash;
        let [c0, c1, c2, c3, rate @ ..] = following;
        out.extend([*c0 - E::from(8_u32), *c1, *c2, *c3].map(|x| at.merge * x));
        let (first, second) = rate.split_at(4);
        for ((digest, first), second) in digest.iter().zip(first).zip(second) {
            out.push(at.merge * (left * (*first - *digest) + right * (*second - *digest)));
        }
    }
    let [_, _, _, _, old @ ..] = &next.old;
    let [_, _, _, _, new @ ..] = &next.new;
    let ((old_first, old_second), (new_first, new_second)) = (old.split_at(4), new.split_at(4));
    let siblings = old_first
        .iter()
        .zip(old_second)
        .zip(new_first.iter().zip(new_second));
    for ((a, b), (c, d)) in siblings {
        out.push(at.merge * (left * (*b - *d) + right * (*a - *c)));
    }
}

/// The bits of a path are its slot.
fn slots<E: FieldElement<BaseField = Felt>>(row: &Row<E>, next: &Row<E>, at: &Periodic<E>, out: &mut Vec<E>) {
    out.push((E::ONE - at.end) * (next.index - row.index - row.bit * at.power));
    out.push(at.leaf * row.index);
    let slot = at.sender * next.from + (E::ONE - at.sender) * next.to;
    out.push(at.before_end * (next.index - slot));
}

/// The old hash ends in the root, the new one in the root of what follows.
fn roots<E: FieldElement<BaseField = Felt>>(row: &Row<E>, next: &Row<E>, at: &Periodic<E>, out: &mut Vec<E>) {
    let [_, _, _, _, old @ .., _, _, _, _] = &next.old;
    let [_, _, _, _, new @ .., _, _, _, _] = &row.new;
    for (((root, following), old), new) in row.root.iter().zip(&next.root).zip(old).zip(new) {
        out.push((E::ONE - at.end) * (*following - *root));
        out.push(at.end * (*following - *new));
        out.push(at.before_end * (*old - *following));
    }
}

fn constant<E: FieldElement<BaseField = Felt>>(row: &Row<E>) -> [E; 9] {
    let [a, b, c] = row.owner;
    [
        row.from,
        a,
        b,
        c,
        row.nonce,
        row.to,
        row.amount,
        row.succeeds,
        row.mismatch,
    ]
}

/// What a slot held and what it holds, where their hashes begin.
fn leaves<E: FieldElement<BaseField = Felt>>(row: &Row<E>, at: &Periodic<E>, out: &mut Vec<E>) {
    for hash in [&row.old, &row.new] {
        let [c0, c1, c2, c3, _, _, _, _, _, z0, z1, z2] = *hash;
        let fixed = [c0 - E::from(8_u32), c1 - E::ONE, c2, c3, z0, z1, z2];
        out.extend(fixed.map(|x| at.leaf * x));
    }
    let [_, _, _, _, o0, o1, o2, nonce, balance, ..] = row.old;
    let [_, _, _, _, n0, n1, n2, new_nonce, new_balance, ..] = row.new;
    // The owner stays.
    out.extend([n0 - o0, n1 - o1, n2 - o2].map(|x| at.leaf * x));
    // The sender's nonce rises, the amount leaves the sender's slot and comes to the receiver's: if the transfer succeeds.
    out.push(at.leaf * (new_nonce - nonce - at.sender * row.succeeds));
    let moved = row.succeeds * row.amount * (E::ONE - at.sender.double());
    out.push(at.leaf * (new_balance - balance - moved));
}

/// Whether a transfer succeeds, judged by what the sender's slot held.
fn outcome<E: FieldElement<BaseField = Felt>>(row: &Row<E>, at: &Periodic<E>, out: &mut Vec<E>) {
    let [_, _, _, _, o0, o1, o2, nonce, balance, ..] = row.old;
    let [a, b, c] = row.owner;
    let differences = [o0 - a, o1 - b, o2 - c, nonce - row.nonce];
    // If it does, owner and nonce are the slot's.
    out.extend(differences.map(|difference| at.first * row.succeeds * difference));
    // If it fails for one of them, there is a difference: only then some products add up to one.
    let shown = differences
        .iter()
        .zip(&row.inverse)
        .fold(E::ZERO, |sum, (difference, inverse)| sum + *difference * *inverse);
    let fails = E::ONE - row.succeeds;
    out.push(at.first * fails * row.mismatch * (shown - E::ONE));
    // If it succeeds, so much is left; if it fails for the balance, so much is missing, less one.
    let left = row.succeeds * (balance - row.amount);
    let missing = fails * (E::ONE - row.mismatch) * (row.amount - balance - E::ONE);
    out.push(at.first * (row.left - left - missing));
}

/// What is left, or missing, is a number of 62 bits: neither wraps around the field.
fn range<E: FieldElement<BaseField = Felt>>(row: &Row<E>, next: &Row<E>, at: &Periodic<E>, out: &mut Vec<E>) {
    out.push(at.first * row.range_sum);
    out.push(at.range * (next.range_sum - row.range_sum.double() - row.range_bit));
    out.push(at.range * (next.left - row.left));
    out.push(at.range_end * (row.range_sum - row.left));
}
