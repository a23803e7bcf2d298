//! Buffer and meter what one step reads and writes.

use super::{Changes, MAX_VALUE_BYTES, ReadError, StateKey, StateTree, Value};
use alloc::collections::{BTreeMap, BTreeSet, btree_map as map};
use alloc::vec::Vec;

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
/// inputs share its step. The first halt ends an attempt: it is repeated at every later access, and
/// [`halt`](Self::halt) tells of it whatever the engine makes of it (rule X4). Nothing reaches the tree until
/// [`into_parts`](Self::into_parts) is handed to [`StateTree::update`].
#[derive(Debug)]
pub struct Overlay<'a, T: StateTree + ?Sized> {
    tree: &'a T,
    /// Every key touched, and where its entry is.
    places: BTreeMap<StateKey, usize>,
    entries: Vec<Entry>,
    /// The entries that this attempt has written.
    written: Vec<usize>,
    /// The number of this attempt.
    attempt: u64,
    meter: Meter,
    halt: Option<Halt>,
}

/// What is known of one key.
#[derive(Debug)]
struct Entry {
    /// What stands in the tree.
    before: Option<Value>,
    /// What earlier attempts left there.
    kept: Option<Option<Value>>,
    /// What this attempt left there.
    written: Option<Option<Value>>,
    /// The last attempt that touched the key.
    attempt: u64,
}

impl Entry {
    fn current(&self) -> &Option<Value> {
        self.written
            .as_ref()
            .or(self.kept.as_ref())
            .unwrap_or(&self.before)
    }
}

/// What a step did to a tree.
pub(crate) struct Gathered {
    /// The new value of each changed key.
    pub(crate) changes: Changes,
    /// What stood under the changed keys before.
    pub(crate) before: Changes,
    /// Every key touched.
    pub(crate) touched: BTreeSet<StateKey>,
}

impl<'a, T: StateTree + ?Sized> Overlay<'a, T> {
    /// Starts without changes, in an attempt with this allowance.
    #[must_use]
    pub fn new(tree: &'a T, meter: Meter) -> Self {
        Self {
            tree,
            places: BTreeMap::new(),
            entries: Vec::new(),
            written: Vec::new(),
            attempt: 1,
            meter,
            halt: None,
        }
    }

    /// Returns the halt that ended the attempt, if one did.
    #[must_use]
    pub const fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// Ends the attempt, keeps its changes, and starts the next one with this allowance.
    pub fn keep(&mut self, next: Meter) {
        self.end_attempt(next, true);
    }

    /// Ends the attempt without its changes and starts the next one. What was touched stays touched: the witness must
    /// show it, so that a verifier fails at the same access.
    pub fn drop_attempt(&mut self, next: Meter) {
        self.end_attempt(next, false);
    }

    fn end_attempt(&mut self, next: Meter, keep: bool) {
        for place in self.written.drain(..) {
            if let Some(entry) = self.entries.get_mut(place)
                && let Some(written) = entry.written.take()
                && keep
            {
                entry.kept = Some(written);
            }
        }
        self.attempt = self.attempt.saturating_add(1);
        self.meter = next;
        self.halt = None;
    }

    /// Returns the kept changes and every key touched. Changes of an unfinished attempt are dropped.
    #[must_use]
    pub fn into_parts(self) -> (Changes, BTreeSet<StateKey>) {
        let gathered = self.gather();
        (gathered.changes, gathered.touched)
    }

    /// As [`into_parts`](Self::into_parts), with what stood under the changed keys before.
    pub(crate) fn gather(mut self) -> Gathered {
        let mut changes = Vec::with_capacity(self.entries.len());
        let mut before = Vec::with_capacity(self.entries.len());
        for (key, place) in &self.places {
            if let Some(entry) = self.entries.get_mut(*place)
                && let Some(kept) = entry.kept.take()
            {
                changes.push((*key, kept));
                before.push((*key, entry.before.take()));
            }
        }
        Gathered {
            changes: changes.into_iter().collect(),
            before: before.into_iter().collect(),
            touched: self.places.into_keys().collect(),
        }
    }

    /// X4: nothing is answered after a halt, so an attempt has one access that failed and no more.
    fn unless_halted<R>(&mut self, access: impl FnOnce(&mut Self) -> Result<R, Halt>) -> Result<R, Halt> {
        if let Some(halt) = self.halt {
            return Err(halt);
        }
        let answer = access(self);
        self.halt = answer.as_ref().err().copied();
        answer
    }

    /// Returns what is known of `key`, charging its first touch in this attempt by the size of what stands there. The value
    /// before the step, which is what a witness shows, was charged to the first attempt that touched the key.
    fn touch(&mut self, key: &StateKey) -> Result<(usize, &mut Entry), Halt> {
        let place = match self.places.entry(*key) {
            map::Entry::Occupied(place) => *place.get(),
            map::Entry::Vacant(place) => {
                let before = self.tree.get(key)?;
                self.entries.push(Entry {
                    before,
                    kept: None,
                    written: None,
                    attempt: 0,
                });
                *place.insert(self.entries.len().saturating_sub(1))
            }
        };
        // Every place is an entry's.
        let entry = self.entries.get_mut(place).ok_or(ReadError::Backend)?;
        if entry.attempt != self.attempt {
            // Recorded even when the charge fails: the verifier must read the size to fail at the same access.
            entry.attempt = self.attempt;
            self.meter
                .charge(entry.current().as_ref().map_or(0, Value::len))?;
        }
        Ok((place, entry))
    }
}

impl<T: StateTree + ?Sized> StateAccess for Overlay<'_, T> {
    fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        self.unless_halted(|state| state.touch(key).map(|(_, entry)| entry.current().clone()))
    }

    fn set(&mut self, key: &StateKey, value: Option<Value>) -> Result<(), Halt> {
        self.unless_halted(|state| {
            if value.as_ref().is_some_and(|value| value.len() > MAX_VALUE_BYTES) {
                return Err(Halt::Limit);
            }
            let (place, entry) = state.touch(key)?;
            if entry.written.replace(value).is_none() {
                state.written.push(place);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Halt, Meter, Overlay, StateAccess};
    use crate::hash::Digest;
    use crate::state::{Changes, MAX_VALUE_BYTES, MemoryTree, ReadError, StateKey, StateTree, Value};
    use alloc::collections::BTreeSet;
    use alloc::vec;

    fn key(first: u8) -> StateKey {
        let mut key = [0; 32];
        key[0] = first;
        StateKey(Digest(key))
    }

    /// Key 1 holds ten bytes.
    fn tree() -> MemoryTree {
        let mut tree = MemoryTree::new();
        tree.update(&Changes::from([(key(1), Some(Value::from(vec![7; 10])))]))
            .unwrap();
        tree
    }

    fn value(bytes: &'static [u8]) -> Option<Value> {
        Some(Value::from_static(bytes))
    }

    #[test]
    fn a_key_is_charged_once_per_attempt_by_what_stands_there() {
        let tree = tree();
        let mut state = Overlay::new(&tree, Meter::new(10_000));
        state.get(&key(1)).unwrap();
        state.get(&key(1)).unwrap();
        state.set(&key(1), None).unwrap();
        assert_eq!(state.meter.used(), Meter::KEY_BYTES + 10);
        state.set(&key(2), value(b"long")).unwrap();
        assert_eq!(state.meter.used(), 2 * Meter::KEY_BYTES + 10);
        state.keep(Meter::new(10_000));
        assert_eq!(state.meter.used(), 0);
        state.get(&key(2)).unwrap();
        assert_eq!(state.meter.used(), Meter::KEY_BYTES + 4);
    }

    #[test]
    fn the_limit_is_reached_exactly_and_the_key_is_touched_all_the_same() {
        let tree = tree();
        let mut state = Overlay::new(&tree, Meter::new(Meter::KEY_BYTES + 10));
        assert_eq!(state.get(&key(1)), Ok(Some(Value::from(vec![7; 10]))));
        assert_eq!(state.get(&key(2)), Err(Halt::Limit));
        let mut state = Overlay::new(&tree, Meter::new(Meter::KEY_BYTES + 9));
        assert_eq!(state.set(&key(1), None), Err(Halt::Limit));
        let (changes, touched) = state.into_parts();
        assert!(changes.is_empty());
        assert_eq!(touched, BTreeSet::from([key(1)]));
    }

    #[test]
    fn a_value_is_as_long_as_allowed_and_no_longer() {
        let tree = tree();
        let mut state = Overlay::new(&tree, Meter::new(u32::MAX));
        assert_eq!(state.set(&key(3), Some(vec![0; MAX_VALUE_BYTES].into())), Ok(()));
        assert_eq!(
            state.set(&key(4), Some(vec![0; MAX_VALUE_BYTES + 1].into())),
            Err(Halt::Limit)
        );
        state.keep(Meter::new(0));
        let (changes, touched) = state.into_parts();
        assert!(
            changes.contains_key(&key(3)) && !changes.contains_key(&key(4)) && !touched.contains(&key(4))
        );
    }

    #[test]
    fn a_dropped_attempt_leaves_no_change_and_stays_touched() {
        let tree = tree();
        let mut state = Overlay::new(&tree, Meter::new(10_000));
        state.set(&key(1), value(b"kept")).unwrap();
        state.keep(Meter::new(10_000));
        state.set(&key(1), value(b"dropped")).unwrap();
        state.set(&key(2), value(b"dropped")).unwrap();
        assert_eq!(state.get(&key(1)).unwrap(), value(b"dropped"));
        state.drop_attempt(Meter::new(10_000));
        assert_eq!(state.get(&key(1)).unwrap(), value(b"kept"));
        assert_eq!(state.get(&key(2)).unwrap(), None);
        state.set(&key(3), value(b"unfinished")).unwrap();
        let (changes, touched) = state.into_parts();
        assert_eq!(changes, Changes::from([(key(1), value(b"kept"))]));
        assert_eq!(touched, BTreeSet::from([key(1), key(2), key(3)]));
    }

    #[test]
    fn an_unknown_key_halts_and_is_not_absent() {
        #[derive(Debug)]
        struct Blind;
        impl StateTree for Blind {
            fn root(&self) -> crate::StateRoot {
                crate::StateRoot::default()
            }
            fn get(&self, _: &StateKey) -> Result<Option<Value>, ReadError> {
                Err(ReadError::IncompleteWitness)
            }
            fn update(&mut self, _: &Changes) -> Result<crate::StateRoot, ReadError> {
                Err(ReadError::IncompleteWitness)
            }
        }
        let mut state = Overlay::new(&Blind, Meter::new(10_000));
        assert_eq!(state.get(&key(1)), Err(Halt::Read(ReadError::IncompleteWitness)));
        assert_eq!(
            state.set(&key(1), None),
            Err(Halt::Read(ReadError::IncompleteWitness))
        );
    }
}
