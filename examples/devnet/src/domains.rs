//! The domains of a run: an EVM and a ledger whose receipts are final when nobody refutes them in time, and a ledger whose receipts are final
//! when they are proven.

use crate::entropy;
use crate::payments;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::setup::LIMITS;
use crate::traffic;
use decex_core::execution::Engine;
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{Changes, StateTree};
use decex_core::{Balance, DomainId, Weight};
use decex_evm::EvmEngine;
use decex_proven_ledger::{LedgerVerifier, ProvenLedger};
use decex_testkit::ledger::{self, LedgerEngine};
use decex_validity::TransitionVerifier;
use std::ops::Range;

/// The domain that runs the EVM.
pub const EVM: DomainId = DomainId(0);
/// The domain that runs a ledger, which exchanges messages with the others.
pub const LEDGER: DomainId = DomainId(1);
/// The domain that runs a ledger whose receipts are proven.
pub const PROVEN: DomainId = DomainId(2);
/// Operators of each domain but the EVM, after those of the EVM.
pub const FEW_OPERATORS: u32 = 2;
/// What the accounts of the EVM's genesis have together: so much may leave it, as fees or to other domains.
pub const BACKING: Balance = Balance(12_000_000_000_000_000_000_000);
/// The rules of the proven ledger.
pub const PROVEN_LEDGER: ProvenLedger = ProvenLedger { id: PROVEN.0 };
/// What checks its proofs.
pub const VERIFIER: LedgerVerifier = LedgerVerifier(PROVEN_LEDGER);

/// A domain as it begins.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// What it runs.
    pub rules: Rules,
    /// Its genesis state.
    pub state: Changes,
    /// Its parameters.
    pub params: CheckedParams,
    /// What its accounts have together.
    pub backing: Balance,
    /// Its operators.
    pub operators: Range<u32>,
}

/// Returns the domains, by id.
///
/// # Errors
/// When a genesis state cannot be built or parameters are unsafe.
pub fn all(seed: u64, engine: EvmEngine, state: Changes, operators: u32) -> Result<[Domain; 3], Problem> {
    let after_evm = operators.saturating_add(FEW_OPERATORS);
    let evm = Rules::Evm(Box::new(engine));
    let ledger = Rules::Ledger(LedgerEngine::default());
    let balances = ledger::genesis(&traffic::balances(seed));
    let proven = Rules::Proven(PROVEN_LEDGER);
    let holdings = payments::genesis(seed)?;
    Ok([
        Domain {
            id: EVM,
            params: params(&evm, &state, &Difference::EVM)?,
            rules: evm,
            state,
            backing: BACKING,
            operators: 0..operators,
        },
        Domain {
            id: LEDGER,
            params: params(&ledger, &balances, &Difference::LEDGER)?,
            rules: ledger,
            state: balances,
            backing: traffic::backing(),
            operators: operators..after_evm,
        },
        Domain {
            id: PROVEN,
            params: params(&proven, &holdings, &Difference::proven())?,
            rules: proven,
            state: holdings,
            backing: payments::backing(),
            operators: after_evm..after_evm.saturating_add(FEW_OPERATORS),
        },
    ])
}

/// In what the parameters of the domains differ.
struct Difference {
    challenge_period: u64,
    witness_limit: u32,
    messages: u32,
    block: BlockLimits,
    transaction_bytes: u32,
    validity: Validity,
}

impl Difference {
    const EVM: Self = Self {
        challenge_period: 20,
        witness_limit: 256 * 1024,
        messages: 8,
        block: BlockLimits {
            transactions: 200,
            bytes: 512 * 1024,
            weight: Weight(60_000_000),
        },
        transaction_bytes: 32 * 1024,
        validity: Validity::Optimistic,
    };
    const LEDGER: Self = Self {
        challenge_period: 12,
        witness_limit: 16 * 1024,
        ..Self::EVM
    };

    /// Small blocks: everything in them goes into the proof of the block, which one consensus block carries (P9). No messages: the
    /// statement has none.
    fn proven() -> Self {
        Self {
            // Of no effect, as receipts do not become final by age.
            challenge_period: 12,
            witness_limit: 16 * 1024,
            messages: 0,
            block: BlockLimits {
                transactions: 64,
                bytes: 16 * 1024,
                weight: Weight(64),
            },
            transaction_bytes: 256,
            validity: Validity::Proven {
                verifier: VERIFIER.id(),
            },
        }
    }
}

/// Returns the parameters of a domain.
fn params(rules: &Rules, state: &Changes, difference: &Difference) -> Result<CheckedParams, Problem> {
    let root = rules.empty_tree().update(state);
    let params = DomainParams {
        rules: rules.rule_set(),
        genesis: root.map_err(|error| Problem::new("genesis state", error))?,
        // One bundle in two slots, two in a block.
        election: ElectionParams {
            numerator: 1,
            denominator: 2,
            interval: 1,
            longevity: 16,
            // Begins where the randomness of slots is renewed.
            epoch: 2 * entropy::EPOCH,
            max_factor: 1,
            absence: 0,
        },
        block: difference.block,
        transaction_bytes: difference.transaction_bytes,
        sender_transactions: 16,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        validity: difference.validity,
        challenge_period: difference.challenge_period,
        seed_delay: 1,
        trace_interval: 8,
        max_base_lag: 32,
        max_gap: 16,
        messages: difference.messages,
        witness_limit: difference.witness_limit,
        // Each winner serves a third of the senders, so that two at once seldom carry the same transaction.
        portion: WHOLE_RING / 3,
        reporter_share: 500,
    };
    params
        .check(&LIMITS)
        .map_err(|error| Problem::new("parameters", error))
}
