//! Compare all of the domain's state with the replay's.

use super::Replayed;
use super::witness::account_value;
use decex_core::hash::digest;
use decex_core::label;
use decex_core::state::{MemoryTree, StateKey};
use decex_evm::{StoredAccount, key};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;

/// How the replay's state and the domain's agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Accounts compared: balance, nonce, code hash, code.
    pub accounts: usize,
    /// Storage slots compared.
    pub slots: usize,
    /// What differs, in words; empty if the states are equal.
    pub differences: Vec<String>,
}

/// A value that the domain's state must hold.
struct Expected {
    what: String,
    value: Vec<u8>,
}

/// Compares all of the domain's state with the replay's: every key of either must be in the other, with the same value.
#[must_use]
pub fn compare(replayed: &Replayed, tree: &MemoryTree) -> Comparison {
    let mut expected = expected(replayed);
    let mut differences = Vec::new();
    for (key, found) in tree.iter() {
        match expected.remove(&key) {
            Some(expected) if expected.value == found.as_ref() => {}
            Some(expected) => differences.push(differs(&expected, &found)),
            None => {
                let bytes = hex::encode(&found);
                differences.push(format!(
                    "key {}: only in the domain: 0x{bytes}",
                    hex::encode(key.0.0)
                ));
            }
        }
    }
    let missing = expected
        .into_values()
        .map(|expected| format!("{}: only in the replay", expected.what));
    differences.extend(missing);
    let slots = replayed
        .accounts
        .values()
        .map(|account| account.slots.len())
        .sum();
    Comparison {
        accounts: replayed.accounts.len(),
        slots,
        differences,
    }
}

/// Writes the replay's state as the domain's state must have it (the table of `spec/evm.md`).
fn expected(replayed: &Replayed) -> BTreeMap<StateKey, Expected> {
    let mut all = BTreeMap::new();
    for (address, account) in &replayed.accounts {
        let value = account_value(account.nonce, account.balance, account.code_hash);
        all.insert(
            key::account(address),
            Expected {
                what: format!("account {address}"),
                value,
            },
        );
        for (slot, content) in &account.slots {
            let what = format!("account {address}, slot {slot:#x}");
            let value = content.to_be_bytes_trimmed_vec();
            all.insert(key::storage(address, slot), Expected { what, value });
        }
    }
    for (hash, code) in &replayed.codes {
        all.insert(
            key::code(hash),
            Expected {
                what: format!("code {hash}"),
                value: code.to_vec(),
            },
        );
    }
    // In ascending order: of two numbers with one place in the ring of 256 the later stays.
    for (number, hash) in &replayed.block_hashes {
        let what = format!("hash of block {number}");
        all.insert(
            key::block_hash(*number),
            Expected {
                what,
                value: hash.to_vec(),
            },
        );
    }
    for (key, value) in &replayed.channels {
        let what = format!("channels, key {}", hex::encode(key.0.0));
        let value = value.to_vec();
        all.insert(*key, Expected { what, value });
    }
    if let Some(totals) = &replayed.totals {
        let key = StateKey(digest(&label::RESERVED_KEY, b"evm block accumulators"));
        all.insert(
            key,
            Expected {
                what: "sums of the last block".into(),
                value: totals.encode(),
            },
        );
    }
    all
}

/// Says how two values differ; of accounts, in which field.
fn differs(expected: &Expected, found: &[u8]) -> String {
    let what = &expected.what;
    let accounts = (
        StoredAccount::from_value(&expected.value),
        StoredAccount::from_value(found),
    );
    if what.starts_with("account")
        && !what.contains("slot")
        && let (Ok(replay), Ok(domain)) = accounts
    {
        return format!(
            "{what}: balance {} in the replay, {} in the domain; nonce {} and {}; code {:?} and {:?}",
            replay.balance, domain.balance, replay.nonce, domain.nonce, replay.code_hash, domain.code_hash
        );
    }
    let (replay, domain) = (hex::encode(&expected.value), hex::encode(found));
    format!("{what}: 0x{replay} in the replay, 0x{domain} in the domain")
}
