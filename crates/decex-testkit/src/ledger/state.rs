//! Where the ledger keeps things.

use alloc::vec::Vec;
use decex_core::codec::decode_exact;
use decex_core::execution::{Account, Fees};
use decex_core::hash::{Hash, digest};
use decex_core::id::{Balance, Nonce, SenderId};
use decex_core::label;
use decex_core::state::{Changes, Halt, StateAccess, StateKey, Value};
use parity_scale_codec::{Decode, Encode};

/// Block accumulators: what `finish` reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Accumulators {
    pub(super) fees: Fees,
}

/// Returns the state key of an account.
#[must_use]
pub fn account_key(sender: &SenderId) -> StateKey {
    StateKey(Hash::new(&label::LEDGER_KEY).chain([0]).chain(sender.0).finish())
}

/// Returns the state key of a slot.
#[must_use]
pub fn slot_key(slot: u64) -> StateKey {
    StateKey(
        Hash::new(&label::LEDGER_KEY)
            .chain([1])
            .chain(slot.to_le_bytes())
            .finish(),
    )
}

fn accumulators_key() -> StateKey {
    StateKey(digest(&label::RESERVED_KEY, b"ledger"))
}

/// Returns the changes that make a genesis state of these balances.
#[must_use]
pub fn genesis(balances: &[(SenderId, Balance)]) -> Changes {
    let account = |balance| {
        Value::from(
            Account {
                nonce: Nonce(0),
                balance,
            }
            .encode(),
        )
    };
    balances
        .iter()
        .map(|(sender, balance)| (account_key(sender), Some(account(*balance))))
        .collect()
}

/// Reads a value; what does not decode (only a foreign genesis can hold such) counts as absent.
fn read<T: Decode + Default>(state: &mut dyn StateAccess, key: &StateKey) -> Result<T, Halt> {
    let value = state.get(key)?;
    Ok(value
        .and_then(|bytes| decode_exact(&bytes, bytes.len()).ok())
        .unwrap_or_default())
}

pub(super) fn account(state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
    read(state, &account_key(sender))
}

pub(super) fn set_account(
    state: &mut dyn StateAccess,
    sender: &SenderId,
    account: Account,
) -> Result<(), Halt> {
    let value = (account != Account::default()).then(|| Value::from(account.encode()));
    state.set(&account_key(sender), value)
}

pub(super) fn accumulators(state: &mut dyn StateAccess) -> Result<Accumulators, Halt> {
    read(state, &accumulators_key())
}

pub(super) fn set_accumulators(state: &mut dyn StateAccess, accumulators: &Accumulators) -> Result<(), Halt> {
    state.set(&accumulators_key(), Some(Value::from(accumulators.encode())))
}

pub(super) fn set_slot(state: &mut dyn StateAccess, slot: u64, value: u64) -> Result<(), Halt> {
    let value = (value != 0).then(|| Value::from(Vec::from(value.to_le_bytes())));
    state.set(&slot_key(slot), value)
}
