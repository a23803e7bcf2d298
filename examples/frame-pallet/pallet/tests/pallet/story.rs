//! The testkit's suites, unchanged.

use crate::chain::Mock;
use crate::mock::*;
use decex_core::{AccountId, Balance, Host};
use decex_testkit::chain::Money;
use decex_testkit::laws;
use decex_testkit::story::Story;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_support::traits::tokens::{Fortitude, Preservation};
use pallet_decex::FrameHost;
use sp_runtime::DispatchError;

#[test]
fn the_story_ends_as_on_the_host_in_memory() {
    let story = Story::write().unwrap();
    let report = story.play(&mut Mock::default()).unwrap();
    assert_eq!(report.digest, story.digest());
    println!("{report:?}");
}

#[test]
fn the_story_survives_reorgs() {
    let story = Story::write().unwrap();
    let report = story.play_with_reorgs(&mut Mock::default()).unwrap();
    assert_eq!(report.digest, story.digest());
}

/// The pallet's host itself, without extrinsics, with the currency that it uses.
struct Inside(FrameHost<Runtime>);

impl Host for Inside {
    type Error = DispatchError;
}

impl Money for Inside {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), DispatchError> {
        Balances::mint_into(&crate::chain::name(&account), amount.0).map(|_| ())
    }
    fn free(&self, account: &AccountId) -> Result<Balance, DispatchError> {
        let account = crate::chain::name(account);
        let free = Balances::reducible_balance(&account, Preservation::Expendable, Fortitude::Polite);
        Ok(Balance(free + pallet_decex::Owed::<Runtime>::get(&account)))
    }
    fn custody(&self) -> Result<Balance, DispatchError> {
        let owed: u128 = pallet_decex::Owed::<Runtime>::iter_values().sum();
        Ok(Balance(Decex::custody() - owed))
    }
    fn supply(&self) -> Result<u128, DispatchError> {
        Ok(Balances::total_issuance())
    }
}

impl decex_consensus::Ledger for Inside {
    fn hold(
        &mut self,
        account: &AccountId,
        amount: Balance,
    ) -> Result<(), decex_consensus::HoldError<DispatchError>> {
        self.0.hold(account, amount)
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), DispatchError> {
        self.0.release(account, amount)
    }
    fn burn(&mut self, amount: Balance) -> Result<(), DispatchError> {
        self.0.burn(amount)
    }
}

use pallet_decex::decex_consensus;

#[test]
fn the_currency_keeps_the_laws_of_ledgers() {
    Mock::default().run(|| laws::ledger(&mut Inside(FrameHost::default())).unwrap());
}

#[test]
fn the_storage_map_keeps_the_laws_of_stores() {
    Mock::default().run(|| laws::store(&mut FrameHost::<Runtime>::default()).unwrap());
}
