//! The chain's genesis: one EVM domain, and operators with a stake. The same on every node.

use crate::block::{BYTE_PRICE, Block};
use crate::chance::{Draw, draw};
use crate::host::DevHost;
use crate::problem::Problem;
use decex_consensus::model::Access;
use decex_consensus::{Config, Consensus, registration_message};
use decex_core::execution::Engine;
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING,
};
use decex_core::state::{Changes, MemoryTree, StateTree};
use decex_core::{AccountId, Balance, ConsensusHash, DomainId, OperatorId, Weight, label};
use decex_election::Keypair;
use decex_evm::EvmEngine;
use decex_operator::{Genesis, Identity};
use decex_receipt::{Receipt, genesis_receipt};

/// What every operator stakes.
pub const STAKE: Balance = Balance(1_000_000);
/// What the domain's owner deposits.
const DEPOSIT: Balance = Balance(10_000);
/// The domain.
pub const DOMAIN: DomainId = DomainId(0);

/// What the host carries and promises. Small numbers: a day of the real chain is a minute here.
pub const LIMITS: HostLimits = HostLimits {
    message_bytes: 4 * 1024 * 1024,
    slot_numerator: 1,
    slot_denominator: 4,
    censorship: 10,
    unlock_period: 64,
    epoch: 8,
    submission_lag: 16,
};

/// What is the same for all nodes of a run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The seed of all chance.
    pub seed: u64,
    /// The domain's engine.
    pub engine: EvmEngine,
    /// The domain's genesis state.
    pub state: Changes,
    /// The domain's parameters.
    pub params: CheckedParams,
    /// How many operators.
    pub operators: u32,
    /// The genesis block.
    pub genesis: Block,
}

impl Setup {
    /// Puts a run together.
    ///
    /// # Errors
    /// When the genesis state cannot be built or the parameters are unsafe.
    pub fn new(seed: u64, engine: EvmEngine, state: Changes, operators: u32) -> Result<Self, Problem> {
        let root = MemoryTree::new()
            .update(&state)
            .map_err(|error| Problem::new("genesis state", error))?;
        let params = DomainParams {
            rules: engine.rule_set(),
            genesis: root,
            // One bundle in two slots, two in a block.
            election: ElectionParams {
                numerator: 1,
                denominator: 2,
                interval: 1,
                longevity: 16,
            },
            block: BlockLimits {
                transactions: 200,
                bytes: 512 * 1024,
                weight: Weight(60_000_000),
            },
            transaction_bytes: 32 * 1024,
            sender_transactions: 16,
            bundles_per_block: 16,
            legality: LegalityMode::Deferred,
            challenge_period: 20,
            seed_delay: 1,
            trace_interval: 8,
            max_base_lag: 32,
            max_gap: 16,
            witness_limit: 256 * 1024,
            // Each winner serves a third of the senders, so that two at once seldom carry the same transaction.
            portion: WHOLE_RING / 3,
            reporter_share: 500,
        };
        let params = params
            .check(&LIMITS)
            .map_err(|error| Problem::new("parameters", error))?;
        let genesis = Block {
            number: 1,
            parent: ConsensusHash::default(),
            slot: 0,
            farmer: 0,
            proofs: Vec::new(),
            bundles: Vec::new(),
        };
        Ok(Self {
            seed,
            engine,
            state,
            params,
            operators,
            genesis,
        })
    }

    /// Returns what the host fixes for all domains.
    #[must_use]
    pub const fn config() -> Config {
        Config {
            limits: LIMITS,
            domain_deposit: DEPOSIT,
            minimum_stake: Balance(1),
            work_per_block: 32,
        }
    }

    /// Returns a node's chain with the genesis block applied.
    ///
    /// # Errors
    /// When the chain refuses its own genesis.
    pub fn chain(&self) -> Result<Consensus<DevHost>, Problem> {
        let host = DevHost::new(self.seed, self.engine.clone(), std::collections::BTreeMap::new());
        let mut chain = Consensus::new(host, Self::config());
        let owner = self.account(u64::MAX);
        chain.host_mut().endow(&owner, DEPOSIT);
        chain
            .begin_block(&self.genesis.info(self.seed))
            .map_err(|error| Problem::new("genesis block", error))?;
        let params = DomainParams::clone(&self.params);
        chain
            .create_domain(owner, params, Access::Open)
            .map_err(|error| Problem::new("domain", error))?;
        for index in 0..self.operators {
            let (account, keypair) = (self.account(index.into()), self.keypair(index));
            chain.host_mut().endow(&account, STAKE);
            let key = *keypair.key().as_bytes();
            let possession = keypair.sign(
                &label::REGISTRATION,
                &registration_message(DOMAIN, &account, &key),
            );
            let registered = chain.register_operator(account, DOMAIN, &key, &possession, STAKE);
            registered.map_err(|error| Problem::new("operator", error))?;
        }
        chain.host_mut().take_undo();
        Ok(chain)
    }

    /// Returns the domain's genesis receipt.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        let created = decex_core::ConsensusNumber(self.genesis.number);
        genesis_receipt(DOMAIN, self.params.rules, self.params.genesis, created)
    }

    /// Returns the domain's genesis as operators start from it.
    #[must_use]
    pub fn domain_genesis(&self) -> Genesis {
        Genesis {
            created: decex_core::ConsensusNumber(self.genesis.number),
            created_hash: self.genesis.hash(),
            receipt: self.receipt(),
            state: self.state.clone(),
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

    /// Returns the account of operator `index`; of the domain's owner for `u64::MAX`.
    #[must_use]
    pub fn account(&self, index: u64) -> AccountId {
        AccountId(draw(self.seed, Draw::Key, index, 1))
    }

    /// Returns what the domain's owner deposited.
    #[must_use]
    pub const fn deposit() -> Balance {
        DEPOSIT
    }

    /// Returns what a byte costs.
    #[must_use]
    pub const fn byte_price() -> Balance {
        BYTE_PRICE
    }
}
