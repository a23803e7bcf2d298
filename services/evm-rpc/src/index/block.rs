//! One block as Ethereum's clients see it.

use super::hash_of;
use decex_core::execution::Context;
use decex_core::message::Message;
use decex_core::{ReceiptHash, StateRoot};
use decex_evm::{
    Address, B256, Bloom, EvmConfig, Log, MessageReceipt, Outcome, Refusal, Transaction, TransactionReceipt,
    keccak256, logs_bloom,
};

/// A block as its operator executed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlock {
    /// What it was executed in.
    pub context: Context,
    /// The hash of its receipt.
    pub hash: ReceiptHash,
    /// The state that its receipt names. `None` if the receipt is not kept any more: the next block with one shows whether the two
    /// agree.
    pub state: Option<StateRoot>,
    /// The messages that it took in.
    pub messages: Vec<Message>,
    /// Its transactions in the order of its schedule.
    pub transactions: Vec<Vec<u8>>,
}

/// A block, executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// What it was executed in.
    pub context: Context,
    /// The hash of its receipt.
    pub hash: B256,
    /// The state after it.
    pub root: StateRoot,
    /// The calls that messages made, then the transactions that were executed. What was refused is not among them, as in Ethereum.
    pub entries: Vec<Entry>,
    /// What its schedule holds and was not executed.
    pub refused: Vec<Refused>,
    /// Gas of all entries.
    pub gas_used: u64,
    /// Of all logs.
    pub bloom: Bloom,
    /// What it takes in memory, about.
    pub bytes: usize,
}

/// A transaction that a block scheduled and did not execute, as one that another bundle carried too. It paid for its blockspace and did
/// nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub hash: B256,
    /// Who signed it.
    pub sender: Address,
    /// Why it was not executed.
    pub why: Refusal,
    /// What it paid for its blockspace, in wei.
    pub paid: u128,
}

/// One entry of a block's list of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name: of a transaction, Keccak-256 of its bytes; of a call, of what it is the only one of.
    pub hash: B256,
    /// Gas of the block up to and with this entry.
    pub cumulative_gas: u64,
    /// Logs in the block before its own.
    pub first_log: usize,
    /// Of its logs.
    pub bloom: Bloom,
    /// What it is.
    pub kind: EntryKind,
}

/// What stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A signed transaction.
    Transaction {
        /// Its bytes.
        raw: Vec<u8>,
        /// What it paid for a unit of gas, in wei.
        price: u128,
        /// What it came to.
        receipt: TransactionReceipt,
    },
    /// A call that a message of another chain made.
    Call(MessageReceipt),
}

impl Entry {
    /// Returns its logs.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        match &self.kind {
            EntryKind::Transaction { receipt, .. } => &receipt.logs,
            EntryKind::Call(receipt) => &receipt.logs,
        }
    }

    /// Returns the bytes of a transaction; a call has none.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        match &self.kind {
            EntryKind::Transaction { raw, .. } => raw,
            EntryKind::Call(_) => &[],
        }
    }

    /// Returns how it ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match &self.kind {
            EntryKind::Transaction { receipt, .. } => receipt.outcome,
            EntryKind::Call(receipt) => receipt.outcome,
        }
    }

    /// Returns the gas that it used.
    #[must_use]
    pub const fn gas_used(&self) -> u64 {
        match &self.kind {
            EntryKind::Transaction { receipt, .. } => receipt.gas_used,
            EntryKind::Call(receipt) => receipt.gas_used,
        }
    }
}

impl Indexed {
    /// The block that an index starts at. What is in it is not known.
    pub(crate) const fn start(context: Context, hash: ReceiptHash, root: StateRoot) -> Self {
        Self {
            context,
            hash: B256::new(hash.0.0),
            root,
            entries: Vec::new(),
            refused: Vec::new(),
            gas_used: 0,
            bloom: Bloom::ZERO,
            bytes: 0,
        }
    }

    pub(crate) fn new(
        config: &EvmConfig,
        block: NewBlock,
        root: StateRoot,
        calls: Vec<MessageReceipt>,
        receipts: Vec<Option<TransactionReceipt>>,
    ) -> Self {
        let mut indexed = Self::start(block.context, block.hash, root);
        for (place, call) in calls.into_iter().enumerate() {
            let hash = call_name(&indexed.hash, place);
            indexed.push(hash, EntryKind::Call(call));
        }
        for (raw, receipt) in block.transactions.into_iter().zip(receipts) {
            let hash = hash_of(&raw);
            match receipt {
                None => {}
                Some(receipt) => match receipt.outcome {
                    Outcome::Refused(why) => indexed.refused.push(Refused {
                        hash,
                        sender: receipt.sender,
                        why,
                        paid: receipt.fees.storage.0,
                    }),
                    Outcome::Succeeded | Outcome::Reverted | Outcome::Halted | Outcome::Exceeded => {
                        let price = price(config, &raw);
                        indexed.push(hash, EntryKind::Transaction { raw, price, receipt });
                    }
                },
            }
        }
        let refused = indexed.refused.len().saturating_mul(size_of::<Refused>());
        indexed.bytes = indexed.bytes.saturating_add(refused);
        indexed
    }

    fn push(&mut self, hash: B256, kind: EntryKind) {
        let first_log = self
            .entries
            .last()
            .map_or(0, |last| last.first_log.saturating_add(last.logs().len()));
        let mut entry = Entry {
            hash,
            cumulative_gas: 0,
            first_log,
            bloom: Bloom::ZERO,
            kind,
        };
        self.gas_used = self.gas_used.saturating_add(entry.gas_used());
        entry.cumulative_gas = self.gas_used;
        entry.bloom = logs_bloom(entry.logs());
        self.bloom |= entry.bloom;
        self.bytes = self.bytes.saturating_add(size(&entry));
        self.entries.push(entry);
    }

    /// Returns its number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.context.number.0
    }

    /// Returns who sent its transactions, repeated where one sent several.
    pub(crate) fn senders(&self) -> impl Iterator<Item = Address> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Transaction { receipt, .. } => Some(receipt.sender),
            EntryKind::Call(_) => None,
        })
    }

    /// Returns its transactions with their senders and nonces.
    pub(crate) fn transactions(&self, chain_id: u64) -> impl Iterator<Item = (Address, u64, &Entry)> {
        self.entries.iter().filter_map(move |entry| match &entry.kind {
            EntryKind::Transaction { raw, receipt, .. } => {
                let transaction = Transaction::decode(raw, chain_id).ok()?;
                Some((receipt.sender, transaction.nonce, entry))
            }
            EntryKind::Call(_) => None,
        })
    }
}

/// What was executed was read, and its fee cap was no less than the base fee.
fn price(config: &EvmConfig, raw: &[u8]) -> u128 {
    let transaction = Transaction::decode(raw, config.chain_id).ok();
    let price = transaction.and_then(|transaction| transaction.gas_price(config.base_fee));
    price.unwrap_or(0)
}

/// A call has no bytes of its own to be named by: its block and its place there are.
fn call_name(block: &B256, place: usize) -> B256 {
    let mut bytes = b"decex call".to_vec();
    bytes.extend_from_slice(block.as_slice());
    bytes.extend_from_slice(&place.to_be_bytes());
    keccak256(bytes)
}

/// About what an entry takes in memory: its bytes, and what hangs on it in maps and vectors.
fn size(entry: &Entry) -> usize {
    const SMALL_THINGS: usize = 1_024;
    let logs = entry.logs().iter().map(|log| {
        let topics = log.data.topics().len().saturating_mul(32);
        log.data.data.len().saturating_add(topics).saturating_add(128)
    });
    let output = match &entry.kind {
        EntryKind::Transaction { receipt, .. } => receipt.output.len(),
        EntryKind::Call(receipt) => receipt.output.len(),
    };
    logs.fold(SMALL_THINGS, usize::saturating_add)
        .saturating_add(entry.raw().len())
        .saturating_add(output)
}
