//! What is proven of a block: its transfers, and the state before and after each.

use crate::hash::{Felt, Node, from_root};
use crate::holding::owner_of;
use crate::transaction::Transaction;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use decex_core::execution::EXCEED_ALLOWANCE;
use decex_core::id::StateRoot;
use decex_validity::{InvalidTransition, Transition};
use winter_verifier::math::{FieldElement, ToElements};

/// Most transfers of one block that a proof is made of.
pub const MAX_TRANSFERS: u32 = 1_024;

/// One transfer as the proof sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The sender's slot.
    pub from: u16,
    /// Whose key signed.
    pub owner: [Felt; 3],
    /// Its place in the slot's sequence.
    pub nonce: Felt,
    /// The receiver's slot.
    pub to: u16,
    /// How much.
    pub amount: Felt,
}

impl Transfer {
    /// Fails in every state: no key has this owner. Fills a block up to a power of two.
    #[allow(clippy::arithmetic_side_effects, reason = "of the field, total")]
    #[must_use]
    pub fn padding() -> Self {
        Self {
            from: 0,
            owner: [Felt::ZERO - Felt::ONE; 3],
            nonce: Felt::ZERO,
            to: 0,
            amount: Felt::ZERO,
        }
    }

    /// Returns the transfer of a transaction, whose numbers are bounded where it is decoded.
    #[must_use]
    pub fn of(transaction: &Transaction) -> Self {
        Self {
            from: transaction.slot,
            owner: owner_of(&transaction.key),
            nonce: Felt::new(transaction.nonce),
            to: transaction.to,
            amount: Felt::new(transaction.amount),
        }
    }

    /// Returns the public columns of its rows.
    #[must_use]
    pub fn columns(&self) -> [Felt; 7] {
        let [a, b, c] = self.owner;
        [
            Felt::new(self.from.into()),
            a,
            b,
            c,
            self.nonce,
            Felt::new(self.to.into()),
            self.amount,
        ]
    }
}

/// Why there is no statement of a block.
pub type StatementError = InvalidTransition;

/// What a proof is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The transfers, filled up to a power of two.
    pub transfers: Vec<Transfer>,
    /// The state before each, and after the last: one more than transfers.
    pub roots: Vec<Node>,
}

impl Statement {
    /// Puts the statement of a block together, given the root after each of its transfers. `None`: a block without
    /// transfers, whose trace is the parent's state and nothing else; nothing of it needs proof.
    ///
    /// # Errors
    /// When the block has messages, too many transfers, or too small a witness limit, or the roots are not the trace's.
    pub fn of(transition: &Transition<'_>, after: &[StateRoot]) -> Result<Option<Self>, StatementError> {
        let count = transition.inputs.len();
        let fits = u32::try_from(count).is_ok_and(|count| count <= MAX_TRANSFERS);
        // With a lower limit an input could fail by X3, which the proof knows nothing of.
        let plain = transition.messages.is_empty() && transition.witness_limit >= EXCEED_ALLOWANCE;
        if !fits || !plain {
            return Err(InvalidTransition::Unsupported);
        }
        if after.len() != count || !is_trace(transition, after) {
            return Err(InvalidTransition::Unproven);
        }
        if count == 0 {
            return Ok(None);
        }
        let mut transfers = Vec::with_capacity(count.next_power_of_two());
        for input in &transition.inputs {
            let transaction =
                Transaction::from_bytes(input.bytes).map_err(|_| InvalidTransition::Unsupported)?;
            transfers.push(Transfer::of(&transaction));
        }
        transfers.resize(count.next_power_of_two(), Transfer::padding());
        let mut roots = Vec::with_capacity(transfers.len().saturating_add(1));
        for root in core::iter::once(&transition.parent).chain(after) {
            roots.push(from_root(root).ok_or(InvalidTransition::Malformed)?);
        }
        // What fills the block up changes nothing.
        let last = roots.last().copied().unwrap_or_default();
        roots.resize(transfers.len().saturating_add(1), last);
        Ok(Some(Self { transfers, roots }))
    }
}

/// Whether the trace is the parent's state, the root after the last transfer of each chunk, and the last root again.
fn is_trace(transition: &Transition<'_>, after: &[StateRoot]) -> bool {
    let last = after.last().unwrap_or(&transition.parent);
    let expected = core::iter::once(transition.parent)
        .chain(chunk_ends(after, transition.trace_interval))
        .chain(core::iter::once(*last));
    expected.eq(transition.trace.iter().copied())
}

fn chunk_ends(after: &[StateRoot], interval: NonZeroU32) -> impl Iterator<Item = StateRoot> {
    let interval = usize::try_from(interval.get()).unwrap_or(usize::MAX);
    after.chunks(interval).filter_map(|chunk| chunk.last().copied())
}

impl ToElements<Felt> for Statement {
    fn to_elements(&self) -> Vec<Felt> {
        let rows = self.transfers.iter().flat_map(Transfer::columns);
        rows.chain(self.roots.iter().flatten().copied()).collect()
    }
}
