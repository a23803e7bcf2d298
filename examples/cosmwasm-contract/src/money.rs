//! The contract's books: whose the coins are that it holds.

use crate::error::Fault;
use cosmwasm_std::Storage;
use decex_core::{AccountId, Balance};
use parity_scale_codec::{Decode, DecodeAll, Encode};

/// Key of the sums.
const BOOKS: &[u8] = b"m";

/// First byte of an account's key.
const CREDIT: u8 = b'a';

/// What the contract's coins are for. It holds `custody + owed` of them, and what somebody sent it without a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Books {
    /// Held for the consensus object: stakes, funds, deposits, domains.
    pub custody: Balance,
    /// Owed to accounts, which withdraw it.
    pub owed: Balance,
    /// Burned until now.
    pub burned: Balance,
}

fn read<T: Decode>(storage: &dyn Storage, key: &[u8]) -> Result<Option<T>, Fault> {
    let found = storage.get(key);
    let decoded = found.map(|bytes| T::decode_all(&mut bytes.as_slice()));
    decoded.transpose().map_err(|_| Fault::Damaged)
}

fn credit_key(account: &AccountId) -> Vec<u8> {
    [&[CREDIT][..], account.0.as_bytes()].concat()
}

/// Returns the sums.
pub(crate) fn books(storage: &dyn Storage) -> Result<Books, Fault> {
    Ok(read(storage, BOOKS)?.unwrap_or_default())
}

pub(crate) fn set_books(storage: &mut dyn Storage, books: &Books) {
    storage.set(BOOKS, &books.encode());
}

/// Returns what the contract owes to an account.
pub(crate) fn credit(storage: &dyn Storage, account: &AccountId) -> Result<Balance, Fault> {
    Ok(read(storage, &credit_key(account))?.unwrap_or_default())
}

fn set_credit(storage: &mut dyn Storage, account: &AccountId, amount: Balance) {
    let key = credit_key(account);
    if amount == Balance::ZERO {
        storage.remove(&key);
    } else {
        storage.set(&key, &amount.encode());
    }
}

/// Adds coins that have come, or have left custody, to what an account is owed.
pub(crate) fn owe(storage: &mut dyn Storage, account: &AccountId, amount: Balance) -> Result<(), Fault> {
    let now = credit(storage, account)?
        .checked_add(amount)
        .ok_or(Fault::Books)?;
    let mut sums = books(storage)?;
    sums.owed = sums.owed.checked_add(amount).ok_or(Fault::Books)?;
    set_credit(storage, account, now);
    set_books(storage, &sums);
    Ok(())
}

/// Takes from what an account is owed; `false` if it is less, and then nothing is taken.
pub(crate) fn spend(storage: &mut dyn Storage, account: &AccountId, amount: Balance) -> Result<bool, Fault> {
    let Some(left) = credit(storage, account)?.checked_sub(amount) else {
        return Ok(false);
    };
    let mut sums = books(storage)?;
    sums.owed = sums.owed.checked_sub(amount).ok_or(Fault::Books)?;
    set_credit(storage, account, left);
    set_books(storage, &sums);
    Ok(true)
}
