//! What is measured: every call and both hooks.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "the macros of frame-benchmarking write items of their own, with what these forbid"
)]

use super::chain::{deposit, endow, next, params, prepare_next, somebody};
use super::domain::{Domain, Setting, TAX};
use super::ledger::transfer;
use super::{Done, accepted, channels, need, stakes, story};
use crate::host;
use crate::pallet::*;
use alloc::vec::Vec;
use decex_core::AccountId;
use frame_benchmarking::v2::*;
use frame_support::dispatch::RawOrigin;
use frame_support::traits::{EnsureOrigin, Get, Hooks};
use parity_scale_codec::Encode;

fn by<T: Config>(account: &AccountId) -> RawOrigin<T::AccountId> {
    RawOrigin::Signed(host::account::<T>(account))
}

fn bounded<S: Get<u32>>(bytes: Vec<u8>) -> Done<frame_support::BoundedVec<u8, S>> {
    need(bytes.try_into().ok(), "the bytes fit into a call")
}

/// A domain with one operator whose stake counts.
fn ready<T: Config>() -> Done<Domain> {
    story::ready::<T>(&Setting::plain(0))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// `i` domains close a full inbox, `c` domains confirm the receipt of one, `s` removed receipts are swept, each with an operator to slash.
    #[benchmark]
    fn begin_block(i: Linear<0, 4>, c: Linear<0, 4>, s: Linear<0, 4>) -> Result<(), BenchmarkError> {
        story::before_the_block::<T>(i, c, s)?;
        prepare_next::<T>();
        let number = frame_system::Pallet::<T>::block_number();

        #[block]
        {
            Pallet::<T>::on_initialize(number);
        }

        let count = |kind| story::count::<T>(kind);
        assert_eq!(count(crate::Kind::InboxClosed), i);
        assert_eq!(count(crate::Kind::ReceiptConfirmed), c);
        assert_eq!(count(crate::Kind::OperatorSlashed), s);
        Ok(())
    }

    #[benchmark]
    fn finality_root() -> Result<(), BenchmarkError> {
        next::<T>()?;
        for index in 0..20 {
            Domain::found::<T>(&Setting::plain(index))?;
        }
        let number = frame_system::Pallet::<T>::block_number();

        #[block]
        {
            Pallet::<T>::on_finalize(number);
        }

        assert_eq!(frame_system::Pallet::<T>::digest().logs.len(), 1);
        Ok(())
    }

    #[benchmark]
    fn create_domain() -> Result<(), BenchmarkError> {
        // Not the first: the list of domains has pages.
        let other = ready::<T>()?;
        let mut params = params(&T::Rules::get().limits, other.genesis()?);
        params.block.weight.0 = 1;
        let owner = somebody("owner", 1);
        endow::<T>(&owner, deposit::<T>())?;
        let backing = T::Rules::get().minimum_stake.0;

        #[extrinsic_call]
        _(by::<T>(&owner), bounded(params.encode())?, true, backing);

        assert_eq!(story::count::<T>(crate::Kind::DomainCreated), 1);
        Ok(())
    }

    #[benchmark]
    fn endow_domain() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), domain.id.0, 1);

        assert_eq!(story::count::<T>(crate::Kind::DomainEndowed), 1);
        Ok(())
    }

    #[benchmark]
    fn pause() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;

        #[extrinsic_call]
        set_paused(by::<T>(&domain.owner), domain.id.0, true);

        assert_eq!(story::count::<T>(crate::Kind::DomainPaused), 1);
        Ok(())
    }

    #[benchmark]
    fn allow() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        let whom = host::account::<T>(&somebody("listed", 0));

        #[extrinsic_call]
        set_allowed(by::<T>(&domain.owner), domain.id.0, whom, true);

        Ok(())
    }

    #[benchmark]
    fn register_operator() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        let (account, key, possession) = stakes::possession::<T>(&domain, 1)?;
        let least = T::Rules::get().minimum_nomination.0;

        #[extrinsic_call]
        _(
            by::<T>(&account),
            domain.id.0,
            key,
            possession.0,
            deposit::<T>(),
            TAX,
            least,
        );

        assert_eq!(story::count::<T>(crate::Kind::OperatorRegistered), 1);
        Ok(())
    }

    #[benchmark]
    fn deregister_operator() -> Result<(), BenchmarkError> {
        let (mut domain, _) = stakes::nominated::<T>()?;
        domain.round::<T>(Vec::from([transfer(0, 0)?]))?;
        let operator = domain.operator(0)?;

        #[extrinsic_call]
        _(by::<T>(&operator.account), operator.id.0);

        assert_eq!(story::count::<T>(crate::Kind::OperatorDeregistered), 1);
        Ok(())
    }

    #[benchmark]
    fn reactivate_operator() -> Result<(), BenchmarkError> {
        let domain = stakes::out::<T>()?;
        let operator = domain.operator(0)?;

        #[extrinsic_call]
        _(by::<T>(&operator.account), operator.id.0);

        assert_eq!(story::count::<T>(crate::Kind::OperatorReactivated), 1);
        Ok(())
    }

    #[benchmark]
    fn nominate() -> Result<(), BenchmarkError> {
        // Again: what the account has there is settled first.
        let (domain, nominator) = stakes::nominated::<T>()?;
        let least = T::Rules::get().minimum_nomination.0;

        #[extrinsic_call]
        _(by::<T>(&nominator), domain.operator(0)?.id.0, least);

        assert_eq!(story::count::<T>(crate::Kind::Nominated), 1);
        Ok(())
    }

    #[benchmark]
    fn withdraw() -> Result<(), BenchmarkError> {
        let (domain, nominator) = stakes::nominated::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&nominator), domain.operator(0)?.id.0, None);

        assert_eq!(story::count::<T>(crate::Kind::WithdrawalQueued), 1);
        Ok(())
    }

    #[benchmark]
    fn claim() -> Result<(), BenchmarkError> {
        let (domain, nominator) = stakes::due::<T>()?;
        let id = domain.operator(0)?.id;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), id.0, host::account::<T>(&nominator));

        assert_eq!(story::count::<T>(crate::Kind::Claimed), 1);
        Ok(())
    }

    #[benchmark]
    fn collect() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        let whom = host::account::<T>(&somebody("owed", 0));
        endow::<T>(&somebody("owed", 0), deposit::<T>())?;
        Owed::<T>::insert(
            &whom,
            need(BalanceOf::<T>::try_from(1_u128).ok(), "one is a balance")?,
        );

        #[extrinsic_call]
        _(by::<T>(&domain.owner), whom.clone());

        assert!(!Owed::<T>::contains_key(&whom));
        Ok(())
    }

    #[benchmark]
    fn report_absence() -> Result<(), BenchmarkError> {
        let domain = stakes::absent::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), domain.operator(0)?.id.0);

        assert_eq!(story::count::<T>(crate::Kind::OperatorDeactivated), 1);
        Ok(())
    }

    /// Many small transactions: nothing in a body takes longer by the byte.
    #[benchmark]
    fn submit_bundle(b: Linear<1_000, 200_000>) -> Result<(), BenchmarkError> {
        let mut domain = ready::<T>()?;
        let bundle = story::small_transactions::<T>(&mut domain, b)?;

        #[extrinsic_call]
        _(RawOrigin::None, bounded(bundle)?);

        assert_eq!(story::count::<T>(crate::Kind::BundleIncluded), 1);
        Ok(())
    }

    /// The receipt of a block of many transactions, with its openings.
    #[benchmark]
    fn submit_bundle_of_receipts(b: Linear<1_000, 8_000>) -> Result<(), BenchmarkError> {
        let bundle = story::long_receipt::<T>(b)?;

        #[extrinsic_call]
        submit_bundle(RawOrigin::None, bounded(bundle)?);

        assert_eq!(story::count::<T>(crate::Kind::ReceiptAccepted), 1);
        Ok(())
    }

    /// Against a transaction that touches as many slots as the proof has room for.
    #[benchmark]
    fn submit_proof(b: Linear<2_000, 16_000>) -> Result<(), BenchmarkError> {
        let proof = story::proof::<T>(b)?;
        let reporter = somebody("reporter", 0);

        #[extrinsic_call]
        _(by::<T>(&reporter), 0, bounded(proof)?);

        assert_eq!(story::count::<T>(crate::Kind::ReceiptsRemoved), 1);
        assert_eq!(story::count::<T>(crate::Kind::OperatorSlashed), 2);
        Ok(())
    }

    #[benchmark]
    fn submit_equivocation() -> Result<(), BenchmarkError> {
        let (evidence, reporter) = story::two_bundles::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&reporter), bounded(evidence)?);

        assert_eq!(story::count::<T>(crate::Kind::OperatorSlashed), 1);
        Ok(())
    }

    #[benchmark]
    fn submit_receipt_equivocation() -> Result<(), BenchmarkError> {
        let (evidence, reporter) = story::two_receipts::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&reporter), bounded(evidence)?);

        assert_eq!(story::count::<T>(crate::Kind::OperatorSlashed), 1);
        Ok(())
    }

    /// Of a block of transfers.
    #[benchmark]
    fn submit_validity_proof(b: Linear<4_000, 20_000>) -> Result<(), BenchmarkError> {
        let proof = story::validity_proof::<T>(b)?;
        let anybody = somebody("reporter", 0);

        #[extrinsic_call]
        _(by::<T>(&anybody), bounded(proof)?);

        assert_eq!(story::count::<T>(crate::Kind::ReceiptProven), 1);
        Ok(())
    }

    #[benchmark]
    fn list_peer() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        let peer = Domain::found::<T>(&Setting::plain(1))?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), domain.id.0, Some(peer.id.0), Some(1));

        assert_eq!(story::count::<T>(crate::Kind::PeerListed), 1);
        Ok(())
    }

    #[benchmark]
    fn list_peer_of_consensus() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        let origin = accepted(T::GovernanceOrigin::try_successful_origin(), "somebody governs")?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, domain.id.0, true);

        assert_eq!(story::count::<T>(crate::Kind::PeerListed), 1);
        Ok(())
    }

    #[benchmark]
    fn open_channel() -> Result<(), BenchmarkError> {
        let domain = ready::<T>()?;
        channels::list::<T>(&domain)?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), domain.id.0, None, 4);

        assert_eq!(story::count::<T>(crate::Kind::Channel), 1);
        Ok(())
    }

    /// With requests that the other end has not seen.
    #[benchmark]
    fn close_channel() -> Result<(), BenchmarkError> {
        let domain = channels::waiting::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), 0);

        assert!(story::count::<T>(crate::Kind::Channel) > 0);
        Ok(())
    }

    #[benchmark]
    fn close_channel_of_consensus() -> Result<(), BenchmarkError> {
        channels::waiting::<T>()?;
        let origin = accepted(T::GovernanceOrigin::try_successful_origin(), "somebody governs")?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, 0);

        assert!(story::count::<T>(crate::Kind::Channel) > 0);
        Ok(())
    }

    #[benchmark]
    fn send_message() -> Result<(), BenchmarkError> {
        let domain = channels::connected::<T>()?;
        let request = channels::request();

        #[extrinsic_call]
        _(by::<T>(&domain.owner), 0, bounded(request.encode())?);

        assert!(story::count::<T>(crate::Kind::Channel) > 0);
        Ok(())
    }

    #[benchmark]
    fn relay_message() -> Result<(), BenchmarkError> {
        let (domain, message) = channels::sent::<T>()?;

        #[extrinsic_call]
        _(by::<T>(&domain.owner), bounded(message)?);

        assert!(story::count::<T>(crate::Kind::Channel) > 0);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::chain(), crate::mock::Runtime);
}
