//! The engines of the domains, as one type: hosts and operators hold any of them.

use crate::tree::Tree;
use decex_core::execution::{Account, Chunk, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::message::Message;
use decex_core::state::{Halt, MemoryTree, StateAccess, StateCommitment};
use decex_core::{RuleSet, SenderId};
use decex_evm::EvmEngine;
use decex_proven_ledger::{LedgerTree, ProvenLedger};
use decex_testkit::ledger::LedgerEngine;

/// What a domain runs.
#[derive(Clone, Debug)]
pub enum Rules {
    /// The EVM.
    Evm(Box<EvmEngine>),
    /// The toy ledger.
    Ledger(LedgerEngine),
    /// The ledger whose transfers are proven.
    Proven(ProvenLedger),
}

impl Rules {
    fn engine(&self) -> &dyn Engine {
        match self {
            Self::Evm(engine) => engine.as_ref(),
            Self::Ledger(engine) => engine,
            Self::Proven(engine) => engine,
        }
    }

    /// Returns the state of a domain before its genesis.
    #[must_use]
    pub fn empty_tree(&self) -> Tree {
        match self {
            Self::Evm(_) | Self::Ledger(_) => Tree::Compact(MemoryTree::new()),
            Self::Proven(_) => Tree::Rescue(LedgerTree::new()),
        }
    }
}

impl Engine for Rules {
    fn rule_set(&self) -> RuleSet {
        self.engine().rule_set()
    }

    fn commitment(&self) -> &dyn StateCommitment {
        self.engine().commitment()
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        self.engine().inspect(transaction)
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        self.engine().account(state, sender)
    }

    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        self.engine().begin(context, state)
    }

    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        self.engine().receive(context, state, message)
    }

    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        self.engine().refuse(context, state, message)
    }

    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.engine().apply(context, state, input)
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.engine().exceed(context, state, input)
    }

    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        self.engine().chunk()
    }

    fn finish(&self, context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        self.engine().finish(context, state)
    }
}
