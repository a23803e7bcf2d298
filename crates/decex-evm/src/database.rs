//! What revm sees of the domain's state, and how its changes are written back.

use crate::account::{StoredAccount, account_from_value, slot_from_value, slot_to_value};
use crate::key;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::state::{Halt, ReadError, StateAccess, StateKey};
use revm::bytecode::Bytecode;
use revm::database_interface::DBErrorMarker;
use revm::primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256};
use revm::state::{Account, AccountInfo, EvmState};

/// The address that revm pays priority fees to. No account stands there: what arrives during a transaction is counted
/// as an execution fee, so the fee recipient is not a key that every transaction touches. Contracts see its balance
/// as zero at the start of each transaction; value sent to it is a tip.
pub const FEE_RECIPIENT: Address = Address::new(*b"decex fee recipient ");

/// A [`Halt`] on its way through revm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub(crate) struct StateHalt(#[from] pub(crate) Halt);

impl DBErrorMarker for StateHalt {}

/// An account as it was before the transaction's execution.
#[derive(Clone, Copy, Debug)]
struct Loaded {
    key: StateKey,
    account: Option<StoredAccount>,
}

/// What one transaction reads. Remembers the accounts that were loaded, and the first halt: after it nothing is read.
pub(crate) struct Database<'a> {
    state: &'a mut dyn StateAccess,
    loaded: BTreeMap<Address, Loaded>,
    halt: Option<Halt>,
}

/// What a transaction did to the sum of all balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outflow {
    /// What arrived at the fee recipient.
    pub(crate) tips: u128,
    /// What no account has any more: base fees, and what a contract destroyed with itself.
    pub(crate) burned: u128,
}

impl<'a> Database<'a> {
    pub(crate) fn new(state: &'a mut dyn StateAccess) -> Self {
        Self {
            state,
            loaded: BTreeMap::new(),
            halt: None,
        }
    }

    /// Sets what execution sees of an account that was read before it, such as the sender less its storage fee.
    pub(crate) fn preload(&mut self, address: Address, key: StateKey, account: StoredAccount) {
        self.loaded.insert(
            address,
            Loaded {
                key,
                account: Some(account),
            },
        );
    }

    /// Returns the first halt.
    pub(crate) const fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// V9: passes a halt on and remembers it, so that nothing revm does afterwards can hide it.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut dyn StateAccess) -> Result<T, Halt>,
    ) -> Result<T, StateHalt> {
        if let Some(halt) = self.halt {
            return Err(StateHalt(halt));
        }
        read(self.state).map_err(|halt| {
            self.halt = Some(halt);
            StateHalt(halt)
        })
    }

    fn account(&mut self, address: Address) -> Result<Option<StoredAccount>, StateHalt> {
        if let Some(loaded) = self.loaded.get(&address) {
            return Ok(loaded.account);
        }
        let key = key::account(&address);
        let account = self.read(|state| account_from_value(state.get(&key)?.as_ref()))?;
        self.loaded.insert(address, Loaded { key, account });
        Ok(account)
    }

    /// Writes what a transaction changed, in ascending order of addresses and slots, and returns what it took out of
    /// circulation.
    pub(crate) fn commit(&mut self, changed: &EvmState) -> Result<Outflow, Halt> {
        let (mut before, mut after) = (U256::ZERO, U256::ZERO);
        for (address, loaded) in &self.loaded {
            let Some(account) = changed.get(address).filter(|account| account.is_touched()) else {
                continue;
            };
            let new = stored(account)?;
            // Below 2^128 each, and far fewer than 2^128 of them.
            before = before.saturating_add(U256::from(loaded.account.unwrap_or_default().balance));
            after = after.saturating_add(U256::from(new.unwrap_or_default().balance));
            write_account(self.state, address, loaded, new, account)?;
        }
        let tips = changed
            .get(&FEE_RECIPIENT)
            .map_or(U256::ZERO, |account| account.info.balance);
        let burned = before.saturating_sub(after).saturating_sub(tips);
        Ok(Outflow {
            tips: narrow(tips)?,
            burned: narrow(burned)?,
        })
    }
}

/// V14: no empty account is stored, and none that destroyed itself in the transaction that created it (EIP-6780).
fn stored(account: &Account) -> Result<Option<StoredAccount>, ReadError> {
    if account.is_selfdestructed() || account.is_empty() {
        return Ok(None);
    }
    let info = &account.info;
    Ok(Some(StoredAccount {
        nonce: info.nonce,
        balance: narrow(info.balance)?,
        code_hash: (!info.is_empty_code_hash()).then_some(info.code_hash),
    }))
}

/// Balances fit in 128 bits because the genesis supply does (G2) and nothing adds to it; a larger one means that this is
/// not a state that the engine made.
fn narrow(value: U256) -> Result<u128, ReadError> {
    u128::try_from(value).map_err(|_| ReadError::Backend)
}

fn write_account(
    state: &mut dyn StateAccess,
    address: &Address,
    loaded: &Loaded,
    new: Option<StoredAccount>,
    account: &Account,
) -> Result<(), Halt> {
    if new != loaded.account {
        state.set(&loaded.key, new.and_then(|new| new.to_value()))?;
    }
    let Some(new) = new else { return Ok(()) };
    if let Some(hash) = new.code_hash
        && loaded.account.and_then(|account| account.code_hash) != Some(hash)
        && let Some(code) = &account.info.code
    {
        state.set(&key::code(&hash), Some(code.original_bytes().0))?;
    }
    let mut slots: Vec<(&U256, U256)> = account
        .changed_storage_slots()
        .map(|(slot, value)| (slot, value.present_value()))
        .collect();
    slots.sort_unstable();
    for (slot, value) in slots {
        state.set(&key::storage(address, slot), slot_to_value(&value))?;
    }
    Ok(())
}

impl revm::Database for Database<'_> {
    type Error = StateHalt;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateHalt> {
        if address == FEE_RECIPIENT {
            return Ok(None);
        }
        Ok(self.account(address)?.map(|account| AccountInfo {
            balance: U256::from(account.balance),
            nonce: account.nonce,
            code_hash: account.code_hash.unwrap_or(KECCAK_EMPTY),
            account_id: None,
            // With code: fetched by its hash when it is first needed.
            code: account.code_hash.is_none().then(Bytecode::default),
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, StateHalt> {
        self.read(|state| {
            let code = state.get(&key::code(&code_hash))?.ok_or(ReadError::Backend)?;
            Ok(Bytecode::new_raw_checked(Bytes(code)).map_err(|_| ReadError::Backend)?)
        })
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateHalt> {
        self.read(|state| {
            Ok(slot_from_value(
                state.get(&key::storage(&address, &slot))?.as_ref(),
            )?)
        })
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, StateHalt> {
        self.read(|state| {
            let value = state.get(&key::block_hash(number))?;
            // Absent only for numbers before the genesis.
            Ok(value
                .map_or(Ok(B256::ZERO), |value| B256::try_from(value.as_ref()))
                .map_err(|_| ReadError::Backend)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decex_core::state::Value;
    use revm::Database as _;

    /// Fails once, and then answers.
    struct FailsOnce(Option<Halt>);

    impl StateAccess for FailsOnce {
        fn get(&mut self, _: &StateKey) -> Result<Option<Value>, Halt> {
            self.0.take().map_or(Ok(None), Err)
        }
        fn set(&mut self, _: &StateKey, _: Option<Value>) -> Result<(), Halt> {
            Ok(())
        }
    }

    #[test]
    fn v9_after_a_halt_nothing_is_answered() {
        for halt in [Halt::Limit, Halt::Read(ReadError::IncompleteWitness)] {
            let mut state = FailsOnce(Some(halt));
            let mut database = Database::new(&mut state);
            assert_eq!(database.basic(FEE_RECIPIENT), Ok(None));
            assert_eq!(database.halt(), None);
            assert_eq!(database.storage(Address::ZERO, U256::ZERO), Err(StateHalt(halt)));
            assert_eq!(database.basic(Address::ZERO), Err(StateHalt(halt)));
            assert_eq!(database.code_by_hash(B256::ZERO), Err(StateHalt(halt)));
            assert_eq!(database.storage(Address::ZERO, U256::ZERO), Err(StateHalt(halt)));
            assert_eq!(database.block_hash(0), Err(StateHalt(halt)));
            assert_eq!(database.halt(), Some(halt));
        }
    }
}
