//! Domains that enforce legality at inclusion.

use crate::founding::{found, sealed, sender, transfer};
use crate::mock::*;
use decex_core::execution::{Account, Engine};
use decex_core::params::LegalityMode;
use decex_core::{Balance, Nonce, SenderId};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story;
use pallet_decex::Call;
use parity_scale_codec::Encode;
use sp_runtime::transaction_validity::{TransactionValidityError, UnknownTransaction};
use std::collections::BTreeMap;

fn bundle(nonce: u64) -> Vec<u8> {
    sealed(Vec::new(), vec![transfer(nonce)]).encode()
}

fn submit(bytes: Vec<u8>) -> Result<(), TransactionValidityError> {
    let bundle = bytes.try_into().unwrap();
    let extrinsic = Extrinsic::new_bare(Call::submit_bundle { bundle }.into());
    let applied =
        frame_support::storage::with_transaction_unchecked(|| match Executive::apply_extrinsic(extrinsic) {
            Ok(applied) => sp_runtime::TransactionOutcome::Commit(Ok(applied)),
            Err(error) => sp_runtime::TransactionOutcome::Rollback(Err(error)),
        });
    applied.map(|applied| applied.unwrap())
}

fn known(nonce: u64) -> BTreeMap<SenderId, Account> {
    let account = Account {
        nonce: Nonce(nonce),
        balance: Balance(100_000),
    };
    BTreeMap::from([(sender(), account)])
}

fn with_chain(run: impl FnOnce()) {
    assert_eq!(LedgerEngine::default().rule_set(), story::params().rules);
    chain().execute_with(|| {
        found(LegalityMode::Enforced);
        run();
    });
    set_accounts(None);
}

#[test]
fn who_knows_no_accounts_includes_no_transactions_where_legality_is_enforced() {
    with_chain(|| {
        let k22 = Err(UnknownTransaction::Custom(22).into());
        assert_eq!(submit(bundle(0)), k22);
        set_accounts(Some(known(0)));
        assert_eq!(submit(bundle(0)), Ok(()));
    });
}

#[test]
fn what_is_illegal_by_the_chains_accounts_is_in_no_block() {
    with_chain(|| {
        let k20 = Err(UnknownTransaction::Custom(20).into());
        // The account has used this nonce, or has nothing to pay with.
        set_accounts(Some(known(1)));
        assert_eq!(submit(bundle(0)), k20);
        set_accounts(Some(BTreeMap::new()));
        assert_eq!(submit(bundle(0)), k20);
        set_accounts(Some(known(1)));
        assert_eq!(submit(bundle(1)), Ok(()));
    });
}

#[test]
fn looking_accounts_up_is_weighed() {
    use frame_support::dispatch::GetDispatchInfo;
    let weight = |length| {
        let bundle = vec![0; length].try_into().unwrap();
        let call = Call::<Runtime>::submit_bundle { bundle };
        call.get_dispatch_info().call_weight
    };
    // Twice, as all of it: 1 ns for a byte in this runtime.
    let without = |bytes| {
        use pallet_decex::WeightInfo;
        pallet_decex::weights::Measured::<Runtime>::submit_bundle(bytes).saturating_mul(2)
    };
    let looked_up = weight(10_000).saturating_sub(without(10_000));
    assert_eq!(looked_up.ref_time(), 2 * 10_000 * 1_000);
}
