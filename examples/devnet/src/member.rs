//! An operator on a node: the engine of decex-operator, what it wants on disk, and, for one of them, a tendency to lie.

use crate::block::Block;
use crate::domains::Domain;
use crate::host::DevHost;
use crate::liar::Liar;
use crate::problem::Problem;
use crate::prover::Prover;
use crate::relayer::Relayer;
use crate::replay::ReplayBlock;
use crate::rules::Rules;
use crate::setup::Setup;
use crate::tree::Tree;
use decex_bundle::inbox_root;
use decex_consensus::{Consensus, Event};
use decex_core::id::ListRoot;
use decex_core::params::Validity;
use decex_core::{ConsensusHash, ConsensusNumber, DomainId, DomainNumber, HeaderHash, ReceiptHash, Slot};
use decex_fraud::FraudProof;
use decex_operator::{ConsensusBlock, NotPooled, Notice, Operator, PoolLimits, Proposal, Write};
use decex_receipt::Bundle;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;

/// Blocks that a re-organisation cannot take back: the network's delays are far shorter.
const FINALITY: u64 = 24;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Fact {
    /// On the chain.
    Chain(Event),
    /// At an operator.
    Operator(u32, Notice),
}

/// What is noted of a domain block that was executed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Noted {
    /// What a replay needs.
    pub block: ReplayBlock,
    /// The root of its inbox, which its seed is made of too.
    pub inbox: ListRoot,
}

/// One operator.
#[derive(Debug)]
pub struct Member {
    /// Its id.
    pub index: u32,
    /// Its domain.
    pub domain: DomainId,
    /// Its engine room.
    pub operator: Operator<Rules, Tree>,
    /// Its lie, if it lies.
    pub liar: Option<Liar>,
    /// What it executed, for the replay at the end. Kept by one honest operator only.
    pub journal: Option<BTreeMap<u64, Noted>>,
    /// What it relays beside: its own domain's messages. One honest operator of each domain does.
    pub relayer: Option<Relayer>,
    /// What it proves beside: its own receipts, if its domain wants that. One honest operator of the domain does.
    pub prover: Option<Prover>,
    /// Durable changes since the last commit.
    pub writes: Vec<Write>,
}

impl Member {
    /// Starts at the domain's genesis.
    ///
    /// # Errors
    /// When engine and genesis do not fit.
    pub fn new(setup: &Setup, index: u32, liar: Option<Liar>) -> Result<Self, Problem> {
        let domain = setup.domain_of(index);
        let operator = Operator::with_tree(
            setup.identity(index),
            domain.rules.clone(),
            domain.params.clone(),
            setup.domain_genesis(domain),
            PoolLimits::default(),
            domain.rules.empty_tree(),
        );
        let operator = operator.map_err(|error| Problem::new(format!("operator {index}"), error))?;
        Ok(Self {
            index,
            domain: domain.id,
            operator,
            liar,
            journal: setup.is_first(index).then(BTreeMap::new),
            relayer: (setup.is_first(index) && domain.params.messages > 0).then(Relayer::default),
            prover: Self::prover_of(setup, domain, index),
            writes: Vec::new(),
        })
    }

    /// Returns the prover beside an operator, if it has one.
    #[must_use]
    pub fn prover_of(setup: &Setup, domain: &Domain, index: u32) -> Option<Prover> {
        let is_proven = domain.params.validity != Validity::Optimistic;
        (setup.is_first(index) && is_proven).then(Prover::default)
    }

    /// Comes back from disk, with the transactions that waited in its pool.
    ///
    /// # Errors
    /// When the disk does not hold an operator.
    pub fn restore(
        setup: &Setup,
        index: u32,
        entries: Vec<(Vec<u8>, Vec<u8>)>,
        pool: &[Vec<u8>],
    ) -> Result<Operator<Rules, Tree>, Problem> {
        let domain = setup.domain_of(index);
        let (identity, engine) = (setup.identity(index), domain.rules.clone());
        let restored = Operator::restore_with_tree(
            identity,
            engine,
            domain.params.clone(),
            entries,
            PoolLimits::default(),
            domain.rules.empty_tree(),
        );
        let mut operator =
            restored.map_err(|error| Problem::new(format!("operator {index} on disk"), error))?;
        for bytes in pool {
            // What was welcome before may be executed by now.
            let _ = operator.add_transaction(bytes);
        }
        Ok(operator)
    }

    /// Follows the newest block of `branch`.
    ///
    /// # Errors
    /// When the operator cannot follow.
    pub fn follow(
        &mut self,
        chain: &Consensus<DevHost>,
        known: &BTreeMap<ConsensusHash, Block>,
        branch: &[ConsensusHash],
    ) -> Result<Vec<Fact>, Problem> {
        let Some(block) = branch.last().and_then(|hash| known.get(hash)) else {
            return Ok(Vec::new());
        };
        let own = |bundle: &&Bundle| bundle.header.header.domain == self.domain;
        let bundles: Vec<&Bundle> = block.bundles.iter().filter(own).collect();
        let view = ConsensusBlock {
            number: ConsensusNumber(block.number),
            hash: block.hash(),
            parent: block.parent,
            byte_price: Setup::byte_price(),
            bundles: &bundles,
        };
        let failed = |error: String| {
            Problem::new(
                format!("operator {} at block {}", self.index, block.number),
                error,
            )
        };
        let notices = self
            .operator
            .follow(&chain.state(), &view)
            .map_err(|error| failed(format!("{error:?}")))?;
        for notice in &notices {
            if let Notice::Executed { number, .. } = notice {
                self.note(chain, known, branch, *number)?;
                if let Some(relayer) = &mut self.relayer {
                    relayer.note(&mut self.operator, *number)?;
                }
            }
        }
        let finalized = ConsensusNumber(block.number.saturating_sub(FINALITY));
        let pruned = self.operator.prune(&chain.state(), finalized);
        pruned.map_err(|error| Problem::new(format!("operator {}", self.index), error))?;
        self.writes.extend(self.operator.take_writes());
        Ok(notices
            .into_iter()
            .map(|notice| Fact::Operator(self.index, notice))
            .collect())
    }

    /// Writes down what a domain block was executed in and with.
    fn note(
        &mut self,
        chain: &Consensus<DevHost>,
        known: &BTreeMap<ConsensusHash, Block>,
        branch: &[ConsensusHash],
        number: DomainNumber,
    ) -> Result<(), Problem> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let missing = || {
            Problem::new(
                format!("domain block {}", number.0),
                "it was executed, but its parts are gone",
            )
        };
        let inbox = chain
            .inbox(self.domain, number)
            .ok()
            .flatten()
            .ok_or_else(missing)?;
        let receipt = self.operator.receipt(number).ok_or_else(missing)?;
        let openings = self.operator.openings(number).ok_or_else(missing)?;
        let place = usize::try_from(inbox.consensus_number.0.saturating_sub(1)).map_err(|_| missing())?;
        let included = branch
            .get(place)
            .and_then(|hash| known.get(hash))
            .ok_or_else(missing)?;
        let by_hash: BTreeMap<HeaderHash, &Bundle> = included
            .bundles
            .iter()
            .map(|bundle| (bundle.header.header.compute_hash(), bundle))
            .collect();
        let mut transactions = Vec::new();
        for entry in &openings.schedule {
            let bundle = inbox
                .bundles
                .get(usize::from(entry.bundle))
                .and_then(|bundle| by_hash.get(&bundle.header));
            let leaf = usize::try_from(entry.leaf).map_err(|_| missing())?;
            let item = bundle
                .and_then(|bundle| bundle.body.get(leaf))
                .ok_or_else(missing)?;
            transactions.push(item.bytes.to_vec());
        }
        let block = ReplayBlock {
            context: inbox.context(receipt.parent),
            messages: inbox.messages.to_vec(),
            transactions,
        };
        let inbox = inbox_root(&inbox.bundles);
        journal.insert(number.0, Noted { block, inbox });
        Ok(())
    }

    /// Takes the newest block back.
    ///
    /// # Errors
    /// When the operator keeps no way back.
    pub fn retract(&mut self) -> Result<(), Problem> {
        let retracted = self.operator.retract();
        retracted.map_err(|error| Problem::new(format!("operator {}", self.index), format!("{error:?}")))?;
        self.writes.extend(self.operator.take_writes());
        let head = self.operator.head().map_or(0, |(number, _)| number.0);
        if let Some(journal) = &mut self.journal {
            journal.retain(|number, _| *number <= head);
        }
        if let Some(relayer) = &mut self.relayer {
            relayer.retract(head);
        }
        Ok(())
    }

    /// Asks for a bundle. The liar's is not what its operator made.
    ///
    /// # Errors
    /// When the operator's state cannot be read.
    pub fn propose(
        &mut self,
        setup: &Setup,
        chain: &Consensus<DevHost>,
        slot: u64,
    ) -> Result<Option<Bundle>, Problem> {
        let proposal = self.operator.propose(&chain.state(), Slot(slot));
        self.writes.extend(self.operator.take_writes());
        let proposal = proposal.map_err(|error| Problem::new(format!("operator {}", self.index), error))?;
        let Proposal::Bundle(bundle) = proposal else {
            return Ok(None);
        };
        match &mut self.liar {
            Some(liar) => liar.corrupt(setup, chain, &self.operator, *bundle).map(Some),
            None => Ok(Some(*bundle)),
        }
    }

    /// Returns the proofs it has against receipts on the chain. The liar keeps quiet.
    #[must_use]
    pub fn challenges(&self) -> Vec<FraudProof> {
        if self.liar.is_some() {
            Vec::new()
        } else {
            self.operator.challenges().cloned().collect()
        }
    }

    /// Returns the proofs of receipts on the chain that wait for one, with their receipts, if it makes any.
    ///
    /// # Errors
    /// When the chain or the state cannot be read, or a proof cannot be made.
    pub fn proofs_due(&mut self, chain: &Consensus<DevHost>) -> Result<Vec<(ReceiptHash, Vec<u8>)>, Problem> {
        match &mut self.prover {
            Some(prover) => prover.due(&mut self.operator, chain),
            None => Ok(Vec::new()),
        }
    }

    /// Takes a user's transaction.
    ///
    /// # Errors
    /// The outer one when the state cannot be read, the inner one when it is refused.
    pub fn add(&mut self, bytes: &[u8]) -> Result<Result<(), NotPooled>, Problem> {
        let added = self.operator.add_transaction(bytes);
        let added = added.map_err(|error| Problem::new(format!("operator {}", self.index), error))?;
        Ok(added.map(|_| ()))
    }
}
