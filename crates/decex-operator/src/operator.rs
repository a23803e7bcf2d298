//! One operator of one domain.

use crate::durable::{Body, CorruptStore, Executed, Followed, Published, Restored, Write, Writes};
use crate::history::{History, Undo};
use crate::pool::{self, NotPooled, Pool, PoolLimits};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_bundle::SealingRecord;
use decex_core::Host;
use decex_core::execution::{Account, Engine};
use decex_core::id::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, HeaderHash, OperatorId,
    ReceiptHash, SenderId, TransactionHash, Window,
};
use decex_core::params::CheckedParams;
use decex_core::state::{
    Changes, Halt, MemoryTree, Meter, Overlay, ProvableTree, ReadError, StateKey, StateTree,
};
use decex_election::Keypair;
use decex_fraud::FraudProof;
use decex_messaging::end::{Sent, sent_in};
use decex_receipt::{Openings, Receipt};

/// Who operates, and for which domain.
#[derive(Debug)]
pub struct Identity {
    /// The operator's id, `None` for a watcher that follows and challenges but does not bundle.
    pub operator: Option<OperatorId>,
    /// The key it seals and is elected with.
    pub keypair: Keypair,
    /// Who gets the reporter's share of what this operator proves.
    pub reporter: AccountId,
}

/// The domain as it began.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The consensus block that the domain was created in; following starts after it.
    pub created: ConsensusNumber,
    /// Its hash.
    pub created_hash: ConsensusHash,
    /// The genesis receipt.
    pub receipt: Receipt,
    /// The genesis state: all keys and values.
    pub state: Changes,
}

/// An operator: everything it knows, and nothing of the world. The caller feeds it consensus blocks and transactions,
/// asks it for a bundle in each slot, commits its [`Write`]s and sends what it returns. It keeps the state in `T`: a tree of the engine's
/// own commitment.
#[derive(Debug)]
pub struct Operator<E, T = MemoryTree> {
    pub(crate) identity: Identity,
    pub(crate) engine: E,
    pub(crate) domain: DomainId,
    pub(crate) params: CheckedParams,
    pub(crate) pool: Pool,
    pub(crate) history: History<T>,
    /// Executed blocks from `history.oldest()` on.
    pub(crate) blocks: BTreeMap<DomainNumber, Executed>,
    /// Followed consensus blocks that may still be retracted; the last is the tip.
    pub(crate) followed: VecDeque<Followed>,
    /// Transactions of included bundles.
    pub(crate) bodies: BTreeMap<HeaderHash, Body>,
    /// What was published beside receipts on the chain.
    pub(crate) openings: BTreeMap<ReceiptHash, Published>,
    /// Numbers whose receipt on the chain is still to be compared with the operator's own.
    pub(crate) unwatched: BTreeSet<DomainNumber>,
    /// Proofs against receipts that stand on the chain.
    pub(crate) challenges: BTreeMap<DomainNumber, FraudProof>,
    pub(crate) seals: Seals,
    pub(crate) writes: Writes,
    /// What a byte of blockspace cost in the last followed block.
    pub(crate) byte_price: Balance,
}

/// What this operator sealed, by window. Never rolled back (rule O12).
#[derive(Clone, Debug, Default)]
pub(crate) struct Seals(pub(crate) BTreeMap<Window, HeaderHash>);

impl Host for Seals {
    type Error = Infallible;
}

impl SealingRecord for Seals {
    fn has_sealed(
        &self,
        _: DomainId,
        _: OperatorId,
        window: Window,
    ) -> Result<Option<HeaderHash>, Infallible> {
        Ok(self.0.get(&window).copied())
    }
}

/// Why an operator cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The genesis state is not the one that the genesis receipt names.
    #[error("the genesis state does not match the genesis receipt")]
    Genesis,
    /// The tree holds something, or is not one of the engine's commitment.
    #[error("the tree is not the empty one of the engine's commitment")]
    Tree,
    /// The engine runs other rules than the genesis receipt names.
    #[error("the engine runs other rules than the domain")]
    Rules,
    /// What was stored is not an operator's.
    #[error(transparent)]
    Store(#[from] CorruptStore),
    /// The state could not be built.
    #[error(transparent)]
    State(#[from] ReadError),
}

impl<E: Engine> Operator<E> {
    /// Starts at the genesis of a domain of the default commitment, with the state in memory.
    ///
    /// # Errors
    /// As [`with_tree`](Self::with_tree).
    pub fn new(
        identity: Identity,
        engine: E,
        params: CheckedParams,
        genesis: Genesis,
        limits: PoolLimits,
    ) -> Result<Self, StartError> {
        Self::with_tree(identity, engine, params, genesis, limits, MemoryTree::new())
    }

    /// Starts from what [`new`](Self::new) and what came after it left in the caller's store.
    ///
    /// # Errors
    /// As [`restore_with_tree`](Self::restore_with_tree).
    pub fn restore(
        identity: Identity,
        engine: E,
        params: CheckedParams,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
        limits: PoolLimits,
    ) -> Result<Self, StartError> {
        Self::restore_with_tree(identity, engine, params, entries, limits, MemoryTree::new())
    }
}

impl<E: Engine, T: ProvableTree> Operator<E, T> {
    /// Starts at the domain's genesis, with the state in `tree`, which is empty.
    ///
    /// # Errors
    /// When engine, tree, genesis state and genesis receipt do not belong together.
    pub fn with_tree(
        identity: Identity,
        engine: E,
        params: CheckedParams,
        genesis: Genesis,
        limits: PoolLimits,
        mut tree: T,
    ) -> Result<Self, StartError> {
        if engine.rule_set() != genesis.receipt.rules {
            return Err(StartError::Rules);
        }
        if tree.root() != engine.commitment().empty_root() {
            return Err(StartError::Tree);
        }
        if tree.update(&genesis.state)? != genesis.receipt.state {
            return Err(StartError::Genesis);
        }
        let number = genesis.receipt.number;
        let hash = genesis.receipt.compute_hash();
        let block = Executed {
            hash,
            openings: Openings::default(),
            receipt: genesis.receipt,
            bundles: Vec::new(),
        };
        let tip = Followed {
            number: genesis.created,
            hash: genesis.created_hash,
            bodies: Vec::new(),
            openings: Vec::new(),
            executed: 0,
        };
        let mut writes = Writes::default();
        writes.state(&genesis.state);
        writes.oldest(number);
        writes.block(number, Some((&block, &Undo::default())));
        writes.followed(tip.number, Some(&tip));
        Ok(Self {
            identity,
            engine,
            domain: block.receipt.domain,
            params,
            pool: Pool::new(limits),
            history: History::new(tree, number, VecDeque::new()),
            blocks: BTreeMap::from([(number, block)]),
            followed: VecDeque::from([tip]),
            bodies: BTreeMap::new(),
            openings: BTreeMap::new(),
            unwatched: BTreeSet::new(),
            challenges: BTreeMap::new(),
            seals: Seals::default(),
            writes,
            byte_price: Balance::ZERO,
        })
    }

    /// Starts from the entries that earlier [`Write`]s left in the caller's store, with the state in `tree`, which is empty. The pool
    /// starts empty; every receipt on the chain is compared again with the next followed block.
    ///
    /// # Errors
    /// When the entries are not a whole operator's, or the tree is not the engine's.
    pub fn restore_with_tree(
        identity: Identity,
        engine: E,
        params: CheckedParams,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
        limits: PoolLimits,
        mut tree: T,
    ) -> Result<Self, StartError>
    where
        T: Clone,
    {
        if tree.root() != engine.commitment().empty_root() {
            return Err(StartError::Tree);
        }
        let mut restored = Restored::read(entries)?;
        let oldest = restored.oldest.ok_or(CorruptStore::Incomplete)?;
        let domain = restored
            .blocks
            .get(&oldest)
            .ok_or(CorruptStore::Incomplete)?
            .receipt
            .domain;
        restored.check_followed()?;
        tree.update(&restored.state)?;
        let undo = restored.take_ways_back(oldest, tree.clone())?;
        let unwatched = restored
            .blocks
            .keys()
            .copied()
            .filter(|number| *number > oldest)
            .collect();
        Ok(Self {
            identity,
            engine,
            domain,
            params,
            pool: Pool::new(limits),
            history: History::new(tree, oldest, undo),
            blocks: restored.blocks,
            followed: restored.followed,
            bodies: restored.bodies,
            openings: restored.openings,
            unwatched,
            challenges: restored.challenges,
            seals: Seals(restored.seals),
            writes: Writes::default(),
            byte_price: Balance::ZERO,
        })
    }

    /// Takes the durable changes since the last call. Commit them before sending any bundle that was returned since
    /// (rule O12).
    #[must_use = "what is not committed is lost at a restart"]
    pub fn take_writes(&mut self) -> Vec<Write> {
        self.writes.take()
    }

    /// Returns the domain.
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the last followed consensus block: its number and hash.
    pub fn tip(&self) -> Option<(ConsensusNumber, ConsensusHash)> {
        self.followed.back().map(|tip| (tip.number, tip.hash))
    }

    /// Returns the newest executed block: its number and hash. A service that runs its own operator may take it as final
    /// as soon as the consensus block it derives from is (local finality): nothing but a re-organisation changes it.
    pub fn head(&self) -> Option<(DomainNumber, ReceiptHash)> {
        let number = self.history.newest();
        self.hash_of(number).map(|hash| (number, hash))
    }

    /// Returns the operator's own receipt of block `number`, while it is kept.
    pub fn receipt(&self, number: DomainNumber) -> Option<&Receipt> {
        self.blocks.get(&number).map(|block| &block.receipt)
    }

    /// Returns what the operator publishes beside its own receipt of block `number`.
    pub fn openings(&self, number: DomainNumber) -> Option<&Openings> {
        self.blocks.get(&number).map(|block| &block.openings)
    }

    /// Returns the transactions of block `number` in the order in which they were executed, while the block is kept: what an index of
    /// transactions, or a second execution, needs beside the block's context.
    pub fn scheduled(&self, number: DomainNumber) -> Option<Vec<&[u8]>> {
        let block = self.blocks.get(&number)?;
        let bodies = block.bundles.iter().map(|header| self.bodies.get(header));
        let bodies: Vec<&Body> = bodies.collect::<Option<_>>()?;
        let entries = block.openings.schedule.iter();
        let bytes = entries.map(|entry| {
            let body = bodies.get(usize::from(entry.bundle))?;
            let item = body.get(usize::try_from(entry.leaf).ok()?)?;
            Some(&*item.bytes)
        });
        bytes.collect()
    }

    /// Returns the newest state, to read or to call into.
    ///
    /// # Errors
    /// When the state's store failed.
    pub fn state(&mut self) -> Result<&T, ReadError> {
        self.history.tree().map(|tree| &*tree)
    }

    /// Reads an account in the state after block `number`, as farmers of a domain with enforced legality need it at a
    /// bundle's base. `None` if that state is no longer (or not yet) kept.
    ///
    /// # Errors
    /// When the state cannot be read, or the engine breaks its contract.
    pub fn account_after(
        &mut self,
        number: DomainNumber,
        sender: &SenderId,
    ) -> Result<Option<Account>, Halt> {
        self.history.account_after(&self.engine, number, sender)
    }

    /// Returns a witness of `keys` in the state after block `number`: with the host's finality proof and the last final receipt, what a
    /// light client verifies (`decex-light`). `None` if that state is no longer (or not yet) kept; that after the last final
    /// receipt always is. Takes the tree back over what is pending, so it costs as much as that has changed.
    ///
    /// # Errors
    /// When the state's store failed.
    pub fn prove_after(
        &mut self,
        number: DomainNumber,
        keys: &BTreeSet<StateKey>,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(next) = number.next() else {
            return Ok(None);
        };
        let tree = self.history.before(next, 0)?;
        tree.map(|tree| tree.prove(keys)).transpose()
    }

    /// Returns the messages that block `number` has sent, in order, with the place of the first in the domain's outbox: what a relayer
    /// shows consensus once the block is final. `None` if the state after that block is no longer (or not yet) kept.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn sent(&mut self, number: DomainNumber) -> Result<Option<Sent>, Halt> {
        let Some(past) = self.history.after(number)? else {
            return Ok(None);
        };
        sent_in(&mut Overlay::new(&past, Meter::new(u32::MAX)), number).map(Some)
    }

    /// Returns the pool.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Returns the engine.
    pub const fn engine(&self) -> &E {
        &self.engine
    }

    /// Returns the proofs against receipts that stand on the chain now. Send them until they are gone.
    pub fn challenges(&self) -> impl Iterator<Item = &FraudProof> {
        self.challenges.values()
    }

    /// Takes a user's transaction into the pool.
    ///
    /// # Errors
    /// The outer result when the state cannot be read; the inner one when the transaction is refused (O1–O8).
    pub fn add_transaction(&mut self, bytes: &[u8]) -> Result<Result<TransactionHash, NotPooled>, Halt> {
        let entry = pool::Entry {
            bytes,
            limits: self.params.bundle_limits(),
            byte_price: self.byte_price,
        };
        let (engine, history) = (&self.engine, &mut self.history);
        self.pool
            .add(engine, entry, |sender| account(engine, history, sender))
    }

    pub(crate) fn hash_of(&self, number: DomainNumber) -> Option<ReceiptHash> {
        self.blocks.get(&number).map(|block| block.hash)
    }
}

/// Reads an account in the newest state.
pub(crate) fn account<T: StateTree>(
    engine: &dyn Engine,
    history: &mut History<T>,
    sender: &SenderId,
) -> Result<Account, Halt> {
    let mut overlay = Overlay::new(&*history.tree()?, Meter::new(u32::MAX));
    engine.account(&mut overlay, sender)
}
