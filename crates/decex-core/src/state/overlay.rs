//! Buffer and meter what one step reads and writes.

use super::{Changes, MAX_VALUE_BYTES, ReadError, StateKey, StateTree, Value};
use alloc::collections::BTreeSet;

/// Why a state access did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The step's witness would pass its limit. Deterministic: it happens to operator and verifier at the same access.
    #[error("the step's witness limit is reached")]
    Limit,
    /// The state behind the step cannot answer; the step's result is unknown.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What an engine sees of the state during one step.
pub trait StateAccess {
    /// Returns the value under `key`, `None` if absent.
    ///
    /// # Errors
    /// [`Halt::Limit`] when the access would pass the witness limit, [`Halt::Read`] when the state cannot answer.
    fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt>;
    /// Sets (`Some`) or deletes (`None`) the value under `key`.
    ///
    /// # Errors
    /// As [`get`](Self::get); also [`Halt::Limit`] for a value over [`MAX_VALUE_BYTES`].
    fn set(&mut self, key: &StateKey, value: Option<Value>) -> Result<(), Halt>;
}

/// Counts the bytes that a step's witness can take at most.
#[derive(Clone, Debug)]
pub struct Meter {
    limit: u32,
    used: u32,
}

impl Meter {
    /// Charged for each key on first touch, besides its value: the key itself and its path at the greatest depth that
    /// hashing leaves feasible to grind ([`Self::PATH_DEPTH`]).
    pub const KEY_BYTES: u32 = 32 + 32 * Self::PATH_DEPTH;
    /// Levels of a path that a key is charged for. A tree of 2^40 keys is about 42 deep; each level more costs an
    /// attacker twice the hashing.
    pub const PATH_DEPTH: u32 = 64;

    /// Starts at zero with this limit in bytes.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Self { limit, used: 0 }
    }

    /// Returns the bytes charged so far.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    fn charge(&mut self, value_bytes: usize) -> Result<(), Halt> {
        let bytes = u32::try_from(value_bytes)
            .ok()
            .and_then(|bytes| bytes.checked_add(Self::KEY_BYTES));
        let used = bytes
            .and_then(|bytes| self.used.checked_add(bytes))
            .ok_or(Halt::Limit)?;
        if used > self.limit {
            return Err(Halt::Limit);
        }
        self.used = used;
        Ok(())
    }
}

/// Reads through to a tree, keeps changes to itself, and remembers every key that was touched.
///
/// A step may hold several inputs. Each runs as one *attempt* with an allowance of its own; [`keep`](Self::keep) or
/// [`drop_attempt`](Self::drop_attempt) ends it. Whether an input passes its limit therefore does not depend on which
/// inputs share its step. Nothing reaches the tree until [`into_parts`](Self::into_parts) is handed to
/// [`StateTree::update`].
#[derive(Debug)]
pub struct Overlay<'a, T: StateTree + ?Sized> {
    tree: &'a T,
    kept: Changes,
    attempt: Changes,
    touched_in_attempt: BTreeSet<StateKey>,
    touched: BTreeSet<StateKey>,
    meter: Meter,
}

impl<'a, T: StateTree + ?Sized> Overlay<'a, T> {
    /// Starts without changes, in an attempt with this allowance.
    #[must_use]
    pub fn new(tree: &'a T, meter: Meter) -> Self {
        Self {
            tree,
            kept: Changes::new(),
            attempt: Changes::new(),
            touched_in_attempt: BTreeSet::new(),
            touched: BTreeSet::new(),
            meter,
        }
    }

    /// Ends the attempt, keeps its changes, and starts the next one with this allowance.
    pub fn keep(&mut self, next: Meter) {
        self.kept.append(&mut self.attempt);
        self.touched_in_attempt.clear();
        self.meter = next;
    }

    /// Ends the attempt without its changes and starts the next one. What was touched stays touched: the witness must
    /// show it, so that a verifier fails at the same access.
    pub fn drop_attempt(&mut self, next: Meter) {
        self.attempt.clear();
        self.touched_in_attempt.clear();
        self.meter = next;
    }

    /// Returns the kept changes and every key touched. Changes of an unfinished attempt are dropped.
    #[must_use]
    pub fn into_parts(self) -> (Changes, BTreeSet<StateKey>) {
        (self.kept, self.touched)
    }

    fn current(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        match self.attempt.get(key).or_else(|| self.kept.get(key)) {
            Some(value) => Ok(value.clone()),
            None => self.tree.get(key),
        }
    }

    /// Reads `key`, charging its first touch in this attempt by the size of what stands there. The value before the
    /// step, which is what a witness shows, was charged to the first attempt that touched the key.
    fn touch(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        let value = self.current(key)?;
        if self.touched_in_attempt.insert(*key) {
            // Recorded even when the charge fails: the verifier must read the size to fail at the same access.
            self.touched.insert(*key);
            self.meter.charge(value.as_ref().map_or(0, Value::len))?;
        }
        Ok(value)
    }
}

impl<T: StateTree + ?Sized> StateAccess for Overlay<'_, T> {
    fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        self.touch(key)
    }

    fn set(&mut self, key: &StateKey, value: Option<Value>) -> Result<(), Halt> {
        if value.as_ref().is_some_and(|value| value.len() > MAX_VALUE_BYTES) {
            return Err(Halt::Limit);
        }
        self.touch(key)?;
        self.attempt.insert(*key, value);
        Ok(())
    }
}
