//! What must have happened to a pool before what is measured.

use super::chain::{deposit, endow, next, somebody};
use super::domain::{Domain, Setting};
use super::ledger::key;
use super::{Done, accepted, need};
use crate::pallet::{Config, Pallet};
use decex_consensus::decex_staking::Extent;
use decex_consensus::registration_message;
use decex_core::{AccountId, Balance, label};
use decex_testkit::decex_election::Signature;
use frame_support::storage::with_transaction_unchecked;
use frame_support::traits::Get;
use sp_runtime::TransactionOutcome;

/// The account of the operator with this number, its key, and the signature that shows it has it.
pub(super) fn possession<T: Config>(domain: &Domain, number: u32) -> Done<(AccountId, [u8; 32], Signature)> {
    let (account, keypair) = (somebody("operator", number), key("operator", number));
    let bytes = *keypair.key().as_bytes();
    let message = registration_message(domain.id, &account, &bytes);
    endow::<T>(&account, deposit::<T>().saturating_mul(2))?;
    Ok((account, bytes, keypair.sign(&label::REGISTRATION, &message)))
}

/// A domain whose operator somebody has nominated, an epoch ago.
pub(super) fn nominated<T: Config>() -> Done<(Domain, AccountId)> {
    next::<T>()?;
    let (domain, nominator) = (Domain::found::<T>(&Setting::plain(0))?, somebody("nominator", 0));
    endow::<T>(&nominator, deposit::<T>().saturating_mul(4))?;
    let nominated =
        Pallet::<T>::consensus().nominate(nominator, domain.operator(0)?.id, Balance(deposit::<T>()));
    accepted(nominated, "the operator is nominated")?;
    domain.settle_in::<T>()?;
    Ok((domain, nominator))
}

/// A domain whose only operator has not come for so long that it may be taken out.
pub(super) fn absent<T: Config>() -> Done<Domain> {
    next::<T>()?;
    let setting = Setting {
        change: |params| {
            params.election.max_factor = 8;
            params.election.absence = 14;
        },
        ..Setting::plain(0)
    };
    let domain = Domain::found::<T>(&setting)?;
    let id = domain.operator(0)?.id;
    for _ in 0..1_000 {
        let tried = with_transaction_unchecked(|| {
            TransactionOutcome::Rollback(Pallet::<T>::consensus().report_absence(id))
        });
        if tried.is_ok() {
            return Ok(domain);
        }
        next::<T>()?;
    }
    need(None, "the operator is absent at last")
}

/// A domain whose operator was taken out and may return.
pub(super) fn out<T: Config>() -> Done<Domain> {
    let domain = absent::<T>()?;
    let reported = Pallet::<T>::consensus().report_absence(domain.operator(0)?.id);
    accepted(reported, "the operator is taken out")?;
    pass::<T>(&domain, T::Rules::get().return_after.saturating_add(2), 0)?;
    Ok(domain)
}

/// A nominator who has left and can be paid.
pub(super) fn due<T: Config>() -> Done<(Domain, AccountId)> {
    let (domain, nominator) = nominated::<T>()?;
    let left = Pallet::<T>::consensus().withdraw(nominator, domain.operator(0)?.id, Extent::All);
    accepted(left, "the nominator leaves")?;
    pass::<T>(&domain, 2, T::Rules::get().limits.unlock_period)?;
    Ok((domain, nominator))
}

/// Makes the blocks of so many stake epochs, and some more.
fn pass<T: Config>(domain: &Domain, epochs: u64, blocks: u64) -> Done {
    let election = domain.params::<T>()?.election;
    let epoch = election.epoch.saturating_mul(election.interval);
    for _ in 0..epochs.saturating_mul(epoch).saturating_add(blocks) {
        next::<T>()?;
    }
    Ok(())
}
