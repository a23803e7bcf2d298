//! From a call of the pallet to a call of the consensus object, and back.

use crate::hooks::Accounts;
use crate::host::{self, FrameHost};
use crate::kind::Kind;
use crate::pallet::{BalanceOf, Config, Error, Event, Pallet};
use crate::refusal::Rule;
use crate::weight_info::WeightInfo;
use alloc::vec::Vec;
use decex_consensus::{
    AccountCall, CallError, Consensus, GovernanceCall, OpenCall, Refused, RefusedBundle, RefusedProof,
};
use decex_core::message::ChainId;
use decex_core::{AccountId, DomainId};
use frame_support::ensure;
use frame_support::traits::{EnsureOrigin, Get};
use frame_support::weights::Weight;
use frame_system::ensure_signed;
use frame_system::pallet_prelude::OriginFor;
use parity_scale_codec::Encode;
use sp_runtime::traits::{Convert, UniqueSaturatedInto};
use sp_runtime::{DispatchError, DispatchResult};

type Called = Result<Vec<decex_consensus::Event>, CallError<Refused, DispatchError>>;

/// Returns the chain that a call names: a domain, or this one.
pub(crate) const fn chain(domain: Option<u32>) -> ChainId {
    match domain {
        Some(domain) => ChainId::Domain(DomainId(domain)),
        None => ChainId::Consensus,
    }
}

/// Returns whether somebody signed. Root does not count as such, and pays nothing.
pub(crate) fn ensure_signed_or_root_or_none<O: Into<Result<frame_system::RawOrigin<A>, O>>, A>(
    origin: O,
) -> Result<bool, sp_runtime::traits::BadOrigin> {
    match origin.into() {
        Ok(frame_system::RawOrigin::Signed(_) | frame_system::RawOrigin::Root) => Ok(true),
        Ok(frame_system::RawOrigin::None) => Ok(false),
        Ok(_) | Err(_) => Err(sp_runtime::traits::BadOrigin),
    }
}

impl<T: Config> Pallet<T> {
    /// Returns the consensus object over this runtime's storage: everything that `decex_consensus::Consensus` can be asked. Made when it
    /// is needed; it remembers nothing.
    #[must_use]
    pub fn consensus() -> Consensus<FrameHost<T>> {
        Consensus::new(FrameHost::new(), T::Rules::get())
    }

    /// Returns what is in custody: what the consensus object's books hold, and what is owed.
    #[must_use]
    pub fn custody() -> BalanceOf<T> {
        host::custody::<T>()
    }

    pub(crate) fn submit_bundle_now(bytes: &[u8]) -> Called {
        let mut consensus = Self::consensus();
        widen::<RefusedBundle>(match T::Accounts::view() {
            Some(accounts) => consensus.submit_bundle_enforced(bytes, accounts),
            None => consensus.submit_bundle(bytes),
        })
    }

    pub(crate) fn submit_proof_now(bytes: &[u8]) -> Called {
        widen::<RefusedProof>(Self::consensus().submit_proof(bytes))
    }

    /// A block that did not begin must not be worked in: the clock is that of an earlier one.
    pub(crate) fn has_begun() -> bool {
        let number: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let clock = Self::consensus().clock();
        clock.is_ok_and(|clock| clock.is_some_and(|clock| clock.block.number.0 == number))
    }

    pub(crate) fn by_account(origin: OriginFor<T>, call: AccountCall) -> DispatchResult {
        let account: AccountId = host::named::<T>(ensure_signed(origin)?);
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call(account, call))
    }

    pub(crate) fn by_anybody(call: &OpenCall) -> DispatchResult {
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call_open(call))
    }

    pub(crate) fn by_governance(origin: OriginFor<T>, call: GovernanceCall) -> DispatchResult {
        T::GovernanceOrigin::ensure_origin(origin)?;
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call_governance(&call))
    }

    pub(crate) fn done(called: Called) -> DispatchResult {
        match called {
            Ok(events) => {
                Self::tell(events);
                Ok(())
            }
            Err(CallError::Refused(refused)) => Err(Error::<T>::Refused(Rule::of(&refused)).into()),
            Err(CallError::Host(error)) => Err(Self::failed(error)),
        }
    }

    pub(crate) fn failed(error: decex_consensus::StoreError<DispatchError>) -> DispatchError {
        match error {
            decex_consensus::StoreError::Host(error) => error,
            decex_consensus::StoreError::Corrupt { kind } => Error::<T>::Corrupt(kind).into(),
        }
    }

    pub(crate) fn tell(events: Vec<decex_consensus::Event>) {
        for event in events {
            let (kind, event) = (Kind::of(&event), event.encode());
            Self::deposit_event(Event::Domain { kind, event });
        }
    }

    pub(crate) fn size(length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// What judging a bundle costs once.
    pub(crate) fn weight_of_bundle(length: usize) -> Weight {
        let bytes = Self::size(length);
        T::WeightInfo::submit_bundle(bytes).saturating_add(T::Accounts::weight(bytes))
    }

    /// What an unsigned proof of this size costs at most: it is judged twice.
    pub(crate) fn weight_of_proof(bytes: u32, replay: Weight) -> Weight {
        let once = T::WeightInfo::submit_proof(bytes).saturating_add(replay);
        once.saturating_mul(2)
    }

    /// What the domain that a proof names can make the engine do, at most; nothing where there is no such domain.
    pub(crate) fn replay_of(proof: &[u8]) -> Weight {
        let Ok(named) = decex_consensus::decex_fraud::FraudProof::peek(proof) else {
            return Weight::zero();
        };
        match Self::consensus().domain(named.domain) {
            Ok(Some(domain)) => T::Replay::convert(domain.params.block.weight),
            Ok(None) | Err(_) => Weight::zero(),
        }
    }

    /// What beginning the block cost: by what happened. A sweep that finds nothing to sweep costs nothing; one that finds anything counts
    /// as a whole.
    pub(crate) fn weight_of_beginning(events: &[decex_consensus::Event]) -> Weight {
        let count = |kind: Kind| Self::size(events.iter().filter(|event| Kind::of(event) == kind).count());
        let swept = match count(Kind::OperatorSlashed) {
            0 => 0,
            _ => T::Rules::get().work_per_block,
        };
        T::WeightInfo::begin_block(count(Kind::InboxClosed), count(Kind::ReceiptConfirmed), swept)
    }
}

fn widen<R: Into<Refused>>(
    called: Result<Vec<decex_consensus::Event>, CallError<R, DispatchError>>,
) -> Called {
    called.map_err(|error| match error {
        CallError::Refused(refused) => CallError::Refused(refused.into()),
        CallError::Host(error) => CallError::Host(error),
    })
}

#[cfg(test)]
mod tests {
    use crate::mock::{Decex, Runtime};
    use crate::weights::Measured;
    use crate::{WeightInfo, decex_consensus};
    use decex_consensus::Event;
    use decex_core::{Balance, ConsensusNumber, Digest, DomainId, DomainNumber, OperatorId, Seed};
    use decex_core::{ReceiptHash, StateRoot};

    #[test]
    fn beginning_a_block_weighs_what_happened() {
        let (domain, number) = (DomainId(0), DomainNumber(1));
        let closed = Event::InboxClosed {
            domain,
            number,
            consensus: ConsensusNumber(1),
            seed: Seed(Digest([0; 32])),
        };
        let confirmed = Event::ReceiptConfirmed {
            domain,
            number,
            hash: ReceiptHash(Digest([0; 32])),
            state: StateRoot(Digest([0; 32])),
        };
        let slashed = Event::OperatorSlashed {
            operator: OperatorId(0),
            amount: Balance(0),
            reward: Balance(0),
            treasury: Balance(0),
            burned: Balance(0),
            reporter: None,
            evidence: Digest([0; 32]),
        };
        let most = decex_testkit::story::config().work_per_block;
        let weigh = Measured::<Runtime>::begin_block;
        assert_eq!(Decex::weight_of_beginning(&[]), weigh(0, 0, 0));
        let two = [closed.clone(), closed];
        assert_eq!(Decex::weight_of_beginning(&two), weigh(2, 0, 0));
        assert_eq!(Decex::weight_of_beginning(&[confirmed]), weigh(0, 1, 0));
        // One who was slashed shows a sweep, which may have been a whole one.
        assert_eq!(Decex::weight_of_beginning(&[slashed]), weigh(0, 0, most));
    }
}
