//! The contract's storage as the VM asks for it, at the prices of the Cosmos SDK's stores.

use crate::MULTIPLIER;
use cosmwasm_std::{Order, Record};
use cosmwasm_vm::{BackendError, BackendResult, GasInfo, Storage};
use std::collections::BTreeMap;
use std::ops::Bound;

// The Cosmos SDK's default gas of a key-value store: `KVGasConfig`.
const READ: u64 = 1_000;
const READ_BYTE: u64 = 3;
const WRITE: u64 = 2_000;
const WRITE_BYTE: u64 = 30;
const DELETE: u64 = 1_000;
const NEXT: u64 = 30;

/// A storage that says what it costs.
#[derive(Debug, Default)]
pub(crate) struct Metered {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    iterators: Vec<std::vec::IntoIter<Record>>,
}

impl FromIterator<Record> for Metered {
    fn from_iter<I: IntoIterator<Item = Record>>(entries: I) -> Self {
        Self {
            entries: entries.into_iter().collect(),
            iterators: Vec::new(),
        }
    }
}

impl Metered {
    /// Returns everything in it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Vec<u8>, &Vec<u8>)> {
        self.entries.iter()
    }

    /// Returns a value and charges nobody.
    pub(crate) fn peek(&self, key: &[u8]) -> Option<&Vec<u8>> {
        self.entries.get(key)
    }
}

fn cost(flat: u64, byte: u64, bytes: usize) -> GasInfo {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let gas = flat.saturating_add(byte.saturating_mul(bytes));
    GasInfo::with_externally_used(gas.saturating_mul(MULTIPLIER))
}

impl Storage for Metered {
    fn get(&self, key: &[u8]) -> BackendResult<Option<Vec<u8>>> {
        let value = self.entries.get(key).cloned();
        let bytes = key.len().saturating_add(value.as_ref().map_or(0, Vec::len));
        (Ok(value), cost(READ, READ_BYTE, bytes))
    }

    fn scan(&mut self, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> BackendResult<u32> {
        let lower = start.map_or(Bound::Unbounded, Bound::Included);
        let upper = end.map_or(Bound::Unbounded, Bound::Excluded);
        let is_empty = start.zip(end).is_some_and(|(start, end)| start >= end);
        let mut found: Vec<Record> = Vec::new();
        if !is_empty {
            let range = self.entries.range::<[u8], _>((lower, upper));
            found.extend(range.map(|(key, value)| (key.clone(), value.clone())));
        }
        if order == Order::Descending {
            found.reverse();
        }
        let id = u32::try_from(self.iterators.len()).unwrap_or(u32::MAX);
        self.iterators.push(found.into_iter());
        (Ok(id), cost(READ, 0, 0))
    }

    fn next(&mut self, iterator: u32) -> BackendResult<Option<Record>> {
        let place = usize::try_from(iterator).unwrap_or(usize::MAX);
        let Some(found) = self.iterators.get_mut(place) else {
            return (
                Err(BackendError::iterator_does_not_exist(iterator)),
                GasInfo::free(),
            );
        };
        let record = found.next();
        let bytes = record
            .as_ref()
            .map_or(0, |(key, value)| key.len().saturating_add(value.len()));
        (Ok(record), cost(NEXT, READ_BYTE, bytes))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> BackendResult<()> {
        self.entries.insert(key.to_vec(), value.to_vec());
        let bytes = key.len().saturating_add(value.len());
        (Ok(()), cost(WRITE, WRITE_BYTE, bytes))
    }

    fn remove(&mut self, key: &[u8]) -> BackendResult<()> {
        self.entries.remove(key);
        (Ok(()), cost(DELETE, 0, 0))
    }
}
