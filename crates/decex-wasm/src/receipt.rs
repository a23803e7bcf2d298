//! What a transaction did.

use crate::code::InvalidCode;
use alloc::vec::Vec;
use decex_core::execution::Fees;
use decex_core::hash::digest_encoded;
use decex_core::{Digest, SenderId, TransactionHash, label};
use parity_scale_codec::{Decode, Encode};

/// Why a transaction was not executed. It pays for its blockspace and does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// J4: not a transaction of this domain, or not what its summary says. Never in an honest schedule.
    Malformed,
    /// J3: the sender cannot pay for the blockspace.
    Storage,
    /// J4: the nonce was used before.
    NonceTooLow,
    /// J4: an earlier nonce is missing.
    NonceTooHigh,
    /// J4: the nonce is the last there is.
    NonceOverflow,
    /// J4: the weight does not cover what any transaction costs.
    Weight,
    /// J4: the balance does not cover value, weight at its price, and blockspace.
    Balance,
}

/// Why a transaction or a call that was executed had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// The contract reverted it.
    Reverted,
    /// J9: the contract trapped, or did what the host does not allow.
    Trapped,
    /// J10: there was not enough fuel.
    Fuel,
    /// J11 to J14: the code is not one that contracts may have.
    Code(InvalidCode),
    /// There is no such code, or no such channel, or it is full.
    Missing,
    /// The payer has less than it was to pay, or the payee would have more than there can be.
    Value,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Executed; its effects stand.
    Succeeded,
    /// Executed without effect; pays for the fuel it used.
    Failed(Failure),
    /// Passed its witness limit; pays for all its weight.
    Exceeded,
    /// Not executed.
    Refused(Refusal),
}

/// What a contract told the world.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    /// The contract.
    pub contract: SenderId,
    /// What it said.
    pub data: Vec<u8>,
}

/// The receipt of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// The protocol's name of the transaction.
    pub transaction: TransactionHash,
    /// The sender.
    pub sender: SenderId,
    /// How it ended.
    pub outcome: Outcome,
    /// Fuel used.
    pub fuel_used: u64,
    /// Fuel used in the block up to and with this input.
    pub cumulative_fuel: u64,
    /// What it paid.
    pub fees: Fees,
    /// The contract it made.
    pub created: Option<SenderId>,
    /// What the contract returned, or the reason of a revert.
    pub output: Vec<u8>,
    /// The events, in order; none unless it succeeded.
    pub events: Vec<Event>,
}

impl TransactionReceipt {
    /// Returns the next link of the block's chain of receipts.
    #[must_use]
    pub fn link(&self, previous: Digest) -> Digest {
        link(
            previous,
            self.transaction,
            self.outcome == Outcome::Succeeded,
            self.cumulative_fuel,
            &self.events,
        )
    }
}

/// J8: one link of the chain of receipts.
pub(crate) fn link(
    previous: Digest,
    transaction: TransactionHash,
    success: bool,
    cumulative_fuel: u64,
    events: &[Event],
) -> Digest {
    digest_encoded(
        &label::WASM_EVENTS,
        &(previous, transaction, success, cumulative_fuel, events),
    )
}
