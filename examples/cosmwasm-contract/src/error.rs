//! Why a message does nothing. The chain undoes what it wrote and gives attached coins back, whichever it is.

use cosmwasm_std::StdError;
use decex_consensus::{Refused, RefusedBlock, StoreError};
use decex_core::DecodeError;

/// Why a message does nothing.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// A rule of the consensus object is broken. The text begins with `decex K` and its stable code.
    #[error("decex K{code}: {0}", code = .0.code())]
    Refused(Refused),
    /// The block does not begin. The text begins as for a call.
    #[error("decex K{code}: {0}", code = .0.code())]
    Block(RefusedBlock),
    /// The host failed: a fault of this contract or its store, and no verdict.
    #[error("host: {0:?}")]
    Host(StoreError<Fault>),
    /// The bytes are no call.
    #[error("no call: {0}")]
    Call(DecodeError),
    /// The sender may not.
    #[error("only the beacon begins blocks")]
    NotBeacon,
    /// Other coins are attached than those of stakes and deposits.
    #[error("only {expected} is taken, and {found} is attached")]
    Denom {
        /// What stakes and deposits are in.
        expected: String,
        /// What is attached.
        found: String,
    },
    /// More is attached than the consensus object can count.
    #[error("more is attached than 2^128 - 1")]
    Amount,
    /// Coins are attached to a message that takes none.
    #[error("the message takes no coins")]
    NotPayable,
    /// Not an address that can have an account.
    #[error("not an address of 1 to 32 bytes")]
    Address,
    /// A setting that cannot be.
    #[error("the setting {0} cannot be so")]
    Setting(&'static str),
    /// The chain's own functions failed.
    #[error("{0}")]
    Std(StdError),
}

impl From<StdError> for ContractError {
    fn from(error: StdError) -> Self {
        Self::Std(error)
    }
}

impl From<StoreError<Fault>> for ContractError {
    fn from(error: StoreError<Fault>) -> Self {
        Self::Host(error)
    }
}

impl From<Fault> for ContractError {
    fn from(fault: Fault) -> Self {
        Self::Host(StoreError::Host(fault))
    }
}

/// A fault of the contract as a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A query wrote.
    #[error("a query writes nothing")]
    ReadOnly,
    /// A record of the contract does not decode.
    #[error("a record of the contract is damaged")]
    Damaged,
    /// More money was to leave custody than is in it, or a sum passed its range.
    #[error("the books do not add up")]
    Books,
}
