//! The chain's genesis: the domains, operators with a stake, a first segment of history to plot. The same on every node.

use crate::audit::AuditState;
use crate::block::{BYTE_PRICE, Block, Origin, farmer_id};
use crate::chance::{Draw, draw};
use crate::domains::{self, Domain};
use crate::farm::allotment;
use crate::history::History;
use crate::host::DevHost;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::traffic;
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::model::Access;
use decex_consensus::{Config, Consensus, registration_message};
use decex_core::params::{DomainParams, HostLimits};
use decex_core::state::Changes;
use decex_core::{AccountId, Balance, ConsensusHash, Digest, OperatorId, Randomness, label};
use decex_election::{Keypair, Signature};
use decex_evm::EvmEngine;
use decex_farmer::archive::{SegmentHeader, segment_stream_bytes};
use decex_operator::{Genesis, Identity};
use decex_receipt::genesis_receipt;
use decex_storage_audit::{AuditParams, CheckedAuditParams, Era, FarmerId, HistorySize, SolutionRange};
use parity_scale_codec::Encode;

/// What every operator deposits, in wei of the domain: a fifth fills its storage fund, the rest is stake.
pub const OPERATOR_DEPOSIT: Balance = Balance(50_000_000_000_000_000_000);
/// What operators offer to nominators.
const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000_000),
};
/// Whom the treasury's parts go to.
const TREASURY: AccountId = AccountId(Digest([9; 32]));
/// What each domain's owner deposits.
const DEPOSIT: Balance = Balance(10_000);
/// What is held for a channel.
const CHANNEL_DEPOSIT: Balance = Balance(50);
/// Who owns the domains and opens channels between them.
pub const OWNER: AccountId = AccountId(Digest([8; 32]));
/// What the host carries and promises. Small numbers: a day of the real chain is a minute here.
pub const LIMITS: HostLimits = HostLimits {
    message_bytes: 4 * 1024 * 1024,
    slot_numerator: 1,
    slot_denominator: 5,
    censorship: 10,
    unlock_period: 84,
    submission_lag: 16,
};

/// What the storage audit is about. Small, so that a record is plotted in some 20 ms: to recompute it on demand is as cheap, so
/// nothing of this size shows that anything is stored. With k = 16 one record in five cannot be plotted, and farmers often
/// have to take another name for the sector.
pub const AUDIT: AuditParams = AuditParams {
    k: 16,
    sector_pieces: 4,
    ..AuditParams::SMALL
};
/// Blocks after which the solution range is set anew.
const ERA_BLOCKS: u32 = 32;
/// Slots for one block.
const SLOTS_PER_BLOCK: u32 = 5;

/// What is the same for all nodes of a run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The seed of all chance.
    pub seed: u64,
    /// The domains, by id.
    pub domains: [Domain; 3],
    /// How many farmers have space when the chain begins.
    pub farmers: u32,
    /// The parameters of the storage audit.
    pub audit: CheckedAuditParams,
    /// How often the solution range is set anew, and to what end.
    pub era: Era,
    /// The genesis block.
    pub genesis: Block,
    /// The headers of the segments that it fills.
    pub headers: Vec<SegmentHeader>,
    /// Whether an engine orders blocks, and no farmer wins any.
    pub is_ordered: bool,
}

impl Setup {
    /// Puts a run together.
    ///
    /// # Errors
    /// When the genesis state cannot be built or the parameters are unsafe.
    pub fn new(
        seed: u64,
        engine: EvmEngine,
        state: Changes,
        operators: u32,
        farmers: u32,
    ) -> Result<Self, Problem> {
        Self::with_audit(seed, engine, state, operators, farmers, AUDIT)
    }

    /// As [`new`](Self::new), with other parameters of the storage audit.
    ///
    /// # Errors
    /// As there.
    pub fn with_audit(
        seed: u64,
        engine: EvmEngine,
        state: Changes,
        operators: u32,
        farmers: u32,
        audit: AuditParams,
    ) -> Result<Self, Problem> {
        let domains = domains::all(seed, engine, state, operators)?;
        let audit = audit.check();
        let audit = audit.map_err(|error| Problem::new("parameters of the storage audit", error))?;
        let era = Era::new(ERA_BLOCKS, 1, SLOTS_PER_BLOCK).map_err(|error| Problem::new("the era", error))?;
        let states = domains.iter().map(|domain| &domain.state).collect::<Vec<_>>();
        let genesis = genesis(seed, &audit, &states);
        let headers = History::new(&audit, &genesis)?.of_genesis();
        Ok(Self {
            seed,
            domains,
            farmers,
            audit,
            era,
            genesis,
            headers,
            is_ordered: false,
        })
    }

    /// Returns what the host fixes for all domains.
    #[must_use]
    pub const fn config() -> Config {
        Config {
            limits: LIMITS,
            domain_deposit: DEPOSIT,
            channel_deposit: CHANNEL_DEPOSIT,
            minimum_stake: Balance(1),
            minimum_nomination: Balance(1),
            treasury: TREASURY,
            treasury_share: 2_000,
            return_after: 2,
            work_per_block: 32,
        }
    }

    /// Returns a node's chain with the genesis block applied.
    ///
    /// # Errors
    /// When the chain refuses its own genesis.
    pub fn chain(&self) -> Result<Consensus<DevHost>, Problem> {
        let mut host = DevHost::new(self.engines(), std::collections::BTreeMap::new());
        let entropy = self.genesis_entropy();
        let first = HistorySize(u32::try_from(self.headers.len()).unwrap_or(u32::MAX));
        let sectors = (0..self.farmers).map(|farmer| u64::from(allotment(farmer, first)));
        let pieces = sectors
            .sum::<u64>()
            .saturating_mul(self.audit.pieces().get().into());
        AuditState::begin(&mut host, entropy, self.era.range_for(pieces), &self.headers);
        let mut chain = Consensus::new(host, Self::config());
        for (account, amount) in self.endowments() {
            chain.host_mut().endow(&account, amount);
        }
        chain
            .begin_block(&self.genesis.info(Randomness(entropy)))
            .map_err(|error| Problem::new("genesis block", error))?;
        for domain in &self.domains {
            let params = DomainParams::clone(&domain.params);
            chain
                .create_domain(OWNER, params, Access::Open, domain.backing)
                .map_err(|error| Problem::new("domain", error))?;
            for index in domain.operators.clone() {
                let (account, keypair) = (self.account(index.into()), self.keypair(index));
                let key = *keypair.key().as_bytes();
                let message = registration_message(domain.id, &account, &key);
                let possession = keypair.sign(&label::REGISTRATION, &message);
                let registered =
                    chain.register_operator(account, domain.id, &key, &possession, OPERATOR_DEPOSIT, TERMS);
                registered.map_err(|error| Problem::new("operator", error))?;
            }
        }
        traffic::begin(self, &mut chain)?;
        chain.host_mut().take_undo();
        Ok(chain)
    }

    /// Returns the engines of all domains.
    #[must_use]
    pub fn engines(&self) -> Vec<Rules> {
        self.domains.iter().map(|domain| domain.rules.clone()).collect()
    }

    /// Returns who begins with how much.
    #[must_use]
    pub fn endowments(&self) -> Vec<(AccountId, Balance)> {
        let mut all = vec![traffic::endowment(self)];
        for domain in &self.domains {
            all.extend([
                (OWNER, domain.backing),
                (OWNER, DEPOSIT),
                (OWNER, CHANNEL_DEPOSIT),
            ]);
            let operators = domain.operators.clone();
            all.extend(operators.map(|index| (self.account(index.into()), OPERATOR_DEPOSIT)));
        }
        all
    }

    /// Returns the domain that runs the EVM.
    #[must_use]
    pub const fn evm(&self) -> &Domain {
        let [evm, _, _] = &self.domains;
        evm
    }

    /// Returns the domain of operator `index`.
    #[must_use]
    pub fn domain_of(&self, index: u32) -> &Domain {
        let found = self
            .domains
            .iter()
            .find(|domain| domain.operators.contains(&index));
        found.unwrap_or(self.evm())
    }

    /// Returns whether operator `index` is the first of its domain, which keeps a journal and relays.
    #[must_use]
    pub fn is_first(&self, index: u32) -> bool {
        self.domain_of(index).operators.start == index
    }

    /// Returns a domain's genesis as operators start from it.
    #[must_use]
    pub fn domain_genesis(&self, domain: &Domain) -> Genesis {
        let created = decex_core::ConsensusNumber(self.genesis.number);
        let params = &domain.params;
        Genesis {
            created,
            created_hash: self.genesis.hash(),
            receipt: genesis_receipt(domain.id, params.rules, params.genesis, created),
            state: domain.state.clone(),
        }
    }

    /// Returns who operator `index` is.
    #[must_use]
    pub fn identity(&self, index: u32) -> Identity {
        Identity {
            operator: Some(OperatorId(index.into())),
            keypair: self.keypair(index),
            reporter: self.account(index.into()),
        }
    }

    /// Returns the key of operator `index`.
    #[must_use]
    pub fn keypair(&self, index: u32) -> Keypair {
        Keypair::from_seed(draw(self.seed, Draw::Key, index.into(), 0).as_bytes())
    }

    /// Returns the range of the first era: right for the space that farmers begin with.
    #[must_use]
    pub fn first_range(&self) -> SolutionRange {
        let first = HistorySize(u32::try_from(self.headers.len()).unwrap_or(u32::MAX));
        let sectors = (0..self.farmers).map(|farmer| u64::from(allotment(farmer, first)));
        let sectors = sectors.fold(0, u64::saturating_add);
        self.era
            .range_for(sectors.saturating_mul(self.audit.pieces().get().into()))
    }

    /// Returns what randomness begins with. In plain sight of everybody: a chain that means it takes something that nobody
    /// could know when its parameters were chosen.
    #[must_use]
    pub fn genesis_entropy(&self) -> Digest {
        draw(self.seed, Draw::Genesis, 0, 0)
    }

    /// Returns the key of the farmer on node `index`.
    #[must_use]
    pub fn farmer_keypair(&self, index: u32) -> Keypair {
        Keypair::from_seed(draw(self.seed, Draw::Key, index.into(), 2).as_bytes())
    }

    /// Returns who farms on node `index`.
    #[must_use]
    pub fn farmer(&self, index: u32) -> FarmerId {
        farmer_id(self.farmer_keypair(index).key())
    }

    /// Returns the account of operator `index`; of another number, of a user of the consensus chain.
    #[must_use]
    pub fn account(&self, index: u64) -> AccountId {
        AccountId(draw(self.seed, Draw::Key, index, 1))
    }

    /// Returns what a byte costs.
    #[must_use]
    pub const fn byte_price() -> Balance {
        BYTE_PRICE
    }
}

/// Makes the genesis block: what the domain begins with, and enough that nobody could have computed away to fill a segment.
fn genesis(seed: u64, audit: &CheckedAuditParams, state: &[&Changes]) -> Block {
    let mut content = state.encode();
    let mut block = 1;
    while u64::try_from(content.len()).unwrap_or(u64::MAX) < segment_stream_bytes(audit) {
        content.extend_from_slice(&draw(seed, Draw::Genesis, 1, block).0);
        block = block.saturating_add(1);
    }
    Block {
        number: 1,
        parent: ConsensusHash::default(),
        slot: 0,
        origin: Origin::Genesis(content),
        headers: Vec::new(),
        proofs: Vec::new(),
        validity: Vec::new(),
        messages: Vec::new(),
        bundles: Vec::new(),
        seal: Signature([0; 64]),
    }
}
