//! The pallet: what the chain provides, storage, events, errors, hooks. Its calls stand in `calls`.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::as_conversions,
    clippy::expect_used,
    reason = "the macros of FRAME write items of their own, with what these forbid"
)]

use crate::dispatch::{chain, ensure_signed_or_root_or_none};
use crate::hooks::{Accounts, Beacon, Blocks, EngineSet, VerifierSet};
use crate::host;
use crate::kind::Kind;
use crate::refusal::Rule;
use crate::unsigned;
use crate::weight_info::WeightInfo;
use alloc::vec::Vec;
use decex_consensus::decex_staking::{Extent, PoolTerms};
use decex_consensus::{Access, AccountCall, CallError, GovernanceCall, OpenCall};
use decex_core::message::{ChannelId, Request};
use decex_core::params::DomainParams;
use decex_core::{Balance, DomainId, OperatorId, decode_exact};
use frame_support::dispatch::{
    DispatchErrorWithPostInfo, DispatchResultWithPostInfo, Pays, PostDispatchInfo,
};
use frame_support::pallet_macros::import_section;
use frame_support::pallet_prelude::*;
use frame_support::traits::fungible::{Inspect, MutateHold};
use frame_system::pallet_prelude::*;
use sp_runtime::traits::Convert;

pub use inner::*;

pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// What travels: a bundle, a proof, evidence, a message.
pub type Bytes<T> = BoundedVec<u8, <T as Config>::MessageBytes>;

#[import_section(crate::calls::calls)]
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
        /// What the chain knows of the accounts of domains that enforce legality at inclusion.
        type Accounts: Accounts;
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
            let most = class.max_extrinsic.or(class.max_total).unwrap_or(block.max_block);
            assert!(
                proof.all_lte(most),
                "every fraud proof fits into a block: {proof} of {most}"
            );
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
