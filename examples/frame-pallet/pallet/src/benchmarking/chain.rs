//! The chain below the benchmarks: its blocks, its money, what it fixes for domains.

use super::{Done, ENGINE, accepted, need};
use crate::hooks::Blocks;
use crate::host;
use crate::pallet::{BalanceOf, Config, Pallet};
use decex_core::execution::Engine;
use decex_core::hash::digest_encoded;
use decex_core::params::{
    BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::{AccountId, StateRoot, Weight, label};
use frame_benchmarking::BenchmarkError;
use frame_support::traits::fungible::{Inspect, Unbalanced};
use frame_support::traits::tokens::Precision;
use frame_support::traits::{Get, Hooks};
use sp_runtime::traits::{One, Saturating};

/// Begins the next block.
pub(super) fn next<T: Config>() -> Done {
    prepare_next::<T>();
    Pallet::<T>::on_initialize(frame_system::Pallet::<T>::block_number());
    if Pallet::<T>::has_begun() {
        return Ok(());
    }
    Err(BenchmarkError::Stop("the block begins"))
}

/// Makes everything ready for the next block to begin.
pub(super) fn prepare_next<T: Config>() {
    let number = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
    frame_system::Pallet::<T>::reset_events();
    frame_system::Pallet::<T>::set_block_number(number);
    T::Blocks::prepare(number);
}

/// Returns an account that nobody else has.
pub(super) fn somebody(what: &str, number: u32) -> AccountId {
    AccountId(digest_encoded(&label::EVIDENCE, &("benchmark", what, number)))
}

/// What an operator deposits. Its fund pays for the blockspace of whatever a benchmark includes.
pub(super) fn deposit<T: Config>() -> u128 {
    let clock = Pallet::<T>::consensus().clock().ok().flatten();
    let price = clock.map_or(1, |clock| clock.block.byte_price.0);
    let least = T::Rules::get().minimum_stake.0;
    // A fifth of a deposit is fund.
    price
        .saturating_mul(50_000_000)
        .saturating_add(least.saturating_mul(10))
}

/// Gives an account money that was not there before.
pub(super) fn endow<T: Config>(account: &AccountId, amount: u128) -> Done {
    let amount = BalanceOf::<T>::try_from(amount).ok();
    let amount = need(amount, "the currency counts so much")?;
    let who = host::account::<T>(account);
    accepted(
        T::Currency::increase_balance(&who, amount, Precision::Exact),
        "the account takes money",
    )?;
    T::Currency::set_total_issuance(T::Currency::total_issuance().saturating_add(amount));
    Ok(())
}

/// The parameters of the benchmarks' domains: as large as the chain carries, as slow as it allows.
pub(super) fn params(limits: &HostLimits, genesis: StateRoot) -> DomainParams {
    let challenge_period = limits.censorship.saturating_add(2);
    let room = limits
        .unlock_period
        .saturating_sub(challenge_period)
        .saturating_sub(limits.submission_lag);
    // More windows than these stay open nowhere: each is a bundle that its winner can still bring.
    let windows = (room / 2).clamp(1, 12);
    DomainParams {
        rules: ENGINE.rule_set(),
        genesis,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: windows,
            epoch: windows,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 6_000,
            bytes: 400_000,
            weight: Weight(10_000_000),
        },
        transaction_bytes: 256,
        sender_transactions: 8,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period,
        seed_delay: 1,
        trace_interval: 1,
        max_base_lag: 4,
        max_gap: 4,
        messages: 8,
        witness_limit: 900_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}
