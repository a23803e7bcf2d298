//! What domains run, as one type: hosts judge proofs of all of them, operators run any.

use decex_core::execution::{Account, Chunk, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::message::Message;
use decex_core::state::{Halt, StateAccess, StateCommitment};
use decex_core::{RuleSet, SenderId};
use decex_evm::EvmEngine;
use decex_testkit::ledger::LedgerEngine;

/// What a domain runs.
#[derive(Clone, Debug)]
pub enum Rules {
    /// The toy ledger of decex-testkit.
    Ledger(LedgerEngine),
    /// The EVM.
    Evm(Box<EvmEngine>),
}

impl Rules {
    /// Returns the EVM, if that is it.
    #[must_use]
    pub fn evm(&self) -> Option<&EvmEngine> {
        match self {
            Self::Ledger(_) => None,
            Self::Evm(engine) => Some(engine),
        }
    }

    fn engine(&self) -> &dyn Engine {
        match self {
            Self::Ledger(engine) => engine,
            Self::Evm(engine) => engine.as_ref(),
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
