//! The earlier states that bundles are judged at, as far as judging reads them.

use crate::history::History;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_bundle::{Base, Inbox, Item};
use decex_core::Host;
use decex_core::execution::Engine;
use decex_core::id::{DomainNumber, ReceiptHash, StateRoot};
use decex_core::state::{Changes, Halt, Meter, Overlay, ProvableTree, ReadError, StateKey, StateTree, Value};
use decex_fraud::BaseStates;

/// The accounts of the senders of an inbox at the bases of its bundles. Taken before the block is executed, because
/// execution needs the tree for itself.
#[derive(Debug, Default)]
pub(crate) struct Bases {
    accounts: BTreeMap<(DomainNumber, ReceiptHash), Accounts>,
}

impl Bases {
    /// Reads what judging the inbox will read. `ancestor` names the operator's own receipts.
    pub(crate) fn read<T: StateTree>(
        engine: &dyn Engine,
        inbox: &Inbox,
        bodies: &[&[Item]],
        history: &mut History<T>,
        ancestor: impl Fn(DomainNumber) -> Option<ReceiptHash>,
    ) -> Result<Self, ReadError> {
        let mut bases = Self::default();
        for (bundle, body) in inbox.bundles.iter().zip(bodies) {
            let base = &bundle.base;
            // A base that is not an ancestor has no entry: its bundle is judged `BaseRemoved`.
            if base.number >= inbox.number || ancestor(base.number) != Some(base.hash) {
                continue;
            }
            let Some(past) = history.after(base.number)? else {
                return Err(ReadError::Backend);
            };
            let accounts = bases.accounts.entry((base.number, base.hash)).or_default();
            accounts.root = base.root;
            for item in *body {
                let mut overlay = Overlay::new(&past, Meter::new(u32::MAX));
                match engine.account(&mut overlay, &item.sender) {
                    // An engine that cannot read an account with all the room there is fails again when it judges.
                    Ok(_) | Err(Halt::Limit) => {}
                    Err(Halt::Read(error)) => return Err(error),
                }
                let (_, touched) = overlay.into_parts();
                for key in touched {
                    accounts.values.insert(key, past.get(&key)?);
                }
            }
        }
        Ok(bases)
    }
}

impl Host for Bases {
    type Error = ReadError;
}

impl BaseStates for Bases {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, ReadError> {
        let accounts = self.accounts.get(&(base.number, base.hash));
        Ok(accounts.map(|accounts| -> &dyn ProvableTree { accounts }))
    }
}

/// Some values of one state.
#[derive(Debug, Default)]
struct Accounts {
    root: StateRoot,
    values: BTreeMap<StateKey, Option<Value>>,
}

impl StateTree for Accounts {
    fn root(&self) -> StateRoot {
        self.root
    }

    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.values.get(key).cloned().ok_or(ReadError::IncompleteWitness)
    }

    fn update(&mut self, _changes: &Changes) -> Result<StateRoot, ReadError> {
        Err(ReadError::Backend)
    }
}

impl ProvableTree for Accounts {
    fn prove(&self, _keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        // Judging proves nothing; proofs are made from the tree itself (`local.rs`).
        Err(ReadError::Backend)
    }
}
