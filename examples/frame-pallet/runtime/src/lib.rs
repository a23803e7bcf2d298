//! A runtime as a chain has one: System, Balances, the pallet, and the engines of its domains in the same blob.
//!
//! For demonstration in two places, said where they stand: the beacon, and who authors a block.
#![cfg_attr(not(feature = "std"), no_std)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "the macros of FRAME write items of their own"
)]

extern crate alloc;

use alloc::vec::Vec;

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
mod domains;
mod presets;

pub use apis::api;
pub use domains::{BeaconOfTests, Engines, RULES, WASM_DOMAIN, evm, info_of, replay_price, wasm};

use frame_support::traits::{ConstU8, ConstU32, ConstU64, ConstU128};
use frame_support::weights::Weight;
use frame_support::weights::constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_SECOND};
use frame_support::{derive_impl, parameter_types};
use sp_runtime::generic;
use sp_runtime::traits::{BlakeTwo256, IdentifyAccount, Verify};
use sp_runtime::{MultiAddress, MultiSignature, Perbill};

#[cfg(feature = "std")]
pub use frame_system;
pub use {pallet_balances, pallet_decex};

pub type Signature = MultiSignature;
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
pub type Address = MultiAddress<AccountId, ()>;
pub type Header = generic::Header<u32, BlakeTwo256>;
pub type Extension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
);
pub type Extrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, Extension>;
pub type Payload = generic::SignedPayload<RuntimeCall, Extension>;
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

/// Zero bits of the work of a proof: four million hashes, some tenths of a second. A proof that shows nothing may make a node execute all that
/// [`MaxReplay`] allows.
pub const PROOF_WORK: u8 = 22;

parameter_types! {
    pub const Version: sp_version::RuntimeVersion = apis::VERSION;
    /// Two seconds of execution, of which a quarter stays free for fraud proofs.
    pub Weights: frame_system::limits::BlockWeights = frame_system::limits::BlockWeights::with_sensible_defaults(
        Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2), 5 << 20),
        Perbill::from_percent(75),
    );
    pub Lengths: frame_system::limits::BlockLength =
        frame_system::limits::BlockLength::builder().max_length(5 << 20).build();
    /// Two fifths of a second for what an engine does to judge one proof: a million of gas.
    pub MaxReplay: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND / 5 * 2, 0);
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type Nonce = u32;
    type AccountId = AccountId;
    type Lookup = sp_runtime::traits::AccountIdLookup<AccountId, ()>;
    type AccountData = pallet_balances::AccountData<u128>;
    type BlockWeights = Weights;
    type BlockLength = Lengths;
    type Version = Version;
    type BlockHashCount = ConstU32<250>;
    type DbWeight = RocksDbWeight;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1_000>;
    type AccountStore = System;
    type RuntimeHoldReason = RuntimeHoldReason;
}

impl pallet_decex::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GovernanceOrigin = frame_system::EnsureRoot<AccountId>;
    type Blocks = domains::OfParent;
    type Beacon = domains::BeaconOfTests;
    type Engines = domains::Engines;
    type Verifiers = ();
    type Accounts = ();
    type Rules = domains::Rules;
    type MessageBytes = ConstU32<{ 1 << 20 }>;
    type Replay = domains::Replay;
    type MaxReplay = MaxReplay;
    type ProofWork = ConstU8<PROOF_WORK>;
    type BundlePriority = ConstU64<{ u64::MAX / 4 }>;
    type WeightInfo = pallet_decex::weights::Measured<Runtime>;
}
