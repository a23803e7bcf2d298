//! The pallet's storage and currency as the host of the consensus object.

use crate::hooks::{Beacon as _, EngineSet, VerifierSet};
use crate::pallet::{BalanceOf, Config, HoldReason, Owed, Store as Stored};
use alloc::vec::Vec;
use core::marker::PhantomData;
use decex_consensus::decex_validity::TransitionVerifier;
use decex_consensus::{Beacon, Engines, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, VerifierId};
use frame_support::PalletId;
use frame_support::traits::fungible::{Inspect, InspectHold, MutateHold, Unbalanced, UnbalancedHold};
use frame_support::traits::tokens::{
    DepositConsequence, Fortitude, Precision, Preservation, Provenance, Restriction,
};
use sp_runtime::DispatchError;
use sp_runtime::traits::{AccountIdConversion, CheckedAdd, CheckedSub, Zero};

/// The runtime as a host. It holds the engines and no state: two of it are the same.
#[allow(missing_debug_implementations, reason = "engines need not have one")]
pub struct FrameHost<T: Config> {
    engines: T::Engines,
    runtime: PhantomData<T>,
}

impl<T: Config> FrameHost<T> {
    /// Makes it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            engines: T::Engines::default(),
            runtime: PhantomData,
        }
    }
}

impl<T: Config> Default for FrameHost<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The account that custody lies in. All of its money is on hold, so no other pallet can spend it.
///
/// One pot and not a hold per account: what is in custody changes its owner without moving (slashes, rewards, fees), and who owns what
/// stands in the consensus object's books. A hold on each account would have to be moved along with every entry there.
#[must_use]
pub fn pot<T: Config>() -> T::AccountId {
    const ID: PalletId = PalletId(*b"dcx/cust");
    ID.into_account_truncating()
}

pub(crate) fn account<T: Config>(account: &AccountId) -> T::AccountId {
    T::AccountId::from(account.0.0)
}

pub(crate) fn named<T: Config>(account: T::AccountId) -> AccountId {
    AccountId(decex_core::Digest(account.into()))
}

/// A failed transfer out of custody: only when the pot holds less than the books say, which no call of this pallet causes.
impl<T: Config> Host for FrameHost<T> {
    type Error = DispatchError;
}

impl<T: Config> Store for FrameHost<T> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DispatchError> {
        Ok(Stored::<T>::get(key))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), DispatchError> {
        Stored::<T>::insert(key, value);
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), DispatchError> {
        Stored::<T>::remove(key);
        Ok(())
    }
}

fn reason<T: Config>() -> T::RuntimeHoldReason {
    HoldReason::Custody.into()
}

impl<T: Config> Ledger for FrameHost<T> {
    fn hold(&mut self, from: &AccountId, amount: Balance) -> Result<(), HoldError<DispatchError>> {
        // No account has more than the currency counts.
        let amount = BalanceOf::<T>::try_from(amount.0).map_err(|_| HoldError::Insufficient)?;
        if amount.is_zero() {
            return Ok(());
        }
        let (from, pot) = (account::<T>(from), pot::<T>());
        let free = T::Currency::reducible_balance(&from, Preservation::Expendable, Fortitude::Polite);
        if free < amount {
            return Err(HoldError::Insufficient);
        }
        // Whoever puts everything in stays known to the system: a nonce that begins anew would let old transactions live again.
        let left = T::Currency::total_balance(&from).checked_sub(&amount);
        if left.is_none_or(|left| left < T::Currency::minimum_balance()) {
            frame_system::Pallet::<T>::inc_providers(&from);
        }
        // The pot has no free money that would keep it alive.
        if !frame_system::Pallet::<T>::account_exists(&pot) {
            frame_system::Pallet::<T>::inc_providers(&pot);
        }
        // As `transfer_and_hold`, which would first ask whether the pot's free money reaches the existential deposit. It has none.
        let exact = Precision::Exact;
        T::Currency::decrease_balance(&from, amount, exact, Preservation::Expendable, Fortitude::Polite)
            .map_err(HoldError::Host)?;
        let reason = reason::<T>();
        T::Currency::increase_balance_on_hold(&reason, &pot, amount, exact).map_err(HoldError::Host)?;
        T::Currency::done_transfer_and_hold(&reason, &from, &pot, amount);
        Ok(())
    }

    /// What an account cannot take now (less than the existential deposit, more than the currency counts) is owed to it: it
    /// goes out with the next payment, or when somebody calls `collect`.
    fn release(&mut self, to: &AccountId, amount: Balance) -> Result<(), DispatchError> {
        let amount = BalanceOf::<T>::try_from(amount.0).map_err(|_| sp_runtime::ArithmeticError::Overflow)?;
        pay::<T>(&account::<T>(to), amount)
    }

    fn burn(&mut self, amount: Balance) -> Result<(), DispatchError> {
        let amount = BalanceOf::<T>::try_from(amount.0).map_err(|_| sp_runtime::ArithmeticError::Overflow)?;
        if amount.is_zero() {
            return Ok(());
        }
        T::Currency::burn_held(
            &reason::<T>(),
            &pot::<T>(),
            amount,
            Precision::Exact,
            Fortitude::Force,
        )?;
        Ok(())
    }
}

/// Pays `amount` and what was owed before, or notes both down.
pub(crate) fn pay<T: Config>(to: &T::AccountId, amount: BalanceOf<T>) -> Result<(), DispatchError> {
    let owed = Owed::<T>::get(to);
    let due = owed
        .checked_add(&amount)
        .ok_or(sp_runtime::ArithmeticError::Overflow)?;
    if due.is_zero() {
        return Ok(());
    }
    if T::Currency::can_deposit(to, due, Provenance::Extant) != DepositConsequence::Success {
        Owed::<T>::insert(to, due);
        return Ok(());
    }
    Owed::<T>::remove(to);
    let (exact, force) = (Precision::Exact, Fortitude::Force);
    T::Currency::transfer_on_hold(
        &reason::<T>(),
        &pot::<T>(),
        to,
        due,
        exact,
        Restriction::Free,
        force,
    )?;
    Ok(())
}

/// Returns what is in custody.
pub(crate) fn custody<T: Config>() -> BalanceOf<T> {
    T::Currency::balance_on_hold(&reason::<T>(), &pot::<T>())
}

impl<T: Config> Beacon for FrameHost<T> {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, DispatchError> {
        Ok(T::Beacon::randomness(slot))
    }
}

impl<T: Config> Engines for FrameHost<T> {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        #[cfg(feature = "runtime-benchmarks")]
        if let Some(engine) = crate::benchmarking::engine(rules) {
            return Some(engine);
        }
        self.engines.engine(rules)
    }
}

impl<T: Config> Verifiers for FrameHost<T> {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        #[cfg(feature = "runtime-benchmarks")]
        if let Some(verifier) = crate::benchmarking::verifier(id) {
            return Some(verifier);
        }
        let verifier: &'static dyn TransitionVerifier = T::Verifiers::verifier(id)?;
        Some(verifier)
    }
}
