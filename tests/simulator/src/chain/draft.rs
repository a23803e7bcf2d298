//! Making a block: its calls one by one, with what each can break checked after it.

use super::{Block, Call, Cast, Stake, Tally};
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::names;
use crate::oracle::{Rights, execute_right};
use decex_bundle::Item;
use decex_consensus::{BlockInfo, CallError, Consensus, Event};
use decex_core::execution::Engine;
use decex_core::{AccountId, Digest, DomainId, DomainNumber, HeaderHash, OperatorId, ReceiptHash};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::rc::Rc;

/// A block that is being made.
pub(super) struct Draft<H> {
    pub(super) chain: Consensus<H>,
    /// The state before the call at hand.
    before: H,
    pub(super) rights: Rights,
    pub(super) guilty: BTreeSet<OperatorId>,
    pub(super) slashed: BTreeSet<OperatorId>,
    pub(super) tally: Tally,
    /// What became final in this block: the evidence against authors of invalid bundles.
    finals: BTreeSet<Digest>,
    now: u64,
}

impl<H: SimulatedHost> Draft<H> {
    pub(super) fn begin(
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
            finals: BTreeSet::new(),
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
        draft.claim(cast)?;
        Ok(draft)
    }

    /// Tries for everybody to get what it has at stake back, in every block.
    fn claim(&mut self, cast: &Cast) -> Result<(), Failure> {
        let next = self.read(|chain| chain.counters())?;
        for operator in (0..next.operator.0).map(OperatorId) {
            let own = names::account(operator.0);
            for account in (0..names::NOMINATORS).map(names::nominator).chain([own]) {
                self.claim_for(operator, account, cast)?;
            }
        }
        Ok(())
    }

    fn claim_for(&mut self, operator: OperatorId, account: AccountId, cast: &Cast) -> Result<(), Failure> {
        let pool = self.read(|chain| chain.pool(operator))?;
        let status = pool.map(|pool| pool.status);
        if let Some(events) = settle(self.chain.claim(operator, account))? {
            self.check(&events, cast)?;
            let paid = events
                .iter()
                .any(|event| matches!(event, Event::Claimed { amount, .. } if amount.0 > 0));
            if paid && !status.is_some_and(|status| status.is_over()) {
                self.tally.paid_claims += 1;
                self.check_released(operator, status.is_some_and(|status| status.is_standing()))?;
            }
            self.before = self.chain.host().clone();
        } else if !self.chain.host().same(&self.before) {
            let seen = "a refused claim changed the host".to_owned();
            return Err(Failure::new(Invariant::Atomicity, seen));
        }
        Ok(())
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
    pub(super) fn call(&mut self, call: &Call, cast: &Cast) -> Result<bool, Failure> {
        let outcome = match call {
            Call::Proof(bytes, _) => settle(self.chain.submit_proof(bytes))?,
            Call::Bundle(sent) => settle(self.chain.submit_bundle(&sent.bytes))?,
            Call::Equivocation(bytes) => settle(self.chain.submit_equivocation(AccountId::default(), bytes))?,
            Call::Receipts(bytes) => settle(
                self.chain
                    .submit_receipt_equivocation(AccountId::default(), bytes),
            )?,
            Call::Leave(account, operator) => settle(self.chain.deregister_operator(*account, *operator))?,
            Call::Stake(_, account, operator, stake) => match *stake {
                Stake::Nominate(deposit) => settle(self.chain.nominate(*account, *operator, deposit))?,
                Stake::Withdraw(extent) => settle(self.chain.withdraw(*account, *operator, extent))?,
            },
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
        let (custody, booked) = (self.chain.host().custody(), self.booked()?);
        if custody != booked {
            let seen = format!("{custody} is in custody, the books say {booked}");
            return Err(Failure::new(Invariant::Conservation, seen));
        }
        Ok(())
    }

    /// What is in custody by the books: pools, domains and deposits.
    fn booked(&self) -> Result<u128, Failure> {
        let next = self.read(|chain| chain.counters())?;
        let mut sum = 0_u128;
        for operator in (0..next.operator.0).map(OperatorId) {
            let pool = self.read(|chain| chain.pool(operator))?;
            sum += pool.and_then(|pool| pool.money()).map_or(0, |money| money.0);
        }
        for domain in (0..next.domain.0).map(DomainId) {
            let found = self.read(|chain| chain.domain(domain))?;
            let balance = self.read(|chain| chain.balance(domain))?;
            sum += balance.0 + found.map_or(0, |found| found.deposit.0);
        }
        Ok(sum)
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
            } => {
                self.finals.insert(hash.0);
                self.check_confirmed(*domain, *number, *hash)
            }
            Event::Nominated { .. } => {
                self.tally.nominations += 1;
                Ok(())
            }
            Event::ReceiptsRemoved {
                domain,
                from,
                to,
                hash,
                ..
            } => self.check_removed(*domain, *from, *to, *hash),
            Event::OperatorSlashed {
                operator, evidence, ..
            } => {
                if self.finals.contains(evidence) {
                    // A final receipt calls a bundle of its invalid; that what is final is right was checked before.
                    self.guilty.insert(*operator);
                }
                self.check_slashed(*operator, cast)
            }
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

    /// No stake leaves that is forfeit, or that a pending receipt stands on. `goes_on`: the operator takes part, and what leaves
    /// is a withdrawal; then receipts that it vouched for after the withdrawal's unlock period began stand on other stake.
    fn check_released(&mut self, operator: OperatorId, goes_on: bool) -> Result<(), Failure> {
        let found = self.read(|chain| chain.operator(operator))?;
        let domain = found.map(|found| found.domain).unwrap_or_default();
        let chain = self.read(|chain| chain.chain(domain))?;
        let unlock_period = self.chain.config().limits.unlock_period;
        let pending = chain.map(|chain| chain.confirmed.0.saturating_add(1)..=chain.head.0);
        let mut stands = self.guilty.contains(&operator);
        for number in pending.into_iter().flatten() {
            let record = self.read(|chain| chain.receipt_at(domain, DomainNumber(number)))?;
            stands |= record.is_some_and(|record| {
                let age = self.now.saturating_sub(record.included_at.0);
                record.backers.contains(&operator) && (!goes_on || age >= unlock_period)
            });
        }
        if stands {
            let seen = format!(
                "block {}: stake of operator {} leaves too early",
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
