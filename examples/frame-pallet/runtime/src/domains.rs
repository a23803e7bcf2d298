//! What the chain answers to the pallet.

use crate::Runtime;
use decex_consensus::{BlockInfo, Config};
use decex_core::execution::Engine;
use decex_core::hash::digest_encoded;
use decex_core::params::HostLimits;
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, Randomness, RuleSet, Slot,
    Timestamp, Weight as EngineWeight, label,
};
use decex_evm::{EvmConfig, EvmEngine, Spec};
use decex_wasm::{WasmConfig, WasmEngine};
use frame_support::traits::Get;
use frame_support::weights::Weight;
use sp_runtime::traits::Convert;

/// The domain of WebAssembly contracts. Its users sign for it, so it is part of the engine's rules.
pub const WASM_DOMAIN: DomainId = DomainId(1);

/// The rules of the EVM domain.
#[must_use]
pub fn evm() -> EvmEngine {
    EvmEngine::new(EvmConfig {
        chain_id: 717_171,
        spec: Spec::Prague,
        block_gas_limit: 1_000_000,
        base_fee: 10,
        message_gas: 100_000,
    })
}

/// The rules of the domain of WebAssembly contracts.
#[must_use]
pub const fn wasm() -> WasmEngine {
    WasmEngine::new(WasmConfig {
        domain: WASM_DOMAIN,
        fuel_price: 1,
        message_fuel: 100_000,
    })
}

/// All that a fraud proof on this chain may have to execute.
#[derive(Debug)]
pub struct Engines {
    evm: EvmEngine,
    wasm: WasmEngine,
}

impl Default for Engines {
    fn default() -> Self {
        Self {
            evm: evm(),
            wasm: wasm(),
        }
    }
}

impl pallet_decex::EngineSet for Engines {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let engines: [&dyn Engine; 2] = [&self.evm, &self.wasm];
        engines.into_iter().find(|engine| engine.rule_set() == *rules)
    }
}

/// What a unit of gas or fuel may cost this runtime at most: 400 ns. The worst that `./replay.sh` finds is the precompile that evaluates KZG
/// commitments, at some 270 ns; README.md has the table.
#[derive(Debug)]
pub struct Replay;

impl Convert<EngineWeight, Weight> for Replay {
    fn convert(weight: EngineWeight) -> Weight {
        replay_price(weight)
    }
}

/// Returns what so much gas or fuel costs this runtime at most.
#[must_use]
pub fn replay_price(weight: EngineWeight) -> Weight {
    Weight::from_parts(weight.0.saturating_mul(400_000), 0)
}

/// What the chain fixes for all domains.
pub const RULES: Config = Config {
    limits: HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 20,
        submission_lag: 2,
    },
    domain_deposit: Balance(100_000),
    channel_deposit: Balance(50_000),
    minimum_stake: Balance(10_000),
    minimum_nomination: Balance(1_000),
    treasury: AccountId(Digest([9; 32])),
    treasury_share: 5_000,
    return_after: 2,
    work_per_block: 64,
};

/// [`RULES`], as FRAME takes constants.
#[derive(Debug)]
pub struct Rules;

impl Get<Config> for Rules {
    fn get() -> Config {
        RULES
    }
}

/// Returns what a block says of itself: a slot for each block, and what derives from its parent.
///
/// For demonstration: here whoever makes the parent knows the seed of the schedule, and can try many. A chain with BABE takes slot and
/// VRF output from the pre-runtime digest, and the author from `pallet_authorship`.
#[must_use]
pub fn info_of(number: u32, parent: [u8; 32]) -> BlockInfo {
    BlockInfo {
        number: ConsensusNumber(number.into()),
        parent_hash: ConsensusHash(Digest(parent)),
        slot: Slot(number.into()),
        timestamp: Timestamp(u64::from(number).saturating_mul(6_000)),
        randomness: Randomness(digest_encoded(&label::EVIDENCE, &("output", parent))),
        byte_price: Balance(1),
        farmer: AccountId(Digest([8; 32])),
    }
}

/// The block that is being made.
#[derive(Debug)]
pub struct OfParent;

impl pallet_decex::Blocks<u32> for OfParent {
    fn info(number: u32) -> BlockInfo {
        info_of(number, frame_system::Pallet::<Runtime>::parent_hash().0)
    }
}

/// Everybody can compute it for every slot: for tests alone. A chain with BABE answers with the randomness of the slot's epoch.
#[derive(Debug)]
pub struct BeaconOfTests;

impl pallet_decex::Beacon for BeaconOfTests {
    fn randomness(slot: Slot) -> Option<Randomness> {
        Some(Randomness(digest_encoded(&label::EVIDENCE, &("beacon", slot))))
    }
}
