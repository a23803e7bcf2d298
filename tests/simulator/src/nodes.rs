//! Who takes part: farmers that order, and challengers (operators and watchers) that execute.

use crate::chain::{Blocks, Call};
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::names;
use decex_core::execution::Engine;
use decex_core::hash::{Digest, digest};
use decex_core::params::CheckedParams;
use decex_core::{ConsensusNumber, DomainId, DomainNumber, OperatorId, ReceiptHash, Slot, label};
use decex_fraud::{FraudPool, FraudProof, JudgeError, PoolLimits as FraudLimits};
use decex_operator::{Abstained, ConsensusBlock, Genesis, Identity, Operator, PoolLimits, Proposal, Write};
use decex_receipt::{Bundle, ReceiptView};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Blocks that a re-organisation of a run never reaches past.
const FINAL_DEPTH: u64 = 30;
/// A pool too small for a flood, so that what it keeps and what it lets go matters.
const POOL: FraudLimits = FraudLimits {
    message_bytes: 2 * 1024 * 1024,
    proofs: 4,
    bytes: 64 * 1024,
    per_domain: 2,
    failures: 16,
};
/// Slots for which a farmer keeps what it could not include.
const KEPT: u64 = 20;

/// What a node has seen of the blocks.
#[derive(Clone, Debug)]
pub struct Sight {
    known: BTreeSet<usize>,
    waiting: Vec<usize>,
    /// The highest block of those whose ancestors are all known; the first seen of equals.
    pub tip: usize,
}

impl Sight {
    /// Starts with the blocks up to `tip`.
    #[must_use]
    pub fn new(tip: usize) -> Self {
        Self {
            known: (0..=tip).collect(),
            waiting: Vec::new(),
            tip,
        }
    }

    /// Sees a block. One whose parent is unknown waits for it.
    pub fn see<H: SimulatedHost, E: Engine>(&mut self, blocks: &Blocks<H, E>, place: usize) {
        self.waiting.push(place);
        while let Some(at) = self.waiting.iter().position(|place| self.fits(blocks, *place)) {
            let place = self.waiting.swap_remove(at);
            self.known.insert(place);
            if blocks.height(place) > blocks.height(self.tip) {
                self.tip = place;
            }
        }
    }

    fn fits<H: SimulatedHost, E: Engine>(&self, blocks: &Blocks<H, E>, place: usize) -> bool {
        let parent = blocks.all.get(place).map(|block| block.parent);
        parent.is_some_and(|parent| self.known.contains(&parent))
    }
}

/// A farmer: includes what it has, in its own order.
#[derive(Debug)]
pub struct Farmer {
    /// What it has seen.
    pub sight: Sight,
    /// Blocks that it has not published.
    pub secret: Vec<usize>,
    /// Puts what dishonest operators send first.
    pub corrupt: bool,
    pool: BTreeMap<Digest, (u64, Call)>,
    /// Proofs that hold on the branch that it builds on.
    proofs: FraudPool,
    /// Receipts that honest challengers sent proofs against: what a censor leaves out.
    honest: BTreeSet<ReceiptHash>,
}

impl Farmer {
    /// Starts with an empty pool.
    #[must_use]
    pub fn new(tip: usize, corrupt: bool) -> Self {
        Self {
            sight: Sight::new(tip),
            secret: Vec::new(),
            corrupt,
            pool: BTreeMap::new(),
            proofs: FraudPool::new(POOL),
            honest: BTreeSet::new(),
        }
    }

    /// Takes a message into the pool, once.
    pub fn take(&mut self, slot: u64, call: Call) {
        self.pool.entry(name_of(&call)).or_insert((slot, call));
    }

    /// Judges the proofs that came in on the branch that it builds on, and returns what the pool would put into the next
    /// block. A proof whose receipt is not there yet waits with the other messages.
    fn pooled<H: SimulatedHost, E: Engine>(
        &mut self,
        blocks: &Blocks<H, E>,
        censors: bool,
    ) -> Result<Vec<Call>, Failure> {
        let view = blocks.at(self.sight.tip)?.chain.state();
        let dropped = self.proofs.refresh(&view);
        dropped.map_err(|error| Failure::fault("the pool cannot be refreshed", &error))?;
        for (_, call) in self.pool.values() {
            let Call::Proof(bytes, honest) = call else {
                continue;
            };
            if censors && *honest {
                continue;
            }
            let name = FraudProof::peek(bytes).ok();
            if let Some(name) = name.filter(|_| *honest) {
                self.honest.insert(name.receipt);
            }
            match self.proofs.submit(&view, bytes) {
                Ok(_) | Err(JudgeError::Refused(_)) => {}
                Err(error) => return Err(Failure::fault("the pool cannot judge", &error)),
            }
        }
        let chosen = self.proofs.select(u64::from(POOL.message_bytes));
        let calls = chosen.into_iter().map(|proof| {
            let honest = self.honest.contains(&proof.urgency().receipt);
            Call::Proof(Rc::new(proof.bytes().to_vec()), honest)
        });
        Ok(calls.collect())
    }

    /// Returns what it would include now, in its order, without what it censors. Honest farmers keep proofs in the pool of
    /// `decex-fraud`, corrupt ones try each that they have heard of.
    ///
    /// # Errors
    /// When the host cannot be read.
    pub fn candidates<H: SimulatedHost, E: Engine>(
        &mut self,
        blocks: &Blocks<H, E>,
        slot: u64,
        censors: bool,
    ) -> Result<Vec<Call>, Failure> {
        self.pool
            .retain(|_, (since, _)| slot < since.saturating_add(KEPT));
        let mut calls: Vec<Call> = self.pool.values().map(|(_, call)| call.clone()).collect();
        if !self.corrupt {
            calls.retain(|call| !matches!(call, Call::Proof(..)));
            calls.extend(self.pooled(blocks, censors)?);
        }
        if censors {
            calls.retain(|call| !call.is_honest());
        }
        // Proofs before all, as the design has it; a corrupt farmer puts the worst first instead.
        calls.sort_by_key(|call| {
            let kind = match call {
                Call::Proof(..) => 0,
                Call::Equivocation(_) | Call::Receipts(_) => 1,
                Call::Bundle(_) => 2,
                Call::Leave(..) => 3,
            };
            if self.corrupt {
                (u8::from(call.is_honest()), 3 - kind)
            } else {
                (kind, 0)
            }
        });
        Ok(calls)
    }
}

fn name_of(call: &Call) -> Digest {
    match call {
        Call::Proof(bytes, _) | Call::Equivocation(bytes) | Call::Receipts(bytes) => {
            digest(&label::LEDGER_KEY, bytes)
        }
        Call::Bundle(sent) => digest(&label::LEDGER_KEY, &sent.bytes),
        Call::Leave(account, operator) => digest(
            &label::LEDGER_KEY,
            &[account.0.as_bytes(), &operator.0.to_le_bytes()[..]].concat(),
        ),
    }
}

/// An honest operator or a watcher, with its disk.
#[derive(Debug)]
pub struct Challenger<E> {
    /// Who it is.
    pub id: Option<OperatorId>,
    /// What it follows.
    pub domain: DomainId,
    /// What it has seen.
    pub sight: Sight,
    /// Crashes in what it does next, before that is committed.
    pub crashes: bool,
    /// A restart loses the record of seals: a weakness put in on purpose.
    pub forgets_seals: bool,
    /// The block that it has followed last.
    followed: usize,
    operator: Operator<E>,
    disk: BTreeMap<Vec<u8>, Vec<u8>>,
    params: CheckedParams,
    engine: E,
}

/// Where the record of seals stands on an operator's disk: keys begin with this byte.
const SEALS: u8 = 6;

impl<E: Engine + Clone> Challenger<E> {
    /// Starts at the domain's genesis, which block `created` holds.
    ///
    /// # Errors
    /// When the operator does not start.
    pub fn new(
        id: Option<OperatorId>,
        engine: E,
        params: CheckedParams,
        genesis: Genesis,
    ) -> Result<Self, Failure> {
        let domain = genesis.receipt.domain;
        let operator = Operator::new(
            identity(id),
            engine.clone(),
            params.clone(),
            genesis,
            PoolLimits::default(),
        )
        .map_err(|error| Failure::fault("an operator does not start", &error))?;
        let mut challenger = Self {
            id,
            domain,
            sight: Sight::new(0),
            crashes: false,
            forgets_seals: false,
            followed: 0,
            operator,
            disk: BTreeMap::new(),
            params,
            engine,
        };
        challenger.commit();
        Ok(challenger)
    }

    /// Takes a user's transaction.
    ///
    /// # Errors
    /// When the operator's state cannot be read.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let taken = self.operator.add_transaction(bytes);
        taken
            .map(drop)
            .map_err(|error| Failure::fault("an operator cannot read", &error))
    }

    /// Stops, and comes back from the disk.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart(&mut self) -> Result<(), Failure> {
        if self.forgets_seals {
            self.disk.retain(|key, _| key.first() != Some(&SEALS));
        }
        let restored = Operator::restore(
            identity(self.id),
            self.engine.clone(),
            self.params.clone(),
            self.disk.clone(),
            PoolLimits::default(),
        );
        self.operator = restored.map_err(|error| Failure::fault("an operator does not come back", &error))?;
        self.crashes = false;
        Ok(())
    }

    /// Commits what the operator wrote, or crashes. Returns whether it is still what it was.
    fn settle(&mut self) -> Result<bool, Failure> {
        if self.crashes {
            let _lost: Vec<Write> = self.operator.take_writes();
            self.restart()?;
            return Ok(false);
        }
        self.commit();
        Ok(true)
    }

    fn commit(&mut self) {
        for Write { key, value } in self.operator.take_writes() {
            match value {
                Some(value) => self.disk.insert(key, value),
                None => self.disk.remove(&key),
            };
        }
    }

    /// Goes to the tip that it has seen: back to the common ancestor, and forward.
    ///
    /// # Errors
    /// When it fails, or does not know afterwards what is right and refute what is wrong.
    pub fn catch_up<H: SimulatedHost>(&mut self, blocks: &Blocks<H, E>) -> Result<(), Failure> {
        loop {
            self.locate(blocks)?;
            if self.followed == self.sight.tip {
                return self.check(blocks);
            }
            let path = blocks.path(self.followed, self.sight.tip);
            let next = path.first().copied().unwrap_or(self.sight.tip);
            if blocks.at(next)?.parent == self.followed {
                self.follow(blocks, next)?;
            } else {
                let retracted = self.operator.retract();
                retracted.map_err(|error| Failure::fault("an operator cannot retract", &error))?;
            }
            self.settle()?;
        }
    }

    /// Finds the block that the operator has followed: a crash may have taken it back.
    fn locate<H: SimulatedHost>(&mut self, blocks: &Blocks<H, E>) -> Result<(), Failure> {
        let tip = self.operator.tip().map(|(_, hash)| hash);
        let place = blocks.all.iter().position(|block| Some(block.hash) == tip);
        self.followed =
            place.ok_or_else(|| Failure::new(Invariant::Fault, "an operator is on an unknown block"))?;
        Ok(())
    }

    fn follow<H: SimulatedHost>(&mut self, blocks: &Blocks<H, E>, place: usize) -> Result<(), Failure> {
        let block = blocks.at(place)?;
        let bundles: Vec<&Bundle> = block
            .calls
            .iter()
            .filter_map(|call| match call {
                Call::Bundle(sent) => Some(&sent.bundle),
                Call::Proof(..) | Call::Equivocation(_) | Call::Receipts(_) | Call::Leave(..) => None,
            })
            .filter(|bundle| bundle.header.header.domain == self.domain)
            .collect();
        let consensus = ConsensusBlock {
            number: block.info.number,
            hash: block.hash,
            parent: block.info.parent_hash,
            byte_price: block.info.byte_price,
            bundles: &bundles,
        };
        let view = block.chain.state();
        let followed = self.operator.follow(&view, &consensus);
        followed.map_err(|error| Failure::fault("an operator cannot follow", &error))?;
        let finalized = ConsensusNumber(block.info.number.0.saturating_sub(FINAL_DEPTH));
        let pruned = self.operator.prune(&view, finalized);
        pruned.map_err(|error| Failure::fault("an operator cannot prune", &error))
    }

    /// Determinism and completeness: it has executed what is right, and has a proof against the lowest wrong receipt that
    /// stands there, and against no right one.
    fn check<H: SimulatedHost>(&self, blocks: &Blocks<H, E>) -> Result<(), Failure> {
        let block = blocks.at(self.sight.tip)?;
        let fail = |invariant, seen: String| {
            let seen = format!("block {}, domain {}: {seen}", block.info.number.0, self.domain.0);
            Err(Failure::new(invariant, seen))
        };
        let own = block
            .rights
            .range((self.domain, DomainNumber(0))..=(self.domain, DomainNumber(u64::MAX)));
        let newest = own.last().map(|((_, number), right)| (*number, right.hash));
        if self.operator.head() != newest {
            return fail(
                Invariant::Determinism,
                format!("{:?} executed, {newest:?} is right", self.operator.head()),
            );
        }
        let view = block.chain.state();
        let unreadable = |error| Failure::fault("the host cannot be read", &error);
        let Some(chain) = view.chain(self.domain).map_err(unreadable)? else {
            return Ok(());
        };
        let mut lowest = None;
        for number in (chain.confirmed.0.saturating_add(1)..=chain.head.0).map(DomainNumber) {
            let held = view.hash_at(self.domain, number).map_err(unreadable)?;
            let right = block.rights.get(&(self.domain, number)).map(|right| right.hash);
            if held != right {
                lowest = held;
                break;
            }
        }
        let challenged: Vec<_> = self.operator.challenges().map(|proof| proof.receipt).collect();
        match lowest {
            Some(wrong) if !challenged.contains(&wrong) => fail(
                Invariant::Refutation,
                "a wrong receipt stands there without a proof".into(),
            ),
            None if !challenged.is_empty() => fail(
                Invariant::Refutation,
                "there is a proof and nothing is wrong".into(),
            ),
            _ => Ok(()),
        }
    }

    /// Returns the proofs to send.
    pub fn challenges(&self) -> impl Iterator<Item = &decex_fraud::FraudProof> {
        self.operator.challenges()
    }

    /// Asks for a bundle. Returns whether the operator was elected, and the bundle that it may send.
    ///
    /// # Errors
    /// When the operator fails, or is elected, has receipts to submit on a right head, and does not.
    pub fn propose<H: SimulatedHost>(
        &mut self,
        blocks: &Blocks<H, E>,
        slot: u64,
    ) -> Result<(bool, Option<Bundle>), Failure> {
        self.locate(blocks)?;
        let block = blocks.at(self.followed)?;
        let view = block.chain.state();
        let proposal = self
            .operator
            .propose(&view, Slot(slot))
            .map_err(|error| Failure::fault("an operator cannot propose", &error))?;
        let elected = !matches!(
            proposal,
            Proposal::Abstained(
                Abstained::NotElected | Abstained::NotEligible | Abstained::Watcher | Abstained::Unknown
            )
        );
        let nothing = matches!(
            proposal,
            Proposal::Abstained(Abstained::Nothing | Abstained::Behind)
        );
        // Liveness is judged by what it had executed before it crashed, if it does.
        let own_head = self.operator.head();
        if !self.settle()? {
            return Ok((elected, None));
        }
        let bundle = match proposal {
            Proposal::Bundle(bundle) => Some(*bundle),
            Proposal::Abstained(_) => None,
        };
        // Liveness: an elected operator extends a right head by what it has executed.
        let head = view
            .chain(self.domain)
            .map_err(|error| Failure::fault("the host cannot be read", &error))?;
        let head = head.map(|chain| (chain.head, chain.head_hash));
        let right = head.filter(|(number, hash)| {
            let right = block.rights.get(&(self.domain, *number));
            right.is_some_and(|right| right.hash == *hash)
        });
        let ahead = right.is_some_and(|(number, _)| own_head.is_some_and(|own| own.0 > number));
        let kept = bundle.as_ref().is_some_and(|bundle| bundle.receipts.is_empty());
        if ahead && (nothing || kept) {
            let seen = "an elected operator kept its receipts to itself";
            return Err(Failure::new(Invariant::Liveness, seen));
        }
        Ok((elected, bundle))
    }
}

fn identity(id: Option<OperatorId>) -> Identity {
    let index = id.map_or(u64::MAX, |id| id.0);
    Identity {
        operator: id,
        keypair: names::keypair(index),
        reporter: names::account(index),
    }
}
