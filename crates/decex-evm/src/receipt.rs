//! What a transaction did: the Ethereum receipt, and what this domain adds to it.

use alloc::vec::Vec;
use alloy_rlp::{Encodable, Header};
use decex_core::TransactionHash;
use decex_core::execution::Fees;
use decex_messaging::end::Origin;
use revm::primitives::alloy_primitives::logs_bloom;
use revm::primitives::{Address, Bytes, Log};

/// Why a transaction was not executed. It pays for its blockspace and does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Not a transaction of this domain, or not what its summary says. Never in an honest schedule.
    Malformed,
    /// The sender cannot pay for the blockspace.
    Storage,
    /// The nonce was used before.
    NonceTooLow,
    /// An earlier nonce is missing.
    NonceTooHigh,
    /// The nonce is the last there is.
    NonceOverflow,
    /// The fee cap or the gas price is below the base fee.
    FeeCap,
    /// The priority fee is above the fee cap.
    PriorityFee,
    /// The gas limit is above what is left of the block's.
    BlockGas,
    /// The balance does not cover value, gas at its highest price, and blockspace.
    Balance,
    /// The gas limit does not cover what any such transaction costs.
    IntrinsicGas,
    /// The init code is over its limit (EIP-3860).
    InitCode,
    /// The sender has code (EIP-3607).
    SenderHasCode,
    /// Refused by the EVM for a reason that this domain's transactions cannot have.
    Other,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Executed; its effects stand.
    Succeeded,
    /// Executed and reverted by the contract; pays for the gas it used.
    Reverted,
    /// Executed and stopped by the EVM (out of gas, invalid opcode …); pays for the gas it used: all, as a rule.
    Halted,
    /// Passed its witness limit, or a precompile gave up; pays for all its gas.
    Exceeded,
    /// Not executed.
    Refused(Refusal),
}

/// The receipt of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// The protocol's name of the transaction.
    pub transaction: TransactionHash,
    /// EIP-2718 type; 0 also for what is not a transaction.
    pub transaction_type: u8,
    /// The sender.
    pub sender: Address,
    /// How it ended.
    pub outcome: Outcome,
    /// Gas used.
    pub gas_used: u64,
    /// Gas used in the block up to and with this input.
    pub cumulative_gas: u64,
    /// What it paid.
    pub fees: Fees,
    /// The contract it created.
    pub created: Option<Address>,
    /// What it returned, or the reason of a revert.
    pub output: Bytes,
    /// The logs it left, in order.
    pub logs: Vec<Log>,
}

impl TransactionReceipt {
    /// Ethereum's receipt status: whether the effects stand.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.outcome == Outcome::Succeeded
    }

    /// Returns the Ethereum receipt as EIP-2718 bytes: type, then RLP of status, cumulative gas, bloom and logs.
    #[must_use]
    pub fn to_ethereum(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.transaction_type != 0 {
            bytes.push(self.transaction_type);
        }
        let bloom = logs_bloom(&self.logs);
        let lengths = [
            self.is_success().length(),
            self.cumulative_gas.length(),
            bloom.length(),
            self.logs.length(),
        ];
        Header {
            list: true,
            payload_length: lengths.iter().sum(),
        }
        .encode(&mut bytes);
        self.is_success().encode(&mut bytes);
        self.cumulative_gas.encode(&mut bytes);
        bloom.encode(&mut bytes);
        self.logs.encode(&mut bytes);
        bytes
    }

    /// Returns what the block's chain of receipts hashes: the Ethereum receipt without the bloom, which follows from
    /// the logs.
    #[must_use]
    pub fn commitment_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        append_commitment(
            &mut bytes,
            self.transaction_type,
            self.is_success(),
            self.cumulative_gas,
            &self.logs,
        );
        bytes
    }
}

/// The type byte of a call that a message made, in the chain of receipts. No transaction has it.
pub const MESSAGE_TYPE: u8 = 0x7e;

/// The receipt of a call that a message made (V21). A message that makes none, as one for an account without code, leaves none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageReceipt {
    /// Where the message is from, on which channel, and its number: of the request, also for an answer.
    pub origin: Origin,
    /// Whether it is an answer.
    pub is_answer: bool,
    /// The contract that was called.
    pub recipient: Address,
    /// How the call ended. `Reverted` also if it returned what is not an answer: its effects are undone.
    pub outcome: Outcome,
    /// Gas used.
    pub gas_used: u64,
    /// Gas that messages used in the block up to and with this one.
    pub cumulative_gas: u64,
    /// What it left to the block's fees, beside the fee of the channel: value sent to the fee recipient, or destroyed.
    pub fees: Fees,
    /// What it returned, or the reason of a revert.
    pub output: Bytes,
    /// The logs it left, in order.
    pub logs: Vec<Log>,
}

impl MessageReceipt {
    /// Returns what the block's chain of receipts hashes.
    #[must_use]
    pub fn commitment_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let success = self.outcome == Outcome::Succeeded;
        append_commitment(&mut bytes, MESSAGE_TYPE, success, self.cumulative_gas, &self.logs);
        bytes
    }
}

/// Appends what the chain of receipts hashes of one receipt.
pub(crate) fn append_commitment(
    bytes: &mut Vec<u8>,
    kind: u8,
    success: bool,
    cumulative_gas: u64,
    logs: &Vec<Log>,
) {
    let lengths = [success.length(), cumulative_gas.length(), logs.length()];
    let header = Header {
        list: true,
        payload_length: lengths.iter().sum(),
    };
    bytes.reserve(header.length_with_payload().saturating_add(1));
    bytes.push(kind);
    header.encode(bytes);
    success.encode(bytes);
    cumulative_gas.encode(bytes);
    logs.encode(bytes);
}
