//! How a domain executes, one provable step at a time.
//!
//! [`Engine`] is implemented once per domain kind. [`run_step`] is the only function that drives it: the operator calls
//! it over its full state, the verifier of a transition proof over a witness. There is no second path to drift.
//!
//! A block of `m` messages and `n` transactions with trace interval `t` has the steps *begin*, `⌈m / t⌉` chunks of at most `t`
//! messages, `⌈n / t⌉` chunks of at most `t` transactions, and *finish*; the trace holds the state root after each, so its length
//! is `⌈m / t⌉ + ⌈n / t⌉ + 2` ([`trace_length`]).
//!
//! ```text
//! parent root --begin--> trace[0] --messages--> … --transactions--> trace[len-2] --finish--> trace[len-1] + effects
//! ```

use crate::hash::{Digest, digest, digest_encoded};
use crate::id::{
    Balance, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, ListRoot, Nonce, ReceiptHash, RuleSet,
    Seed, SenderId, Slot, StateRoot, Timestamp, Weight,
};
use crate::label;
use crate::list;
use crate::message::Message;
use crate::state::{
    Changes, Gathered, Halt, Meter, Overlay, ReadError, StateAccess, StateCommitment, StateKey, StateTree,
};
use crate::transaction::Summary;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::Range;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// What a domain block is executed in: a function of the consensus block it derives from and of its parent, and of
/// nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Context {
    /// The domain.
    pub domain: DomainId,
    /// The block being executed.
    pub number: DomainNumber,
    /// Its parent's hash.
    pub parent: ReceiptHash,
    /// The consensus block that included the bundles.
    pub consensus_number: ConsensusNumber,
    /// Its hash.
    pub consensus_hash: ConsensusHash,
    /// Its slot.
    pub slot: Slot,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// The schedule's seed.
    pub seed: Seed,
    /// What a byte of blockspace costs, from that consensus block.
    pub byte_price: Balance,
}

/// One input of a domain block: a scheduled transaction.
///
/// Its summary was judged by the legality rules before it was scheduled, so an engine takes sender, nonce and weight
/// from it and need not check the signature again.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The transaction's summary, as scheduled.
    pub summary: &'a Summary,
    /// The transaction's bytes.
    pub bytes: &'a [u8],
}

/// What an engine reads from a transaction's bytes without any state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose valid signature it carries.
    pub sender: SenderId,
    /// Its place in the sender's sequence.
    pub nonce: Nonce,
    /// The most effort it can cost.
    pub weight: Weight,
}

/// Why bytes are not a transaction of this domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATransaction {
    /// Not a well-formed transaction of a supported kind for this domain.
    #[error("the transaction is malformed")]
    Malformed,
    /// Well formed, but the signature does not verify.
    #[error("the signature is invalid")]
    Signature,
}

/// What legality may read from state: nothing else of an account counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Account {
    /// The next nonce.
    pub nonce: Nonce,
    /// What it can spend.
    pub balance: Balance,
}

/// Fees of one domain block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Fees {
    /// For executing: to the operators who submit the receipt.
    pub execution: Balance,
    /// For blockspace: to the authors of the valid bundles.
    pub storage: Balance,
    /// Leaves circulation.
    pub burned: Balance,
}

/// What a block did beside changing state. Read from the block accumulators by `finish`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Effects {
    /// Root over all messages that the domain has ever sent, in order. Any later root shows an earlier message too, so
    /// none is lost however late it is relayed.
    pub outbox: ListRoot,
    /// The block's fees.
    pub fees: Fees,
}

/// A domain's rules: what transactions are, and what they do to the state.
///
/// # Contract
/// - Deterministic: the same arguments and the same state give the same accesses in the same order, the same changes
///   and the same answer, on every platform. No clock, no randomness, no floats.
/// - Everything that outlives a call is in the state. Implementations keep no memory between steps, and between the inputs
///   of one step only what [`chunk`](Self::chunk) allows.
/// - A [`Halt`] from a state access is passed on at once; it is never swallowed.
/// - Total: no input makes a method panic or run without bound (weights bound execution).
pub trait Engine {
    /// Names these rules: code version and configuration. A receipt made under other rules names another set.
    fn rule_set(&self) -> RuleSet;
    /// Returns the state commitment of this domain.
    fn commitment(&self) -> &dyn StateCommitment;
    /// Reads a transaction without state: decodes it and checks its signature.
    ///
    /// # Errors
    /// When the bytes are not a transaction of this domain.
    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction>;
    /// Reads what legality needs to know of an account; an absent account is all zero.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt>;
    /// Opens the block: resets the block accumulators, records what the context brings.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt>;
    /// Takes in a message that consensus put into the block. `decex-messaging` says what each kind does; a request is answered
    /// in the same step. An engine whose domains allow no messages (`messages` of the parameters is 0) is never asked.
    ///
    /// # Errors
    /// Only what `state` returns. On [`Halt::Limit`] the caller drops the attempt's changes and calls
    /// [`refuse`](Self::refuse).
    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt>;
    /// Takes in a message that passed its witness limit, without the part that has no bound: a request is refused, an answer
    /// is only settled. Within [`REFUSE_ALLOWANCE`].
    ///
    /// # Errors
    /// Only what `state` returns. On [`Halt::Limit`] the message has no effect at all, and no answer: the engine breaks its
    /// contract.
    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt>;
    /// Applies one input. A transaction that fails is still an input: its effects are reverted and it pays what it can.
    ///
    /// # Errors
    /// Only what `state` returns. On [`Halt::Limit`] the caller drops the attempt's changes and calls
    /// [`exceed`](Self::exceed).
    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt>;
    /// Charges an input that passed its witness limit, as one that used all of its weight. Touches a constant number
    /// of small values, within [`EXCEED_ALLOWANCE`].
    ///
    /// # Errors
    /// Only what `state` returns. On [`Halt::Limit`] the input has no effect at all.
    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt>;
    /// Returns what applies the inputs of one chunk in place of [`apply`](Self::apply) and [`exceed`](Self::exceed): the same
    /// rules, with a memory for buffers and decoded values that is dropped with the chunk. What an input does and touches
    /// must not depend on that memory, as the trace interval decides which inputs share it. `None`: none is needed.
    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        None
    }
    /// Closes the block and reads its accumulators.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn finish(&self, context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt>;
}

/// Applies the inputs of one chunk, one after another: an [`Engine`] with a memory, see [`Engine::chunk`].
pub trait Chunk {
    /// As [`Engine::apply`].
    ///
    /// # Errors
    /// As [`Engine::apply`].
    fn apply(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt>;
    /// As [`Engine::exceed`].
    ///
    /// # Errors
    /// As [`Engine::exceed`].
    fn exceed(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt>;
}

/// The chunk of an engine that needs no memory.
struct WithoutMemory<'e>(&'e dyn Engine);

impl Chunk for WithoutMemory<'_> {
    fn apply(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt> {
        self.0.apply(context, state, input)
    }

    fn exceed(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt> {
        self.0.exceed(context, state, input)
    }
}

/// Witness bytes that [`Engine::exceed`] may use beyond the limit that the input passed: four keys with small values.
pub const EXCEED_ALLOWANCE: u32 = 4 * (Meter::KEY_BYTES + 256);

/// Witness bytes that [`Engine::refuse`] may use beyond the limit that the message passed: four keys, among them the
/// outbox and the message that answers.
pub const REFUSE_ALLOWANCE: u32 = 4 * (Meter::KEY_BYTES + 1024);

/// Witness bytes that `begin` and `finish` may use each. An engine that needs more cannot run at all.
pub const SYSTEM_ALLOWANCE: u32 = 16 * (Meter::KEY_BYTES + 1024);

/// One step of a domain block.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Opens the block.
    Begin,
    /// Takes in a chunk of adjacent messages.
    Receive(&'a [Message]),
    /// Applies a chunk of adjacent inputs.
    Apply(&'a [Input<'a>]),
    /// Closes the block.
    Finish,
}

/// Which step leads to a trace entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Opens the block.
    Begin,
    /// Takes in these messages of the inbox.
    Receive(Range<u32>),
    /// Applies these entries of the schedule.
    Apply(Range<u32>),
    /// Closes the block.
    Finish,
}

/// What a step did.
#[derive(Clone, Debug)]
#[must_use]
pub struct StepResult {
    /// The root after the step.
    pub root: StateRoot,
    /// What `finish` returned, `None` for other steps.
    pub effects: Option<Effects>,
    /// Every key the step read or wrote: what its witness must cover.
    pub touched: BTreeSet<StateKey>,
    /// What the step changed.
    pub changes: Changes,
    /// What stood under the changed keys before: applying it to the tree undoes the step.
    pub before: Changes,
}

/// Why a step has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The state cannot answer. Over a witness: the witness is incomplete.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// `begin` or `finish` passed [`SYSTEM_ALLOWANCE`]: the engine breaks its contract.
    #[error("the engine's begin or finish passed its allowance")]
    System,
}

/// How many inputs a domain block has, of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Messages in its inbox.
    pub messages: u32,
    /// Transactions in its schedule.
    pub transactions: u32,
}

/// Returns the number of trace entries of a block: after begin, after each chunk, after finish. Rule X1.
#[must_use]
pub fn trace_length(inputs: InputCounts, trace_interval: NonZeroU32) -> u32 {
    // ⌈messages / interval⌉ + ⌈transactions / interval⌉ + 2; saturates only for a count no list can have.
    inputs
        .messages
        .div_ceil(trace_interval.get())
        .saturating_add(inputs.transactions.div_ceil(trace_interval.get()))
        .saturating_add(2)
}

/// Returns the step that leads to trace entry `index`, or `None` beyond the trace. Rule X2.
#[must_use]
pub fn step_at(index: u32, inputs: InputCounts, trace_interval: NonZeroU32) -> Option<StepKind> {
    let length = trace_length(inputs, trace_interval);
    if index >= length {
        return None;
    }
    let Some(chunk) = index.checked_sub(1) else {
        return Some(StepKind::Begin);
    };
    if index.checked_add(1) == Some(length) {
        return Some(StepKind::Finish);
    }
    match chunk.checked_sub(inputs.messages.div_ceil(trace_interval.get())) {
        None => chunk_at(chunk, inputs.messages, trace_interval).map(StepKind::Receive),
        Some(chunk) => chunk_at(chunk, inputs.transactions, trace_interval).map(StepKind::Apply),
    }
}

fn chunk_at(chunk: u32, count: u32, trace_interval: NonZeroU32) -> Option<Range<u32>> {
    let start = chunk.checked_mul(trace_interval.get())?;
    Some(start..start.saturating_add(trace_interval.get()).min(count))
}

/// Returns the leaf of one trace entry.
#[must_use]
pub fn trace_leaf(root: &StateRoot) -> Digest {
    digest(&label::TRACE, root.0.as_ref())
}

/// Returns the root over a trace.
#[must_use]
pub fn trace_root(trace: &[StateRoot]) -> ListRoot {
    let leaves: Vec<Digest> = trace.iter().map(trace_leaf).collect();
    list::root(&leaves)
}

/// Returns the rule set that names an engine's `code` version and its `configuration`.
#[must_use]
pub fn rule_set<T: Encode + ?Sized>(code: &str, configuration: &T) -> RuleSet {
    RuleSet(digest_encoded(&label::RULE_SET, &(code, configuration.encode())))
}

/// Runs one step over `tree` and updates it. `limit` is the witness limit of one input, in bytes.
///
/// # Errors
/// When the tree cannot answer, or the engine breaks its contract. The tree is then unchanged.
pub fn run_step(
    engine: &dyn Engine,
    context: &Context,
    tree: &mut dyn StateTree,
    step: Step<'_>,
    limit: u32,
) -> Result<StepResult, StepError> {
    let (gathered, effects) = {
        let system = Meter::new(SYSTEM_ALLOWANCE);
        let mut state = Overlay::new(&*tree, system.clone());
        let effects = match step {
            Step::Begin => {
                let begun = engine.begin(context, &mut state);
                unless_halted(&state, begun).map_err(system_error)?;
                None
            }
            Step::Receive(messages) => {
                for message in messages {
                    state.keep(Meter::new(limit));
                    receive_message(engine, context, &mut state, message)?;
                }
                None
            }
            Step::Apply(inputs) => {
                let mut chunk = engine.chunk().unwrap_or_else(|| Box::new(WithoutMemory(engine)));
                for input in inputs {
                    state.keep(Meter::new(limit));
                    apply_input(chunk.as_mut(), context, &mut state, input)?;
                }
                None
            }
            Step::Finish => {
                let effects = engine.finish(context, &mut state);
                Some(unless_halted(&state, effects).map_err(system_error)?)
            }
        };
        state.keep(system);
        (state.gather(), effects)
    };
    let Gathered {
        changes,
        before,
        touched,
    } = gathered;
    let root = tree.update(&changes)?;
    Ok(StepResult {
        root,
        effects,
        touched,
        changes,
        before,
    })
}

/// Rule X3: an input that passes its witness limit is reverted whole and charged; if even the charge passes its
/// allowance, the input has no effect.
fn apply_input<T: StateTree + ?Sized>(
    chunk: &mut dyn Chunk,
    context: &Context,
    state: &mut Overlay<'_, T>,
    input: &Input<'_>,
) -> Result<(), StepError> {
    let applied = chunk.apply(context, state, input);
    if fits(state, applied)? {
        return Ok(());
    }
    state.drop_attempt(Meter::new(EXCEED_ALLOWANCE));
    let charged = chunk.exceed(context, state, input);
    if !fits(state, charged)? {
        state.drop_attempt(Meter::new(0));
    }
    Ok(())
}

/// Rule X5: a message that passes its witness limit is reverted whole and refused; if even the refusal passes its
/// allowance, the message has no effect.
fn receive_message<T: StateTree + ?Sized>(
    engine: &dyn Engine,
    context: &Context,
    state: &mut Overlay<'_, T>,
    message: &Message,
) -> Result<(), StepError> {
    let received = engine.receive(context, state, message);
    if fits(state, received)? {
        return Ok(());
    }
    state.drop_attempt(Meter::new(REFUSE_ALLOWANCE));
    let refused = engine.refuse(context, state, message);
    if !fits(state, refused)? {
        state.drop_attempt(Meter::new(0));
    }
    Ok(())
}

/// Returns whether an attempt stayed within its limit.
fn fits<T: StateTree + ?Sized>(
    state: &Overlay<'_, T>,
    returned: Result<(), Halt>,
) -> Result<bool, StepError> {
    match unless_halted(state, returned) {
        Ok(()) => Ok(true),
        Err(Halt::Limit) => Ok(false),
        Err(Halt::Read(error)) => Err(error.into()),
    }
}

/// Rule X4: a halt counts, whatever the engine returns. An engine that took one for an ordinary failure would have another
/// result over a witness that lacks a key than over the state: a right receipt could be refuted.
fn unless_halted<T: StateTree + ?Sized, R>(
    state: &Overlay<'_, T>,
    returned: Result<R, Halt>,
) -> Result<R, Halt> {
    state.halt().map_or(returned, Err)
}

const fn system_error(halt: Halt) -> StepError {
    match halt {
        Halt::Limit => StepError::System,
        Halt::Read(error) => StepError::Read(error),
    }
}
