//! Fill the table of `decex_proven_ledger`: one block, row by row.

use decex_core::state::{Changes, ReadError, StateTree};
use decex_proven_ledger::{
    CYCLE, Felt, Holding, LEAF, LedgerTree, Node, ROW_WIDTH, Transfer, key_of_slot, pay, receive,
};
use winter_prover::crypto::hashers::Rp64_256;
use winter_prover::math::FieldElement;

/// Columns of a table, each as long as it has rows.
pub type Table = Vec<Vec<Felt>>;

/// What a slot held and holds, with the path above it.
struct Update {
    slot: u16,
    old: Holding,
    new: Holding,
    siblings: Vec<Node>,
}

/// Builds the table of transfers over the state before them, which is changed with them.
///
/// # Errors
/// When the state is partial and does not cover a slot.
pub fn build(tree: &mut LedgerTree, transfers: &[Transfer]) -> Result<Table, ReadError> {
    let rows = transfers.len() * CYCLE;
    let mut table = vec![vec![Felt::ZERO; rows]; ROW_WIDTH];
    for (index, transfer) in transfers.iter().enumerate() {
        let first = index * CYCLE;
        let root = tree.root();
        let held = tree.holding(transfer.from)?;
        let paid = pay(&held, transfer);
        constants(&mut table, first, transfer, &held, paid.is_some());
        let sender = update(tree, transfer.from, |_| paid.unwrap_or(held))?;
        slot(&mut table, first, decex_proven_ledger::from_root(&root), &sender);
        let middle = tree.root();
        let credit = |to: &Holding| {
            if paid.is_some() {
                receive(to, transfer)
            } else {
                *to
            }
        };
        let receiver = update(tree, transfer.to, credit)?;
        slot(
            &mut table,
            first + LEAF,
            decex_proven_ledger::from_root(&middle),
            &receiver,
        );
    }
    Ok(table)
}

fn update(
    tree: &mut LedgerTree,
    slot: u16,
    change: impl FnOnce(&Holding) -> Holding,
) -> Result<Update, ReadError> {
    let old = tree.holding(slot)?;
    let new = change(&old);
    let siblings = tree.siblings(slot)?;
    let changes = Changes::from([(key_of_slot(slot), new.to_value())]);
    tree.update(&changes)?;
    Ok(Update {
        slot,
        old,
        new,
        siblings,
    })
}

/// The columns that are the same in all rows of a transfer, and the bits of what is left or missing.
fn constants(table: &mut Table, first: usize, transfer: &Transfer, held: &Holding, succeeds: bool) {
    let [a, b, c] = transfer.owner;
    let [x, y, z] = held.owner;
    let differences = [x - a, y - b, z - c, held.nonce - transfer.nonce];
    let differing = differences
        .iter()
        .position(|difference| *difference != Felt::ZERO);
    let mut inverse = [Felt::ZERO; 4];
    let left = match (succeeds, differing) {
        (true, _) => held.balance - transfer.amount,
        (false, Some(place)) => {
            inverse[place] = differences[place].inv();
            Felt::ZERO
        }
        (false, None) => transfer.amount - held.balance - Felt::ONE,
    };
    let is = |holds: bool| if holds { Felt::ONE } else { Felt::ZERO };
    let mismatch = is(!succeeds && differing.is_some());
    let mut sum = Felt::ZERO;
    for row in 0..CYCLE {
        let at = first + row;
        for (column, value) in (30..).zip(transfer.columns()) {
            table[column][at] = value;
        }
        table[37][at] = is(succeeds);
        table[38][at] = mismatch;
        for (column, value) in (39..).zip(inverse) {
            table[column][at] = value;
        }
        let bit = if row < 62 {
            (left.as_int() >> (61 - row)) & 1
        } else {
            0
        };
        table[43][at] = Felt::new(bit);
        table[44][at] = sum;
        table[45][at] = left;
        sum = sum.double() + Felt::new(bit);
    }
}

/// The 128 rows of one slot.
fn slot(table: &mut Table, first: usize, root: Option<Node>, update: &Update) {
    let root = root.unwrap_or_default();
    let mut index = Felt::ZERO;
    let mut states = [&update.old, &update.new].map(|holding| leaf_state(&holding.content()));
    for hash in 0..LEAF / 8 {
        for round in 0..8 {
            let at = first + hash * 8 + round;
            for (lane, state) in states.iter().enumerate() {
                for (element, value) in state.iter().enumerate() {
                    table[lane * 12 + element][at] = *value;
                }
            }
            let bit = update
                .slot
                .checked_shr(u32::try_from(hash).unwrap_or(16))
                .unwrap_or(0)
                & 1;
            let bit = if round == 7 {
                Felt::new(bit.into())
            } else {
                Felt::ZERO
            };
            table[24][at] = bit;
            table[25][at] = index;
            for (element, value) in root.iter().enumerate() {
                table[26 + element][at] = *value;
            }
            if round < 7 {
                for state in &mut states {
                    Rp64_256::apply_round(state, round);
                }
            } else if let Some(sibling) = update.siblings.get(hash) {
                index += bit * Felt::new(1 << hash);
                for state in &mut states {
                    *state = node_state(state, sibling, bit == Felt::ONE);
                }
            }
        }
    }
}

fn leaf_state(content: &[Felt; 5]) -> [Felt; 12] {
    let mut state = [Felt::ZERO; 12];
    state[0] = Felt::new(8);
    state[1] = Felt::ONE;
    state[4..9].copy_from_slice(content);
    state
}

fn node_state(below: &[Felt; 12], sibling: &Node, is_right: bool) -> [Felt; 12] {
    let mut state = [Felt::ZERO; 12];
    state[0] = Felt::new(8);
    let (own, other) = if is_right { (8, 4) } else { (4, 8) };
    state[own..own + 4].copy_from_slice(&below[4..8]);
    state[other..other + 4].copy_from_slice(sibling);
    state
}
