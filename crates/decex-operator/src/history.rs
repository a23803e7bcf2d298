//! The domain's state, now and at every step of the blocks that are not final.
//!
//! One tree holds the newest state. Each executed step remembers what it overwrote, so that the tree can be taken back:
//! for good when the consensus chain re-organises, for a moment when a proof needs a witness of an earlier state.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use decex_core::execution::{Account, Engine};
use decex_core::id::{DomainNumber, SenderId, StateRoot};
use decex_core::state::{Changes, Halt, Meter, Overlay, ReadError, StateKey, StateTree, Value};
use parity_scale_codec::{Decode, Encode};

/// What one block's steps overwrote, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Undo {
    pub(crate) steps: Vec<Changes>,
}

impl Undo {
    /// Returns what leads from the state after the block to the state before it.
    pub(crate) fn way_back(&self) -> Changes {
        merge(self.steps.iter().rev())
    }
}

/// The newest state, and the way back to the state after `oldest`.
#[derive(Clone, Debug)]
pub(crate) struct History<T> {
    tree: T,
    /// The block whose state is the oldest that can be reached.
    oldest: DomainNumber,
    /// What the blocks after `oldest` overwrote, oldest first.
    undo: VecDeque<Undo>,
    /// While the tree shows an earlier state: what brings it to the newest again.
    forth: Option<Changes>,
}

impl<T: StateTree> History<T> {
    pub(crate) const fn new(tree: T, oldest: DomainNumber, undo: VecDeque<Undo>) -> Self {
        Self {
            tree,
            oldest,
            undo,
            forth: None,
        }
    }

    pub(crate) const fn oldest(&self) -> DomainNumber {
        self.oldest
    }

    /// The number of the newest block.
    pub(crate) fn newest(&self) -> DomainNumber {
        let blocks = u64::try_from(self.undo.len()).unwrap_or(u64::MAX);
        DomainNumber(self.oldest.0.saturating_add(blocks))
    }

    /// Returns the newest state.
    pub(crate) fn tree(&mut self) -> Result<&mut T, ReadError> {
        self.settle()?;
        Ok(&mut self.tree)
    }

    /// Records the block that the tree was just taken through.
    pub(crate) fn push(&mut self, undo: Undo) {
        self.undo.push_back(undo);
    }

    /// Takes the newest block back and returns what changed, or `None` if there is none to take back.
    pub(crate) fn pop(&mut self) -> Result<Option<Changes>, ReadError> {
        self.settle()?;
        let Some(undo) = self.undo.pop_back() else {
            return Ok(None);
        };
        let changes = undo.way_back();
        self.tree.update(&changes)?;
        Ok(Some(changes))
    }

    /// Forgets the way back to anything before the state after `number`.
    pub(crate) fn forget_before(&mut self, number: DomainNumber) {
        while self.oldest < number && self.undo.pop_front().is_some() {
            self.oldest = DomainNumber(self.oldest.0.saturating_add(1));
        }
    }

    /// Shows the state before step `step` of block `number`; step 0 of the block after the newest is the newest state.
    /// `None` if that is out of reach. The next call to any method shows another.
    pub(crate) fn before(&mut self, number: DomainNumber, step: usize) -> Result<Option<&T>, ReadError> {
        self.settle()?;
        let Some(back) = self.way_back(number, step) else {
            return Ok(None);
        };
        let forth = back.keys().map(|key| Ok((*key, self.tree.get(key)?)));
        self.forth = Some(forth.collect::<Result<Changes, ReadError>>()?);
        self.tree.update(&back)?;
        Ok(Some(&self.tree))
    }

    /// Reads an account in the state after block `number`. `None` if out of reach.
    pub(crate) fn account_after(
        &mut self,
        engine: &dyn Engine,
        number: DomainNumber,
        sender: &SenderId,
    ) -> Result<Option<Account>, Halt> {
        let Some(past) = self.after(number)? else {
            return Ok(None);
        };
        let mut overlay = Overlay::new(&past, Meter::new(u32::MAX));
        engine.account(&mut overlay, sender).map(Some)
    }

    /// Returns the state after block `number` to read, without moving the tree. `None` if out of reach.
    pub(crate) fn after(&mut self, number: DomainNumber) -> Result<Option<Past<'_, T>>, ReadError> {
        self.settle()?;
        let back = number.next().and_then(|next| self.way_back(next, 0));
        Ok(back.map(|back| Past {
            tree: &self.tree,
            back,
        }))
    }

    fn settle(&mut self) -> Result<(), ReadError> {
        if let Some(forth) = self.forth.take() {
            self.tree.update(&forth)?;
        }
        Ok(())
    }

    /// What leads from the newest state back to before step `step` of block `number`.
    fn way_back(&self, number: DomainNumber, step: usize) -> Option<Changes> {
        let index = number.0.checked_sub(self.oldest.0)?.checked_sub(1)?;
        let index = usize::try_from(index).ok()?;
        if index > self.undo.len() || (index == self.undo.len() && step > 0) {
            return None;
        }
        let later = self.undo.range(index..).enumerate().rev();
        let steps = later.flat_map(|(position, undo)| {
            let first = if position == 0 { step } else { 0 };
            undo.steps.get(first..).unwrap_or_default().iter().rev()
        });
        Some(merge(steps))
    }
}

/// Newest first: what comes last stood there first, and wins.
fn merge<'a>(newest_first: impl Iterator<Item = &'a Changes>) -> Changes {
    let mut merged = Changes::new();
    for changes in newest_first {
        merged.extend(changes.iter().map(|(key, value)| (*key, value.clone())));
    }
    merged
}

/// An earlier state, to read.
#[derive(Debug)]
pub(crate) struct Past<'a, T> {
    tree: &'a T,
    back: Changes,
}

impl<T: StateTree> StateTree for Past<'_, T> {
    fn root(&self) -> StateRoot {
        // Nobody asks a state that is only read for its root; the newest one's is the nearest to true.
        self.tree.root()
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.back
            .get(key)
            .map_or_else(|| self.tree.get(key), |value| Ok(value.clone()))
    }

    fn update(&mut self, _changes: &Changes) -> Result<StateRoot, ReadError> {
        Err(ReadError::Backend)
    }
}
