//! Who executes and challenges: the real operator, around it a disk, a sight of the blocks, and the checks.

use super::Sight;
use crate::chain::{Blocks, Call};
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::names;
use decex_core::execution::Engine;
use decex_core::params::CheckedParams;
use decex_core::{ConsensusNumber, DomainId, DomainNumber, OperatorId, Slot};
use decex_operator::{Abstained, ConsensusBlock, Genesis, Identity, Operator, PoolLimits, Proposal, Write};
use decex_receipt::{Bundle, ReceiptView};
use std::collections::BTreeMap;

/// Blocks that a re-organisation of a run never reaches past.
const FINAL_DEPTH: u64 = 30;

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
                Call::Proof(..)
                | Call::Equivocation(_)
                | Call::Receipts(_)
                | Call::Leave(..)
                | Call::Stake(..) => None,
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
