//! The engine: one domain's rules.

use crate::account::account_from_value;
use crate::apply::address_of;
use crate::apply::{Attempt, sender_of};
use crate::block::BlockTotals;
use crate::chunk::EvmChunk;
use crate::config::EvmConfig;
use crate::key;
use crate::message::Accounts;
use crate::receipt::{MessageReceipt, TransactionReceipt};
use crate::run::{Settings, Workspace};
use crate::transaction::{InvalidTransaction, Transaction};
use alloc::boxed::Box;
use decex_core::execution::{
    Account, Chunk, Context, Effects, Engine, Facts, Input, NotATransaction, rule_set,
};
use decex_core::message::Message;
use decex_core::state::{CompactTree, Halt, StateAccess, StateCommitment};
use decex_core::{Balance, Nonce, RuleSet, SenderId, Weight};
use decex_messaging::end;

/// Version of this crate's rules. Part of the rule set: changed whenever any result changes, revm's included.
pub const RULES: &str = "decex-evm/2";

/// The EVM as a domain, over the state commitment `C`.
#[derive(Clone, Debug)]
pub struct EvmEngine<C = CompactTree> {
    config: EvmConfig,
    settings: Settings,
    commitment: C,
}

impl EvmEngine {
    /// Returns the engine of a domain with this configuration, over the default state commitment.
    #[must_use]
    pub fn new(config: EvmConfig) -> Self {
        Self::with_commitment(config, CompactTree)
    }
}

impl<C: StateCommitment> EvmEngine<C> {
    /// Returns the engine of a domain with this configuration, over another state commitment.
    #[must_use]
    pub fn with_commitment(config: EvmConfig, commitment: C) -> Self {
        Self {
            config,
            settings: Settings::new(&config),
            commitment,
        }
    }

    /// Returns the configuration.
    #[must_use]
    pub const fn config(&self) -> &EvmConfig {
        &self.config
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads a transaction and checks its signature. As [`Engine::inspect`], with the exact reason of a refusal.
    ///
    /// # Errors
    /// When a rule of V1 to V5 is broken.
    pub fn check(&self, transaction: &[u8]) -> Result<Facts, InvalidTransaction> {
        let transaction = Transaction::decode(transaction, self.config.chain_id)?;
        let sender = transaction.recover()?;
        Ok(Facts {
            sender: sender_of(&sender),
            nonce: Nonce(transaction.nonce),
            weight: Weight(transaction.gas_limit),
        })
    }

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
        Attempt::open(&self.config, context, state, input)?.apply(&self.settings, workspace, context, state)
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

    /// Takes a message in and returns the receipt of the call that it made, if it made one. [`Engine::receive`] is this function
    /// without the receipt.
    ///
    /// # Errors
    /// Only what `state` returns.
    pub fn receive_observed(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
        message: &Message,
    ) -> Result<Option<MessageReceipt>, Halt> {
        let mut accounts = Accounts::new(&self.config, &self.settings, context);
        end::receive(context, state, message, &mut accounts)?;
        Ok(accounts.into_receipt())
    }
}

impl<C: StateCommitment> Engine for EvmEngine<C> {
    fn rule_set(&self) -> RuleSet {
        rule_set(RULES, &self.config)
    }

    fn commitment(&self) -> &dyn StateCommitment {
        &self.commitment
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        Ok(self.check(transaction)?)
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        // An address is 20 bytes: nothing stands under any other sender.
        let Some(address) = address_of(sender) else {
            return Ok(Account::default());
        };
        let account = account_from_value(state.get(&key::account(&address))?.as_ref())?.unwrap_or_default();
        Ok(Account {
            nonce: Nonce(account.nonce),
            balance: Balance(account.balance),
        })
    }

    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        // V13: the block starts at zero, and its parent's hash is there for BLOCKHASH.
        BlockTotals::default().store(state)?;
        let Some(parent) = context.number.0.checked_sub(1) else {
            return Ok(());
        };
        let hash = context.parent.0;
        state.set(&key::block_hash(parent), Some(hash.as_bytes().to_vec().into()))
    }

    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        self.receive_observed(context, state, message).map(drop)
    }

    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        let mut accounts = Accounts::new(&self.config, &self.settings, context);
        end::refuse(context, state, message, &mut accounts)
    }

    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.apply_observed(context, state, input).map(drop)
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.exceed_observed(context, state, input).map(drop)
    }

    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        Some(Box::new(EvmChunk::new(self, drop)))
    }

    fn finish(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(Effects {
            outbox: end::outbox_root(state)?,
            fees: BlockTotals::load(state)?.fees,
        })
    }
}
