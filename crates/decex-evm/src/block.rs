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
    /// Fees so far.
    pub fees: Fees,
    /// Chain over the receipts of the inputs so far: `H(EVM_LOGS, previous ‖ receipt)` from all zero, in order.
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
    /// every fee was taken from a balance, and all balances together fit (G2).
    pub(crate) fn append(
        &mut self,
        gas_used: u64,
        fees: &Fees,
        append_receipt: impl FnOnce(&mut Vec<u8>, u64),
    ) {
        self.gas_used = self.gas_used.saturating_add(gas_used);
        self.transactions = self.transactions.saturating_add(1);
        self.fees = Fees {
            execution: sum(self.fees.execution, fees.execution),
            storage: sum(self.fees.storage, fees.storage),
            burned: sum(self.fees.burned, fees.burned),
        };
        // Room for a receipt without logs.
        let mut link = Vec::with_capacity(64);
        link.extend_from_slice(self.receipts.as_bytes());
        append_receipt(&mut link, self.gas_used);
        self.receipts = digest(&label::EVM_LOGS, &link);
    }
}

const fn sum(a: Balance, b: Balance) -> Balance {
    Balance(a.0.saturating_add(b.0))
}
