//! Read what legality needs to know of an account.

use crate::proof::ACCOUNT_ALLOWANCE;
use alloc::collections::BTreeSet;
use decex_core::execution::{Account, Engine};
use decex_core::id::SenderId;
use decex_core::state::{Halt, Meter, Overlay, ReadError, StateKey, StateTree};

/// Why an account has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The state cannot answer. Over a witness: the witness is incomplete.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Reading one account passed its allowance: the engine breaks its contract.
    #[error("reading an account passed its allowance")]
    System,
}

/// Reads an account from a state: the one function that author, judge, prover and verifier use.
///
/// # Errors
/// When the state cannot answer, or the engine breaks its contract.
pub fn read_account<T: StateTree + ?Sized>(
    engine: &dyn Engine,
    tree: &T,
    sender: &SenderId,
) -> Result<Account, AccountError> {
    read(engine, tree, sender).map(|(account, _)| account)
}

/// Names the keys that a witness for an account must cover.
///
/// # Errors
/// When the state cannot answer, or the engine breaks its contract.
pub fn touched_by_account<T: StateTree + ?Sized>(
    engine: &dyn Engine,
    tree: &T,
    sender: &SenderId,
) -> Result<BTreeSet<StateKey>, AccountError> {
    read(engine, tree, sender).map(|(_, touched)| touched)
}

/// Reads an account and names the keys that a witness for it must cover.
pub(crate) fn read<T: StateTree + ?Sized>(
    engine: &dyn Engine,
    tree: &T,
    sender: &SenderId,
) -> Result<(Account, BTreeSet<StateKey>), AccountError> {
    let mut state = Overlay::new(tree, Meter::new(ACCOUNT_ALLOWANCE));
    let account = engine.account(&mut state, sender);
    // X4: a halt counts, whatever the engine returns.
    let account = state.halt().map_or(account, Err).map_err(|halt| match halt {
        Halt::Limit => AccountError::System,
        Halt::Read(error) => AccountError::Read(error),
    })?;
    let (_, touched) = state.into_parts();
    Ok((account, touched))
}
