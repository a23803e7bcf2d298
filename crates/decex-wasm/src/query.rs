//! Read the state of a WebAssembly domain: for hosts, wallets and tests.

use crate::account::StoredAccount;
use crate::block::BlockTotals;
use crate::code::{CALL, Workspace};
use crate::engine::WasmEngine;
use crate::journal::Journal;
use crate::key;
use crate::machine::{Ended, Entry, Machine};
use crate::receipt::{Event, Failure};
use alloc::vec::Vec;
use decex_core::SenderId;
use decex_core::execution::Context;
use decex_core::state::{Halt, Meter, Overlay, ReadError, StateTree, Value};

/// Returns an account; an absent one is empty.
///
/// # Errors
/// When the tree cannot answer.
pub fn account<T: StateTree + ?Sized>(tree: &T, address: &SenderId) -> Result<StoredAccount, ReadError> {
    StoredAccount::from_value(tree.get(&key::account(address))?.as_ref())
}

/// Returns what a contract stores under a key.
///
/// # Errors
/// When the tree cannot answer.
pub fn storage_at<T: StateTree + ?Sized>(
    tree: &T,
    contract: &SenderId,
    stored: &[u8],
) -> Result<Option<Value>, ReadError> {
    tree.get(&key::storage(contract, stored))
}

/// Returns the accumulators of the block that the state stands after, or in.
///
/// # Errors
/// When the tree cannot answer.
pub fn block_totals<T: StateTree + ?Sized>(tree: &T) -> Result<BlockTotals, ReadError> {
    BlockTotals::from_value(tree.get(&key::BLOCK)?.as_ref())
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallResult {
    /// Why it would have no effect, `None` if it would.
    pub failure: Option<Failure>,
    /// Fuel used by the contract.
    pub fuel_used: u64,
    /// What it returned, or the reason of a revert.
    pub output: Vec<u8>,
    /// Its events.
    pub events: Vec<Event>,
}

impl<C> WasmEngine<C> {
    /// Runs `call` of a contract on the state that `tree` holds, in the block of `context`, free of charge, and changes
    /// nothing. An account without code returns nothing.
    ///
    /// # Errors
    /// When the tree cannot answer.
    pub fn call<T: StateTree + ?Sized>(
        &self,
        tree: &T,
        context: &Context,
        caller: SenderId,
        contract: SenderId,
        input: Vec<u8>,
        fuel: u64,
    ) -> Result<CallResult, Halt> {
        let mut state = Overlay::new(tree, Meter::new(u32::MAX));
        let mut workspace = Workspace::default();
        let mut machine = Machine {
            context,
            workspace: &mut workspace,
            journal: Journal::new(&mut state),
        };
        let ended = match machine.journal.account(&contract)?.code {
            Some(code) => {
                let entry = Entry {
                    caller,
                    contract,
                    code,
                    value: 0,
                    input,
                    export: CALL,
                    depth: 1,
                };
                machine.call(entry, fuel)?
            }
            None => Ended::quietly(fuel),
        };
        Ok(CallResult {
            failure: ended.failure,
            fuel_used: fuel.saturating_sub(ended.fuel_left),
            output: ended.output,
            events: ended.events,
        })
    }
}
