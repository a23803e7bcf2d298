//! A proof system for tests: the proof is what the block touches of the state, and the verifier executes it again.
//!
//! As sound as the engine, for every engine, and not succinct: what a validity proof is measured against.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::ops::Range;
use decex_core::execution::{Effects, Engine, Step, StepKind, StepResult, run_step, step_at};
use decex_core::state::{ProvableTree, ReadError, StateTree};
use decex_core::{StateRoot, VerifierId};
use decex_validity::{InvalidTransition, Transition, TransitionVerifier, verifier_id};

/// Checks a transition by executing it over a witness.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reexecution<E>(pub E);

impl<E: Engine> TransitionVerifier for Reexecution<E> {
    fn id(&self) -> VerifierId {
        verifier_id("re-execution", &self.0.rule_set())
    }

    fn verify(&self, transition: &Transition<'_>, proof: &[u8]) -> Result<Effects, InvalidTransition> {
        let opened = self.0.commitment().open(&transition.parent, proof);
        let mut tree = opened.map_err(|_| InvalidTransition::Malformed)?;
        let (roots, effects, _) =
            run(&self.0, transition, tree.as_mut()).ok_or(InvalidTransition::Malformed)?;
        if roots != transition.trace {
            return Err(InvalidTransition::Unproven);
        }
        Ok(effects)
    }
}

/// Makes the proof of a transition: a witness of everything it touches in the state before it.
///
/// # Errors
/// When the state cannot answer, or is not the one before the block.
pub fn prove<E: Engine, T: ProvableTree + Clone>(
    engine: &E,
    before: &T,
    transition: &Transition<'_>,
) -> Result<Vec<u8>, ReadError> {
    let mut tree = before.clone();
    let (_, _, results) = run(engine, transition, &mut tree).ok_or(ReadError::IncompleteWitness)?;
    let touched: BTreeSet<_> = results.into_iter().flat_map(|result| result.touched).collect();
    before.prove(&touched)
}

/// Runs every step. `None` where the state lacks something.
fn run(
    engine: &dyn Engine,
    transition: &Transition<'_>,
    tree: &mut dyn StateTree,
) -> Option<(Vec<StateRoot>, Effects, Vec<StepResult>)> {
    let (mut roots, mut effects, mut results) = (Vec::new(), Effects::default(), Vec::new());
    let counts = transition.input_counts();
    for index in 0.. {
        let Some(kind) = step_at(index, counts, transition.trace_interval) else {
            break;
        };
        let step = match kind {
            StepKind::Begin => Step::Begin,
            StepKind::Receive(range) => Step::Receive(transition.messages.get(places(&range)?)?),
            StepKind::Apply(range) => Step::Apply(transition.inputs.get(places(&range)?)?),
            StepKind::Finish => Step::Finish,
        };
        let result = run_step(engine, transition.context, tree, step, transition.witness_limit).ok()?;
        roots.push(result.root);
        if let Some(last) = &result.effects {
            effects = *last;
        }
        results.push(result);
    }
    Some((roots, effects, results))
}

fn places(range: &Range<u32>) -> Option<Range<usize>> {
    Some(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}
