//! The laws of `decex-testkit`, asked of the contract's storage and books.
#![allow(clippy::unwrap_used, reason = "tests")]

use crate::error::Fault;
use crate::host::OnContract;
use crate::money::{books, credit, owe};
use crate::{account_of, engine};
use cosmwasm_std::testing::{MockApi, MockStorage};
use cosmwasm_std::{Api, CanonicalAddr, Order, Storage};
use decex_consensus::{Beacon, Store};
use decex_core::{AccountId, Balance, Digest, Randomness, RuleSet, Slot};
use decex_testkit::chain::Money;
use decex_testkit::laws;

/// The contract's own books as all the money that there is: no bank around them.
impl Money for OnContract<'_> {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Fault> {
        owe(self.storage_mut()?, &account, amount)
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Fault> {
        credit(self.storage(), account)
    }

    fn custody(&self) -> Result<Balance, Fault> {
        Ok(books(self.storage())?.custody)
    }

    fn supply(&self) -> Result<u128, Fault> {
        let books = books(self.storage())?;
        Ok(books.custody.0.saturating_add(books.owed.0))
    }
}

#[test]
fn the_storage_keeps_the_laws_of_stores() {
    let mut storage = MockStorage::new();
    laws::store(&mut OnContract::write(&mut storage)).unwrap();
    assert_eq!(storage.range(None, None, Order::Ascending).count(), 0);
}

#[test]
fn the_books_keep_the_laws_of_ledgers() {
    let mut storage = MockStorage::new();
    let mut host = OnContract::write(&mut storage);
    laws::ledger(&mut host).unwrap();
    let burned = host.burned();
    assert_eq!(burned, books(&storage).unwrap().burned);
    assert!(burned > Balance::ZERO);
}

#[test]
fn the_bare_storage_would_not_keep_them() {
    // What the first byte of each value is for.
    let mut storage = MockStorage::new();
    let empty = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| storage.set(b"key", b"")));
    assert!(empty.is_err());
}

#[test]
fn a_query_writes_nothing() {
    let storage = MockStorage::new();
    let mut host = OnContract::read(&storage);
    assert_eq!(host.set(b"key", b"value"), Err(Fault::ReadOnly));
    assert_eq!(host.remove(b"key"), Err(Fault::ReadOnly));
}

#[test]
fn damaged_values_are_a_fault_of_the_host() {
    let mut storage = MockStorage::new();
    storage.set(b"skey", &[2, 3]);
    assert_eq!(OnContract::read(&storage).get(b"key"), Err(Fault::Damaged));
}

#[test]
fn the_beacon_forgets_and_never_changes_its_mind() {
    let mut storage = MockStorage::new();
    let mut host = OnContract::write(&mut storage);
    let value = |slot: u64| Randomness(Digest([u8::try_from(slot % 251).unwrap(); 32]));
    for slot in 0..2_000 {
        host.set_randomness(Slot(slot), &value(slot)).unwrap();
    }
    assert_eq!(host.randomness(Slot(1_999)).unwrap(), Some(value(1_999)));
    assert_eq!(host.randomness(Slot(976)).unwrap(), Some(value(976)));
    assert_eq!(host.randomness(Slot(900)).unwrap(), None, "too old");
    assert_eq!(host.randomness(Slot(2_000)).unwrap(), None, "not yet");
    // A long silence: what is too old goes little by little, so that no block has too much to do.
    host.set_randomness(Slot(100_000), &value(1)).unwrap();
    let kept = |host: &OnContract<'_>| host.storage().range(None, None, Order::Ascending).count();
    let before = kept(&host);
    host.set_randomness(Slot(100_001), &value(2)).unwrap();
    assert_eq!(kept(&host), before - 3);
}

#[test]
fn no_two_addresses_have_one_account() {
    let api = MockApi::default();
    let account = |bytes: &[u8]| {
        let address = api.addr_humanize(&CanonicalAddr::from(bytes)).unwrap();
        account_of(&api, address.as_str()).unwrap()
    };
    let contract = account(&[7; 32]);
    assert_eq!(
        contract,
        AccountId(Digest([7; 32])),
        "a contract's address is its account"
    );
    let key = account(&[7; 20]);
    let longer = account(&[&[7; 20][..], &[0]].concat());
    let zero = account(&[0; 20]);
    let shorter = account(&[0; 19]);
    let all = [contract, key, longer, zero, shorter];
    for (place, one) in all.iter().enumerate() {
        assert!(all.iter().skip(place + 1).all(|other| one != other));
    }
    assert!(account_of(&api, "nobody").is_err());
}

#[test]
fn other_rules_have_no_engine() {
    assert!(engine(&RuleSet(Digest([1; 32]))).is_none());
    assert!(engine(&decex_testkit::story::params().rules).is_some());
}
