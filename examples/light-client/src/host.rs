//! The host: a chain with one EVM domain, one operator, and what it takes to prove to others.

use crate::other::Header;
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::{Access, BlockInfo, Config, Consensus, registration_message};
use decex_core::execution::Engine;
use decex_core::hash::digest_encoded;
use decex_core::params::{
    BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{Changes, MemoryTree, StateKey, StateTree};
use decex_core::*;
use decex_election::Keypair;
use decex_evm::{Address, Allocation, EvmConfig, EvmEngine, Spec, genesis};
use decex_light::LightProof;
use decex_operator::{ConsensusBlock, Genesis, Identity, Operator, PoolLimits, Proposal};
use decex_receipt::{Bundle, genesis_receipt};
use decex_testkit::host::MemoryHost;
use parity_scale_codec::Encode;
use std::collections::BTreeSet;
use std::error::Error;

const ETHER: u128 = 1_000_000_000_000_000_000;
const DEPOSIT: Balance = Balance(50 * ETHER);
const BACKING: Balance = Balance(100_000 * ETHER);
const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};
const LIMITS: HostLimits = HostLimits {
    message_bytes: 4 << 20,
    slot_numerator: 1,
    slot_denominator: 1,
    censorship: 2,
    unlock_period: 40,
    submission_lag: 4,
};
const CONFIG: Config = Config {
    limits: LIMITS,
    domain_deposit: Balance(ETHER),
    channel_deposit: Balance(ETHER),
    minimum_stake: Balance(ETHER),
    minimum_nomination: Balance(1),
    treasury: AccountId(Digest([9; 32])),
    treasury_share: 5_000,
    return_after: 2,
    work_per_block: 16,
};

fn params(engine: &EvmEngine, genesis: StateRoot) -> DomainParams {
    DomainParams {
        rules: engine.rule_set(),
        genesis,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 4,
            epoch: 4,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 200,
            bytes: 512 * 1024,
            weight: Weight(60_000_000),
        },
        transaction_bytes: 32 * 1024,
        sender_transactions: 16,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 8,
        max_base_lag: 16,
        max_gap: 8,
        messages: 0,
        witness_limit: 256 * 1024,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

/// The chain, its newest header, and the domain's operator.
pub(crate) struct Chain {
    pub(crate) consensus: Consensus<MemoryHost<EvmEngine>>,
    pub(crate) operator: Operator<EvmEngine>,
    pub(crate) domain: DomainId,
    pub(crate) header: Header,
}

fn block_info(parent: &Header) -> BlockInfo {
    let number = parent.number.0.saturating_add(1);
    BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash(parent.compute_hash()),
        slot: Slot(number),
        timestamp: Timestamp(number.saturating_mul(6_000)),
        randomness: Randomness(digest_encoded(&label::EVIDENCE, &("output", number))),
        byte_price: Balance(1_000),
        farmer: AccountId(Digest([7; 32])),
    }
}

impl Chain {
    /// Starts a chain whose domain gives these accounts 1,000 ether each.
    pub(crate) fn new(chain_id: u64, accounts: &[Address]) -> Result<Self, Box<dyn Error>> {
        let engine = EvmEngine::new(EvmConfig {
            chain_id,
            spec: Spec::Prague,
            block_gas_limit: 30_000_000,
            base_fee: 1_000_000_000,
            message_gas: 0,
        });
        let allocations: Vec<Allocation> = accounts
            .iter()
            .map(|address| Allocation {
                address: *address,
                balance: Balance(1_000 * ETHER),
                ..Allocation::default()
            })
            .collect();
        let state: Changes = genesis(&allocations)?;
        let root = MemoryTree::new().update(&state)?;
        let mut consensus = Consensus::new(MemoryHost::new(vec![engine.clone()], 1), CONFIG);
        let (owner, keypair) = (AccountId(Digest([1; 32])), Keypair::from_seed(&[4; 32]));
        consensus.host_mut().endow(owner, Balance(1_000_000 * ETHER));
        let before = Header {
            number: ConsensusNumber(0),
            parent: Digest::ZERO,
            finality: consensus.finality_root()?,
        };
        let first = block_info(&before);
        consensus.begin_block(&first)?;
        let params = params(&engine, root);
        let (domain, _) = consensus.create_domain(owner, params.clone(), Access::Open, BACKING)?;
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(&label::REGISTRATION, &registration_message(domain, &owner, &key));
        let (id, _) = consensus.register_operator(owner, domain, &key, &possession, DEPOSIT, TERMS)?;
        let header = Header {
            number: first.number,
            parent: before.compute_hash(),
            finality: consensus.finality_root()?,
        };
        let receipt = genesis_receipt(domain, params.rules, root, first.number);
        let identity = Identity {
            operator: Some(id),
            keypair,
            reporter: owner,
        };
        let created = Genesis {
            created: first.number,
            created_hash: ConsensusHash(header.compute_hash()),
            receipt,
            state,
        };
        let checked = params.check(&LIMITS)?;
        let operator = Operator::new(identity, engine, checked, created, PoolLimits::default())?;
        Ok(Self {
            consensus,
            operator,
            domain,
            header,
        })
    }

    /// Makes the next block, with a bundle if the operator has something to say, and returns its header.
    pub(crate) fn produce(&mut self) -> Result<Header, Box<dyn Error>> {
        let info = block_info(&self.header);
        let proposal = self.operator.propose(&self.consensus.state(), info.slot)?;
        self.consensus.begin_block(&info)?;
        let mut included: Vec<Bundle> = Vec::new();
        if let Proposal::Bundle(bundle) = proposal {
            self.consensus.submit_bundle(&bundle.encode())?;
            included.push(*bundle);
        }
        let parent = ConsensusHash(self.header.compute_hash());
        // After the last call of the block: this is what the header commits to.
        self.header = Header {
            number: info.number,
            parent: parent.0,
            finality: self.consensus.finality_root()?,
        };
        let bundles: Vec<&Bundle> = included.iter().collect();
        let block = ConsensusBlock {
            number: info.number,
            hash: ConsensusHash(self.header.compute_hash()),
            parent,
            byte_price: info.byte_price,
            bundles: &bundles,
        };
        self.operator.follow(&self.consensus.state(), &block)?;
        Ok(self.header.clone())
    }

    /// Proves some keys of the domain's final state, as of the newest header.
    pub(crate) fn prove(&mut self, keys: &BTreeSet<StateKey>) -> Result<LightProof, Box<dyn Error>> {
        let finality = self.consensus.finality_proof(self.domain)?;
        let receipt = self.consensus.finalized(self.domain)?.ok_or("no domain")?;
        let witness = self.operator.prove_after(receipt.number, keys)?;
        let proof = LightProof::new(
            self.header.encode(),
            finality.ok_or("no domain")?,
            receipt.into_inner(),
            witness.ok_or("a state that is gone")?,
        );
        Ok(proof.ok_or("a proof that is too long")?)
    }
}
