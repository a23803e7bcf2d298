//! What messages and blocks do, and who sends which.

use crate::bounds::{Bounds, Mutation};
use crate::state::{Claim, Flaws, Member, Name, Operator, Receipt, Removed, Set, State, Status, Unlock};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A bundle with transactions is included, of an operator that does nothing else; its inbox closes with the next block.
    Include,
    /// A receipt on top of the head.
    Submit(Operator, Claim),
    /// A further backer of the pending receipt of this number.
    Endorse(Operator, u8),
    /// The operator leaves.
    Leave(Operator),
    /// A proof against the pending receipt of this number.
    Prove(u8),
    /// Evidence that the operator sealed twice.
    Equivocate(Operator),
    /// The next block begins.
    Tick,
}

/// The lie that calls a bundle invalid, as the oracle tells it.
pub const REJECTION: Claim = Claim::Lie(0);

/// The rules and the habits of those who send, at given bounds.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The bounds.
    pub bounds: Bounds,
}

impl Model {
    /// Returns the state that everything starts from.
    #[must_use]
    pub fn start(&self) -> State {
        let member = Member {
            status: Status::Active,
            backed: None,
        };
        State {
            confirmed: Name::default(),
            pending: Vec::new(),
            removals: Vec::new(),
            closed: self.bounds.closed,
            open: false,
            operators: vec![member; usize::from(self.bounds.operators)],
            unlocks: Vec::new(),
            guilty: Set::default(),
            flaws: Flaws::default(),
            elapsed: 0,
            waited: 0,
        }
    }

    /// Returns every message that makes sense to send at these bounds, whether or not the rules take it.
    #[must_use]
    pub fn messages(&self) -> Vec<Action> {
        let bounds = &self.bounds;
        let mut all = Vec::new();
        for operator in 0..bounds.operators {
            all.push(Action::Submit(operator, Claim::Right));
            all.extend((0..bounds.lies).map(|kind| Action::Submit(operator, Claim::Lie(kind))));
            all.extend((1..=bounds.inboxes).map(|number| Action::Endorse(operator, number)));
            if bounds.leaving {
                all.push(Action::Leave(operator));
            }
            if bounds.equivocation {
                all.push(Action::Equivocate(operator));
            }
        }
        all.extend((1..=bounds.inboxes).map(Action::Prove));
        all
    }

    /// Returns the steps that are taken from a state: by the honest operator only honest ones, by the others all that the
    /// rules take, by the farmers none that hold a proof back beyond the budget.
    #[must_use]
    pub fn steps(&self, state: &State) -> Vec<Action> {
        let mut all = self.messages();
        all.extend([Action::Include, Action::Tick]);
        all.retain(|action| self.is_habit(state, action) && self.apply(state, *action).is_some());
        all
    }

    fn is_habit(&self, state: &State, action: &Action) -> bool {
        match *action {
            Action::Submit(0, claim) => claim == Claim::Right && state.head().is_right(),
            Action::Endorse(0, number) => state.name_at(number).is_some_and(Name::is_right),
            Action::Equivocate(0) => false,
            Action::Include => self.bounds.inclusion.is_none(),
            Action::Tick => self.may_tick(state),
            Action::Submit(..)
            | Action::Endorse(..)
            | Action::Leave(_)
            | Action::Prove(_)
            | Action::Equivocate(_) => true,
        }
    }

    /// Whether the block may end without what honest parties wait for.
    fn may_tick(&self, state: &State) -> bool {
        // A mutation: the host promises less than P5 asks for.
        let budget = if self.bounds.breaks(Mutation::Outlasted) {
            self.bounds.challenge
        } else {
            self.bounds.censorship
        };
        let proof_due = state.lowest_lie().is_some_and(|(_, lie)| lie.age > budget);
        let most = self.bounds.inclusion.unwrap_or(u8::MAX);
        let receipt_due = self.honest_waits(state) && state.waited >= most;
        !proof_due && !receipt_due
    }

    /// Whether the honest operator has a receipt to submit.
    fn honest_waits(&self, state: &State) -> bool {
        let head = state.head();
        head.is_right() && head.number < state.closed && self.is_eligible(state, 0)
    }

    /// Whether the operator may bundle, decided as the code does: by its highest receipt alone.
    #[must_use]
    pub fn is_eligible(&self, state: &State, operator: Operator) -> bool {
        let member = state.operators[usize::from(operator)];
        let is_offender = member
            .backed
            .is_some_and(|backed| state.name_at(backed.number) != Some(backed));
        member.status == Status::Active && (!is_offender || self.bounds.breaks(Mutation::OffenderTakesPart))
    }

    /// Applies a step by the rules alone, whoever takes it. `None`: it is refused, or changes nothing.
    #[must_use]
    pub fn apply(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Include => self.include(&mut next)?,
            Action::Submit(operator, claim) => self.submit(&mut next, operator, claim)?,
            Action::Endorse(operator, number) => self.endorse(&mut next, operator, number)?,
            Action::Leave(operator) => self.leave(&mut next, operator)?,
            Action::Prove(number) => self.prove(&mut next, number)?,
            Action::Equivocate(operator) => self.equivocate(&mut next, operator)?,
            Action::Tick => self.tick(&mut next),
        }
        for member in &mut next.operators {
            let has_stake = matches!(member.status, Status::Active | Status::Leaving);
            let confirmed = next.confirmed.number;
            member.backed = member
                .backed
                .filter(|backed| has_stake && backed.number > confirmed);
        }
        Some(next)
    }

    fn include(&self, state: &mut State) -> Option<()> {
        // K33, K36: while a receipt that calls its bundle invalid is pending, and no longer, the author is out; when it becomes
        // final, for ever.
        let may = !state.open && state.closed < self.bounds.inboxes && !state.head().tells(REJECTION);
        state.open = true;
        may.then_some(())
    }

    fn submit(&self, state: &mut State, operator: Operator, claim: Claim) -> Option<()> {
        let head = state.head();
        let name = head.child(claim);
        let mut removed = state.removals.iter_mut().flatten();
        let unswept = removed.find(|removed| removed.name == name);
        // R6: what was removed comes back after the sweep only.
        let blocked = match unswept {
            Some(removed) if self.bounds.breaks(Mutation::ResubmitUnswept) => {
                removed.backers = Set::of(operator);
                false
            }
            found => found.is_some(),
        };
        // R9: its inbox is closed.
        let may = self.is_eligible(state, operator) && head.number < state.closed && !blocked;
        state.pending.push(Receipt {
            claim,
            backers: Set::of(operator),
            age: 0,
            late: false,
        });
        back(state, operator, name);
        may.then_some(())
    }

    fn endorse(&self, state: &mut State, operator: Operator, number: u8) -> Option<()> {
        let eligible = self.is_eligible(state, operator);
        let name = state.name_at(number)?;
        let index = state.index_of(number)?;
        let receipt = &mut state.pending[index];
        // R26: in its own block, once.
        let in_time = receipt.age == 0 || self.bounds.breaks(Mutation::LateEndorsement);
        let may = eligible && in_time && !receipt.backers.has(operator);
        receipt.backers = receipt.backers.and(Set::of(operator));
        receipt.late |= receipt.age > 0;
        back(state, operator, name);
        may.then_some(())
    }

    fn leave(&self, state: &mut State, operator: Operator) -> Option<()> {
        let may = self.is_eligible(state, operator);
        state.operators[usize::from(operator)].status = Status::Leaving;
        queue(state, operator, self.bounds.unlock);
        may.then_some(())
    }

    fn prove(&self, state: &mut State, number: u8) -> Option<()> {
        let index = state.index_of(number)?;
        if state.pending[index].claim == Claim::Right {
            return None;
        }
        let mut name = state.name_at(number - 1).unwrap_or(state.confirmed);
        let mut removal = Vec::new();
        for receipt in state.pending.drain(index..) {
            name = name.child(receipt.claim);
            removal.push(Removed {
                name,
                backers: receipt.backers,
            });
        }
        let backers = removal
            .iter()
            .fold(Set::default(), |all, removed| all.and(removed.backers));
        let (left, slashed) = (state.all_who(Status::Left), state.all_who(Status::Slashed));
        state.flaws.escaped |= backers.less(left) != backers;
        state.guilty = state.guilty.and(backers.less(left).less(slashed));
        state.removals.push(removal);
        self.sweep(state);
        Some(())
    }

    fn equivocate(&self, state: &mut State, operator: Operator) -> Option<()> {
        let status = state.operators[usize::from(operator)].status;
        let may = matches!(status, Status::Active | Status::Leaving);
        state.guilty = state.guilty.and(Set::of(operator));
        self.slash(state, operator);
        may.then_some(())
    }

    fn tick(&self, state: &mut State) {
        let before = state.confirmed.number;
        self.count_time(state);
        if std::mem::take(&mut state.open) {
            state.closed += 1;
        }
        for receipt in &mut state.pending {
            receipt.age = (receipt.age + 1).min(self.bounds.challenge + 1);
        }
        for unlock in &mut state.unlocks {
            unlock.due = unlock.due.saturating_sub(1);
        }
        self.sweep(state);
        self.confirm(state);
        self.release(state);
        let confirmed = state.confirmed.number;
        state.flaws.confirmation |= confirmed < before || (confirmed > before && !state.removals.is_empty());
        if confirmed == self.bounds.inboxes {
            state.elapsed = 0;
        }
    }

    fn count_time(&self, state: &mut State) {
        if self.bounds.inclusion.is_some() && state.confirmed.number < self.bounds.inboxes {
            state.elapsed = state.elapsed.saturating_add(1);
            state.waited = if self.honest_waits(state) {
                state.waited + 1
            } else {
                0
            };
        }
    }

    /// Sweeps from the former head down. The removals that wait take turns: each gets an equal share, and what is not done
    /// goes to the end.
    fn sweep(&self, state: &mut State) {
        let waiting = u8::try_from(state.removals.len()).unwrap_or(u8::MAX);
        let share = self.bounds.work.checked_div(waiting).unwrap_or_default().max(1);
        let mut left = self.bounds.work;
        while left > 0 && !state.removals.is_empty() {
            for _ in 0..share.min(left) {
                let Some(swept) = state.removals.first_mut().and_then(Vec::pop) else {
                    break;
                };
                left -= 1;
                self.slash_backers(state, swept.backers);
            }
            let removal = state.removals.remove(0);
            if !removal.is_empty() {
                state.removals.push(removal);
            }
        }
    }

    fn slash_backers(&self, state: &mut State, backers: Set) {
        let mut left = backers;
        for operator in 0..self.bounds.operators {
            if left.has(operator) {
                self.slash(state, operator);
                if self.bounds.breaks(Mutation::OneBackerOnly) {
                    left = Set::default();
                }
            }
        }
    }

    fn slash(&self, state: &mut State, operator: Operator) {
        let status = &mut state.operators[usize::from(operator)].status;
        let gone = matches!(*status, Status::Left | Status::Slashed);
        if gone && !self.bounds.breaks(Mutation::SlashTwice) {
            return;
        }
        *status = Status::Slashed;
        state.flaws.twice |= gone;
        state.unlocks.retain(|unlock| unlock.operator != operator);
    }

    fn confirm(&self, state: &mut State) {
        let early = u8::from(self.bounds.breaks(Mutation::EarlyConfirmation));
        for _ in 0..self.bounds.work {
            let unswept = !state.removals.is_empty() && !self.bounds.breaks(Mutation::ConfirmUnswept);
            // R29: more than the challenge period lies between.
            let due = |receipt: &Receipt| receipt.age + early > self.bounds.challenge;
            if unswept || !state.pending.first().is_some_and(due) {
                return;
            }
            let receipt = state.pending.remove(0);
            state.confirmed = state.confirmed.child(receipt.claim);
            state.flaws.unearned |= receipt.late;
        }
    }

    /// Everybody whose stake is due claims it, and gets it unless it still answers for something.
    fn release(&self, state: &mut State) {
        let waiting = std::mem::take(&mut state.unlocks);
        for unlock in waiting {
            let member = &mut state.operators[usize::from(unlock.operator)];
            let liable = member
                .backed
                .is_some_and(|backed| backed.number > state.confirmed.number);
            let free = !liable || self.bounds.breaks(Mutation::ReleaseUnchecked);
            if unlock.due == 0 && free {
                member.status = Status::Left;
            } else {
                state.unlocks.push(unlock);
            }
        }
    }
}

/// Remembers the highest receipt that the operator answers for.
fn back(state: &mut State, operator: Operator, name: Name) {
    let backed = &mut state.operators[usize::from(operator)].backed;
    if backed.is_none_or(|highest| name.number > highest.number) {
        *backed = Some(name);
    }
}

/// Lets a stake wait.
fn queue(state: &mut State, operator: Operator, due: u8) {
    let place = state.unlocks.partition_point(|unlock| unlock.operator < operator);
    state.unlocks.insert(place, Unlock { operator, due });
}
