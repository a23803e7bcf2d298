//! What is known of the domain's blocks: their states, transactions and logs, up to bounds.

mod block;
mod pending;
mod state;

pub use block::{Entry, EntryKind, Indexed, NewBlock, Refused};
use pending::Pending;
pub(crate) use pending::Waiting;
pub use state::View;

use decex_core::ReceiptHash;
use decex_core::state::{Changes, MemoryTree, ReadError, StateKey, StateTree, Value};
use decex_evm::{Address, B256, EvmConfig, EvmEngine, Replay, ReplayError, Replayed, keccak256, query};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How much is kept. Everything beyond is forgotten, oldest first; what is asked of it is answered with an error that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// States that can be read: after each of the last so many blocks.
    pub states: usize,
    /// Blocks with their transactions and logs.
    pub blocks: usize,
    /// Bytes of transactions, outputs and logs in those blocks. The newest block is kept whatever its size.
    pub bytes: usize,
    /// Transactions that wait, and bytes of them.
    pub pending: (usize, usize),
    /// Blocks that were taken back, kept to tell filters so.
    pub retracted: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            states: 256,
            blocks: 50_000,
            bytes: 256 << 20,
            pending: (4_096, 16 << 20),
            retracted: 64,
        }
    }
}

/// Where an index starts: a block whose state is known whole, as a rule the genesis.
#[derive(Clone, Debug)]
pub struct Start {
    /// What the block was executed in. For genesis everything but the domain, the timestamp and the price of a byte may be zero.
    pub context: decex_core::execution::Context,
    /// The hash of its receipt.
    pub hash: ReceiptHash,
    /// The whole state after it.
    pub state: Changes,
    /// Inputs per step of the trace (the domain's parameters).
    pub trace_interval: NonZeroU32,
    /// Most bytes of witness for one input (the domain's parameters).
    pub witness_limit: u32,
}

/// Why a block does not go into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It does not follow the newest block.
    #[error("block {found} does not follow block {newest}")]
    NotNext {
        /// The newest block here.
        newest: u64,
        /// The block given.
        found: u64,
    },
    /// Its execution came to another state than its receipt names.
    #[error("the execution of block {number} came to another state than its receipt names")]
    State {
        /// The block.
        number: u64,
    },
    /// Older states are not kept: there is nothing to take the newest block back to.
    #[error("block {number} cannot be taken back any more")]
    OutOfReach {
        /// The newest block.
        number: u64,
    },
    /// It could not be executed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The index of one EVM domain.
#[derive(Debug)]
pub struct Index {
    engine: EvmEngine,
    bounds: Bounds,
    trace_interval: NonZeroU32,
    witness_limit: u32,
    /// The newest state.
    tree: MemoryTree,
    /// What the newest blocks overwrote, oldest first.
    undo: VecDeque<Changes>,
    newest: Indexed,
    /// The blocks before the newest, oldest first, without a gap.
    older: VecDeque<Indexed>,
    bytes: usize,
    /// Block numbers by block hash.
    by_hash: BTreeMap<B256, u64>,
    /// Where each transaction was executed: block number and place among the block's entries.
    places: BTreeMap<B256, (u64, usize)>,
    retracted: VecDeque<Indexed>,
    pending: Pending,
    included: u64,
    confirmed: u64,
}

/// An index that the operator's loop writes and the server's threads read.
pub type Shared = Arc<RwLock<Index>>;

/// Locks to read. A thread that panicked while it wrote leaves an index that is answered from all the same: the next block repairs or
/// refuses it.
pub fn read(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks to write.
pub fn write(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the hash by which Ethereum names a transaction.
#[must_use]
pub fn hash_of(transaction: &[u8]) -> B256 {
    keccak256(transaction)
}

impl Index {
    /// Starts at a block.
    ///
    /// # Errors
    /// When the state cannot be built.
    pub fn new(engine: EvmEngine, start: Start, bounds: Bounds) -> Result<Self, IndexError> {
        let mut tree = MemoryTree::new();
        let root = tree.update(&start.state)?;
        let number = start.context.number.0;
        let newest = Indexed::start(start.context, start.hash, root);
        Ok(Self {
            engine,
            bounds,
            trace_interval: start.trace_interval,
            witness_limit: start.witness_limit,
            tree,
            undo: VecDeque::new(),
            by_hash: BTreeMap::from([(newest.hash, number)]),
            newest,
            older: VecDeque::new(),
            bytes: 0,
            places: BTreeMap::new(),
            retracted: VecDeque::new(),
            pending: Pending::new(bounds.pending),
            included: number,
            confirmed: number,
        })
    }

    /// Returns it behind a lock, to be shared with a server.
    #[must_use]
    pub fn share(self) -> Shared {
        Arc::new(RwLock::new(self))
    }

    /// Executes the block after the newest one and takes it in.
    ///
    /// # Errors
    /// When it is not the next one, or its execution comes to another state than its receipt names. The index is then as before.
    pub fn executed(&mut self, block: NewBlock) -> Result<(), IndexError> {
        let found = block.context.number.0;
        let newest = self.newest.number();
        if newest.checked_add(1) != Some(found) || self.newest.hash.0 != block.context.parent.0.0 {
            return Err(IndexError::NotNext { newest, found });
        }
        let transactions: Vec<&[u8]> = block.transactions.iter().map(Vec::as_slice).collect();
        let replay = Replay {
            context: &block.context,
            messages: &block.messages,
            transactions: &transactions,
            trace_interval: self.trace_interval,
            witness_limit: self.witness_limit,
        };
        let replayed = self.engine.replay(&mut self.tree, &replay)?;
        if block.state.is_some_and(|state| state != replayed.root) {
            self.tree.update(&replayed.before)?;
            return Err(IndexError::State { number: found });
        }
        let Replayed {
            root,
            before,
            calls,
            receipts,
        } = replayed;
        let block = Indexed::new(self.engine.config(), block, root, calls, receipts);
        self.undo.push_back(before);
        self.append(block);
        self.forget();
        Ok(())
    }

    fn append(&mut self, block: Indexed) {
        let number = block.number();
        self.bytes = self.bytes.saturating_add(block.bytes);
        self.by_hash.insert(block.hash, number);
        for (place, entry) in block.entries.iter().enumerate() {
            self.places.insert(entry.hash, (number, place));
            self.pending.remove(&entry.hash);
        }
        let older = core::mem::replace(&mut self.newest, block);
        self.older.push_back(older);
        let senders: BTreeSet<Address> = self.newest.senders().collect();
        for sender in senders {
            // A state that cannot be read drops nothing.
            let nonce = query::nonce_of(&self.tree, &sender).unwrap_or(0);
            self.pending.drop_stale(&sender, nonce);
        }
    }

    /// Keeps within the bounds.
    fn forget(&mut self) {
        while self.undo.len() > self.bounds.states {
            self.undo.pop_front();
        }
        let too_much = |index: &Self| {
            index.older.len() >= index.bounds.blocks.max(1) || index.bytes > index.bounds.bytes
        };
        while too_much(self) {
            let Some(old) = self.older.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(old.bytes);
            self.strike(&old);
        }
    }

    /// Removes a block's hashes, where they lead to it.
    fn strike(&mut self, block: &Indexed) {
        let number = block.number();
        self.by_hash.remove(&block.hash);
        for entry in &block.entries {
            if self.places.get(&entry.hash).is_some_and(|(at, _)| *at == number) {
                self.places.remove(&entry.hash);
            }
        }
    }

    /// Takes the newest block back, because the consensus chain took back what it derives from. Its transactions wait again.
    ///
    /// # Errors
    /// When the state before it is not kept.
    pub fn retract(&mut self) -> Result<(), IndexError> {
        let number = self.newest.number();
        let out_of_reach = IndexError::OutOfReach { number };
        let undo = self.undo.pop_back().ok_or(out_of_reach)?;
        let older = self.older.pop_back().ok_or(out_of_reach)?;
        self.tree.update(&undo)?;
        let gone = core::mem::replace(&mut self.newest, older);
        self.bytes = self.bytes.saturating_sub(gone.bytes);
        self.strike(&gone);
        for (sender, nonce, entry) in gone.transactions(self.engine.config().chain_id) {
            self.pending
                .insert(entry.hash, Waiting::new(sender, nonce, entry.raw().to_vec()));
        }
        self.retracted.push_back(gone);
        while self.retracted.len() > self.bounds.retracted {
            self.retracted.pop_front();
        }
        let newest = self.newest.number();
        self.included = self.included.min(newest);
        self.confirmed = self.confirmed.min(newest);
        Ok(())
    }

    /// Notes how far the domain's receipts are on the consensus chain: `included` the last block whose receipt stands there as the
    /// operator has it, `confirmed` the last one that is final.
    pub fn mark(&mut self, included: u64, confirmed: u64) {
        let newest = self.newest.number();
        self.included = included.min(newest);
        self.confirmed = confirmed.min(self.included);
    }

    /// Notes a transaction that an operator has in its pool.
    pub fn waits(&mut self, transaction: &[u8]) {
        let Ok(facts) = self.engine.check(transaction) else {
            return;
        };
        let Some(sender) = decex_evm::address_of(&facts.sender) else {
            return;
        };
        let hash = hash_of(transaction);
        if !self.places.contains_key(&hash) {
            let waiting = Waiting::new(sender, facts.nonce.0, transaction.to_vec());
            self.pending.insert(hash, waiting);
        }
    }

    /// Returns the engine.
    #[must_use]
    pub const fn engine(&self) -> &EvmEngine {
        &self.engine
    }

    /// Returns the configuration of the domain's EVM.
    #[must_use]
    pub const fn config(&self) -> &EvmConfig {
        self.engine.config()
    }

    /// Returns the most bytes of witness that one transaction has.
    #[must_use]
    pub const fn witness_limit(&self) -> u32 {
        self.witness_limit
    }

    /// Returns the newest block.
    #[must_use]
    pub const fn newest(&self) -> &Indexed {
        &self.newest
    }

    /// Returns the number of the oldest block that is kept.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.older.front().unwrap_or(&self.newest).number()
    }

    /// Returns the number of the oldest block whose state is kept.
    #[must_use]
    pub fn oldest_state(&self) -> u64 {
        let back = u64::try_from(self.undo.len()).unwrap_or(u64::MAX);
        self.newest.number().saturating_sub(back).max(self.oldest())
    }

    /// Returns the last block whose receipt is on the consensus chain.
    #[must_use]
    pub const fn included(&self) -> u64 {
        self.included
    }

    /// Returns the last block whose receipt is final.
    #[must_use]
    pub const fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Returns a block by number; `None` above the newest and below the oldest one kept.
    #[must_use]
    pub fn block(&self, number: u64) -> Option<&Indexed> {
        if number == self.newest.number() {
            return Some(&self.newest);
        }
        let place = number.checked_sub(self.oldest())?;
        self.older.get(usize::try_from(place).ok()?)
    }

    /// Returns a block by its hash.
    #[must_use]
    pub fn block_of(&self, hash: &B256) -> Option<&Indexed> {
        self.block(*self.by_hash.get(hash)?)
    }

    /// Returns a block that was taken back.
    pub(crate) fn retracted(&self, hash: &B256) -> Option<&Indexed> {
        self.retracted.iter().rev().find(|block| block.hash == *hash)
    }

    /// Returns where a transaction was executed.
    #[must_use]
    pub fn place(&self, hash: &B256) -> Option<(&Indexed, &Entry)> {
        let (number, place) = self.places.get(hash)?;
        let block = self.block(*number)?;
        Some((block, block.entries.get(*place)?))
    }

    /// Returns the transactions that wait.
    pub(crate) const fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Reads a key in the state after block `number`, if that block has this hash and its state is kept.
    fn get_at(&self, number: u64, hash: &B256, key: &StateKey) -> Result<Option<Value>, ReadError> {
        let known = self.block(number).is_some_and(|block| block.hash == *hash);
        if !known || number < self.oldest_state() {
            return Err(ReadError::Backend);
        }
        let newer = usize::try_from(self.newest.number().saturating_sub(number)).unwrap_or(usize::MAX);
        let first = self.undo.len().saturating_sub(newer);
        // What the first block after it overwrote is what stood there.
        let stood = self.undo.range(first..).find_map(|before| before.get(key));
        stood.map_or_else(|| self.tree.get(key), |value| Ok(value.clone()))
    }
}
