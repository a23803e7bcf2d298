//! What a block adds up while it runs. Stands in the state, so the trace covers it.

use crate::key;
use alloc::vec::Vec;
use decex_core::Balance;
use decex_core::execution::Fees;
use decex_core::hash::{Digest, digest};
use decex_core::label;
use decex_core::state::{Halt, ReadError, StateAccess, Value};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The block accumulators: reset by `begin`, read by `finish`, and left in the state until the next block, so that a
/// receipt's state root commits to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BlockTotals {
    /// Gas used so far.
    pub gas_used: u64,
    /// Inputs so far, those that were not executed included.
    pub transactions: u32,
    /// Calls that messages made so far (V21).
    pub calls: u32,
    /// Gas that they used so far, beside [`gas_used`](Self::gas_used).
    pub call_gas: u64,
    /// Fees so far.
    pub fees: Fees,
    /// Chain over the receipts of those calls and inputs: `H(EVM_LOGS, previous ‖ receipt)` from all zero, in order.
    pub receipts: Digest,
}

impl BlockTotals {
    pub(crate) fn load(state: &mut dyn StateAccess) -> Result<Self, Halt> {
        Ok(Self::from_value(state.get(&key::BLOCK)?.as_ref())?)
    }

    pub(crate) fn from_value(value: Option<&Value>) -> Result<Self, ReadError> {
        let Some(value) = value else {
            return Ok(Self::default());
        };
        Self::decode(&mut value.as_ref()).map_err(|_| ReadError::Backend)
    }

    pub(crate) fn store(&self, state: &mut dyn StateAccess) -> Result<(), Halt> {
        state.set(&key::BLOCK, Some(self.encode().into()))
    }

    /// V12: appends one input, whose receipt `append_receipt` writes behind the link before it. Sums cannot pass 128 bits:
    /// every fee was taken from a balance or came with a message, and all that is in the domain fits (G2).
    pub(crate) fn append(
        &mut self,
        gas_used: u64,
        fees: &Fees,
        append_receipt: impl FnOnce(&mut Vec<u8>, u64),
    ) {
        self.gas_used = self.gas_used.saturating_add(gas_used);
        self.transactions = self.transactions.saturating_add(1);
        let cumulative_gas = self.gas_used;
        self.link(fees, |link| append_receipt(link, cumulative_gas));
    }

    /// V21: appends one call that a message made. Its gas is counted apart, so that transactions have all of the block's.
    pub(crate) fn append_call(
        &mut self,
        gas_used: u64,
        fees: &Fees,
        append_receipt: impl FnOnce(&mut Vec<u8>, u64),
    ) {
        self.call_gas = self.call_gas.saturating_add(gas_used);
        self.calls = self.calls.saturating_add(1);
        let cumulative_gas = self.call_gas;
        self.link(fees, |link| append_receipt(link, cumulative_gas));
    }

    fn link(&mut self, fees: &Fees, append_receipt: impl FnOnce(&mut Vec<u8>)) {
        self.fees = Fees {
            execution: sum(self.fees.execution, fees.execution),
            storage: sum(self.fees.storage, fees.storage),
            burned: sum(self.fees.burned, fees.burned),
        };
        // Room for a receipt without logs.
        let mut link = Vec::with_capacity(64);
        link.extend_from_slice(self.receipts.as_bytes());
        append_receipt(&mut link);
        self.receipts = digest(&label::EVM_LOGS, &link);
    }
}

const fn sum(a: Balance, b: Balance) -> Balance {
    Balance(a.0.saturating_add(b.0))
}
