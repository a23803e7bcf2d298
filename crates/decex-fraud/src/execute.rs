//! Execute a whole block: from an inbox to the right receipt.

use crate::account::{AccountError, read_account};
use crate::claim::messages;
use crate::local::BaseStates;
use alloc::vec::Vec;
use decex_bundle::{Inbox, Inboxed, Item, Verdict, judge};
use decex_core::codec::BoundedVec;
use decex_core::execution::{
    Context, Effects, Engine, Input, Step, StepError, StepKind, run_step, step_at, trace_length, trace_root,
};
use decex_core::id::StateRoot;
use decex_core::params::CheckedParams;
use decex_core::schedule::Entry;
use decex_core::state::{Changes, StateTree};
use decex_core::transaction::Summary;
use decex_receipt::{Openings, Receipt, TraceClaim, VERSION};
use decex_shuffle::Schedule;

/// A block with everything that follows from its inbox.
#[derive(Clone, Debug)]
#[must_use]
pub struct Executed {
    /// The right receipt.
    pub receipt: Receipt,
    /// What is published beside it.
    pub openings: Openings,
    /// What each step changed, in the order of the trace. The state before step `k` is the final state after
    /// [`StateTree::update`] with `before` of the steps from the last down to `k`.
    pub steps: Vec<StepChanges>,
}

/// What one step did to the state, in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepChanges {
    /// What stood under the changed keys before the step: undoes it.
    pub before: Changes,
    /// What the step wrote: repeats it.
    pub after: Changes,
}

/// Why a block was not executed. None of these is a property of the inbox: the same call succeeds elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The engine runs other rules than the inbox names.
    #[error("the engine runs other rules than the inbox names")]
    Rules,
    /// The tree does not hold the parent's state.
    #[error("the tree is not at the parent's state")]
    Parent,
    /// The bodies are not those of the inbox, or do not fit in a receipt.
    #[error("the bodies are not those of the inbox")]
    Bodies,
    /// The state could not answer, or the engine broke its contract.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

impl<E> From<AccountError> for ExecuteError<E> {
    fn from(error: AccountError) -> Self {
        Self::Step(match error {
            AccountError::Read(error) => StepError::Read(error),
            AccountError::System => StepError::System,
        })
    }
}

/// Judges every bundle, puts the transactions of the valid ones in order and runs all steps on `tree`, which holds the
/// parent's state and afterwards the block's.
///
/// `bodies` are the transactions of the inbox's bundles, in the inbox's order.
///
/// # Errors
/// When the parts do not belong together, a state cannot answer, or the engine breaks its contract. The tree may then
/// have been changed by the steps before.
pub fn execute<S: BaseStates>(
    engine: &dyn Engine,
    params: &CheckedParams,
    inbox: &Inbox,
    parent: &Receipt,
    bodies: &[&[Item]],
    states: &mut S,
    tree: &mut dyn StateTree,
) -> Result<Executed, ExecuteError<S::Error>> {
    if engine.rule_set() != inbox.rules {
        return Err(ExecuteError::Rules);
    }
    if tree.root() != parent.state {
        return Err(ExecuteError::Parent);
    }
    if bodies.len() != inbox.bundles.len() {
        return Err(ExecuteError::Bodies);
    }
    let summaries = summarize(bodies);
    let verdicts = judge_inbox(engine, inbox, bodies, &summaries, states)?;
    let schedule = Schedule::build(&inbox.seed, valid(&summaries, &verdicts));
    let parent_hash = parent.compute_hash();
    let block = Block {
        engine,
        params,
        context: inbox.context(parent_hash),
        inbox,
        schedule: &schedule,
        bodies,
    };
    let run = block.run(tree)?;
    let trace = TraceClaim {
        root: trace_root(&run.trace),
        length: trace_length(inbox.input_counts(schedule.count()), params.trace_interval()),
    };
    let receipt = Receipt {
        version: VERSION,
        rules: inbox.rules,
        domain: inbox.domain,
        number: inbox.number,
        parent: parent_hash,
        consensus_number: inbox.consensus_number,
        consensus_hash: inbox.consensus_hash,
        seed: inbox.seed,
        verdicts: BoundedVec::new(verdicts).ok_or(ExecuteError::Bodies)?,
        schedule: schedule.claim(),
        trace,
        state: tree.root(),
        effects: run.effects,
    };
    let openings = Openings {
        schedule: BoundedVec::new(schedule.entries().to_vec()).ok_or(ExecuteError::Bodies)?,
        trace: BoundedVec::new(run.trace).ok_or(ExecuteError::Bodies)?,
    };
    Ok(Executed {
        receipt,
        openings,
        steps: run.steps,
    })
}

/// Returns the summaries of every body, hashing each transaction once.
pub(crate) fn summarize(bodies: &[&[Item]]) -> Vec<Vec<Summary>> {
    bodies
        .iter()
        .map(|body| body.iter().map(Item::compute_summary).collect())
        .collect()
}

/// Returns the bodies that are scheduled, each with its bundle's index.
fn valid<'a>(
    summaries: &'a [Vec<Summary>],
    verdicts: &'a [Verdict],
) -> impl Iterator<Item = (u16, &'a [Summary])> {
    // An inbox has at most `MAX_BUNDLES_PER_BLOCK` bundles, far below the end of the indices.
    (0..=u16::MAX)
        .zip(summaries)
        .zip(verdicts)
        .filter(|(_, verdict)| **verdict == Verdict::Valid)
        .map(|((bundle, body), _)| (bundle, body.as_slice()))
}

/// Judges every bundle of an inbox at its own base.
fn judge_inbox<S: BaseStates>(
    engine: &dyn Engine,
    inbox: &Inbox,
    bodies: &[&[Item]],
    summaries: &[Vec<Summary>],
    states: &mut S,
) -> Result<Vec<Verdict>, ExecuteError<S::Error>> {
    let bundles = inbox.bundles.iter().zip(bodies).zip(summaries);
    bundles
        .map(|((bundle, items), summaries)| judge_bundle(engine, bundle, items, summaries, states))
        .collect()
}

fn judge_bundle<S: BaseStates>(
    engine: &dyn Engine,
    bundle: &Inboxed,
    items: &[Item],
    summaries: &[Summary],
    states: &mut S,
) -> Result<Verdict, ExecuteError<S::Error>> {
    // L0: there is a state to judge at.
    let Some(state) = states.base_state(&bundle.base).map_err(ExecuteError::Host)? else {
        return Ok(Verdict::BaseRemoved);
    };
    let body = items.iter().map(|item| &*item.bytes).zip(summaries);
    Ok(judge(engine, &bundle.base, body, |sender| {
        read_account(engine, state, sender)
    })?)
}

/// A block about to be run.
struct Block<'a> {
    engine: &'a dyn Engine,
    params: &'a CheckedParams,
    context: Context,
    inbox: &'a Inbox,
    schedule: &'a Schedule,
    bodies: &'a [&'a [Item]],
}

/// What running a block yields.
struct Run {
    trace: Vec<StateRoot>,
    steps: Vec<StepChanges>,
    effects: Effects,
}

impl Block<'_> {
    fn run<E>(&self, tree: &mut dyn StateTree) -> Result<Run, ExecuteError<E>> {
        let mut run = Run {
            trace: Vec::new(),
            steps: Vec::new(),
            effects: Effects::default(),
        };
        let counts = self.inbox.input_counts(self.schedule.count());
        let interval = self.params.trace_interval();
        for index in 0..trace_length(counts, interval) {
            let kind = step_at(index, counts, interval).ok_or(ExecuteError::Bodies)?;
            let inputs = self.inputs(&kind).ok_or(ExecuteError::Bodies)?;
            let step = match &kind {
                StepKind::Begin => Step::Begin,
                StepKind::Receive(range) => Step::Receive(messages(self.inbox, range)),
                StepKind::Apply(_) => Step::Apply(&inputs),
                StepKind::Finish => Step::Finish,
            };
            let result = run_step(self.engine, &self.context, tree, step, self.params.witness_limit)?;
            run.trace.push(result.root);
            run.steps.push(StepChanges {
                before: result.before,
                after: result.changes,
            });
            run.effects = result.effects.unwrap_or_default();
        }
        Ok(run)
    }

    /// Returns a step's inputs, or `None` if the bodies lack one.
    fn inputs(&self, kind: &StepKind) -> Option<Vec<Input<'_>>> {
        let StepKind::Apply(range) = kind else {
            return Some(Vec::new());
        };
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        let entries = self.schedule.entries().get(range.clone())?;
        let summaries = self.schedule.summaries().get(range)?;
        entries
            .iter()
            .zip(summaries)
            .map(|(entry, summary)| {
                let bytes = &self.item(entry)?.bytes;
                Some(Input { summary, bytes })
            })
            .collect()
    }

    fn item(&self, entry: &Entry) -> Option<&Item> {
        self.bodies
            .get(usize::from(entry.bundle))?
            .get(usize::try_from(entry.leaf).ok()?)
    }
}
