//! What the story takes for granted: keys, accounts, parameters, the beacon.

use crate::host::MemoryHost;
use crate::ledger::{LedgerEngine, genesis, sender_of};
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::{Beacon, BlockInfo, Config};
use decex_core::execution::Engine;
use decex_core::hash::Hash;
use decex_core::params::{
    BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, Randomness, SenderId, Slot, Timestamp,
    Weight, label,
};
use decex_election::Keypair;

/// Milliseconds of a slot: block times are whole slots from zero on.
const SLOT: u64 = 6_000;

/// What each operator deposits.
pub(super) const DEPOSIT: Balance = Balance(200_000);

/// What each operator offers.
pub(super) const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};

/// What the accounts of the consensus chain begin with.
pub(super) const ENDOWED: Balance = Balance(1_000_000);

/// How many operators there are.
pub(super) const OPERATORS: u8 = 8;

/// How many users the domain begins with.
const USERS: u8 = 6;

/// What the host fixes in the story.
#[must_use]
pub const fn config() -> Config {
    let limits = HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 16,
        submission_lag: 2,
    };
    Config {
        limits,
        domain_deposit: Balance(100),
        channel_deposit: Balance(50),
        minimum_stake: Balance(100),
        minimum_nomination: Balance(1),
        treasury: AccountId(Digest([9; 32])),
        treasury_share: 5_000,
        return_after: 2,
        work_per_block: 8,
    }
}

/// The domain of the story.
#[must_use]
pub fn params() -> DomainParams {
    let engine = LedgerEngine::default();
    let rules = engine.rule_set();
    DomainParams {
        rules,
        genesis: state().root(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 2,
            epoch: 2,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 64,
            bytes: 65_536,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 8,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 5,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 4,
        messages: 8,
        witness_limit: 16_384,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}

/// The randomness of the story's elections. Everybody can compute it for every slot: for tests alone.
#[must_use]
pub fn beacon(slot: Slot) -> Randomness {
    let host: MemoryHost<LedgerEngine> = MemoryHost::new(alloc::vec::Vec::new(), 7);
    let Ok(randomness) = host.randomness(slot);
    randomness.unwrap_or_default()
}

/// The state that the domain begins with.
pub(super) fn state() -> MemoryTree {
    let mut tree = MemoryTree::new();
    let balances: alloc::vec::Vec<_> = (0..USERS).map(|index| (user(index), Balance(100_000))).collect();
    // The empty tree takes every change.
    let _ = tree.update(&genesis(&balances));
    tree
}

/// What the domain begins with: what its users have.
pub(super) const BACKING: Balance = Balance(600_000);

pub(super) fn block(number: u64, slot: Slot) -> BlockInfo {
    BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash(seeded("block", number.saturating_sub(1))),
        slot,
        timestamp: Timestamp(slot.0.saturating_mul(SLOT)),
        randomness: Randomness(seeded("output", number)),
        byte_price: Balance(1),
        farmer: account("farmer", 0),
    }
}

pub(super) fn seeded(what: &str, number: u64) -> Digest {
    Hash::new(&label::LEDGER_KEY)
        .chain([3])
        .chain(number.to_le_bytes())
        .chain(what)
        .finish()
}

/// An account of the consensus chain.
pub(super) fn account(what: &str, number: u8) -> AccountId {
    AccountId(seeded(what, number.into()))
}

/// The account of an operator.
pub(super) fn operator(index: u8) -> AccountId {
    account("operator", index)
}

/// The key of an operator.
pub(super) fn key(index: u8) -> Keypair {
    Keypair::from_seed(seeded("key", index.into()).as_bytes())
}

/// The key of a user of the domain.
pub(super) fn user_key(index: u8) -> Keypair {
    Keypair::from_seed(seeded("user", index.into()).as_bytes())
}

/// The domain's account of a user.
pub(super) fn user(index: u8) -> SenderId {
    sender_of(user_key(index).key())
}
