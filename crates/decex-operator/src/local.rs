//! The right execution of a block whose receipt is wrong, for the prover.

use crate::durable::{Body, Executed};
use crate::history::History;
use alloc::vec::Vec;
use decex_bundle::{Base, Item};
use decex_core::Host;
use decex_core::id::{DomainNumber, ReceiptHash};
use decex_core::state::{ProvableTree, ReadError};
use decex_fraud::{BaseStates, LocalExecution};
use decex_receipt::{Openings, Receipt};

/// One executed block and the states around it. Shows one state at a time, on the operator's own tree.
pub(crate) struct Local<'a, T, F> {
    pub(crate) block: &'a Executed,
    pub(crate) bodies: Vec<&'a Body>,
    pub(crate) history: &'a mut History<T>,
    /// Names the operator's own receipts.
    pub(crate) ancestor: F,
}

impl<T, F> Host for Local<'_, T, F> {
    type Error = ReadError;
}

impl<T: ProvableTree, F: Fn(DomainNumber) -> Option<ReceiptHash>> BaseStates for Local<'_, T, F> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, ReadError> {
        if base.number >= self.block.receipt.number || (self.ancestor)(base.number) != Some(base.hash) {
            return Ok(None);
        }
        let next = base.number.next().ok_or(ReadError::Backend)?;
        let tree = self.history.before(next, 0)?.ok_or(ReadError::Backend)?;
        Ok(Some(tree))
    }
}

impl<T: ProvableTree, F: Fn(DomainNumber) -> Option<ReceiptHash>> LocalExecution for Local<'_, T, F> {
    fn receipt(&self) -> &Receipt {
        &self.block.receipt
    }

    fn openings(&self) -> &Openings {
        &self.block.openings
    }

    fn body(&self, bundle: u16) -> Option<&[Item]> {
        self.bodies.get(usize::from(bundle)).map(|body| &***body)
    }

    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, ReadError> {
        let step = usize::try_from(step).map_err(|_| ReadError::Backend)?;
        let tree = self
            .history
            .before(self.block.receipt.number, step)?
            .ok_or(ReadError::Backend)?;
        Ok(tree)
    }
}
