//! Keep the receipts of the blocks that an operator executes.

use crate::chunk::EvmChunk;
use crate::engine::EvmEngine;
use crate::receipt::{MessageReceipt, TransactionReceipt};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use decex_core::execution::{Account, Chunk, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::message::Message;
use decex_core::state::{Halt, StateAccess, StateCommitment};
use decex_core::{RuleSet, SenderId};

/// An [`EvmEngine`] that remembers the receipts of what it applies. It executes through the engine itself, so there is
/// no second path: run steps with it, then [`take`](Self::take) the receipts.
///
/// An input that passes even its allowance after its limit has no effect and no receipt.
pub struct Observer<'e, C> {
    engine: &'e EvmEngine<C>,
    receipts: Cell<Vec<TransactionReceipt>>,
    calls: Cell<Vec<MessageReceipt>>,
}

impl<'e, C: StateCommitment> Observer<'e, C> {
    /// Starts without receipts.
    #[must_use]
    pub const fn new(engine: &'e EvmEngine<C>) -> Self {
        Self {
            engine,
            receipts: Cell::new(Vec::new()),
            calls: Cell::new(Vec::new()),
        }
    }

    /// Returns the receipts since the last call, in order of execution.
    #[must_use]
    pub fn take(&self) -> Vec<TransactionReceipt> {
        self.receipts.take()
    }

    /// Returns the receipts of the calls that messages made since the last call, in order of execution.
    #[must_use]
    pub fn take_calls(&self) -> Vec<MessageReceipt> {
        self.calls.take()
    }

    fn keep(&self, receipt: TransactionReceipt) {
        let mut receipts = self.receipts.take();
        receipts.push(receipt);
        self.receipts.set(receipts);
    }
}

impl<C> fmt::Debug for Observer<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

impl<C: StateCommitment> Engine for Observer<'_, C> {
    fn rule_set(&self) -> RuleSet {
        self.engine.rule_set()
    }

    fn commitment(&self) -> &dyn StateCommitment {
        self.engine.commitment()
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        self.engine.inspect(transaction)
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        self.engine.account(state, sender)
    }

    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        self.engine.begin(context, state)
    }

    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        let receipt = self.engine.receive_observed(context, state, message)?;
        let mut calls = self.calls.take();
        calls.extend(receipt);
        self.calls.set(calls);
        Ok(())
    }

    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        self.engine.refuse(context, state, message)
    }

    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.engine
            .apply_observed(context, state, input)
            .map(|receipt| self.keep(receipt))
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.engine
            .exceed_observed(context, state, input)
            .map(|receipt| self.keep(receipt))
    }

    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        Some(Box::new(EvmChunk::new(self.engine, |receipt| self.keep(receipt))))
    }

    fn finish(&self, context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        self.engine.finish(context, state)
    }
}
