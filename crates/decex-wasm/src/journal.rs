//! Keep a transaction's writes to itself until it is clear that they stand.

use crate::account::StoredAccount;
use crate::key;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::SenderId;
use decex_core::state::{Halt, StateAccess, StateKey, Value};

/// The state, with writes that can be taken back to any earlier [`Mark`].
pub(crate) struct Journal<'s> {
    state: &'s mut dyn StateAccess,
    written: BTreeMap<StateKey, Option<Value>>,
    /// What each write wrote over: `None` if the key had not been written.
    undo: Vec<(StateKey, Option<Option<Value>>)>,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl<'s> Journal<'s> {
    pub(crate) const fn new(state: &'s mut dyn StateAccess) -> Self {
        Self {
            state,
            written: BTreeMap::new(),
            undo: Vec::new(),
        }
    }

    /// J5: a halt goes up as it is; nothing between here and the engine's caller can see it as anything else.
    pub(crate) fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        if let Some(value) = self.written.get(key) {
            return Ok(value.clone());
        }
        self.state.get(key)
    }

    /// Writes. Touches the key at once, so that a witness limit falls where the contract writes.
    pub(crate) fn set(&mut self, key: StateKey, value: Option<Value>) -> Result<(), Halt> {
        if !self.written.contains_key(&key) {
            self.state.get(&key)?;
        }
        let before = self.written.insert(key, value);
        self.undo.push((key, before));
        Ok(())
    }

    pub(crate) const fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// J9: takes back what was written since.
    pub(crate) fn revert(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            let Some((key, before)) = self.undo.pop() else {
                return;
            };
            match before {
                Some(value) => self.written.insert(key, value),
                None => self.written.remove(&key),
            };
        }
    }

    /// Writes everything to the state, in ascending order of keys.
    pub(crate) fn commit(self) -> Result<(), Halt> {
        for (key, value) in self.written {
            self.state.set(&key, value)?;
        }
        Ok(())
    }

    pub(crate) fn account(&mut self, address: &SenderId) -> Result<StoredAccount, Halt> {
        Ok(StoredAccount::from_value(
            self.get(&key::account(address))?.as_ref(),
        )?)
    }

    pub(crate) fn set_account(&mut self, address: &SenderId, account: &StoredAccount) -> Result<(), Halt> {
        self.set(key::account(address), account.to_value())
    }

    /// Adds to an account. Returns whether it can hold as much; if not, nothing changes.
    pub(crate) fn credit(&mut self, address: &SenderId, value: u128) -> Result<bool, Halt> {
        let account = self.account(address)?;
        let Some(balance) = account.balance.checked_add(value) else {
            return Ok(false);
        };
        self.set_account(address, &StoredAccount { balance, ..account })?;
        Ok(true)
    }

    /// Takes from an account. Returns whether it has as much; if not, nothing changes.
    pub(crate) fn debit(&mut self, address: &SenderId, value: u128) -> Result<bool, Halt> {
        let account = self.account(address)?;
        let Some(balance) = account.balance.checked_sub(value) else {
            return Ok(false);
        };
        self.set_account(address, &StoredAccount { balance, ..account })?;
        Ok(true)
    }

    /// Moves value. Returns whether it could; if not, nothing changes.
    pub(crate) fn pay(&mut self, from: &SenderId, to: &SenderId, value: u128) -> Result<bool, Halt> {
        let mark = self.mark();
        let paid = self.debit(from, value)? && self.credit(to, value)?;
        if !paid {
            self.revert(mark);
        }
        Ok(paid)
    }
}

impl StateAccess for Journal<'_> {
    fn get(&mut self, key: &StateKey) -> Result<Option<Value>, Halt> {
        Journal::get(self, key)
    }

    fn set(&mut self, key: &StateKey, value: Option<Value>) -> Result<(), Halt> {
        Journal::set(self, *key, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decex_core::Digest;
    use decex_core::state::{MemoryTree, Meter, Overlay};

    const fn key(first: u8) -> StateKey {
        StateKey(Digest([first; 32]))
    }

    const ONE: Option<Value> = Some(Value::from_static(b"1"));
    const TWO: Option<Value> = Some(Value::from_static(b"2"));

    #[test]
    fn j5_a_write_touches_its_key_at_once() {
        let tree = MemoryTree::new();
        let mut state = Overlay::new(&tree, Meter::new(0));
        assert_eq!(Journal::new(&mut state).set(key(1), ONE), Err(Halt::Limit));
    }

    #[test]
    fn j9_writes_are_taken_back_to_a_mark_and_no_further() {
        let tree = MemoryTree::new();
        let mut state = Overlay::new(&tree, Meter::new(u32::MAX));
        let mut journal = Journal::new(&mut state);
        journal.set(key(1), ONE).unwrap();
        let mark = journal.mark();
        journal.set(key(1), TWO).unwrap();
        journal.set(key(1), None).unwrap();
        journal.set(key(2), TWO).unwrap();
        journal.revert(mark);
        assert_eq!((journal.get(&key(1)), journal.get(&key(2))), (Ok(ONE), Ok(None)));
        journal.commit().unwrap();
        state.keep(Meter::new(0));
        assert_eq!(state.into_parts().0, [(key(1), ONE)].into());
    }
}
