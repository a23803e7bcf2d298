//! A domain of any engine with a block that is judged.

use alloc::vec::Vec;
use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item};
use decex_core::execution::{Engine, NotATransaction};
use decex_core::message::Message;
use decex_core::params::CheckedParams;
use decex_core::state::{Changes, MemoryTree, ProvableTree, ReadError, StateTree};
use decex_core::{
    Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, HeaderHash, Host,
    OperatorId, Seed, Slot, Timestamp, Weight, list,
};
use decex_fraud::{BaseStates, ExecuteError, Executed, LocalExecution, execute};
use decex_receipt::{Openings, Receipt, genesis_receipt};

/// Why a block could not be made or executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbuilt {
    /// The engine reads no transaction from these bytes.
    NotATransaction(NotATransaction),
    /// More than a type holds: of bytes, items, bundles or messages.
    TooMuch,
    /// The genesis state cannot be made.
    Genesis(ReadError),
    /// The block was not executed.
    Execute(ExecuteError<ReadError>),
}

/// What a domain is.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "engines need not have one")]
pub struct Setting<'e> {
    /// Its engine.
    pub engine: &'e dyn Engine,
    /// Its parameters.
    pub params: CheckedParams,
    /// Its name.
    pub domain: DomainId,
    /// What a byte of blockspace costs in all of its blocks.
    pub byte_price: Balance,
}

/// A domain before the block that is judged: its receipts from genesis on, and the states after them.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "engines need not have one")]
pub struct Past<'e> {
    setting: Setting<'e>,
    blocks: Vec<(Receipt, MemoryTree)>,
}

/// Everything there is to know about the block that is judged.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "engines need not have one")]
pub struct World<'e> {
    pub(super) engine: &'e dyn Engine,
    pub(super) params: CheckedParams,
    /// Receipts from genesis on, never empty, and the states after them.
    pub(super) past: Vec<(Receipt, MemoryTree)>,
    pub(super) inbox: Inbox,
    bodies: Vec<Vec<Item>>,
    right: Executed,
    scratch: MemoryTree,
}

/// Makes a bundle's item of a transaction that the engine knows.
///
/// # Errors
/// When it is none, or longer than any may be.
pub fn item(engine: &dyn Engine, bytes: Vec<u8>) -> Result<Item, Unbuilt> {
    let facts = engine.inspect(&bytes).map_err(Unbuilt::NotATransaction)?;
    Ok(Item {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        bytes: BoundedVec::new(bytes).ok_or(Unbuilt::TooMuch)?,
    })
}

impl<'e> Past<'e> {
    /// Begins a domain with this state.
    ///
    /// # Errors
    /// When the state cannot be made.
    pub fn new(setting: Setting<'e>, genesis: &Changes) -> Result<Self, Unbuilt> {
        let mut tree = MemoryTree::new();
        let root = tree.update(genesis).map_err(Unbuilt::Genesis)?;
        let rules = setting.engine.rule_set();
        let first = genesis_receipt(setting.domain, rules, root, ConsensusNumber(40));
        let blocks = Vec::from([(first, tree)]);
        Ok(Self { setting, blocks })
    }

    /// Returns the base that names block `number`. `None` if there is no such block yet.
    #[must_use]
    pub fn base(&self, number: usize) -> Option<Base> {
        let (receipt, _) = self.blocks.get(number)?;
        Some(Base {
            number: receipt.number,
            hash: receipt.compute_hash(),
            root: receipt.state,
            byte_price: self.setting.byte_price,
        })
    }

    /// Executes a block of these bundles, each with its base, and goes on from it.
    ///
    /// # Errors
    /// When it is more than a block holds, or cannot be executed.
    pub fn extend(
        mut self,
        bundles: Vec<(Base, Vec<Item>)>,
        messages: Vec<Message>,
    ) -> Result<Self, Unbuilt> {
        let (inbox, bodies) = self.inbox(bundles, messages)?;
        let setting = &self.setting;
        let (right, tree) = run(setting.engine, &setting.params, &self.blocks, &inbox, &bodies)?;
        self.blocks.push((right.receipt, tree));
        Ok(self)
    }

    /// Puts the block of these bundles, each with its base, up to be judged.
    ///
    /// # Errors
    /// When it is more than a block holds, or cannot be executed.
    pub fn judge(
        self,
        bundles: Vec<(Base, Vec<Item>)>,
        messages: Vec<Message>,
    ) -> Result<World<'e>, Unbuilt> {
        let (inbox, bodies) = self.inbox(bundles, messages)?;
        let Setting { engine, params, .. } = self.setting;
        World::new(engine, &params, self.blocks, inbox, bodies)
    }

    /// Makes the next block's inbox and its bodies in order.
    fn inbox(
        &self,
        bundles: Vec<(Base, Vec<Item>)>,
        messages: Vec<Message>,
    ) -> Result<(Inbox, Vec<Vec<Item>>), Unbuilt> {
        let number = u64::try_from(self.blocks.len()).map_err(|_| Unbuilt::TooMuch)?;
        let tag = number.to_le_bytes()[0];
        let (mut boxed, mut bodies) = (Vec::new(), Vec::new());
        for (index, (base, items)) in (0_u8..).zip(bundles) {
            let (body, items) = commit(items)?;
            boxed.push(Inboxed {
                // Ascending, as inboxes are.
                header: HeaderHash(Digest([index.saturating_add(1); 32])),
                operator: OperatorId(index.into()),
                base,
                body,
            });
            bodies.push(items);
        }
        let inbox = Inbox {
            domain: self.setting.domain,
            number: DomainNumber(number),
            rules: self.setting.engine.rule_set(),
            consensus_number: ConsensusNumber(number.saturating_add(40)),
            consensus_hash: ConsensusHash(Digest([tag; 32])),
            slot: Slot(number.saturating_add(400)),
            timestamp: Timestamp(number.saturating_add(4_000)),
            byte_price: self.setting.byte_price,
            seed: Seed(Digest([tag.wrapping_add(80); 32])),
            messages: BoundedVec::new(messages).ok_or(Unbuilt::TooMuch)?,
            bundles: BoundedVec::new(boxed).ok_or(Unbuilt::TooMuch)?,
        };
        Ok((inbox, bodies))
    }
}

/// Puts items into body order and commits to them.
fn commit(mut items: Vec<Item>) -> Result<(BodyCommitment, Vec<Item>), Unbuilt> {
    items.sort_by_key(|item| item.compute_summary().body_key());
    let summaries: Vec<_> = items.iter().map(Item::compute_summary).collect();
    let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
    let (mut bytes, mut weight) = (0_u32, 0_u64);
    for summary in &summaries {
        bytes = bytes.saturating_add(summary.bytes);
        weight = weight.saturating_add(summary.weight.0);
    }
    let body = BodyCommitment {
        root: list::root(&leaves),
        count: u32::try_from(items.len()).map_err(|_| Unbuilt::TooMuch)?,
        bytes,
        weight: Weight(weight),
    };
    Ok((body, items))
}

impl<'e> World<'e> {
    /// Executes a block that the caller put together, after `past`: receipts from genesis on, and the states after them.
    ///
    /// # Errors
    /// When past, inbox and bodies do not belong together, or the block cannot be executed.
    pub fn new(
        engine: &'e dyn Engine,
        params: &CheckedParams,
        past: Vec<(Receipt, MemoryTree)>,
        inbox: Inbox,
        bodies: Vec<Vec<Item>>,
    ) -> Result<Self, Unbuilt> {
        let (right, _) = run(engine, params, &past, &inbox, &bodies)?;
        Ok(Self {
            engine,
            params: params.clone(),
            past,
            inbox,
            bodies,
            right,
            scratch: MemoryTree::new(),
        })
    }

    /// Returns the block's inbox.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Returns the right execution of the block.
    #[must_use = "only looked up"]
    pub const fn right(&self) -> &Executed {
        &self.right
    }

    /// Returns the state after the block's first `steps` steps.
    ///
    /// # Errors
    /// When the state cannot be made.
    pub fn state_after(&self, steps: usize) -> Result<MemoryTree, ReadError> {
        let mut tree = self.past.last().ok_or(ReadError::Backend)?.1.clone();
        for changes in self.right.steps.iter().take(steps) {
            tree.update(&changes.after)?;
        }
        Ok(tree)
    }
}

/// The states after the blocks of the past.
struct States<'a>(&'a [(Receipt, MemoryTree)]);

impl Host for States<'_> {
    type Error = ReadError;
}

impl BaseStates for States<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, ReadError> {
        Ok(find(self.0, base))
    }
}

fn find<'a>(past: &'a [(Receipt, MemoryTree)], base: &Base) -> Option<&'a dyn ProvableTree> {
    let (_, tree) = past
        .iter()
        .find(|(receipt, _)| receipt.compute_hash() == base.hash)?;
    Some(tree)
}

fn run(
    engine: &dyn Engine,
    params: &CheckedParams,
    past: &[(Receipt, MemoryTree)],
    inbox: &Inbox,
    bodies: &[Vec<Item>],
) -> Result<(Executed, MemoryTree), Unbuilt> {
    let (parent, tree) = past.last().ok_or(Unbuilt::Execute(ExecuteError::Parent))?;
    let mut tree = tree.clone();
    let bodies: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let mut states = States(past);
    let right = execute(engine, params, inbox, parent, &bodies, &mut states, &mut tree);
    Ok((right.map_err(Unbuilt::Execute)?, tree))
}

impl Host for World<'_> {
    type Error = ReadError;
}

impl BaseStates for World<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, ReadError> {
        Ok(find(&self.past, base))
    }
}

impl LocalExecution for World<'_> {
    fn receipt(&self) -> &Receipt {
        &self.right.receipt
    }

    fn openings(&self) -> &Openings {
        &self.right.openings
    }

    fn body(&self, bundle: u16) -> Option<&[Item]> {
        self.bodies.get(usize::from(bundle)).map(Vec::as_slice)
    }

    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, ReadError> {
        let steps = usize::try_from(step).map_err(|_| ReadError::Backend)?;
        self.scratch = self.state_after(steps)?;
        Ok(&self.scratch)
    }
}
