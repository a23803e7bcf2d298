//! All blocks of a run, on every branch, each with the state after it and with what an independent observer knows to be
//! right there. Applying a block checks what a block can break.

mod draft;

use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::oracle::Rights;
use decex_bundle::Item;
use decex_consensus::decex_staking::Extent;
use decex_consensus::{BlockInfo, Consensus};
use decex_core::execution::Engine;
use decex_core::hash::Hash;
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, HeaderHash, OperatorId, Randomness, Slot, Timestamp,
    label,
};
use decex_receipt::Bundle;
use draft::Draft;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A bundle on its way.
#[derive(Debug)]
pub struct Sent {
    /// The bundle.
    pub bundle: Bundle,
    /// As it travels.
    pub bytes: Vec<u8>,
    /// Names it.
    pub header: HeaderHash,
    /// Whether an honest operator sealed it.
    pub honest: bool,
}

/// What a farmer can put into a block.
#[derive(Clone, Debug)]
pub enum Call {
    /// A fraud proof, and whether an honest challenger made it.
    Proof(Rc<Vec<u8>>, bool),
    /// A bundle.
    Bundle(Rc<Sent>),
    /// Two sealed headers for one window.
    Equivocation(Rc<Vec<u8>>),
    /// Two receipts of one origin in sealed headers.
    Receipts(Rc<Vec<u8>>),
    /// An operator takes its leave.
    Leave(AccountId, OperatorId),
    /// A nominator puts money into a pool, or asks for some of it back. The number tells two such calls apart.
    Stake(u64, AccountId, OperatorId, Stake),
}

/// What a nominator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stake {
    /// Nominates with a deposit.
    Nominate(Balance),
    /// Asks for shares back.
    Withdraw(Extent),
}

impl Call {
    /// Returns whether it is what honest operators and watchers send: what censors leave out.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        match self {
            Self::Proof(_, honest) => *honest,
            Self::Bundle(sent) => sent.honest,
            Self::Equivocation(_) | Self::Receipts(_) | Self::Leave(..) | Self::Stake(..) => false,
        }
    }
}

/// A block and what became of the chain with it.
#[derive(Debug)]
pub struct Block<H> {
    /// What the host said of it.
    pub info: BlockInfo,
    /// Its hash.
    pub hash: ConsensusHash,
    /// The place of its parent; its own for the first one.
    pub parent: usize,
    /// What it includes, in order.
    pub calls: Vec<Call>,
    /// The state after it.
    pub chain: Consensus<H>,
    /// What is right on this branch.
    pub rights: Rights,
    /// Who backed a receipt that was removed on this branch, or equivocated.
    pub guilty: BTreeSet<OperatorId>,
    /// Who was slashed on this branch.
    pub slashed: BTreeSet<OperatorId>,
    /// What this branch came to.
    pub tally: Tally,
}

/// Numbers of one branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Receipts accepted that were wrong.
    pub wrong: u64,
    /// Receipts removed, right ones above wrong ones included.
    pub removed: u64,
    /// Receipts confirmed.
    pub confirmed: u64,
    /// Fraud proofs accepted.
    pub proofs: u64,
    /// Nominations accepted.
    pub nominations: u64,
    /// Claims that paid something out of a pool that was not slashed.
    pub paid_claims: u64,
    /// The longest wait of a right receipt, in blocks, from the closing of its inbox to its confirmation.
    pub longest_wait: u64,
    /// The most receipts of all domains that were pending at a time.
    pub most_pending: u64,
    /// The latest that a proof came, in blocks after the receipt that it refutes.
    pub latest_proof: u64,
}

/// Who and what the run is about, for the checks.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Operators that keep to the rules.
    pub honest: BTreeSet<OperatorId>,
    /// How many operators there are.
    pub operators: u64,
    /// All money there is.
    pub total: u128,
}

/// All blocks.
#[derive(Debug)]
pub struct Blocks<H, E> {
    /// In the order in which they were made.
    pub all: Vec<Block<H>>,
    /// Bodies by the header that commits to them.
    pub bodies: BTreeMap<HeaderHash, Vec<Item>>,
    /// What the run is about.
    pub cast: Cast,
    engine: E,
}

impl<H: SimulatedHost, E: Engine> Blocks<H, E> {
    /// Starts with a block in which everything was set up: `chain` is the state after it.
    #[must_use]
    pub fn new(chain: Consensus<H>, info: BlockInfo, rights: Rights, cast: Cast, engine: E) -> Self {
        let first = Block {
            info,
            hash: hash_of(&info, 0),
            parent: 0,
            calls: Vec::new(),
            chain,
            rights,
            guilty: BTreeSet::new(),
            slashed: BTreeSet::new(),
            tally: Tally::default(),
        };
        Self {
            all: vec![first],
            bodies: BTreeMap::new(),
            cast,
            engine,
        }
    }

    /// Returns the block in a place.
    ///
    /// # Errors
    /// When there is none: the simulator is broken.
    pub fn at(&self, place: usize) -> Result<&Block<H>, Failure> {
        let missing = || Failure::new(Invariant::Fault, format!("no block {place}"));
        self.all.get(place).ok_or_else(missing)
    }

    /// Makes a block of what can be included of `candidates`, in their order. `salt` tells blocks of one slot apart.
    ///
    /// # Errors
    /// When an invariant does not hold.
    pub fn make(
        &mut self,
        parent: usize,
        slot: u64,
        salt: u64,
        candidates: Vec<Call>,
    ) -> Result<usize, Failure> {
        for call in &candidates {
            if let Call::Bundle(sent) = call {
                let body = || sent.bundle.body.to_vec();
                self.bodies.entry(sent.header).or_insert_with(body);
            }
        }
        let before = self.at(parent)?;
        let info = next_info(&before.info, before.hash, slot, salt);
        let mut draft = Draft::begin(before, &info, &self.bodies, &self.engine, &self.cast)?;
        let mut calls = Vec::new();
        for call in candidates {
            if draft.call(&call, &self.cast)? {
                calls.push(call);
            }
        }
        // Determinism: whoever applies the same block to the same state gets the same state.
        if slot.is_multiple_of(4) {
            let mut again = Draft::begin(before, &info, &self.bodies, &self.engine, &self.cast)?;
            for call in &calls {
                if !again.call(call, &self.cast)? {
                    let seen = format!("a call of block {} is refused the second time", info.number.0);
                    return Err(Failure::new(Invariant::Determinism, seen));
                }
            }
            if !again.chain.host().same(draft.chain.host()) {
                let seen = format!("block {} gives two states", info.number.0);
                return Err(Failure::new(Invariant::Determinism, seen));
            }
        }
        let block = Block {
            info,
            hash: hash_of(&info, salt),
            parent,
            calls,
            chain: draft.chain,
            rights: draft.rights,
            guilty: draft.guilty,
            slashed: draft.slashed,
            tally: draft.tally,
        };
        self.all.push(block);
        Ok(self.all.len().saturating_sub(1))
    }

    /// Returns the number of a block.
    #[must_use]
    pub fn height(&self, place: usize) -> u64 {
        self.all.get(place).map_or(0, |block| block.info.number.0)
    }

    /// Returns the blocks from the last common ancestor of `from` and `to`, which is not among them, up to `to`.
    #[must_use]
    pub fn path(&self, from: usize, to: usize) -> Vec<usize> {
        let ancestors: BTreeSet<usize> = self.ancestry(from).collect();
        let mut path: Vec<usize> = self
            .ancestry(to)
            .take_while(|place| !ancestors.contains(place))
            .collect();
        path.reverse();
        path
    }

    /// Returns a block and all before it, newest first.
    pub fn ancestry(&self, place: usize) -> impl Iterator<Item = usize> {
        let parent = |place: &usize| {
            let parent = self.all.get(*place)?.parent;
            (parent != *place).then_some(parent)
        };
        std::iter::successors(Some(place), parent)
    }
}

/// What the host says of the next block of a branch.
fn next_info(parent: &BlockInfo, parent_hash: ConsensusHash, slot: u64, salt: u64) -> BlockInfo {
    let drawn = Hash::new(&label::LEDGER_KEY)
        .chain(b"simulated block")
        .chain(parent_hash.0)
        .chain(slot.to_le_bytes())
        .chain(salt.to_le_bytes());
    BlockInfo {
        number: ConsensusNumber(parent.number.0.saturating_add(1)),
        parent_hash,
        slot: Slot(slot),
        timestamp: Timestamp(slot.saturating_mul(6_000)),
        randomness: Randomness(drawn.finish()),
        byte_price: Balance(1),
        farmer: crate::names::FARMER,
    }
}

fn hash_of(info: &BlockInfo, salt: u64) -> ConsensusHash {
    let hash = Hash::new(&label::LEDGER_KEY)
        .chain(b"simulated hash")
        .chain(info.randomness.0)
        .chain(salt.to_le_bytes());
    ConsensusHash(hash.finish())
}
