//! What the chain begins with: domains, of the EVM or of the toy ledger, and the operators that serve them.

use super::evm::{self, EvmGenesis};
use super::hash;
use super::rules::Rules;
use super::state::HostState;
use crate::wallet::Wallet;
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::{Access, BlockInfo, Config, Consensus, registration_message};
use decex_core::execution::Engine;
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{Changes, MemoryTree, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, OperatorId, Randomness, Slot,
    Timestamp, Weight, label,
};
use decex_election::Keypair;
use decex_evm::Allocation;
use decex_operator::Identity;
use decex_receipt::genesis_receipt;
use decex_testkit::ledger::{LedgerEngine, genesis as ledger, sender_of};
use parity_scale_codec::Encode;

const LIMITS: HostLimits = HostLimits {
    message_bytes: 1024 * 1024,
    // Each block is a slot.
    slot_numerator: 1,
    slot_denominator: 1,
    // Proofs go into the next blocks, whoever leads: every leader would have to censor.
    censorship: 6,
    unlock_period: 100,
    submission_lag: 4,
};

/// What the host fixes for all domains.
pub(crate) const CONFIG: Config = Config {
    limits: LIMITS,
    domain_deposit: DEPOSIT,
    channel_deposit: Balance(50),
    minimum_stake: Balance(100),
    minimum_nomination: Balance(1),
    treasury: AccountId(Digest([9; 32])),
    treasury_share: 2_000,
    return_after: 2,
    work_per_block: 64,
};

const OWNER: AccountId = AccountId(Digest([1; 32]));
const DEPOSIT: Balance = Balance(1_000);
/// Of each operator in each domain: a fifth of it is the fund that pays for blockspace.
const STAKE: Balance = Balance(1_000_000_000_000);
/// What each user begins with.
const PURSE: Balance = Balance(1_000_000_000_000);

const TERMS: PoolTerms = PoolTerms {
    tax: 500,
    minimum_nomination: Balance(1_000),
};

/// How large the cluster is. Everything else, keys included, follows from it: a demonstration's keys are no secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub struct Genesis {
    /// Makes keys and balances of one cluster differ from another's.
    pub seed: u64,
    /// Validators of the BFT engine.
    pub validators: u32,
    /// Operators of each domain. Operator `i` of every domain is run by one process.
    pub operators: u32,
    /// Domains.
    pub domains: u32,
    /// Of the domains, the first so many run the EVM; the others are toy ledgers.
    pub evm: u32,
    /// Users of each operator in each domain.
    pub users: u32,
}

/// Why there is no chain with this genesis.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct GenesisError {
    what: &'static str,
    reason: String,
}

impl GenesisError {
    pub(super) fn new(what: &'static str, reason: impl std::fmt::Debug) -> Self {
        Self {
            what,
            reason: format!("{reason:?}"),
        }
    }
}

impl Genesis {
    /// Names this genesis. The BFT engine's genesis block commits to it.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        hash("decex bft-cluster 1 genesis", &[&self.encode()]).0
    }

    /// Returns a seed for a key or a draw.
    #[must_use]
    pub fn draw(&self, what: &str, numbers: &[u32]) -> [u8; 32] {
        hash(
            "decex bft-cluster 1 draw",
            &[&self.seed.to_le_bytes(), what.as_bytes(), &numbers.encode()],
        )
        .0
    }

    /// Returns the domains.
    pub fn domains(&self) -> impl Iterator<Item = DomainId> + use<> {
        (0..self.domains).map(DomainId)
    }

    /// Returns the key that operator `index` of `domain` seals with.
    #[must_use]
    pub fn keypair(&self, domain: DomainId, index: u32) -> Keypair {
        Keypair::from_seed(&self.draw("operator", &[domain.0, index]))
    }

    /// Returns the account that registers operator `index` of `domain` and is paid what it reports.
    #[must_use]
    pub fn account(&self, domain: DomainId, index: u32) -> AccountId {
        AccountId(Digest(self.draw("account", &[domain.0, index])))
    }

    /// Returns the id that operator `index` of `domain` is registered under.
    #[must_use]
    pub fn operator(&self, domain: DomainId, index: u32) -> OperatorId {
        OperatorId(u64::from(
            domain.0.saturating_mul(self.operators).saturating_add(index),
        ))
    }

    /// Returns who operator `index` of `domain` is.
    #[must_use]
    pub fn identity(&self, domain: DomainId, index: u32) -> Identity {
        Identity {
            operator: Some(self.operator(domain, index)),
            keypair: self.keypair(domain, index),
            reporter: self.account(domain, index),
        }
    }

    /// Returns the key of a user of a ledger: `user` of those who use operator `index` of `domain`.
    #[must_use]
    pub fn user(&self, domain: DomainId, index: u32, user: u32) -> Keypair {
        Keypair::from_seed(&self.draw("user", &[domain.0, index, user]))
    }

    /// Returns the wallet of a user of an EVM domain. `None` if the draw is no key, which is as likely as to guess one.
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn wallet(&self, domain: DomainId, index: u32, user: u32) -> Result<Option<Wallet>, GenesisError> {
        let chain_id = EvmGenesis::of(domain)?.config.chain_id;
        let key = self.draw("wallet", &[domain.0, index, user]);
        Ok(Wallet::try_from_bytes(&key, chain_id))
    }

    /// Returns whether a domain runs the EVM.
    #[must_use]
    pub const fn is_evm(&self, domain: DomainId) -> bool {
        domain.0 < self.evm
    }

    /// Returns what a domain runs.
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn rules(&self, domain: DomainId) -> Result<Rules, GenesisError> {
        if self.is_evm(domain) {
            let engine = EvmGenesis::of(domain)?.engine();
            return Ok(Rules::Evm(Box::new(engine)));
        }
        Ok(Rules::Ledger(LedgerEngine::default()))
    }

    /// Returns what the domains run together: who judges proofs needs all of it.
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn engines(&self) -> Result<Vec<Rules>, GenesisError> {
        // Ledgers are all the same.
        let ledger = [Ok(Rules::Ledger(LedgerEngine::default()))];
        let evm = (0..self.evm).map(|domain| self.rules(DomainId(domain)));
        ledger.into_iter().chain(evm).collect()
    }

    /// Returns a domain's first state.
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn domain_state(&self, domain: DomainId) -> Result<Changes, GenesisError> {
        let users = (0..self.operators).flat_map(|index| (0..self.users).map(move |user| (index, user)));
        if !self.is_evm(domain) {
            let balances: Vec<_> = users
                .map(|(index, user)| (sender_of(self.user(domain, index, user).key()), PURSE))
                .collect();
            return Ok(ledger(&balances));
        }
        let accounts = self.accounts(domain)?;
        decex_evm::genesis(&accounts).map_err(|error| GenesisError::new("an EVM domain's accounts", error))
    }

    /// The accounts of an EVM domain.
    fn accounts(&self, domain: DomainId) -> Result<Vec<Allocation>, GenesisError> {
        let users = (0..self.operators).flat_map(|index| (0..self.users).map(move |user| (index, user)));
        let mut addresses = Vec::new();
        for (index, user) in users {
            let wallet = self.wallet(domain, index, user)?;
            addresses.extend(wallet.map(|wallet| wallet.address()));
        }
        Ok(EvmGenesis::of(domain)?.accounts(addresses))
    }

    /// Returns a domain as operators start from it. `hash` is the hash of block 0.
    ///
    /// # Errors
    /// When the parameters do not pass.
    pub fn domain(
        &self,
        domain: DomainId,
        hash: [u8; 32],
    ) -> Result<(CheckedParams, decex_operator::Genesis), GenesisError> {
        let state = self.domain_state(domain)?;
        let params = params(&self.rules(domain)?, &state)?;
        let created = ConsensusNumber(0);
        let genesis = decex_operator::Genesis {
            created,
            created_hash: ConsensusHash(Digest(hash)),
            receipt: genesis_receipt(domain, params.rules, params.genesis, created),
            state,
        };
        Ok((params, genesis))
    }

    /// Returns the money there is, all accounts together.
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn issuance(&self) -> Result<u128, GenesisError> {
        let operators = STAKE.0.saturating_mul(self.operators.into());
        self.domains().try_fold(0_u128, |sum, domain| {
            let backing = self.backing(domain)?.0.saturating_add(DEPOSIT.0);
            Ok(sum.saturating_add(operators).saturating_add(backing))
        })
    }

    /// What the accounts of a domain's first state have stands for as much in its balance.
    fn backing(&self, domain: DomainId) -> Result<Balance, GenesisError> {
        if self.is_evm(domain) {
            let accounts = self.accounts(domain)?;
            let sum = accounts
                .iter()
                .fold(0_u128, |sum, account| sum.saturating_add(account.balance.0));
            return Ok(Balance(sum));
        }
        let users = u128::from(self.operators).saturating_mul(self.users.into());
        Ok(Balance(PURSE.0.saturating_mul(users)))
    }

    /// Block 0: creates domains and operators.
    pub(super) fn build(&self, chain: &mut Consensus<HostState>) -> Result<(), GenesisError> {
        let failed = |error: &dyn std::fmt::Debug| GenesisError::new("block 0", error);
        let info = BlockInfo {
            number: ConsensusNumber(0),
            parent_hash: ConsensusHash::default(),
            slot: Slot(0),
            timestamp: Timestamp(0),
            randomness: Randomness(Digest(self.commitment())),
            byte_price: super::chain::BYTE_PRICE,
            farmer: OWNER,
        };
        if self.evm > self.domains {
            let found = format!("{} of {} domains run the EVM", self.evm, self.domains);
            return Err(GenesisError::new("domains", found));
        }
        chain.begin_block(&info).map_err(|error| failed(&error))?;
        for domain in self.domains() {
            let backing = self.backing(domain)?;
            chain.host_mut().endow(&OWNER, backing);
            chain.host_mut().endow(&OWNER, DEPOSIT);
            let checked = params(&self.rules(domain)?, &self.domain_state(domain)?)?;
            let params = DomainParams::clone(&checked);
            let (created, _) = chain
                .create_domain(OWNER, params, Access::Open, backing)
                .map_err(|error| failed(&error))?;
            if created != domain {
                return Err(failed(&created));
            }
            for index in 0..self.operators {
                self.register(chain, domain, index)?;
            }
        }
        Ok(())
    }

    fn register(
        &self,
        chain: &mut Consensus<HostState>,
        domain: DomainId,
        index: u32,
    ) -> Result<(), GenesisError> {
        let (account, keypair) = (self.account(domain, index), self.keypair(domain, index));
        chain.host_mut().endow(&account, STAKE);
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(domain, &account, &key),
        );
        let registered = chain.register_operator(account, domain, &key, &possession, STAKE, TERMS);
        let (id, _) = registered.map_err(|error| GenesisError::new("an operator", error))?;
        if id == self.operator(domain, index) {
            Ok(())
        } else {
            Err(GenesisError::new("an operator's id", id))
        }
    }
}

fn params(rules: &Rules, state: &Changes) -> Result<CheckedParams, GenesisError> {
    let root = MemoryTree::new().update(state);
    let params = DomainParams {
        rules: rules.rule_set(),
        genesis: root.map_err(|error| GenesisError::new("a domain's state", error))?,
        // One bundle in a block is expected.
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 16,
            epoch: 16,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 512,
            bytes: 128 * 1024,
            weight: Weight(60_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 12,
        seed_delay: 1,
        trace_interval: 4,
        max_base_lag: 64,
        max_gap: 32,
        messages: 8,
        witness_limit: 12 * 1024,
        portion: WHOLE_RING,
        reporter_share: 500,
    };
    let params = match rules {
        Rules::Ledger(_) => params,
        Rules::Evm(_) => evm::limits(params),
    };
    params
        .check(&LIMITS)
        .map_err(|error| GenesisError::new("parameters", error))
}

/// Returns the most bytes of a bundle or proof.
#[must_use]
pub const fn message_bytes() -> u32 {
    LIMITS.message_bytes
}
