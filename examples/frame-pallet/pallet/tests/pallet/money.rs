//! Money in custody, where the currency has rules of its own.

use crate::chain::{Mock, name};
use crate::mock::*;
use decex_consensus::{HoldError, Ledger};
use decex_core::{AccountId, Balance, Digest};
use frame_support::traits::fungible::Mutate;
use frame_support::{assert_noop, assert_ok};
use pallet_decex::{Error, FrameHost, Owed, decex_consensus, pot};

fn account(n: u8) -> AccountId {
    AccountId(Digest([n; 32]))
}

fn with_deposit<R>(deposit: u128, run: impl FnOnce(&mut FrameHost<Runtime>) -> R) -> R {
    set_deposit(deposit);
    let result = Mock::default().run(|| run(&mut FrameHost::default()));
    set_deposit(1);
    result
}

#[test]
fn what_is_below_the_existential_deposit_is_owed_and_collected() {
    with_deposit(100, |host| {
        Balances::mint_into(&name(&account(1)), 1_000).unwrap();
        host.hold(&account(1), Balance(500)).unwrap();
        host.release(&account(2), Balance(60)).unwrap();
        let (who, by) = (name(&account(2)), RuntimeOrigin::signed(name(&account(1))));
        assert_eq!(
            (Balances::free_balance(&who), Owed::<Runtime>::get(&who)),
            (0, 60)
        );
        assert_eq!(Decex::custody(), 500, "what is owed is in custody");
        assert_noop!(
            Decex::collect(by.clone(), who.clone()),
            Error::<Runtime>::NothingOwed
        );
        // The next payment brings both.
        host.release(&account(2), Balance(50)).unwrap();
        assert_eq!(
            (Balances::free_balance(&who), Owed::<Runtime>::get(&who)),
            (110, 0)
        );
        // Or the account gets money elsewhere, and anybody collects.
        host.release(&account(3), Balance(99)).unwrap();
        let third = name(&account(3));
        Balances::mint_into(&third, 100).unwrap();
        assert_ok!(Decex::collect(by.clone(), third.clone()));
        assert_eq!(Balances::free_balance(&third), 199);
        assert_noop!(Decex::collect(by, third), Error::<Runtime>::NothingOwed);
        assert_eq!(Decex::custody(), 500 - 110 - 99);
    });
}

#[test]
fn who_puts_everything_in_keeps_its_nonce() {
    with_deposit(100, |host| {
        let who = name(&account(1));
        Balances::mint_into(&who, 1_000).unwrap();
        System::inc_account_nonce(&who);
        host.hold(&account(1), Balance(1_000)).unwrap();
        assert_eq!(Balances::free_balance(&who), 0);
        assert_eq!(System::account_nonce(&who), 1, "old transactions stay old");
        host.release(&account(1), Balance(1_000)).unwrap();
        assert_eq!(
            (Balances::free_balance(&who), System::account_nonce(&who)),
            (1_000, 1)
        );
    });
}

#[test]
fn custody_cannot_be_spent_by_others_and_outlives_its_last_unit() {
    with_deposit(100, |host| {
        Balances::mint_into(&name(&account(1)), 1_000).unwrap();
        host.hold(&account(1), Balance(300)).unwrap();
        let pot = pot::<Runtime>();
        let stolen =
            Balances::transfer_allow_death(RuntimeOrigin::signed(pot.clone()), name(&account(9)).into(), 100);
        assert!(stolen.is_err());
        host.release(&account(1), Balance(100)).unwrap();
        host.burn(Balance(200)).unwrap();
        assert_eq!((Decex::custody(), Balances::total_issuance()), (0, 800));
        assert!(
            host.burn(Balance(1)).is_err(),
            "what is not there is a failure of the host"
        );
        assert!(host.release(&account(1), Balance(200)).is_err());
        assert_eq!(host.hold(&account(1), Balance(801)), Err(HoldError::Insufficient));
        // The pot takes less than the existential deposit, although it has nothing.
        host.hold(&account(1), Balance(5)).unwrap();
        assert_eq!(Decex::custody(), 5);
        // A reporter may be anybody, the pot too.
        host.release(&AccountId(Digest(pot.into())), Balance(5)).unwrap();
        assert_eq!(Balances::total_issuance(), 800);
    });
}

#[test]
fn nothing_leaves_no_trace() {
    with_deposit(100, |host| {
        let who = name(&account(4));
        System::set_block_number(1);
        host.hold(&account(4), Balance(0)).unwrap();
        host.release(&account(4), Balance(0)).unwrap();
        host.burn(Balance(0)).unwrap();
        assert_eq!(
            (System::providers(&who), System::providers(&pot::<Runtime>())),
            (0, 0)
        );
        assert!(!Owed::<Runtime>::contains_key(&who));
        assert_eq!(System::events(), []);
    });
}

#[test]
fn the_pot_is_provided_for_once() {
    with_deposit(100, |host| {
        Balances::mint_into(&name(&account(1)), 1_000).unwrap();
        host.hold(&account(1), Balance(300)).unwrap();
        let provided = System::providers(&pot::<Runtime>());
        host.hold(&account(1), Balance(300)).unwrap();
        assert_eq!(System::providers(&pot::<Runtime>()), provided);
    });
}
