//! A runtime of three pallets. Signatures are names: whoever writes a transaction says who signed it.

use decex_consensus::BlockInfo;
use decex_consensus::decex_bundle::{AccountView, Base};
use decex_core::execution::{Account, Engine};
use decex_core::hash::digest_encoded;
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, Host, Randomness, RuleSet,
    SenderId, Slot, Timestamp, label,
};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story;
use frame_support::traits::{ConstU8, ConstU32};
use frame_support::weights::Weight;
use frame_support::{derive_impl, parameter_types};
use pallet_decex::decex_consensus;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::generic;
use sp_runtime::traits::{BlakeTwo256, Convert, IdentifyAccount, Lazy, Verify};
use sp_runtime::{AccountId32, DispatchError, MultiAddress};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A signer is its name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Name(pub AccountId32);

impl IdentifyAccount for Name {
    type AccountId = AccountId32;
    fn into_account(self) -> AccountId32 {
        self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Signature(pub AccountId32);

impl Verify for Signature {
    type Signer = Name;
    fn verify<L: Lazy<[u8]>>(&self, _: L, signer: &AccountId32) -> bool {
        self.0 == *signer
    }
}

pub type Extension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
);
pub type Extrinsic =
    generic::UncheckedExtrinsic<MultiAddress<AccountId32, ()>, RuntimeCall, Signature, Extension>;
pub type Header = generic::Header<u64, BlakeTwo256>;
pub type Block = generic::Block<Header, Extrinsic>;
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Balances: pallet_balances,
        Decex: pallet_decex,
    }
);

parameter_types! {
    pub Weights: frame_system::limits::BlockWeights =
        frame_system::limits::BlockWeights::simple_max(Weight::from_parts(2_000_000_000_000, 5 << 20));
    pub Lengths: frame_system::limits::BlockLength = frame_system::limits::BlockLength::builder()
        .max_length(8 << 20)
        .build();
}

parameter_types! {
    pub Version: sp_version::RuntimeVersion = sp_version::RuntimeVersion {
        // The root of the state is made as the test's database makes it.
        system_version: 1,
        ..Default::default()
    };
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type Version = Version;
    type AccountId = AccountId32;
    type Lookup = sp_runtime::traits::AccountIdLookup<AccountId32, ()>;
    type AccountData = pallet_balances::AccountData<u128>;
    type BlockWeights = Weights;
    type BlockLength = Lengths;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = u128;
    type ExistentialDeposit = Deposit;
    type AccountStore = System;
    type RuntimeHoldReason = RuntimeHoldReason;
}

thread_local! {
    static INFO: RefCell<Option<BlockInfo>> = const { RefCell::new(None) };
    static DEPOSIT: RefCell<u128> = const { RefCell::new(1) };
}

/// The existential deposit, as this test has it.
pub struct Deposit;
impl frame_support::traits::Get<u128> for Deposit {
    fn get() -> u128 {
        DEPOSIT.with_borrow(|deposit| *deposit)
    }
}

pub fn set_deposit(deposit: u128) {
    DEPOSIT.set(deposit);
}

/// What the next block says of itself.
pub fn set_info(info: BlockInfo) {
    INFO.set(Some(info));
}

/// Where no test says more: a slot for each block.
fn info_of(number: u64) -> BlockInfo {
    let seeded = |what| digest_encoded(&label::EVIDENCE, &(what, number));
    BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash(seeded("parent")),
        slot: Slot(number),
        timestamp: Timestamp(number * 6_000),
        randomness: Randomness(seeded("output")),
        byte_price: Balance(1),
        farmer: AccountId(Digest([8; 32])),
    }
}

/// A chain without blocks, for benchmarks.
pub fn chain() -> sp_io::TestExternalities {
    INFO.set(None);
    sp_io::TestExternalities::default()
}

pub struct Told;
impl pallet_decex::Blocks<u64> for Told {
    fn info(number: u64) -> BlockInfo {
        INFO.with_borrow(|info| info.unwrap_or_else(|| info_of(number)))
    }
}
pub struct StoryBeacon;
impl pallet_decex::Beacon for StoryBeacon {
    fn randomness(slot: Slot) -> Option<Randomness> {
        Some(story::beacon(slot))
    }
}

#[derive(Default)]
pub struct Engines(LedgerEngine);
impl pallet_decex::EngineSet for Engines {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        (*rules == self.0.rule_set()).then_some(&self.0)
    }
}

pub struct StoryRules;
impl frame_support::traits::Get<decex_consensus::Config> for StoryRules {
    fn get() -> decex_consensus::Config {
        let mut config = story::config();
        config.limits.message_bytes = LongestMessage::get();
        config
    }
}

thread_local! {
    static ACCOUNTS: RefCell<Option<BTreeMap<SenderId, Account>>> = const { RefCell::new(None) };
}

/// What the chain knows of the accounts of domains; nothing to begin with.
pub fn set_accounts(accounts: Option<BTreeMap<SenderId, Account>>) {
    ACCOUNTS.set(accounts);
}

/// As the test has set them, in whatever domain and after whatever base.
pub struct Known;
impl Host for Known {
    type Error = DispatchError;
}
impl AccountView for Known {
    fn account(&self, _: DomainId, _: &Base, sender: &SenderId) -> Result<Account, DispatchError> {
        ACCOUNTS.with_borrow(|accounts| {
            let accounts = accounts.as_ref().ok_or(DispatchError::Unavailable)?;
            Ok(accounts.get(sender).copied().unwrap_or_default())
        })
    }
}
impl pallet_decex::Accounts for Known {
    fn view() -> Option<&'static dyn AccountView<Error = DispatchError>> {
        let known = ACCOUNTS.with_borrow(Option::is_some);
        known.then_some(&Known as &dyn AccountView<Error = DispatchError>)
    }
    fn weight(bytes: u32) -> Weight {
        Weight::from_parts(1_000, 0).saturating_mul(bytes.into())
    }
}

/// 10 ns for a unit of the toy ledger's weight.
pub struct Replay;
impl Convert<decex_core::Weight, Weight> for Replay {
    fn convert(weight: decex_core::Weight) -> Weight {
        Weight::from_parts(weight.0.saturating_mul(10_000), 0)
    }
}

parameter_types! {
    pub static MaxReplay: Weight = Weight::from_parts(20_000_000_000, 0);
    pub static Priority: u64 = u64::MAX / 4;
    pub static LongestMessage: u32 = 1 << 20;
}

/// Bits of work in these tests: enough to be looked for, quickly found.
pub const WORK: u8 = 6;

impl pallet_decex::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GovernanceOrigin = frame_system::EnsureRoot<AccountId32>;
    type Blocks = Told;
    type Beacon = StoryBeacon;
    type Engines = Engines;
    type Verifiers = ();
    type Accounts = Known;
    type Rules = StoryRules;
    type MessageBytes = ConstU32<{ 1 << 20 }>;
    type Replay = Replay;
    type MaxReplay = MaxReplay;
    type ProofWork = ConstU8<WORK>;
    type BundlePriority = Priority;
    type WeightInfo = pallet_decex::weights::Measured<Runtime>;
}
