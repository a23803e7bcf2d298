//! The model, to the checker.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use decex_model::bounds::Bounds;
use decex_model::properties;
use decex_model::rules::{Action, Model};
use decex_model::state::{Receipt, State, Status};
use stateright::{Checker, Property};

/// The model as the checker takes it.
#[derive(Clone, Copy, Debug)]
pub struct Explored(pub Model);

impl stateright::Model for Explored {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.0.start()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(self.0.steps(state));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.0.apply(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(properties::SAFETY.name, |model, state| {
                (properties::SAFETY.holds)(&model.0, state)
            }),
            Property::always(properties::INNOCENCE.name, |model, state| {
                (properties::INNOCENCE.holds)(&model.0, state)
            }),
            Property::always(properties::EXACT.name, |model, state| {
                (properties::EXACT.holds)(&model.0, state)
            }),
            Property::always(properties::EXIT.name, |model, state| {
                (properties::EXIT.holds)(&model.0, state)
            }),
            Property::always(properties::OFFENDER.name, |model, state| {
                (properties::OFFENDER.holds)(&model.0, state)
            }),
            Property::always(properties::CONFIRMATION.name, |model, state| {
                (properties::CONFIRMATION.holds)(&model.0, state)
            }),
            Property::always(properties::REWARD.name, |model, state| {
                (properties::REWARD.holds)(&model.0, state)
            }),
            Property::always(properties::LIVENESS.name, |model, state| {
                (properties::LIVENESS.holds)(&model.0, state)
            }),
            Property::always(properties::DELAY.name, |model, state| {
                (properties::DELAY.holds)(&model.0, state)
            }),
            // Nothing above holds for want of anything to happen.
            Property::sometimes("everything is confirmed", |model: &Self, state: &State| {
                state.confirmed.number == model.0.bounds.inboxes
            }),
            Property::sometimes(
                "everybody but the honest operator is slashed",
                |model: &Self, state: &State| {
                    state.all_who(Status::Slashed).count() == model.0.bounds.operators - 1
                },
            ),
            Property::sometimes("a stake is released", |model: &Self, state: &State| {
                !model.0.bounds.leaving || state.all_who(Status::Left).count() > 0
            }),
            Property::sometimes(
                "two removals wait for the sweep",
                |model: &Self, state: &State| {
                    state.removals.len() > 1 || model.0.bounds.inboxes < 3 || model.0.bounds.work > 1
                },
            ),
            Property::sometimes(
                "a sweep holds a confirmation up",
                |model: &Self, state: &State| {
                    let waits = |receipt: &Receipt| receipt.age > model.0.bounds.challenge;
                    model.0.bounds.inboxes < 4
                        || !state.removals.is_empty() && state.pending.first().is_some_and(waits)
                },
            ),
            Property::sometimes(
                "the bound of the delay is reached, all stakes burned",
                |model: &Self, state: &State| {
                    let burned = state.guilty.count() == model.0.bounds.operators - 1;
                    model.0.bounds.inclusion.is_none()
                        || burned && state.elapsed + 1 == properties::latest(&model.0, state)
                },
            ),
        ]
    }
}

/// Whether the larger bounds are asked for.
#[must_use]
pub fn is_full() -> bool {
    std::env::var_os("DECEX_MODEL").is_some_and(|size| size == "full")
}

/// What an exploration found.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// States, up to the names of operators.
    pub states: usize,
    /// Transitions, each state's counted once.
    pub transitions: usize,
    /// The longest shortest path, or so: the search goes down first.
    pub depth: usize,
}

/// Explores everything within the bounds without the help of symmetry.
#[must_use]
pub fn explore_by_name(bounds: Bounds) -> usize {
    use stateright::Model as _;
    let checker = Explored(Model { bounds }).checker().spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

/// Explores everything within the bounds, up to the names of dishonest operators; every property must hold everywhere.
#[must_use]
pub fn explore(bounds: Bounds) -> Size {
    use stateright::Model as _;
    let explored = Explored(Model { bounds });
    let checker = explored
        .checker()
        .symmetry_fn(State::canonical)
        .spawn_dfs()
        .join();
    checker.assert_properties();
    Size {
        states: checker.unique_state_count(),
        transitions: checker.state_count() - 1,
        depth: checker.max_depth(),
    }
}
