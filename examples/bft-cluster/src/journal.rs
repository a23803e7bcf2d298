//! What an EVM domain's blocks executed, as it stands on a node's disk: what an index for JSON-RPC is built from again.

use decex_core::codec::{DecodeError, decode_exact};
use decex_core::execution::Context;
use decex_core::message::Message;
use decex_core::{ReceiptHash, StateRoot};
use decex_evm_rpc::NewBlock;
use parity_scale_codec::Encode;

/// A block in the order in which its parts stand on disk.
type Stored = (
    Context,
    ReceiptHash,
    Option<StateRoot>,
    Vec<Message>,
    Vec<Vec<u8>>,
);

/// Writes a block.
#[must_use]
pub fn encode(block: NewBlock) -> Vec<u8> {
    let stored: Stored = (
        block.context,
        block.hash,
        block.state,
        block.messages,
        block.transactions,
    );
    stored.encode()
}

/// Reads a block.
///
/// # Errors
/// When the bytes are not one: the disk is not what was written.
pub fn decode(bytes: &[u8]) -> Result<NewBlock, DecodeError> {
    let (context, hash, state, messages, transactions): Stored = decode_exact(bytes, bytes.len())?;
    Ok(NewBlock {
        context,
        hash,
        state,
        messages,
        transactions,
    })
}
