//! A node: the chain, its disk, and what the node is there for. The BFT engine's adapter calls it; it calls nobody.

use crate::adapter::Replica;
use crate::disk::{Batch, Disk, DiskError};
use crate::host::{ApplyError, Chain, Genesis, GenesisError, Header, MAX_BLOCK_BYTES, Outcome, check_body};
use crate::operator::{Habits, Member, OperatorError};
use crate::pool::{NotTaken, Pool};
use crate::rpc::RpcError;
use crate::stats::Stats;
use decex_core::state::Halt;
use decex_core::{DomainId, StateRoot};
use decex_evm_rpc::{Index, Refused, Shared as SharedIndex};
use std::collections::{BTreeMap, BTreeSet};

/// The roots of this many blocks are kept, to compare nodes with each other.
const KEPT_ROOTS: usize = 4_096;

/// What a node is there for.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// It votes, and includes what others send.
    Validator,
    /// It runs operator `index` of every domain.
    Operator {
        /// Which.
        index: u32,
        /// What it does besides.
        habits: Habits,
    },
}

enum Duty {
    Validator(Box<Pool>),
    Operator(Vec<Member>),
}

impl Duty {
    fn member(&mut self, domain: DomainId) -> Option<&mut Member> {
        match self {
            Self::Validator(_) => None,
            Self::Operator(members) => members.iter_mut().find(|member| member.domain() == domain),
        }
    }
}

/// Why a node stops.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The chain does not begin.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// A finalised block cannot be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// An operator cannot go on.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// JSON-RPC cannot be where it is wanted.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The disk is another chain's.
    #[error("the disk holds another chain")]
    ForeignDisk,
    /// It stopped while it ran.
    #[error("{0}")]
    Stopped(String),
}

/// One node.
pub struct Node {
    chain: Chain,
    duty: Duty,
    disk: Option<Disk>,
    stats: Stats,
    roots: BTreeMap<u64, StateRoot>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("tip", &self.chain.tip().0)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// Starts a node: from its disk if there is something on it, else at genesis. `hash` is the BFT engine's name of block 0.
    ///
    /// # Errors
    /// When genesis or disk do not fit.
    pub fn start(
        genesis: &Genesis,
        hash: [u8; 32],
        role: Role,
        disk: Option<Disk>,
    ) -> Result<Self, NodeError> {
        let mut fresh = Chain::new(genesis, hash)?;
        let stored = disk.as_ref().map(Disk::state).transpose()?.unwrap_or_default();
        let is_new = stored.is_empty();
        let mut chain = if is_new {
            fresh.clone()
        } else {
            Chain::restore(genesis, stored)?
        };
        // Entries of another genesis would be followed by another chain's blocks.
        if chain.genesis_mark() != fresh.genesis_mark() {
            return Err(NodeError::ForeignDisk);
        }
        let duty = match role {
            Role::Validator => Duty::Validator(Box::default()),
            Role::Operator { index, habits } => {
                let start = |domain: DomainId| -> Result<Member, NodeError> {
                    let entries = disk.as_ref().map(|disk| disk.operator(domain)).transpose()?;
                    let entries = entries.unwrap_or_default();
                    Ok(Member::start(genesis, hash, domain, index, habits, entries)?)
                };
                Duty::Operator(genesis.domains().map(start).collect::<Result<_, _>>()?)
            }
        };
        let root = chain.state_mut().root();
        let roots = BTreeMap::from([(chain.tip().0, root)]);
        drop(fresh.state_mut().take_dirty());
        let mut node = Self {
            chain,
            duty,
            disk,
            stats: Stats::default(),
            roots,
        };
        node.commit()?;
        Ok(node)
    }

    /// Applies a finalised block, commits, and returns what is to be sent. A block that was applied before changes nothing.
    ///
    /// # Errors
    /// When the node cannot go on: it is to be started again from its disk.
    pub fn finalized<C: AsRef<[u8]>>(
        &mut self,
        header: &Header,
        calls: &[C],
    ) -> Result<Vec<Vec<u8>>, NodeError> {
        let applied = match self.chain.apply(header, calls)? {
            Outcome::Applied(applied) => applied,
            Outcome::Known => {
                self.stats.redelivered = self.stats.redelivered.saturating_add(1);
                return Ok(Vec::new());
            }
        };
        for refusal in &applied.refused {
            tracing::debug!(height = header.height, ?refusal, "call refused");
        }
        self.stats.note(&self.chain, &applied);
        self.roots.insert(header.height, applied.root);
        if self.roots.len() > KEPT_ROOTS {
            self.roots.pop_first();
        }
        let mut outgoing = Vec::new();
        match &mut self.duty {
            Duty::Validator(pool) => pool.refresh(&self.chain),
            Duty::Operator(members) => {
                for member in members {
                    outgoing.extend(member.follow(&self.chain, &applied)?);
                }
            }
        }
        self.commit()?;
        Ok(outgoing)
    }

    fn commit(&mut self) -> Result<(), NodeError> {
        let mut batch = Batch {
            state: self.chain.state_mut().take_dirty(),
            ..Batch::default()
        };
        if let Duty::Operator(members) = &mut self.duty {
            for member in members {
                let (writes, executed) = member.take_writes();
                batch.operators.push((member.domain(), writes));
                batch.executed.push((member.domain(), executed));
            }
        }
        if let Some(disk) = &self.disk {
            disk.commit(&batch)?;
        }
        Ok(())
    }

    /// Lets an index follow the operator of `domain` from now on, and returns it shared. `catch_up` brings it to the last block that was
    /// committed: nothing is executed meanwhile. `None` if there is no such operator, or its index cannot follow.
    ///
    /// # Errors
    /// What `catch_up` returns.
    pub fn attach<E>(
        &mut self,
        domain: DomainId,
        mut index: Index,
        catch_up: impl FnOnce(&mut Index) -> Result<(), E>,
    ) -> Result<Option<SharedIndex>, E> {
        catch_up(&mut index)?;
        let (duty, chain) = (&mut self.duty, &self.chain);
        Ok(duty.member(domain).and_then(|member| member.attach(chain, index)))
    }

    /// Lets the index of `domain` go.
    pub fn detach(&mut self, domain: DomainId) {
        if let Some(member) = self.duty.member(domain) {
            member.detach();
        }
    }

    /// Returns whether an index follows the operator of `domain`.
    #[must_use]
    pub fn has_index(&self, domain: DomainId) -> bool {
        let mut members = self.members().iter();
        members.any(|member| member.domain() == domain && member.has_index())
    }

    /// Takes a user's transaction into the pool of the operator of `domain`.
    ///
    /// # Errors
    /// The outer result when its state cannot be read; the inner one when the pool refuses it, or there is no such operator.
    pub fn add_transaction(
        &mut self,
        domain: DomainId,
        transaction: &[u8],
    ) -> Result<Result<(), Refused>, Halt> {
        match self.duty.member(domain) {
            Some(member) => member.add_transaction(transaction),
            None => Ok(Err(Refused::Silent)),
        }
    }

    /// Takes a call from the network. A validator passes on what it takes.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn receive(&mut self, call: &[u8]) -> Result<(), NotTaken> {
        match &mut self.duty {
            Duty::Validator(pool) => pool.submit(&self.chain, call),
            Duty::Operator(_) => Err(NotTaken::Refused("operators keep no calls".into())),
        }
    }

    /// Returns what the next block should carry, beside what is `carried` by blocks that are not final yet.
    #[must_use]
    pub fn select(&self, carried: &BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
        match &self.duty {
            Duty::Validator(pool) => pool.select(carried, MAX_BLOCK_BYTES),
            Duty::Operator(_) => Vec::new(),
        }
    }

    /// Returns the chain.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns what was counted.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Returns the root of the state after block `height`, of the last few thousand and since the start.
    #[must_use]
    pub fn root_at(&self, height: u64) -> Option<StateRoot> {
        self.roots.get(&height).copied()
    }

    /// Returns the operators.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.duty {
            Duty::Validator(_) => &[],
            Duty::Operator(members) => members,
        }
    }
}

impl Replica for Node {
    type Failure = NodeError;

    fn applied(&self) -> u64 {
        self.chain.tip().0
    }

    fn select(&self, carried: &BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
        Self::select(self, carried)
    }

    fn check(calls: &[Vec<u8>]) -> Result<(), impl std::fmt::Debug> {
        check_body(calls)
    }

    fn finalized(&mut self, header: &Header, calls: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, NodeError> {
        Self::finalized(self, header, calls)
    }

    fn receive(&mut self, call: &[u8]) -> Result<(), impl std::fmt::Debug> {
        Self::receive(self, call)
    }
}
