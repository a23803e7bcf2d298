//! The state commitment: a full binary tree over all slots. Whole and partial state are one type.

use crate::hash::{DEPTH, Node, from_root, leaf, merge, to_root};
use crate::holding::{Holding, key_of_slot, slot_of_key};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_core::codec::{BoundedVec, decode_exact};
use decex_core::id::StateRoot;
use decex_core::state::{
    Changes, InvalidWitness, ProvableTree, ReadError, StateCommitment, StateKey, StateTree, Value,
};
use parity_scale_codec::{Decode, Encode};

/// Longest witness that is looked at, in bytes.
const MAX_WITNESS: usize = 4 * 1024 * 1024;

/// The scheme, without state.
#[derive(Clone, Copy, Debug, Default)]
pub struct RescueCommitment;

/// A state: all of it, or what a witness shows.
#[derive(Clone, Debug)]
pub struct LedgerTree {
    root: Node,
    /// What slots hold; of a whole state only those that hold something.
    holdings: BTreeMap<u16, Holding>,
    /// By level, leaves first, and place.
    nodes: BTreeMap<(u32, u16), Node>,
    /// What stands where nothing is known, by level: the hashes of empty subtrees. Empty for a partial state.
    empty: Vec<Node>,
}

impl LedgerTree {
    /// Returns the state in which every slot is empty.
    #[must_use]
    pub fn new() -> Self {
        let mut node = leaf(&Holding::EMPTY.content());
        let mut empty = Vec::from([node]);
        for _ in 0..DEPTH {
            node = merge(&node, &node);
            empty.push(node);
        }
        Self {
            root: node,
            holdings: BTreeMap::new(),
            nodes: BTreeMap::new(),
            empty,
        }
    }

    /// Returns what a slot holds.
    ///
    /// # Errors
    /// When the state is partial and does not cover the slot.
    pub fn holding(&self, slot: u16) -> Result<Holding, ReadError> {
        match self.holdings.get(&slot) {
            Some(holding) => Ok(*holding),
            None if !self.empty.is_empty() => Ok(Holding::EMPTY),
            None => Err(ReadError::IncompleteWitness),
        }
    }

    /// Returns the nodes beside the path of a slot, leaves first.
    ///
    /// # Errors
    /// When the state is partial and does not cover the slot.
    pub fn siblings(&self, slot: u16) -> Result<Vec<Node>, ReadError> {
        (0..DEPTH)
            .map(|level| self.node(level, (slot >> level) ^ 1))
            .collect()
    }

    fn node(&self, level: u32, place: u16) -> Result<Node, ReadError> {
        let known = self.nodes.get(&(level, place)).copied();
        let level = usize::try_from(level).unwrap_or(usize::MAX);
        known
            .or_else(|| self.empty.get(level).copied())
            .ok_or(ReadError::IncompleteWitness)
    }

    fn set(&mut self, slot: u16, holding: Holding) -> Result<(), ReadError> {
        self.holdings.insert(slot, holding);
        let mut node = leaf(&holding.content());
        for level in 0..DEPTH {
            let place = slot >> level;
            self.nodes.insert((level, place), node);
            let sibling = self.node(level, place ^ 1)?;
            node = if place & 1 == 0 {
                merge(&node, &sibling)
            } else {
                merge(&sibling, &node)
            };
        }
        self.root = node;
        Ok(())
    }
}

impl Default for LedgerTree {
    fn default() -> Self {
        Self::new()
    }
}

impl StateTree for LedgerTree {
    fn root(&self) -> StateRoot {
        to_root(&self.root)
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        match slot_of_key(key) {
            Some(slot) => Ok(self.holding(slot)?.to_value()),
            // There is nothing under other keys, in any state.
            None => Ok(None),
        }
    }

    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        let mut checked = Vec::with_capacity(changes.len());
        // All before the first change: a refused update changes nothing.
        for (key, value) in changes {
            let slot = slot_of_key(key).ok_or(ReadError::IncompleteWitness)?;
            let holding = Holding::from_value(value.as_deref()).ok_or(ReadError::IncompleteWitness)?;
            self.holding(slot)?;
            checked.push((slot, holding));
        }
        for (slot, holding) in checked {
            self.set(slot, holding)?;
        }
        Ok(self.root())
    }
}

/// What a witness shows: slots, ascending, and the nodes that their paths need beside each other, level by level.
#[derive(Encode, Decode)]
struct Witness {
    holdings: BoundedVec<(u16, Option<[u8; 40]>), 32_768>,
    siblings: BoundedVec<[u8; 32], 65_536>,
}

impl ProvableTree for LedgerTree {
    fn prove(&self, keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        let slots: BTreeSet<u16> = keys.iter().filter_map(slot_of_key).collect();
        let mut holdings = Vec::new();
        for slot in &slots {
            let value = self.holding(*slot)?.to_value();
            let bytes = value.and_then(|value| <[u8; 40]>::try_from(&value[..]).ok());
            holdings.push((*slot, bytes));
        }
        let (mut siblings, mut known) = (Vec::new(), slots);
        for level in 0..DEPTH {
            for place in &known {
                if !known.contains(&(place ^ 1)) {
                    siblings.push(to_root(&self.node(level, place ^ 1)?).0.0);
                }
            }
            known = known.into_iter().map(|place| place >> 1).collect();
        }
        let holdings = BoundedVec::new(holdings).ok_or(ReadError::Backend)?;
        let siblings = BoundedVec::new(siblings).ok_or(ReadError::Backend)?;
        Ok(Witness { holdings, siblings }.encode())
    }
}

impl StateCommitment for RescueCommitment {
    fn empty_root(&self) -> StateRoot {
        LedgerTree::new().root()
    }

    fn open(&self, root: &StateRoot, witness: &[u8]) -> Result<Box<dyn StateTree>, InvalidWitness> {
        // W1: not longer than what is looked at.
        if witness.len() > MAX_WITNESS {
            return Err(InvalidWitness::TooLong);
        }
        let tree = open(root, witness)?;
        Ok(Box::new(tree))
    }
}

fn open(root: &StateRoot, witness: &[u8]) -> Result<LedgerTree, InvalidWitness> {
    let malformed = InvalidWitness::Malformed;
    let shown: Witness = decode_exact(witness, MAX_WITNESS).map_err(|_| malformed)?;
    let mut tree = LedgerTree {
        root: from_root(root).ok_or(InvalidWitness::Root)?,
        holdings: BTreeMap::new(),
        nodes: BTreeMap::new(),
        empty: Vec::new(),
    };
    let mut previous = None;
    for (slot, value) in &shown.holdings {
        // W2: slots that are there, strictly ascending, with values of this ledger.
        if slot_of_key(&key_of_slot(*slot)).is_none() || previous.is_some_and(|previous| *slot <= previous) {
            return Err(malformed);
        }
        previous = Some(*slot);
        let value = value.as_ref().map(|bytes| &bytes[..]);
        let holding = Holding::from_value(value).ok_or(malformed)?;
        tree.holdings.insert(*slot, holding);
        tree.nodes.insert((0, *slot), leaf(&holding.content()));
    }
    let computed = fill(&mut tree, shown.siblings.iter())?;
    // W3: the root that was asked for.
    match computed {
        Some(node) if node != tree.root => Err(InvalidWitness::Root),
        Some(_) | None => Ok(tree),
    }
}

/// Adds the siblings and everything that follows from them; returns the root that does, if any slot is shown.
fn fill<'a>(
    tree: &mut LedgerTree,
    mut siblings: impl Iterator<Item = &'a [u8; 32]>,
) -> Result<Option<Node>, InvalidWitness> {
    let malformed = InvalidWitness::Malformed;
    let mut known: BTreeSet<u16> = tree.holdings.keys().copied().collect();
    for level in 0..DEPTH {
        for place in &known {
            if !known.contains(&(place ^ 1)) {
                // W2: as many as are needed.
                let bytes = siblings.next().ok_or(malformed)?;
                let node = from_root(&StateRoot(decex_core::Digest(*bytes))).ok_or(malformed)?;
                tree.nodes.insert((level, place ^ 1), node);
            }
        }
        known = known.into_iter().map(|place| place >> 1).collect();
        for place in &known {
            let child = |place| tree.node(level, place).map_err(|_| malformed);
            let node = merge(&child(place << 1)?, &child((place << 1) | 1)?);
            tree.nodes.insert((level.saturating_add(1), *place), node);
        }
    }
    // W2: and no more.
    if siblings.next().is_some() {
        return Err(malformed);
    }
    Ok(tree.nodes.get(&(DEPTH, 0)).copied())
}
