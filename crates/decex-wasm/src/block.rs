//! What a block adds up while it runs. Stands in the state, so the trace covers it.

use crate::key;
use decex_core::execution::Fees;
use decex_core::state::{Halt, ReadError, StateAccess, Value};
use decex_core::{Balance, Digest};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The block accumulators: reset by `begin`, read by `finish`, and left in the state until the next block, so that a
/// receipt's state root commits to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BlockTotals {
    /// Fuel used so far.
    pub fuel_used: u64,
    /// Inputs so far, those that were not executed included.
    pub transactions: u32,
    /// Fees so far.
    pub fees: Fees,
    /// Chain over the receipts of the inputs so far, from all zero.
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

    /// J7: counts what one input paid. Sums cannot pass 128 bits: every fee was taken from a balance, and all balances together
    /// fit (J20).
    pub(crate) fn add(&mut self, fuel_used: u64, fees: &Fees) {
        self.fuel_used = self.fuel_used.saturating_add(fuel_used);
        self.transactions = self.transactions.saturating_add(1);
        self.fees = Fees {
            execution: sum(self.fees.execution, fees.execution),
            storage: sum(self.fees.storage, fees.storage),
            burned: sum(self.fees.burned, fees.burned),
        };
    }
}

const fn sum(a: Balance, b: Balance) -> Balance {
    Balance(a.0.saturating_add(b.0))
}
