//! Users of the toy ledger and what they sign.

use super::chain::somebody;
use super::{Done, ENGINE, accepted};
use alloc::vec::Vec;
use decex_core::state::{MemoryTree, StateTree, Value};
use decex_core::{Balance, Nonce, SenderId};
use decex_testkit::decex_bundle::Item;
use decex_testkit::decex_election::Keypair;
use decex_testkit::ledger::{Call, Transaction, genesis, sender_of, slot_key};
use decex_testkit::matrix::item;

/// What each user has.
pub(super) const PURSE: u128 = 1_000_000;

/// Returns the key that `what` and a number derive.
pub(super) fn key(what: &str, number: u32) -> Keypair {
    Keypair::from_seed(somebody(what, number).0.as_bytes())
}

fn user(index: u32) -> Keypair {
    key("user", index)
}

pub(super) fn sender(index: u32) -> SenderId {
    sender_of(user(index).key())
}

/// A user's signed transaction.
pub(super) fn signed(from: u32, nonce: u64, call: Call) -> Done<Item> {
    let bytes = Transaction::sign(&user(from), Nonce(nonce), call).to_bytes();
    accepted(item(&ENGINE, bytes), "the user signs a transaction")
}

pub(super) fn transfer(from: u32, nonce: u64) -> Done<Item> {
    let to = sender(from.wrapping_add(1));
    signed(
        from,
        nonce,
        Call::Transfer {
            to,
            amount: Balance(1),
        },
    )
}

/// The state that a domain begins with.
pub(super) fn state(users: u32, slots: u32) -> Done<MemoryTree> {
    let balances: Vec<_> = (0..users).map(|index| (sender(index), Balance(PURSE))).collect();
    let mut changes = genesis(&balances);
    for slot in 0..slots {
        let value = Value::from(Vec::from(1_u64.to_le_bytes()));
        changes.insert(slot_key(slot.into()), Some(value));
    }
    let mut tree = MemoryTree::new();
    accepted(tree.update(&changes), "the state is made")?;
    Ok(tree)
}
