//! The engine: one domain's rules.

use crate::account::StoredAccount;
use crate::apply::Attempt;
use crate::block::BlockTotals;
use crate::chunk::WasmChunk;
use crate::code::Workspace;
use crate::config::WasmConfig;
use crate::key;
use crate::message::Accounts;
use crate::receipt::TransactionReceipt;
use crate::transaction::Transaction;
use alloc::boxed::Box;
use decex_core::execution::{
    Account, Chunk, Context, Effects, Engine, Facts, Input, NotATransaction, rule_set,
};
use decex_core::message::Message;
use decex_core::state::{CompactTree, Halt, StateAccess, StateCommitment};
use decex_core::{Balance, Nonce, RuleSet, SenderId};
use decex_messaging::end;

/// Version of this crate's rules. Part of the rule set: changed whenever any result changes. It names the interpreter's version,
/// because that decides how much fuel an instruction takes and when a stack is full.
pub const RULES: &str = "decex-wasm/1 wasmi/2.0.0";

/// WebAssembly contracts as a domain, over the state commitment `C`.
#[derive(Clone, Debug)]
pub struct WasmEngine<C = CompactTree> {
    config: WasmConfig,
    commitment: C,
}

impl WasmEngine {
    /// Returns the engine of a domain with this configuration, over the default state commitment.
    #[must_use]
    pub const fn new(config: WasmConfig) -> Self {
        Self::with_commitment(config, CompactTree)
    }
}

impl<C> WasmEngine<C> {
    /// Returns the engine of a domain with this configuration, over another state commitment.
    #[must_use]
    pub const fn with_commitment(config: WasmConfig, commitment: C) -> Self {
        Self { config, commitment }
    }

    /// Returns the configuration.
    #[must_use]
    pub const fn config(&self) -> &WasmConfig {
        &self.config
    }
}

impl<C: StateCommitment> WasmEngine<C> {
    /// Applies one input and returns its receipt. [`Engine::apply`] is this function without the receipt.
    ///
    /// # Errors
    /// Only what `state` returns.
    pub fn apply_observed(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<TransactionReceipt, Halt> {
        self.apply_in(&mut Workspace::default(), context, state, input)
    }

    /// Applies one input of a chunk.
    pub(crate) fn apply_in(
        &self,
        workspace: &mut Workspace,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<TransactionReceipt, Halt> {
        Attempt::open(&self.config, context, state, input)?.apply(workspace, context, state)
    }

    /// Charges an input that passed its witness limit and returns its receipt. [`Engine::exceed`] is this function
    /// without the receipt.
    ///
    /// # Errors
    /// Only what `state` returns.
    pub fn exceed_observed(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<TransactionReceipt, Halt> {
        Attempt::open(&self.config, context, state, input)?.exceed(state)
    }

    /// Returns what applies the inputs of a chunk, as [`Engine::chunk`], and hands every receipt to `keep`.
    pub fn chunk_observed<'e>(&'e self, keep: impl FnMut(TransactionReceipt) + 'e) -> Box<dyn Chunk + 'e> {
        Box::new(WasmChunk::new(self, keep))
    }

    const fn accounts<'e>(&'e self, context: &'e Context) -> Accounts<'e> {
        Accounts {
            config: &self.config,
            context,
        }
    }
}

impl<C: StateCommitment> Engine for WasmEngine<C> {
    fn rule_set(&self) -> RuleSet {
        rule_set(RULES, &self.config)
    }

    fn commitment(&self) -> &dyn StateCommitment {
        &self.commitment
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        let transaction = Transaction::from_bytes(transaction)?;
        transaction.check_signature(self.config.domain)?;
        Ok(Facts {
            sender: transaction.sender(),
            nonce: transaction.nonce,
            weight: transaction.weight,
        })
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        let account = StoredAccount::from_value(state.get(&key::account(sender))?.as_ref())?;
        Ok(Account {
            nonce: Nonce(account.nonce),
            balance: Balance(account.balance),
        })
    }

    fn begin(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        BlockTotals::default().store(state)
    }

    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        end::receive(context, state, message, &mut self.accounts(context))
    }

    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        end::refuse(context, state, message, &mut self.accounts(context))
    }

    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.apply_observed(context, state, input).map(drop)
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.exceed_observed(context, state, input).map(drop)
    }

    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        Some(Box::new(WasmChunk::new(self, drop)))
    }

    fn finish(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(Effects {
            outbox: end::outbox_root(state)?,
            fees: BlockTotals::load(state)?.fees,
        })
    }
}
