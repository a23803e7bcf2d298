//! A runtime of three pallets. Signatures are names: whoever writes a transaction says who signed it.

use decex_consensus::BlockInfo;
use decex_core::execution::Engine;
use decex_core::{Randomness, RuleSet, Slot};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story;
use frame_support::traits::{ConstU8, ConstU32, ConstU64};
use frame_support::weights::Weight;
use frame_support::{derive_impl, parameter_types};
use pallet_decex::decex_consensus;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::generic;
use sp_runtime::traits::{BlakeTwo256, Convert, IdentifyAccount, Lazy, Verify};
use sp_runtime::{AccountId32, MultiAddress};
use std::cell::RefCell;

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

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
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

pub struct Told;
impl pallet_decex::Blocks<u64> for Told {
    fn info(_: u64) -> BlockInfo {
        INFO.with_borrow(|info| info.unwrap())
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
        story::config()
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
    pub MaxReplay: Weight = Weight::from_parts(20_000_000_000, 0);
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
    type Rules = StoryRules;
    type MessageBytes = ConstU32<{ 1 << 20 }>;
    type Replay = Replay;
    type MaxReplay = MaxReplay;
    type ProofWork = ConstU8<WORK>;
    type BundlePriority = ConstU64<{ u64::MAX / 4 }>;
    type WeightInfo = pallet_decex::weights::Measured<Runtime>;
}
