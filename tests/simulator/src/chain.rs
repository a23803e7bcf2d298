//! All blocks of a run, on every branch, each with the state after it and with what an independent observer knows to be
//! right there. Applying a block checks what a block can break.

use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::oracle::{Rights, execute_right};
use decex_bundle::Item;
use decex_consensus::{BlockInfo, CallError, Consensus, Event};
use decex_core::execution::Engine;
use decex_core::hash::Hash;
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, HeaderHash, OperatorId,
    Randomness, ReceiptHash, Slot, Timestamp, label,
};
use decex_receipt::Bundle;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
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
}

impl Call {
    /// Returns whether it is what honest operators and watchers send: what censors leave out.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        match self {
            Self::Proof(_, honest) => *honest,
            Self::Bundle(sent) => sent.honest,
            Self::Equivocation(_) | Self::Receipts(_) | Self::Leave(..) => false,
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
    }
}

fn hash_of(info: &BlockInfo, salt: u64) -> ConsensusHash {
    let hash = Hash::new(&label::LEDGER_KEY)
        .chain(b"simulated hash")
        .chain(info.randomness.0)
        .chain(salt.to_le_bytes());
    ConsensusHash(hash.finish())
}

/// A block that is being made.
struct Draft<H> {
    chain: Consensus<H>,
    /// The state before the call at hand.
    before: H,
    rights: Rights,
    guilty: BTreeSet<OperatorId>,
    slashed: BTreeSet<OperatorId>,
    tally: Tally,
    now: u64,
}

impl<H: SimulatedHost> Draft<H> {
    fn begin(
        parent: &Block<H>,
        info: &BlockInfo,
        bodies: &BTreeMap<HeaderHash, Vec<Item>>,
        engine: &dyn Engine,
        cast: &Cast,
    ) -> Result<Self, Failure> {
        let mut draft = Self {
            chain: parent.chain.clone(),
            before: parent.chain.host().clone(),
            rights: parent.rights.clone(),
            guilty: parent.guilty.clone(),
            slashed: parent.slashed.clone(),
            tally: parent.tally,
            now: info.number.0,
        };
        let events = draft
            .chain
            .begin_block(info)
            .map_err(|error| Failure::fault("a block does not begin", &error))?;
        for event in &events {
            if let Event::InboxClosed { domain, number, .. } = event {
                draft.close(*domain, *number, bodies, engine)?;
            }
        }
        draft.check(&events, cast)?;
        draft.before = draft.chain.host().clone();
        Ok(draft)
    }

    /// Finds out what is right for a block whose inbox was closed.
    fn close(
        &mut self,
        domain: DomainId,
        number: DomainNumber,
        bodies: &BTreeMap<HeaderHash, Vec<Item>>,
        engine: &dyn Engine,
    ) -> Result<(), Failure> {
        let inbox = self.read(|chain| chain.inbox(domain, number))?;
        let inbox = inbox.ok_or_else(|| Failure::new(Invariant::Fault, "a closed inbox is missing"))?;
        let params = self.read(|chain| chain.params(domain))?;
        let params = params.ok_or_else(|| Failure::new(Invariant::Fault, "a domain is missing"))?;
        let right = execute_right(engine, &params, &inbox, &self.rights, bodies, self.now)?;
        self.rights.insert((domain, number), Rc::new(right));
        Ok(())
    }

    /// Makes a call. Returns whether it was accepted.
    fn call(&mut self, call: &Call, cast: &Cast) -> Result<bool, Failure> {
        let outcome = match call {
            Call::Proof(bytes, _) => settle(self.chain.submit_proof(bytes))?,
            Call::Bundle(sent) => settle(self.chain.submit_bundle(&sent.bytes))?,
            Call::Equivocation(bytes) => settle(self.chain.submit_equivocation(AccountId::default(), bytes))?,
            Call::Receipts(bytes) => settle(
                self.chain
                    .submit_receipt_equivocation(AccountId::default(), bytes),
            )?,
            Call::Leave(account, operator) => settle(self.chain.deregister_operator(*account, *operator))?,
        };
        let Some(events) = outcome else {
            if self.chain.host().same(&self.before) {
                return Ok(false);
            }
            let seen = "a refused call changed the host".to_owned();
            return Err(Failure::new(Invariant::Atomicity, seen));
        };
        if let Call::Equivocation(_) | Call::Receipts(_) = call {
            let slashed = events.iter().filter_map(|event| match event {
                Event::OperatorSlashed { operator, .. } => Some(*operator),
                _ => None,
            });
            self.guilty.extend(slashed);
        }
        self.check(&events, cast)?;
        self.before = self.chain.host().clone();
        Ok(true)
    }

    fn check(&mut self, events: &[Event], cast: &Cast) -> Result<(), Failure> {
        for event in events {
            self.check_event(event, cast)?;
        }
        // Conservation.
        let total = self.chain.host().total();
        if total != cast.total {
            let seen = format!("{total} is there instead of {}", cast.total);
            return Err(Failure::new(Invariant::Conservation, seen));
        }
        Ok(())
    }

    fn check_event(&mut self, event: &Event, cast: &Cast) -> Result<(), Failure> {
        match event {
            Event::ReceiptAccepted {
                domain, number, hash, ..
            } => {
                self.tally.wrong += u64::from(!self.is_right(*domain, *number, *hash));
                self.count_pending()
            }
            Event::ReceiptConfirmed {
                domain, number, hash, ..
            } => self.check_confirmed(*domain, *number, *hash),
            Event::ReceiptsRemoved {
                domain,
                from,
                to,
                hash,
                ..
            } => self.check_removed(*domain, *from, *to, *hash),
            Event::OperatorSlashed { operator, .. } => self.check_slashed(*operator, cast),
            Event::StakeReleased { operator, .. } => self.check_released(*operator),
            _ => Ok(()),
        }
    }

    fn count_pending(&mut self) -> Result<(), Failure> {
        let domains: BTreeSet<DomainId> = self.rights.keys().map(|(domain, _)| *domain).collect();
        let mut pending = 0;
        for domain in domains {
            let chain = self.read(|chain| chain.chain(domain))?;
            pending += chain.map_or(0, |chain| chain.head.0.saturating_sub(chain.confirmed.0));
        }
        self.tally.most_pending = self.tally.most_pending.max(pending);
        Ok(())
    }

    fn is_right(&self, domain: DomainId, number: DomainNumber, hash: ReceiptHash) -> bool {
        let right = self.rights.get(&(domain, number));
        right.is_some_and(|right| right.hash == hash)
    }

    /// Safety: what is final is right.
    fn check_confirmed(
        &mut self,
        domain: DomainId,
        number: DomainNumber,
        hash: ReceiptHash,
    ) -> Result<(), Failure> {
        if !self.is_right(domain, number, hash) {
            let seen = format!(
                "block {}: receipt {} of domain {} is final and wrong",
                self.now, number.0, domain.0
            );
            return Err(Failure::new(Invariant::Safety, seen));
        }
        self.tally.confirmed += 1;
        let closed = self.rights.get(&(domain, number)).map_or(0, |right| right.closed);
        let waited = self.now.saturating_sub(closed);
        self.tally.longest_wait = self.tally.longest_wait.max(waited);
        Ok(())
    }

    /// Soundness: what is refuted is wrong. And everybody who backed what falls with it is guilty.
    fn check_removed(
        &mut self,
        domain: DomainId,
        from: DomainNumber,
        to: DomainNumber,
        hash: ReceiptHash,
    ) -> Result<(), Failure> {
        if self.is_right(domain, from, hash) {
            let seen = format!(
                "block {}: the right receipt {} of domain {} is refuted",
                self.now, from.0, domain.0
            );
            return Err(Failure::new(Invariant::Refutation, seen));
        }
        self.tally.proofs += 1;
        let before = Consensus::new(self.before.clone(), *self.chain.config());
        for number in from.0..=to.0 {
            let record = before
                .receipt_at(domain, DomainNumber(number))
                .map_err(|error| Failure::fault("a removed receipt cannot be read", &error))?;
            let missing = || Failure::new(Invariant::Fault, "a removed receipt had no record");
            let record = record.ok_or_else(missing)?;
            if number == from.0 {
                let age = self.now.saturating_sub(record.included_at.0);
                self.tally.latest_proof = self.tally.latest_proof.max(age);
            }
            self.guilty.extend(record.backers);
            self.tally.removed += 1;
        }
        Ok(())
    }

    /// Innocence, and each pays once.
    fn check_slashed(&mut self, operator: OperatorId, cast: &Cast) -> Result<(), Failure> {
        if cast.honest.contains(&operator) {
            let seen = format!(
                "block {}: the honest operator {} is slashed",
                self.now, operator.0
            );
            return Err(Failure::new(Invariant::Innocence, seen));
        }
        if !self.guilty.contains(&operator) {
            let seen = format!("operator {} is slashed for nothing", operator.0);
            return Err(Failure::new(Invariant::Refutation, seen));
        }
        if !self.slashed.insert(operator) {
            let seen = format!("operator {} is slashed twice", operator.0);
            return Err(Failure::new(Invariant::Refutation, seen));
        }
        Ok(())
    }

    /// No stake leaves that is forfeit, or that a pending receipt stands on.
    fn check_released(&mut self, operator: OperatorId) -> Result<(), Failure> {
        let found = self.read(|chain| chain.operator(operator))?;
        let domain = found.map(|found| found.domain).unwrap_or_default();
        let chain = self.read(|chain| chain.chain(domain))?;
        let pending = chain.map(|chain| chain.confirmed.0.saturating_add(1)..=chain.head.0);
        let mut stands = self.guilty.contains(&operator);
        for number in pending.into_iter().flatten() {
            let record = self.read(|chain| chain.receipt_at(domain, DomainNumber(number)))?;
            stands |= record.is_some_and(|record| record.backers.contains(&operator));
        }
        if stands {
            let seen = format!(
                "block {}: operator {} leaves with its stake",
                self.now, operator.0
            );
            return Err(Failure::new(Invariant::Conservation, seen));
        }
        Ok(())
    }

    fn read<T, Error: Debug>(
        &self,
        read: impl FnOnce(&Consensus<H>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        read(&self.chain).map_err(|error| Failure::fault("the host cannot be read", &error))
    }
}

/// Tells a refusal from a failure of the host, which nothing may cause.
fn settle<R, E: Debug>(outcome: Result<Vec<Event>, CallError<R, E>>) -> Result<Option<Vec<Event>>, Failure> {
    match outcome {
        Ok(events) => Ok(Some(events)),
        Err(CallError::Refused(_)) => Ok(None),
        Err(CallError::Host(error)) => Err(Failure::fault("the host failed in a call", &error)),
    }
}
