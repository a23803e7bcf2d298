//! What the cases of several crates share: parameters, and the toy ledger that the vectors call by its name.

use super::json::{Fields, scale};
use decex_bundle::Item;
use decex_core::execution::{Account, Engine};
use decex_core::hash::{Digest, digest};
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING,
};
use decex_core::{BoundedVec, Nonce, SenderId, StateRoot, Weight, label};
use decex_election::Keypair;
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, sender_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The engine of the vectors.
pub(super) const ENGINE: LedgerEngine = LedgerEngine { version: 0 };

/// What the vectors call it.
pub(super) const ENGINE_NAME: &str = "decex-testkit ledger v0";

/// Returns the engine that `given` names.
pub(super) fn engine(given: Fields<'_>) -> LedgerEngine {
    engine_named(given.fields("engine").0)
}

/// Returns the engine of this name: the ledger, or the ledger under other rules.
pub(super) fn engine_named(name: &Value) -> LedgerEngine {
    match name.as_str() {
        Some(ENGINE_NAME) => ENGINE,
        Some("decex-testkit ledger v1") => LedgerEngine { version: 1 },
        _ => panic!("{name} is no engine of the vectors"),
    }
}

/// Returns any digest: a different one for each number.
pub(super) fn named(n: u64) -> Digest {
    digest(&label::TRANSACTION, &n.to_le_bytes())
}

pub(super) fn limits() -> HostLimits {
    HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 2,
        censorship: 10,
        unlock_period: 1_000,
        submission_lag: 10,
    }
}

/// One bundle is expected per block, so its limits are the block's.
pub(super) fn params() -> DomainParams {
    DomainParams {
        rules: ENGINE.rule_set(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 2,
            longevity: 3,
            epoch: 10,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 10,
            bytes: 2_000,
            weight: Weight(5_000),
        },
        transaction_bytes: 300,
        sender_transactions: 2,
        bundles_per_block: 5,
        legality: LegalityMode::Deferred,
        challenge_period: 100,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 10,
        max_gap: 6,
        messages: 8,
        witness_limit: 20_000,
        portion: WHOLE_RING,
        reporter_share: 100,
    }
}

/// Parameters as they stand in a vector.
pub(super) fn params_value(params: &DomainParams) -> Value {
    json!({ "params": scale(params), "limits": scale(&limits()) })
}

/// Reads and checks parameters.
pub(super) fn read_params(from: Fields<'_>) -> CheckedParams {
    let params: DomainParams = from.scale("params");
    params.check(&from.scale("limits")).expect("safe parameters")
}

pub(super) fn keypair(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

pub(super) fn user(index: u8) -> SenderId {
    sender_of(keypair(index).key())
}

/// A transaction of the ledger with right claims.
pub(super) fn item(from: u8, nonce: u64, call: Call) -> Item {
    let transaction = Transaction::sign(&keypair(from), Nonce(nonce), call);
    Item {
        sender: user(from),
        nonce: Nonce(nonce),
        weight: transaction.weight(),
        bytes: BoundedVec::new(transaction.to_bytes()).expect("short"),
    }
}

/// A transaction without much in it.
pub(super) fn plain(from: u8, nonce: u64) -> Item {
    item(from, nonce, Call::Fail)
}

/// The same with other bytes.
pub(super) fn with_bytes(item: Item, bytes: Vec<u8>) -> Item {
    Item {
        bytes: BoundedVec::new(bytes).expect("short"),
        ..item
    }
}

/// The same with a signature that does not verify.
pub(super) fn forged(item: Item) -> Item {
    let mut bytes = item.bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    with_bytes(item, bytes)
}

/// The accounts that `given` lists.
pub(super) fn accounts(given: Fields<'_>) -> BTreeMap<SenderId, Account> {
    let accounts = given.each("accounts");
    accounts
        .map(|account| (account.scale("sender"), account.scale("account")))
        .collect()
}

/// Accounts as they stand in a vector.
pub(super) fn accounts_value(accounts: &[(SenderId, Account)]) -> Value {
    let entry = |(sender, account)| json!({ "sender": scale(sender), "account": scale(account) });
    accounts
        .iter()
        .map(|(sender, account)| entry((sender, account)))
        .collect()
}
