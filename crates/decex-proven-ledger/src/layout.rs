//! The table that is proven: its columns, its rows, and the values that repeat with the rows.
//!
//! A transfer takes 256 rows: 128 for the sender's slot, 128 for the receiver's. Of each, 8 rows hash what the slot holds, and 8 rows
//! each of the 15 levels above it. Two hashes run side by side: what was, and what is.

use crate::hash::{DEPTH, Felt};
use alloc::vec;
use alloc::vec::Vec;
use winter_verifier::crypto::hashers::Rp64_256;
use winter_verifier::math::FieldElement;

/// Columns.
pub const ROW_WIDTH: usize = 46;
/// Rows of one hash: seven rounds lead from the first to the last.
pub(crate) const HASH: usize = 8;
/// Rows of one slot: its leaf and every level.
pub const LEAF: usize = 128;
/// Rows of one transfer.
pub const CYCLE: usize = 256;
/// Bits that what is left is shown to have at most: less than [`MAX_SUPPLY`](crate::MAX_SUPPLY).
pub(crate) const RANGE: usize = 62;

/// One row, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row<E> {
    /// The hash over what was.
    pub(crate) old: [E; 12],
    /// The hash over what is.
    pub(crate) new: [E; 12],
    /// Whether the present node is the right child.
    pub(crate) bit: E,
    /// The slot, as far as the bits up to here say.
    pub(crate) index: E,
    /// The state's root.
    pub(crate) root: [E; 4],
    /// The sender's slot.
    pub(crate) from: E,
    /// Whose key signed.
    pub(crate) owner: [E; 3],
    /// The transfer's nonce.
    pub(crate) nonce: E,
    /// The receiver's slot.
    pub(crate) to: E,
    /// How much.
    pub(crate) amount: E,
    /// Whether the transfer succeeds.
    pub(crate) succeeds: E,
    /// If not: whether owner or nonce are others (1), or the balance is too low (0).
    pub(crate) mismatch: E,
    /// What shows a difference of owner or nonce: its products with the four differences add up to one.
    pub(crate) inverse: [E; 4],
    /// One bit of what is left, or missing.
    pub(crate) range_bit: E,
    /// The bits before it.
    pub(crate) range_sum: E,
    /// What is left, or missing less one.
    pub(crate) left: E,
}

impl<E: FieldElement> Row<E> {
    /// Reads a row. `None` if it has another width.
    pub(crate) fn of(row: &[E]) -> Option<Self> {
        let (old, row) = row.split_first_chunk::<12>()?;
        let (new, row) = row.split_first_chunk::<12>()?;
        let ([bit, index], row) = row.split_first_chunk::<2>()?;
        let (root, row) = row.split_first_chunk::<4>()?;
        let ([from], row) = row.split_first_chunk::<1>()?;
        let (owner, row) = row.split_first_chunk::<3>()?;
        let ([nonce, to, amount], row) = row.split_first_chunk::<3>()?;
        let ([succeeds, mismatch], row) = row.split_first_chunk::<2>()?;
        let (inverse, row) = row.split_first_chunk::<4>()?;
        let [range_bit, range_sum, left] = row.first_chunk::<3>().filter(|_| row.len() == 3)?;
        Some(Self {
            old: *old,
            new: *new,
            bit: *bit,
            index: *index,
            root: *root,
            from: *from,
            owner: *owner,
            nonce: *nonce,
            to: *to,
            amount: *amount,
            succeeds: *succeeds,
            mismatch: *mismatch,
            inverse: *inverse,
            range_bit: *range_bit,
            range_sum: *range_sum,
            left: *left,
        })
    }
}

/// Number of the first column of `root`.
pub(crate) const ROOT: usize = 26;
/// Number of the first of the seven public columns.
pub(crate) const PUBLIC: usize = 30;
/// Number of the first column of the digest within the new hash.
pub(crate) const NEW_DIGEST: usize = 16;

/// The values that repeat, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Periodic<E> {
    /// Round constants of the first half of a round.
    pub(crate) ark1: [E; 12],
    /// Round constants of the second half.
    pub(crate) ark2: [E; 12],
    /// 1 where a round leads to the next row.
    pub(crate) round: E,
    /// 1 where a hash ends and the one of the level above begins.
    pub(crate) merge: E,
    /// 1 in the last row of a slot.
    pub(crate) end: E,
    /// 1 in the first row of a slot.
    pub(crate) leaf: E,
    /// 1 in the row before the last of a slot.
    pub(crate) before_end: E,
    /// The value of the level's bit, where `merge` is 1.
    pub(crate) power: E,
    /// 1 in the rows of the sender's slot.
    pub(crate) sender: E,
    /// 1 in the first row of a transfer.
    pub(crate) first: E,
    /// 1 in the last row of a transfer.
    pub(crate) last: E,
    /// 1 where a bit is added to `range_sum`.
    pub(crate) range: E,
    /// 1 in the row in which all bits are added.
    pub(crate) range_end: E,
}

impl<E: FieldElement> Periodic<E> {
    /// Reads what [`periodic`] makes. `None` for another number of values.
    pub(crate) fn of(values: &[E]) -> Option<Self> {
        let (ark1, values) = values.split_first_chunk::<12>()?;
        let (ark2, values) = values.split_first_chunk::<12>()?;
        let rest = values.first_chunk::<11>().filter(|_| values.len() == 11)?;
        let [
            round,
            merge,
            end,
            leaf,
            before_end,
            power,
            sender,
            first,
            last,
            range,
            range_end,
        ] = *rest;
        Some(Self {
            ark1: *ark1,
            ark2: *ark2,
            round,
            merge,
            end,
            leaf,
            before_end,
            power,
            sender,
            first,
            last,
            range,
            range_end,
        })
    }
}

/// Returns the periodic columns, in the order of [`Periodic`].
pub(crate) fn periodic() -> Vec<Vec<Felt>> {
    let mut columns = Vec::new();
    for constants in [&Rp64_256::ARK1, &Rp64_256::ARK2] {
        for element in 0..12 {
            let rounds = constants.iter().filter_map(|round| round.get(element).copied());
            columns.push(rounds.chain([Felt::ZERO]).collect());
        }
    }
    let is = |holds: bool| if holds { Felt::ONE } else { Felt::ZERO };
    let column = |length: usize, value: &dyn Fn(usize) -> Felt| (0..length).map(value).collect::<Vec<_>>();
    let ends_hash = |row: usize| row % HASH == 7;
    columns.push(column(HASH, &|row| is(!ends_hash(row))));
    columns.push(column(LEAF, &|row| is(ends_hash(row) && row != 127)));
    columns.push(column(LEAF, &|row| is(row == 127)));
    columns.push(column(LEAF, &|row| is(row == 0)));
    columns.push(column(LEAF, &|row| is(row == 126)));
    let mut powers = vec![Felt::ZERO; LEAF];
    for (level, row) in (0..DEPTH).zip(powers.iter_mut().skip(7).step_by(HASH)) {
        *row = Felt::new(1_u64 << level);
    }
    columns.push(powers);
    columns.push(column(CYCLE, &|row| is(row < LEAF)));
    columns.push(column(CYCLE, &|row| is(row == 0)));
    columns.push(column(CYCLE, &|row| is(row == 255)));
    columns.push(column(CYCLE, &|row| is(row < RANGE)));
    columns.push(column(CYCLE, &|row| is(row == RANGE)));
    columns
}
