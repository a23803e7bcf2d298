//! A farmer's node: its view of the chain, its pools, and the operators that live on it.

use crate::block::{Block, Origin};
use crate::execute::{Executed, execute};
use crate::farm::{Farm, FarmCounts};
use crate::history::History;
use crate::host::{DevHost, Undo};
use crate::member::{Fact, Member};
use crate::problem::Problem;
use crate::relayer::is_wanted;
use crate::setup::{LIMITS, Setup};
use decex_consensus::{Consensus, Event};
use decex_core::codec::decode_exact;
use decex_core::hash::digest;
use decex_core::label::LEDGER_KEY;
use decex_core::{ConsensusHash, Digest, DomainId, DomainNumber, HeaderHash};
use decex_election::Signature;
use decex_farmer::archive::SegmentHeader;
use decex_farmer::plot::Proven;
use decex_fraud::{FraudPool, JudgeError, PoolLimits};
use decex_messaging::hub::Relayed;
use decex_receipt::Bundle;
use decex_validity::{NotProven, ValidityName, judge};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most validity proofs that a node keeps: far more than receipts are pending here.
const VALIDITY_POOL: usize = 64;

/// What a farmer keeps of fraud proofs: far more than one liar gives cause for, and bounded whatever is sent.
const POOL: PoolLimits = PoolLimits {
    message_bytes: LIMITS.message_bytes,
    proofs: 64,
    bytes: 16 * 1024 * 1024,
    per_domain: 8,
    failures: 256,
};

/// A block of the branch that the node follows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Applied {
    /// Its hash.
    pub hash: ConsensusHash,
    /// What it overwrote.
    pub undo: Undo,
    /// What it did.
    pub events: Vec<Event>,
}

/// What a node keeps beside its chain's map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Memory {
    /// Blocks whose parent is not known yet, by that parent.
    pub orphans: BTreeMap<ConsensusHash, Vec<Block>>,
    /// Bundles that wait for a block, or may have to be included again after a re-organisation.
    pub bundles: BTreeMap<HeaderHash, Bundle>,
    /// Messages that may be taken in, by domain and place in its outbox, with the slot in which they came.
    pub messages: BTreeMap<(DomainId, u32), (u64, Vec<u8>)>,
    /// Validity proofs that hold or wait for the proof of the receipt before theirs, by domain, number and hash of the proof.
    pub validity: BTreeMap<(DomainId, DomainNumber, Digest), Vec<u8>>,
    /// How often the node changed its branch.
    pub reorgs: u32,
    /// The most blocks it took back at once.
    pub deepest: u32,
    /// What its farmer did.
    pub farm: FarmCounts,
}

/// One node.
#[derive(Debug)]
pub struct Node {
    /// Which farmer.
    pub index: u32,
    /// Its chain.
    pub chain: Consensus<DevHost>,
    /// Every block that it knows.
    pub known: BTreeMap<ConsensusHash, Block>,
    /// The branch it follows, genesis first.
    pub branch: Vec<Applied>,
    /// What else it keeps.
    pub memory: Memory,
    /// Its archive of the branch.
    pub history: History,
    /// Its farmer's sectors.
    pub farm: Farm,
    /// Fraud proofs that hold on its branch.
    pub proofs: FraudPool,
    /// The operators on it.
    pub members: Vec<Member>,
    /// The longest that the chain took for a fraud proof that held.
    pub verification: Option<Duration>,
    /// What it took for each fraud proof since this process began, by the name of the evidence.
    pub verified: BTreeMap<Digest, Duration>,
    /// The longest that the chain took for a validity proof that held.
    pub validity: Option<Duration>,
    /// From which entry of `branch` on the disk is behind.
    pub stale_from: usize,
    /// Blocks that the disk does not hold yet.
    pub unsaved: Vec<ConsensusHash>,
}

impl Node {
    /// Starts at genesis.
    ///
    /// # Errors
    /// When the chain refuses its genesis.
    pub fn new(setup: &Setup, index: u32, members: Vec<Member>) -> Result<Self, Problem> {
        let hash = setup.genesis.hash();
        let genesis = Applied {
            hash,
            undo: Undo::new(),
            events: Vec::new(),
        };
        Ok(Self {
            index,
            chain: setup.chain()?,
            known: BTreeMap::from([(hash, setup.genesis.clone())]),
            branch: vec![genesis],
            memory: Memory::default(),
            history: History::new(&setup.audit, &setup.genesis)?,
            farm: Farm::new(setup, index),
            proofs: Self::pool(),
            members,
            verification: None,
            verified: BTreeMap::new(),
            validity: None,
            stale_from: 0,
            unsaved: vec![hash],
        })
    }

    /// Returns an empty fraud pool.
    #[must_use]
    pub fn pool() -> FraudPool {
        FraudPool::new(POOL)
    }

    /// Returns the block that the node builds on.
    #[must_use]
    pub fn tip(&self) -> &Block {
        // The branch begins with genesis and never loses it; every block on it is known.
        let tip = self.branch.last().and_then(|tip| self.known.get(&tip.hash));
        tip.or_else(|| self.known.values().next()).unwrap_or(&EMPTY)
    }

    /// Returns the blocks of the branch, genesis first.
    #[must_use]
    pub fn blocks(&self) -> Vec<&Block> {
        let blocks = self.branch.iter().map(|applied| self.known.get(&applied.hash));
        blocks.flatten().collect()
    }

    /// Takes the newest block back, and returns the proofs that were in it.
    pub(crate) fn retract(&mut self) -> Result<Vec<Vec<u8>>, Problem> {
        let Some(applied) = self.branch.pop() else {
            return Ok(Vec::new());
        };
        self.stale_from = self.stale_from.min(self.branch.len());
        self.chain.host_mut().undo(applied.undo);
        self.members.iter_mut().try_for_each(Member::retract)?;
        let block = self.known.get(&applied.hash);
        Ok(block.map(|block| block.proofs.clone()).unwrap_or_default())
    }

    /// Executes a block that was rehearsed.
    pub(crate) fn apply(&mut self, setup: &Setup, hash: ConsensusHash) -> Result<Vec<Fact>, Problem> {
        let Some(block) = self.known.get(&hash).cloned() else {
            return Ok(Vec::new());
        };
        let due = self.due(setup, block.number)?;
        let executed = execute(setup, &mut self.chain, &due, &block)?;
        let executed = executed
            .map_err(|error| Problem::new(format!("block {} after its rehearsal", block.number), error))?;
        self.finish(block, executed)
    }

    /// Returns the headers that the next block on the branch must carry.
    pub(crate) fn due(&mut self, setup: &Setup, number: u64) -> Result<Vec<SegmentHeader>, Problem> {
        // Nobody plots where an engine orders.
        if setup.is_ordered {
            return Ok(Vec::new());
        }
        let branch: Vec<ConsensusHash> = self.branch.iter().map(|applied| applied.hash).collect();
        self.history.due(number, &branch, &self.known)
    }

    /// Writes the block down and lets the operators follow it.
    pub(crate) fn finish(&mut self, block: Block, executed: Executed) -> Result<Vec<Fact>, Problem> {
        let Executed {
            events,
            verification,
            validity,
            verified,
        } = executed;
        self.verified.extend(verified);
        self.verification = self.verification.max(verification);
        self.validity = self.validity.max(validity);
        let hash = block.hash();
        let undo = self.chain.host_mut().take_undo();
        let mut facts: Vec<Fact> = events.iter().cloned().map(Fact::Chain).collect();
        self.branch.push(Applied { hash, undo, events });
        if self.known.insert(hash, block).is_none() {
            self.unsaved.push(hash);
        }
        let (chain, known) = (&self.chain, &self.known);
        let branch: Vec<ConsensusHash> = self.branch.iter().map(|applied| applied.hash).collect();
        for member in &mut self.members {
            facts.extend(member.follow(chain, known, &branch)?);
        }
        Ok(facts)
    }

    /// Looks after the farmer's sectors, and audits them for `slot`.
    ///
    /// # Errors
    /// When plotting or proving fails: a bug.
    pub fn audit(&mut self, setup: &Setup, slot: u64) -> Result<Option<Proven>, Problem> {
        if self.tip().slot >= slot {
            return Ok(None);
        }
        let (host, counts) = (self.chain.host(), &mut self.memory.farm);
        self.farm.tend(setup, host, &self.history, counts)?;
        self.farm.audit(host, slot, counts)
    }

    /// Takes a bundle from the network.
    pub fn pool_bundle(&mut self, bundle: Bundle) {
        self.memory
            .bundles
            .insert(bundle.header.header.compute_hash(), bundle);
    }

    /// Takes a fraud proof from the network, if it refutes a receipt that is pending on the node's branch. One that is here before
    /// its receipt is refused: challengers send it again until the receipt is gone.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn pool_proof(&mut self, proof: &[u8]) -> Result<(), Problem> {
        match self.proofs.submit(&self.chain.state(), proof) {
            Ok(_) | Err(JudgeError::Refused(_)) => Ok(()),
            Err(error) => Err(Problem::new("judging a proof", error)),
        }
    }

    /// Takes a validity proof from the network, if it shows a receipt to be right that is pending on the node's branch, or may do so once
    /// the receipt before it is proven. Whoever proves sends it again until the receipt is final, so one that comes too early is not
    /// lost.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn pool_validity(&mut self, proof: Vec<u8>) -> Result<(), Problem> {
        let Some(name) = ValidityName::peek(&proof).ok() else {
            return Ok(());
        };
        let number = match judge(&self.chain.state(), &proof) {
            Ok(proven) => proven.number(),
            Err(JudgeError::Refused(NotProven::OutOfOrder { missing })) => missing.next().unwrap_or(missing),
            Err(JudgeError::Refused(_)) => return Ok(()),
            Err(error) => return Err(Problem::new("judging a validity proof", error)),
        };
        if self.memory.validity.len() < VALIDITY_POOL {
            let hash = digest(&LEDGER_KEY, &proof);
            self.memory.validity.insert((name.domain, number, hash), proof);
        }
        Ok(())
    }

    /// Takes a relayed message from the network, if a block may take it in.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn pool_message(&mut self, slot: u64, bytes: Vec<u8>) -> Result<(), Problem> {
        let limit = usize::try_from(LIMITS.message_bytes).unwrap_or(usize::MAX);
        let Ok(relayed) = decode_exact::<Relayed>(&bytes, limit) else {
            return Ok(());
        };
        if is_wanted(&self.chain, &relayed)? {
            let place = (relayed.domain, relayed.path.start);
            self.memory.messages.insert(place, (slot, bytes));
        }
        Ok(())
    }

    /// Lets go of the proofs against what is not pending any more.
    pub(crate) fn refresh_proofs(&mut self) -> Result<(), Problem> {
        let refreshed = self.proofs.refresh(&self.chain.state());
        refreshed
            .map(drop)
            .map_err(|error| Problem::new("the fraud pool", error))
    }

    /// Drops what no block can include any more. Windows are slots here.
    pub fn clean(&mut self, setup: &Setup, slot: u64) {
        let oldest = slot.saturating_sub(setup.evm().params.election.longevity.saturating_add(1));
        self.memory
            .bundles
            .retain(|_, bundle| bundle.header.header.election.window.0 >= oldest);
        self.memory.messages.retain(|_, (came, _)| *came >= oldest);
        let mut validity = std::mem::take(&mut self.memory.validity);
        validity.retain(|(domain, number, _), _| number.0 > self.heads(*domain).1);
        self.memory.validity = validity;
    }

    /// Returns the head and the confirmed number of a domain's receipts.
    #[must_use]
    pub fn heads(&self, domain: DomainId) -> (u64, u64) {
        let chain = self.chain.chain(domain).ok().flatten();
        chain.map_or((0, 0), |chain| (chain.head.0, chain.confirmed.0))
    }
}

/// Stands where no block can: a node without genesis does not exist.
static EMPTY: Block = Block {
    number: 0,
    parent: ConsensusHash(Digest::ZERO),
    slot: 0,
    origin: Origin::Genesis(Vec::new()),
    headers: Vec::new(),
    proofs: Vec::new(),
    validity: Vec::new(),
    messages: Vec::new(),
    bundles: Vec::new(),
    seal: Signature([0; 64]),
};
