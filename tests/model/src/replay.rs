//! The model and the real code in lock-step: the same steps, and after each of them the same state.

use crate::bounds::Bounds;
use crate::oracle::Oracle;
use crate::read::{check_money, read};
use crate::real::{Outcome, Real};
use crate::rules::{Action, Model};
use crate::state::State;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What was replayed.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// States, up to the names of operators: every one that the model reaches.
    pub states: usize,
    /// Steps that the real code took as the model says.
    pub accepted: usize,
    /// Of those, steps that the model does not take further: what the honest operator does not do, or a farmer may not.
    pub beyond: usize,
    /// Messages that the real code refused, or that changed nothing, as the model says, by rule.
    pub refused: BTreeMap<String, usize>,
}

/// Takes every state that the model reaches within the bounds, by one shortest path each, and the real host with it. One in
/// `one_in` states, chosen by the state alone, is tried with every message, accepted or refused; in the others only the
/// steps that lead to a state not seen before are taken.
///
/// # Panics
/// When the two disagree.
#[must_use]
pub fn replay(bounds: Bounds, one_in: u64) -> Report {
    let model = Model { bounds };
    let (real, oracle) = Real::start(&bounds);
    let state = model.start();
    let mut run = Run {
        seen: BTreeSet::from([state.canonical()]),
        model,
        oracle,
        one_in,
        report: Report::default(),
    };
    run.compare(&real, &state, "the start");
    let mut now = real.now();
    let mut frontier = vec![(state, real)];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for (state, real) in frontier.drain(..) {
            run.report.states += 1;
            run.expand(&state, &real, &mut next);
        }
        let oldest = next.iter().map(|(_, real)| real.now()).min().unwrap_or(now);
        if oldest > now {
            now = oldest;
            run.oracle.forget(Real::oldest_window(now));
        }
        frontier = next;
    }
    run.report
}

struct Run {
    model: Model,
    oracle: Oracle,
    one_in: u64,
    seen: BTreeSet<State>,
    report: Report,
}

impl Run {
    fn expand(&mut self, state: &State, real: &Real, next: &mut Vec<(State, Real)>) {
        let steps = self.model.steps(state);
        let everything = self.is_chosen(state);
        for action in steps {
            let expected = self.model.apply(state, action).expect("a step leads somewhere");
            let is_new = self.seen.insert(expected.canonical());
            if is_new || everything {
                let reached = self.step(state, real, action, &expected);
                if is_new {
                    next.push((expected, reached));
                }
            }
        }
        if everything {
            self.try_the_rest(state, real);
        }
    }

    /// Chosen by the state alone, the same in every run.
    fn is_chosen(&self, state: &State) -> bool {
        let mut hasher = DefaultHasher::new();
        state.canonical().hash(&mut hasher);
        hasher.finish().is_multiple_of(self.one_in)
    }

    /// Takes a step that the rules accept.
    fn step(&mut self, state: &State, real: &Real, action: Action, expected: &State) -> Real {
        let mut reached = real.clone();
        let outcome = reached.apply(&mut self.oracle, &self.model, state, action);
        assert_eq!(outcome, Outcome::Accepted, "{action:?} in {state:#?}");
        self.compare(&reached, expected, &format!("{action:?} in {state:#?}"));
        self.report.accepted += 1;
        reached
    }

    /// Tries what the model does not do: what the rules refuse, the real code must refuse too, or let it change nothing; what only
    /// habit forbids, it must do as the model's rules say.
    fn try_the_rest(&mut self, state: &State, real: &Real) {
        let steps = self.model.steps(state);
        let mut rest = self.model.messages();
        rest.push(Action::Tick);
        rest.retain(|action| !steps.contains(action));
        for action in rest {
            if let Some(expected) = self.model.apply(state, action) {
                let _ = self.step(state, real, action, &expected);
                self.report.beyond += 1;
                continue;
            }
            let mut tried = real.clone();
            let rule = match tried.apply(&mut self.oracle, &self.model, state, action) {
                Outcome::Nothing => continue,
                Outcome::Refused(rule) => rule,
                Outcome::Accepted => "known already".to_owned(),
            };
            self.compare(&tried, state, &format!("refused by {rule}: {action:?}"));
            let kind = match action {
                Action::Submit(..) => "submit",
                Action::Endorse(..) => "endorse",
                Action::Leave(_) => "leave",
                Action::Prove(_) => "prove",
                Action::Equivocate(_) => "equivocate",
                Action::Include | Action::Tick => "block",
            };
            *self.report.refused.entry(format!("{kind} {rule}")).or_default() += 1;
        }
    }

    fn compare(&self, real: &Real, expected: &State, what: &str) {
        let found = read(real, &self.oracle, &self.model.bounds, expected);
        assert_eq!(found, *expected, "the store, and the model, after {what}");
        check_money(real, expected);
    }
}
