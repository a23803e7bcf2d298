//! The stage: a chain with its domains and operators, just before anything goes wrong.

use crate::chain::{Blocks, Cast};
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::liars::Liar;
use crate::names;
use crate::nodes::{Challenger, Sight};
use crate::oracle::{Right, Rights};
use crate::schedule::Schedule;
use crate::workload::Workload;
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::model::Access;
use decex_consensus::{BlockInfo, Config, Consensus, registration_message};
use decex_core::execution::Engine;
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING,
};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, OperatorId,
    Randomness, Slot, Timestamp, Weight, label,
};
use decex_operator::Genesis;
use decex_receipt::{Openings, genesis_receipt};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What each operator stakes.
pub const STAKE: Balance = Balance(1_000_000_000);
/// What it deposits: a fifth fills its storage fund, enough for all bundles of a run.
const OPERATOR_DEPOSIT: Balance = Balance(1_250_000_000);
/// What each nominator has.
const PURSE: Balance = Balance(10_000_000_000);
/// What operators offer to nominators.
const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};
/// What the chain does by itself in one block at most.
pub const WORK: u32 = 4;
/// Slots of a stake epoch.
const EPOCH: u64 = 8;
/// Windows that a bundle may be old.
const LONGEVITY: u64 = 4;
/// The first slot in which stakes count.
const WARM_UP: u64 = EPOCH + 2;
const OWNER: AccountId = AccountId(Digest([9; 32]));
const DEPOSIT: Balance = Balance(10);

/// Everything in place.
#[derive(Debug)]
pub struct Stage<H, E> {
    /// The blocks so far.
    pub blocks: Blocks<H, E>,
    /// The last of them.
    pub tip: usize,
    /// Honest operators and watchers, at the tip.
    pub challengers: Vec<Challenger<E>>,
    /// The others.
    pub liars: Vec<Liar>,
    /// The domains.
    pub params: BTreeMap<DomainId, CheckedParams>,
    /// The slot to go on with.
    pub next_slot: u64,
}

fn limits(schedule: &Schedule) -> HostLimits {
    let challenge = challenge_period(schedule);
    HostLimits {
        message_bytes: 2 * 1024 * 1024,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: schedule.inclusion_delay(),
        unlock_period: challenge + EPOCH + (LONGEVITY + 1) * schedule.interval + 10,
        submission_lag: 10,
    }
}

/// Returns the challenge period of a schedule's domains, in blocks: the least that P5 allows for its inclusion delay.
#[must_use]
pub fn challenge_period(schedule: &Schedule) -> u64 {
    schedule.inclusion_delay() + u64::from(schedule.seed_delay) + 1
}

fn params_of<E: Engine>(schedule: &Schedule, engine: &E, genesis: decex_core::StateRoot) -> DomainParams {
    DomainParams {
        rules: engine.rule_set(),
        genesis,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: schedule.interval,
            longevity: LONGEVITY,
            epoch: EPOCH / schedule.interval,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 200_000,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        challenge_period: challenge_period(schedule),
        seed_delay: schedule.seed_delay,
        trace_interval: schedule.trace_interval,
        max_base_lag: 16,
        max_gap: 8,
        messages: 8,
        witness_limit: 60_000,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

/// Builds the stage.
///
/// # Errors
/// When something of it is refused: the simulator is broken.
pub fn stage<H: SimulatedHost, W: Workload>(
    schedule: &Schedule,
    workload: &W,
    mut host: H,
) -> Result<Stage<H, W::Engine>, Failure> {
    let engine = workload.engine();
    let limits = limits(schedule);
    let config = Config {
        limits,
        domain_deposit: DEPOSIT,
        channel_deposit: Balance(50),
        minimum_stake: Balance(1),
        minimum_nomination: Balance(1),
        treasury: names::TREASURY,
        treasury_share: 2_500,
        return_after: 2,
        work_per_block: WORK,
    };
    let all = usize::try_from(schedule.domains)
        .unwrap_or(1)
        .saturating_mul(schedule.operators);
    for operator in 0..all {
        host.endow(names::account(number(operator)), OPERATOR_DEPOSIT);
    }
    for nominator in 0..names::NOMINATORS {
        host.endow(names::nominator(nominator), PURSE);
    }
    for _ in 0..schedule.domains {
        host.endow(OWNER, Balance(DEPOSIT.0 + workload.supply().0));
    }
    let total = host.total();
    let mut chain = Consensus::new(host, config);
    let info = BlockInfo {
        number: ConsensusNumber(1),
        parent_hash: ConsensusHash::default(),
        slot: Slot(1),
        timestamp: Timestamp(0),
        randomness: Randomness::default(),
        byte_price: Balance(1),
        farmer: names::FARMER,
    };
    let begun = chain.begin_block(&info);
    begun.map_err(|error| Failure::fault("the first block does not begin", &error))?;
    let state = workload.genesis();
    let mut tree = MemoryTree::new();
    let root = tree
        .update(&state)
        .map_err(|error| Failure::fault("no genesis state", &error))?;
    let (mut rights, mut params) = (Rights::new(), BTreeMap::new());
    for _ in 0..schedule.domains {
        let set = params_of(schedule, &engine, root);
        let checked = set.clone().check(&limits);
        let checked = checked.map_err(|error| Failure::fault("unsafe parameters", &error))?;
        let (domain, _) = chain
            .create_domain(OWNER, set, Access::Open, workload.supply())
            .map_err(|error| Failure::fault("no domain", &error))?;
        let receipt = genesis_receipt(domain, engine.rule_set(), root, info.number);
        let right = Right {
            hash: receipt.compute_hash(),
            receipt,
            openings: Openings::default(),
            state: tree.clone(),
            closed: 1,
        };
        rights.insert((domain, DomainNumber(0)), Rc::new(right));
        params.insert(domain, checked);
    }
    let (mut honest, mut liars, mut ids) = (BTreeSet::new(), Vec::new(), Vec::new());
    for domain in params.keys().copied() {
        for place in 0..schedule.operators {
            let id = register(&mut chain, domain, number(ids.len()))?;
            ids.push(id);
            if place < schedule.honest {
                honest.insert(id);
            } else {
                liars.push(Liar {
                    id,
                    domain,
                    strategy: schedule.strategy(place),
                });
            }
        }
    }
    let cast = Cast {
        honest: honest.clone(),
        operators: number(all),
        total,
    };
    let mut blocks = Blocks::new(chain, info, rights, cast, engine.clone());
    let mut tip = 0;
    for slot in 2..WARM_UP {
        tip = blocks.make(tip, slot, 0, Vec::new())?;
    }
    let mut challengers = Vec::new();
    for (domain, checked) in &params {
        let right = blocks.at(0)?.rights.get(&(*domain, DomainNumber(0))).cloned();
        let right = right.ok_or_else(|| Failure::new(Invariant::Fault, "no genesis"))?;
        let own = ids
            .iter()
            .enumerate()
            .filter(|(place, id)| {
                honest.contains(id) && place / schedule.operators == usize::try_from(domain.0).unwrap_or(0)
            })
            .map(|(_, id)| Some(*id));
        for id in own.chain((0..schedule.watchers).map(|_| None)) {
            let genesis = Genesis {
                created: info.number,
                created_hash: blocks.at(0)?.hash,
                receipt: right.receipt.clone(),
                state: state.clone(),
            };
            let mut challenger = Challenger::new(id, engine.clone(), checked.clone(), genesis)?;
            challenger.sight = Sight::new(tip);
            challenger.catch_up(&blocks)?;
            challengers.push(challenger);
        }
    }
    Ok(Stage {
        blocks,
        tip,
        challengers,
        liars,
        params,
        next_slot: WARM_UP,
    })
}

fn register<H: SimulatedHost>(
    chain: &mut Consensus<H>,
    domain: DomainId,
    operator: u64,
) -> Result<OperatorId, Failure> {
    let (account, keypair) = (names::account(operator), names::keypair(operator));
    let key = *keypair.key().as_bytes();
    let message = registration_message(domain, &account, &key);
    let possession = keypair.sign(&label::REGISTRATION, &message);
    let registered = chain.register_operator(account, domain, &key, &possession, OPERATOR_DEPOSIT, TERMS);
    registered
        .map(|(id, _)| id)
        .map_err(|error| Failure::fault("no registration", &error))
}

fn number(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}
