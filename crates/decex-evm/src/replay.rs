//! Execute a block once more and keep what its inputs came to.

use crate::engine::EvmEngine;
use crate::observer::Observer;
use crate::receipt::{MessageReceipt, TransactionReceipt};
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::Range;
use decex_core::execution::{
    Context, Engine, Input, InputCounts, Step, StepError, StepKind, run_step, step_at, trace_length,
};
use decex_core::message::Message;
use decex_core::state::{Changes, StateCommitment, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{StateRoot, TransactionHash};

/// A block as its operator executed it: everything that its result depends on, beside the state before it.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// What it was executed in.
    pub context: &'a Context,
    /// The messages that it took in.
    pub messages: &'a [Message],
    /// Its transactions, in the order of its schedule.
    pub transactions: &'a [&'a [u8]],
    /// Inputs per step of the trace, as the domain's parameters say.
    pub trace_interval: NonZeroU32,
    /// Most bytes of witness for one input, as they say.
    pub witness_limit: u32,
}

/// What a block came to.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The root of the state after it: the one that its receipt names.
    pub root: StateRoot,
    /// What the block overwrote: `update` with it takes the tree back.
    pub before: Changes,
    /// The receipts of the calls that messages made, in order.
    pub calls: Vec<MessageReceipt>,
    /// One entry per transaction, in the block's order. `None`: it passed even the allowance that follows its limit, and had no
    /// effect.
    pub receipts: Vec<Option<TransactionReceipt>>,
}

/// Why a block was not replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A transaction is none of this domain: no schedule has it.
    #[error("transaction {index} is none of this domain")]
    Transaction {
        /// Its place in the block.
        index: usize,
    },
    /// More inputs than a block can have.
    #[error("more inputs than a block can have")]
    Inputs,
    /// The state could not answer, or `begin` or `finish` passed its allowance.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl<C: StateCommitment> EvmEngine<C> {
    /// Runs the steps of a block on `tree`, which holds the state before it and afterwards the state after it.
    ///
    /// These are the steps that an operator runs and a proof shows, by the same function ([`run_step`]) and the same engine: there
    /// is no second execution that could come to something else. The caller compares [`Replayed::root`] with the receipt's.
    ///
    /// # Errors
    /// When the parts are not a block, or the tree cannot answer. The tree is then taken back to where it was, if it answers that.
    pub fn replay(&self, tree: &mut dyn StateTree, block: &Replay<'_>) -> Result<Replayed, ReplayError> {
        let mut before = Changes::new();
        match self.replay_steps(tree, block, &mut before) {
            Ok((calls, receipts)) => Ok(Replayed {
                root: tree.root(),
                before,
                calls,
                receipts,
            }),
            Err(error) => {
                tree.update(&before).map_err(StepError::Read)?;
                Err(error)
            }
        }
    }

    fn replay_steps(
        &self,
        tree: &mut dyn StateTree,
        block: &Replay<'_>,
        before: &mut Changes,
    ) -> Result<(Vec<MessageReceipt>, Vec<Option<TransactionReceipt>>), ReplayError> {
        let summaries = self.summaries(block.transactions)?;
        let inputs: Vec<Input<'_>> = summaries
            .iter()
            .zip(block.transactions)
            .map(|(summary, bytes)| Input { summary, bytes })
            .collect();
        let count = |length| u32::try_from(length).map_err(|_| ReplayError::Inputs);
        let counts = InputCounts {
            messages: count(block.messages.len())?,
            transactions: count(inputs.len())?,
        };
        let observer = Observer::new(self);
        for index in 0..trace_length(counts, block.trace_interval) {
            let kind = step_at(index, counts, block.trace_interval).ok_or(ReplayError::Inputs)?;
            let step = match kind {
                StepKind::Begin => Step::Begin,
                StepKind::Receive(range) => Step::Receive(part(block.messages, &range)?),
                StepKind::Apply(range) => Step::Apply(part(&inputs, &range)?),
                StepKind::Finish => Step::Finish,
            };
            let ran = run_step(&observer, block.context, tree, step, block.witness_limit)?;
            // What stood there before an earlier step stood there before the block.
            for (key, value) in ran.before {
                before.entry(key).or_insert(value);
            }
        }
        let names = summaries.iter().map(|summary| summary.hash);
        let receipts = assign(names, observer.take());
        Ok((observer.take_calls(), receipts))
    }

    fn summaries(&self, transactions: &[&[u8]]) -> Result<Vec<Summary>, ReplayError> {
        let summary = |(index, bytes): (usize, &&[u8])| {
            // What is scheduled is what it says of itself: legality has seen to that.
            let facts = self
                .inspect(bytes)
                .map_err(|_| ReplayError::Transaction { index })?;
            Ok(Summary {
                sender: facts.sender,
                nonce: facts.nonce,
                hash: transaction::hash(bytes),
                weight: facts.weight,
                bytes: u32::try_from(bytes.len()).map_err(|_| ReplayError::Inputs)?,
            })
        };
        transactions.iter().enumerate().map(summary).collect()
    }
}

fn part<'a, T>(all: &'a [T], range: &Range<u32>) -> Result<&'a [T], ReplayError> {
    let place = |index| usize::try_from(index).map_err(|_| ReplayError::Inputs);
    all.get(place(range.start)?..place(range.end)?)
        .ok_or(ReplayError::Inputs)
}

/// Gives each input its receipt. They are in the same order, and an input without one is passed over.
fn assign(
    names: impl Iterator<Item = TransactionHash>,
    receipts: Vec<TransactionReceipt>,
) -> Vec<Option<TransactionReceipt>> {
    let mut receipts = receipts.into_iter().peekable();
    names
        .map(|name| receipts.next_if(|receipt| receipt.transaction == name))
        .collect()
}
