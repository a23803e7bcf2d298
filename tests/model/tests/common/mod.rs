//! The model, to the checker.
#![allow(dead_code, reason = "each test uses a part")]

use decex_model::bounds::Bounds;
use decex_model::properties;
use decex_model::rules::{Action, Model};
use decex_model::state::State;
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
        ]
    }
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

/// Explores everything within the bounds, up to the names of dishonest operators; every property must hold everywhere.
#[must_use]
pub fn explore(bounds: Bounds) -> Size {
    use stateright::Model as _;
    let explored = Explored(Model { bounds });
    let checker = explored.checker().symmetry_fn(State::canonical).spawn_dfs().join();
    checker.assert_properties();
    Size {
        states: checker.unique_state_count(),
        transitions: checker.state_count() - 1,
        depth: checker.max_depth(),
    }
}
