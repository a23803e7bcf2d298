//! The pallet: calls, storage, events, errors, hooks.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::as_conversions,
    clippy::expect_used,
    reason = "the macros of FRAME write items of their own, with what these forbid"
)]

use crate::hooks::{Beacon, Blocks, EngineSet, VerifierSet};
use crate::host::{self, FrameHost};
use crate::kind::Kind;
use crate::refusal::Rule;
use crate::unsigned;
use crate::weights::WeightInfo;
use alloc::vec::Vec;
use decex_consensus::decex_staking::{Extent, PoolTerms};
use decex_consensus::{
    Access, AccountCall, CallError, Consensus, GovernanceCall, OpenCall, Refused, RefusedBundle, RefusedProof,
};
use decex_core::message::{ChainId, ChannelId, Request};
use decex_core::params::DomainParams;
use decex_core::{AccountId, Balance, DomainId, OperatorId, decode_exact};
use frame_support::dispatch::{
    DispatchErrorWithPostInfo, DispatchResultWithPostInfo, Pays, PostDispatchInfo,
};
use frame_support::pallet_prelude::*;
use frame_support::traits::fungible::{Inspect, MutateHold};
use frame_system::pallet_prelude::*;
use sp_runtime::traits::{Convert, UniqueSaturatedInto};

pub use inner::*;

pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// What travels: a bundle, a proof, evidence, a message.
pub type Bytes<T> = BoundedVec<u8, <T as Config>::MessageBytes>;

type Called = Result<Vec<decex_consensus::Event>, CallError<Refused, DispatchError>>;

#[frame_support::pallet]
pub mod inner {
    use super::*;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId: From<[u8; 32]> + Into<[u8; 32]>, RuntimeEvent: From<Event<Self>>>
    {
        /// The chain's money. Everything in custody is on hold in one account, [`pot`](crate::pot).
        type Currency: Inspect<Self::AccountId, Balance: TryFrom<u128> + Into<u128>>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// The composite reason for holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who decides for the consensus chain: which domains it talks with.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Where the chain is.
        type Blocks: Blocks<BlockNumberFor<Self>>;
        /// What operators are elected by.
        type Beacon: Beacon;
        /// The engines of the domains.
        type Engines: EngineSet;
        /// The verifiers of the domains whose receipts are proven.
        type Verifiers: VerifierSet;
        /// What the chain fixes for all domains. A rule of the chain: changed by a runtime upgrade alone.
        type Rules: Get<decex_consensus::Config>;
        /// The longest message, in bytes: `message_bytes` of the rules.
        #[pallet::constant]
        type MessageBytes: Get<u32>;
        /// What a domain's weight costs at most when this runtime executes it again to judge a proof.
        type Replay: Convert<decex_core::Weight, Weight>;
        /// The heaviest replay that a block has room for. A domain whose block may weigh more is not created.
        #[pallet::constant]
        type MaxReplay: Get<Weight>;
        /// Zero bits that the hash over an unsigned fraud proof begins with; see [`work`](crate::work).
        #[pallet::constant]
        type ProofWork: Get<u8>;
        /// The pool's priority of a bundle; older windows get up to 2^32 more. At most a quarter of the range.
        #[pallet::constant]
        type BundlePriority: Get<TransactionPriority>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// Why money is on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Stakes, funds, deposits, and what is in domains.
        Custody,
    }

    /// The consensus object's store: its keys (`decex_consensus::keys`) hashed, because parts of them are chosen by users; its values as it
    /// encodes them.
    #[pallet::storage]
    #[pallet::unbounded]
    pub type Store<T: Config> = StorageMap<Hasher = Blake2_128Concat, Key = Vec<u8>, Value = Vec<u8>>;

    /// What left the books and its owner could not take: less than the existential deposit. Still in custody.
    #[pallet::storage]
    pub type Owed<T: Config> = StorageMap<
        Hasher = Blake2_128Concat,
        Key = T::AccountId,
        Value = BalanceOf<T>,
        QueryKind = ValueQuery,
    >;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Something happened to a domain.
        Domain {
            /// What.
            kind: Kind,
            /// The whole of it: a SCALE-encoded `decex_consensus::Event`.
            event: Vec<u8>,
        },
        /// The block did not begin for the domains: the header contradicts the one before. No call works until a runtime upgrade.
        NotBegun {
            /// Why.
            error: DispatchError,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// A rule of the protocol is broken.
        Refused(Rule),
        /// The store holds what no call wrote, under a key of this kind.
        Corrupt(u8),
        /// The bytes are no parameters of a domain.
        Params,
        /// The bytes are no request.
        Request,
        /// A proof against the domain could weigh more than a block has room for.
        TooHeavy,
        /// The block has not begun for the domains.
        NotBegun,
        /// Nothing is owed to the account, or it cannot take it.
        NothingOwed,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Begins the block for the domains: at most `work_per_block` confirmations and as many removed receipts, and one inbox of each
        /// domain.
        fn on_initialize(number: BlockNumberFor<T>) -> Weight {
            let info = T::Blocks::info(number);
            let begun = frame_support::storage::with_storage_layer(|| {
                let begun = Self::consensus().begin_block(&info);
                begun.map_err(|error| match error {
                    CallError::Refused(refused) => {
                        let k = u8::try_from(refused.code()).unwrap_or(u8::MAX);
                        Error::<T>::Refused(Rule { k, within: 0 }).into()
                    }
                    CallError::Host(error) => Self::failed(error),
                })
            });
            let most = T::Rules::get().work_per_block;
            let root = T::WeightInfo::finality_root();
            match begun {
                Ok(events) => {
                    let weight = Self::weight_of_beginning(&events);
                    Self::tell(events);
                    weight.saturating_add(root)
                }
                Err(error) => {
                    Self::deposit_event(Event::NotBegun { error });
                    T::WeightInfo::begin_block(0, most, most).saturating_add(root)
                }
            }
        }

        /// Puts the finality root into the header, for light clients (`decex-light`).
        fn on_finalize(_: BlockNumberFor<T>) {
            if let Ok(root) = Self::consensus().finality_root() {
                let item = sp_runtime::DigestItem::Consensus(*b"DECX", root.encode());
                frame_system::Pallet::<T>::deposit_log(item);
            }
        }

        fn integrity_test() {
            let limits = T::Rules::get().limits;
            assert_eq!(
                limits.message_bytes,
                T::MessageBytes::get(),
                "one limit of messages"
            );
            assert!(
                T::BundlePriority::get() <= TransactionPriority::MAX / 4,
                "fraud proofs come before bundles"
            );
            let block = <T as frame_system::Config>::BlockWeights::get();
            let class = block.get(DispatchClass::Operational);
            let proof = Self::weight_of_proof(T::MessageBytes::get(), T::MaxReplay::get());
            assert!(
                class.max_extrinsic.is_none_or(|most| proof.all_lte(most)),
                "every fraud proof fits into a block: {proof} of {:?}",
                class.max_extrinsic
            );
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a domain: `params` is a SCALE-encoded `DomainParams`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::create_domain())]
        pub fn create_domain(
            origin: OriginFor<T>,
            params: BoundedVec<u8, ConstU32<1024>>,
            listed: bool,
            #[pallet::compact] backing: u128,
        ) -> DispatchResult {
            let params: DomainParams = decode_exact(&params, 1024).map_err(|_| Error::<T>::Params)?;
            ensure!(
                T::Replay::convert(params.block.weight).all_lte(T::MaxReplay::get()),
                Error::<T>::TooHeavy
            );
            let call = AccountCall::CreateDomain {
                params: alloc::boxed::Box::new(params),
                access: if listed { Access::Listed } else { Access::Open },
                backing: Balance(backing),
            };
            Self::by_account(origin, call)
        }

        /// Adds to a domain's balance.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::endow_domain())]
        pub fn endow_domain(
            origin: OriginFor<T>,
            domain: u32,
            #[pallet::compact] amount: u128,
        ) -> DispatchResult {
            let (domain, amount) = (DomainId(domain), Balance(amount));
            Self::by_account(origin, AccountCall::EndowDomain { domain, amount })
        }

        /// Stops taking bundles with transactions, or takes them again.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::pause())]
        pub fn set_paused(origin: OriginFor<T>, domain: u32, paused: bool) -> DispatchResult {
            let domain = DomainId(domain);
            let call = if paused {
                AccountCall::Pause { domain }
            } else {
                AccountCall::Resume { domain }
            };
            Self::by_account(origin, call)
        }

        /// Puts an account on a domain's list of who may register operators, or takes it off.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::allow())]
        pub fn set_allowed(
            origin: OriginFor<T>,
            domain: u32,
            account: T::AccountId,
            allowed: bool,
        ) -> DispatchResult {
            let (domain, account) = (DomainId(domain), host::named::<T>(account));
            let call = if allowed {
                AccountCall::Allow { domain, account }
            } else {
                AccountCall::Disallow { domain, account }
            };
            Self::by_account(origin, call)
        }

        /// Registers an operator and opens its pool. `possession` signs `decex_consensus::registration_message`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::register_operator())]
        pub fn register_operator(
            origin: OriginFor<T>,
            domain: u32,
            key: [u8; 32],
            possession: [u8; 64],
            #[pallet::compact] deposit: u128,
            tax: u16,
            #[pallet::compact] minimum_nomination: u128,
        ) -> DispatchResult {
            let call = AccountCall::RegisterOperator {
                domain: DomainId(domain),
                key,
                possession: decex_consensus::decex_election::Signature(possession),
                deposit: Balance(deposit),
                terms: PoolTerms {
                    tax,
                    minimum_nomination: Balance(minimum_nomination),
                },
            };
            Self::by_account(origin, call)
        }

        /// Leaves: ineligible at once, liable until the unlock period is over.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::deregister_operator())]
        pub fn deregister_operator(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            let operator = OperatorId(operator);
            Self::by_account(origin, AccountCall::DeregisterOperator { operator })
        }

        /// Takes an operator that was absent back.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::reactivate_operator())]
        pub fn reactivate_operator(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            let operator = OperatorId(operator);
            Self::by_account(origin, AccountCall::ReactivateOperator { operator })
        }

        /// Adds to an operator's pool.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::nominate())]
        pub fn nominate(
            origin: OriginFor<T>,
            operator: u64,
            #[pallet::compact] deposit: u128,
        ) -> DispatchResult {
            let (operator, deposit) = (OperatorId(operator), Balance(deposit));
            Self::by_account(origin, AccountCall::Nominate { operator, deposit })
        }

        /// Asks for shares to be paid back: so many, or all.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>, operator: u64, shares: Option<u128>) -> DispatchResult {
            let operator = OperatorId(operator);
            let extent = shares.map_or(Extent::All, Extent::Shares);
            Self::by_account(origin, AccountCall::Withdraw { operator, extent })
        }

        /// Pays an account what is due to it in a pool. Anybody may ask.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim(origin: OriginFor<T>, operator: u64, account: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            let (operator, account) = (OperatorId(operator), host::named::<T>(account));
            Self::by_anybody(&OpenCall::Claim { operator, account })
        }

        /// Takes an operator that is absent out of the elections. Anybody may ask.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::report_absence())]
        pub fn report_absence(origin: OriginFor<T>, operator: u64) -> DispatchResult {
            ensure_signed(origin)?;
            Self::by_anybody(&OpenCall::ReportAbsence {
                operator: OperatorId(operator),
            })
        }

        /// Includes a bundle. Unsigned: its operator's seal and storage fund stand for it. What is refused is in no block.
        #[pallet::call_index(11)]
        #[pallet::weight(Pallet::<T>::weight_of_bundle(bundle.len()).saturating_mul(2))]
        pub fn submit_bundle(origin: OriginFor<T>, bundle: Bytes<T>) -> DispatchResult {
            ensure_none(origin)?;
            Self::done(Self::submit_bundle_now(&bundle))
        }

        /// Judges a fraud proof. Unsigned with `work`, or signed by anybody without: then it costs the fee unless it holds.
        #[pallet::call_index(12)]
        #[pallet::weight((
            Pallet::<T>::weight_of_proof(Pallet::<T>::size(proof.len()), T::MaxReplay::get()),
            DispatchClass::Operational,
        ))]
        pub fn submit_proof(origin: OriginFor<T>, work: u64, proof: Bytes<T>) -> DispatchResultWithPostInfo {
            let _ = work;
            let signed = ensure_signed_or_root_or_none(origin)?;
            let replay = Self::replay_of(&proof);
            let once = T::WeightInfo::submit_proof(Self::size(proof.len())).saturating_add(replay);
            // Judged twice where nobody signed: once so that it does not get into a block for nothing.
            let times = if signed { 1 } else { 2 };
            let info = |pays_fee| PostDispatchInfo {
                actual_weight: Some(once.saturating_mul(times)),
                pays_fee,
            };
            match Self::done(Self::submit_proof_now(&proof)) {
                Ok(()) => Ok(info(Pays::No)),
                Err(error) => Err(DispatchErrorWithPostInfo {
                    post_info: info(Pays::Yes),
                    error,
                }),
            }
        }

        /// Judges two headers that an operator sealed for one window. Free if they show it; the caller is the reporter.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::submit_equivocation(Pallet::<T>::size(evidence.len())))]
        pub fn submit_equivocation(origin: OriginFor<T>, evidence: Bytes<T>) -> DispatchResultWithPostInfo {
            let evidence = evidence.into_inner();
            Self::by_account(origin, AccountCall::SubmitEquivocation { evidence })?;
            Ok(Pays::No.into())
        }

        /// Judges two receipts that an operator vouched for. Free if they show it; the caller is the reporter.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::submit_equivocation(Pallet::<T>::size(evidence.len())))]
        pub fn submit_receipt_equivocation(
            origin: OriginFor<T>,
            evidence: Bytes<T>,
        ) -> DispatchResultWithPostInfo {
            let evidence = evidence.into_inner();
            Self::by_account(origin, AccountCall::SubmitReceiptEquivocation { evidence })?;
            Ok(Pays::No.into())
        }

        /// Judges a validity proof. Free if it holds.
        #[pallet::call_index(15)]
        #[pallet::weight(
            T::WeightInfo::submit_validity_proof(Pallet::<T>::size(proof.len()))
                .saturating_add(T::MaxReplay::get())
        )]
        pub fn submit_validity_proof(origin: OriginFor<T>, proof: Bytes<T>) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let proof = proof.into_inner();
            Self::by_anybody(&OpenCall::SubmitValidityProof { proof })?;
            Ok(Pays::No.into())
        }

        /// Lists a chain that a domain talks with (`None`: this one), and what it takes for a message; no fee takes it off the list.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::list_peer())]
        pub fn list_peer(
            origin: OriginFor<T>,
            domain: u32,
            peer: Option<u32>,
            fee: Option<u128>,
        ) -> DispatchResult {
            let call = AccountCall::ListPeer {
                domain: DomainId(domain),
                peer: chain(peer),
                fee: fee.map(Balance),
            };
            Self::by_account(origin, call)
        }

        /// Opens a channel from the caller's domain to another, or to this chain.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::open_channel())]
        pub fn open_channel(
            origin: OriginFor<T>,
            opener: u32,
            acceptor: Option<u32>,
            capacity: u32,
        ) -> DispatchResult {
            let call = AccountCall::OpenChannel {
                opener: DomainId(opener),
                acceptor: chain(acceptor),
                capacity,
            };
            Self::by_account(origin, call)
        }

        /// Closes a channel that ends at a domain of the caller's.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::close_channel())]
        pub fn close_channel(origin: OriginFor<T>, channel: u64) -> DispatchResult {
            let channel = ChannelId(channel);
            Self::by_account(origin, AccountCall::CloseChannel { channel })
        }

        /// Sends a request from the caller's account of this chain: a SCALE-encoded `Request`.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::send_message())]
        pub fn send_message(
            origin: OriginFor<T>,
            channel: u64,
            request: BoundedVec<u8, ConstU32<2048>>,
        ) -> DispatchResult {
            let request: Request = decode_exact(&request, 2048).map_err(|_| Error::<T>::Request)?;
            let channel = ChannelId(channel);
            Self::by_account(origin, AccountCall::SendMessage { channel, request })
        }

        /// Passes a message on that a domain's final receipt shows. Anybody may.
        #[pallet::call_index(20)]
        #[pallet::weight(T::WeightInfo::relay_message(Pallet::<T>::size(message.len())))]
        pub fn relay_message(origin: OriginFor<T>, message: Bytes<T>) -> DispatchResult {
            ensure_signed(origin)?;
            let message = message.into_inner();
            Self::by_anybody(&OpenCall::RelayMessage { message })
        }

        /// Lists a domain that this chain talks with, or takes it off the list.
        #[pallet::call_index(21)]
        #[pallet::weight(T::WeightInfo::list_peer())]
        pub fn list_peer_of_consensus(origin: OriginFor<T>, peer: u32, listed: bool) -> DispatchResult {
            let peer = DomainId(peer);
            Self::by_governance(origin, GovernanceCall::ListPeerOfConsensus { peer, listed })
        }

        /// Closes a channel that ends here.
        #[pallet::call_index(22)]
        #[pallet::weight(T::WeightInfo::close_channel())]
        pub fn close_channel_of_consensus(origin: OriginFor<T>, channel: u64) -> DispatchResult {
            let channel = ChannelId(channel);
            Self::by_governance(origin, GovernanceCall::CloseChannelOfConsensus { channel })
        }

        /// Pays an account what it is owed and could not take before. Anybody may ask.
        #[pallet::call_index(23)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn collect(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Owed::<T>::contains_key(&account), Error::<T>::NothingOwed);
            host::pay::<T>(&account, BalanceOf::<T>::default())?;
            ensure!(!Owed::<T>::contains_key(&account), Error::<T>::NothingOwed);
            Ok(())
        }
    }

    #[allow(deprecated)]
    #[pallet::validate_unsigned]
    impl<T: Config> ValidateUnsigned for Pallet<T> {
        type Call = Call<T>;

        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "what is not named is refused, whatever calls there will be"
        )]
        /// For the pool. See the module `unsigned` for what a stranger can make a node do.
        fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
            match call {
                Call::submit_bundle { bundle } => unsigned::bundle::<T>(bundle),
                Call::submit_proof { work, proof } => unsigned::proof::<T>(*work, proof),
                _ => Err(InvalidTransaction::Call.into()),
            }
        }

        /// For the block: what would be refused does not get in, so no refusal takes room that nobody pays for.
        fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
            if !Self::has_begun() {
                return Err(UnknownTransaction::Custom(unsigned::NOT_BEGUN).into());
            }
            Self::validate_unsigned(TransactionSource::InBlock, call).map(|_| ())
        }
    }
}

const fn chain(domain: Option<u32>) -> ChainId {
    match domain {
        Some(domain) => ChainId::Domain(DomainId(domain)),
        None => ChainId::Consensus,
    }
}

/// Returns whether somebody signed. Root does not count as such, and pays nothing.
fn ensure_signed_or_root_or_none<O: Into<Result<frame_system::RawOrigin<A>, O>>, A>(
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
        widen::<RefusedBundle>(Self::consensus().submit_bundle(bytes))
    }

    pub(crate) fn submit_proof_now(bytes: &[u8]) -> Called {
        widen::<RefusedProof>(Self::consensus().submit_proof(bytes))
    }

    /// A block that did not begin must not be worked in: the clock is that of an earlier one.
    fn has_begun() -> bool {
        let number: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let clock = Self::consensus().clock();
        clock.is_ok_and(|clock| clock.is_some_and(|clock| clock.block.number.0 == number))
    }

    fn by_account(origin: OriginFor<T>, call: AccountCall) -> DispatchResult {
        let account: AccountId = host::named::<T>(ensure_signed(origin)?);
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call(account, call))
    }

    fn by_anybody(call: &OpenCall) -> DispatchResult {
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call_open(call))
    }

    fn by_governance(origin: OriginFor<T>, call: GovernanceCall) -> DispatchResult {
        T::GovernanceOrigin::ensure_origin(origin)?;
        ensure!(Self::has_begun(), Error::<T>::NotBegun);
        Self::done(Self::consensus().call_governance(&call))
    }

    fn done(called: Called) -> DispatchResult {
        match called {
            Ok(events) => {
                Self::tell(events);
                Ok(())
            }
            Err(CallError::Refused(refused)) => Err(Error::<T>::Refused(Rule::of(&refused)).into()),
            Err(CallError::Host(error)) => Err(Self::failed(error)),
        }
    }

    fn failed(error: decex_consensus::StoreError<DispatchError>) -> DispatchError {
        match error {
            decex_consensus::StoreError::Host(error) => error,
            decex_consensus::StoreError::Corrupt { kind } => Error::<T>::Corrupt(kind).into(),
        }
    }

    fn tell(events: Vec<decex_consensus::Event>) {
        for event in events {
            let (kind, event) = (Kind::of(&event), event.encode());
            Self::deposit_event(Event::Domain { kind, event });
        }
    }

    pub(crate) fn size(length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// What judging a bundle costs once.
    fn weight_of_bundle(length: usize) -> Weight {
        T::WeightInfo::submit_bundle(Self::size(length))
    }

    /// What an unsigned proof of this size costs at most: it is judged twice.
    fn weight_of_proof(bytes: u32, replay: Weight) -> Weight {
        let once = T::WeightInfo::submit_proof(bytes).saturating_add(replay);
        once.saturating_mul(2)
    }

    /// What the domain that a proof names can make the engine do, at most; nothing where there is no such domain.
    fn replay_of(proof: &[u8]) -> Weight {
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
    fn weight_of_beginning(events: &[decex_consensus::Event]) -> Weight {
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
