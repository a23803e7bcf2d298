//! Apply the inputs of one chunk, one after another.

use crate::code::Workspace;
use crate::engine::WasmEngine;
use crate::receipt::TransactionReceipt;
use decex_core::execution::{Chunk, Context, Input};
use decex_core::state::{Halt, StateAccess, StateCommitment};

/// An engine with what its transactions share while a chunk runs. Hands every receipt to `keep`.
pub(crate) struct WasmChunk<'e, C, K> {
    engine: &'e WasmEngine<C>,
    keep: K,
    workspace: Workspace,
}

impl<'e, C: StateCommitment, K: FnMut(TransactionReceipt)> WasmChunk<'e, C, K> {
    pub(crate) fn new(engine: &'e WasmEngine<C>, keep: K) -> Self {
        Self {
            engine,
            keep,
            workspace: Workspace::default(),
        }
    }
}

impl<C: StateCommitment, K: FnMut(TransactionReceipt)> Chunk for WasmChunk<'_, C, K> {
    fn apply(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt> {
        let receipt = self.engine.apply_in(&mut self.workspace, context, state, input)?;
        (self.keep)(receipt);
        Ok(())
    }

    fn exceed(
        &mut self,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'_>,
    ) -> Result<(), Halt> {
        let receipt = self.engine.exceed_observed(context, state, input)?;
        (self.keep)(receipt);
        Ok(())
    }
}
