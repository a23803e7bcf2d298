//! What revm sees of the domain's state, and how its changes are written back.

use crate::account::{StoredAccount, account_from_value, slot_from_value, slot_to_value};
use crate::key;
use crate::messenger::MESSENGER;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::state::{Halt, ReadError, StateAccess, StateKey, Value};
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
    address: Address,
    key: StateKey,
    account: Option<StoredAccount>,
}

/// What the transactions of one chunk can use again. Every read still asks the state, which meters it.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    codes: Codes,
    /// The accounts that the present transaction has loaded, ascending by address. Kept for its allocation.
    loaded: Vec<Loaded>,
    /// The keys of the slots that it has read, ascending by address and slot. Kept for its allocation.
    slots: Vec<((Address, U256), StateKey)>,
}

impl Memory {
    /// Returns the key of a slot; one that was read is not derived again.
    fn slot_key(&self, address: &Address, slot: &U256) -> StateKey {
        let place = self
            .slots
            .binary_search_by(|(read, _)| read.cmp(&(*address, *slot)));
        let known = place.ok().and_then(|place| self.slots.get(place));
        known.map_or_else(|| key::storage(address, slot), |(_, key)| *key)
    }
}

/// Analysed code (jump destinations) of contracts that ran, by hash.
#[derive(Debug, Default)]
struct Codes(BTreeMap<B256, Bytecode>);

impl Codes {
    /// Most contracts to remember: 24 KB of code each, and its analysis.
    const MOST: usize = 64;

    /// Returns `code` analysed. What is remembered is used for the same bytes only, so it makes no difference what is.
    fn analysed(&mut self, hash: B256, code: Value) -> Result<Bytecode, ReadError> {
        if let Some(known) = self.0.get(&hash)
            && known.original_byte_slice() == code
        {
            return Ok(known.clone());
        }
        let analysed = Bytecode::new_raw_checked(Bytes(code)).map_err(|_| ReadError::Backend)?;
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(hash, analysed.clone());
        Ok(analysed)
    }
}

/// What one transaction reads. Remembers the accounts that were loaded, and the first halt: after it nothing is read.
pub(crate) struct Database<'a> {
    state: &'a mut dyn StateAccess,
    memory: &'a mut Memory,
    halt: Option<Halt>,
    /// What the messenger has to give.
    entered: u128,
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
    pub(crate) fn new(state: &'a mut dyn StateAccess, memory: &'a mut Memory) -> Self {
        memory.loaded.clear();
        memory.slots.clear();
        Self {
            state,
            memory,
            halt: None,
            entered: 0,
        }
    }

    /// Gives the messenger what came with a message. It has nothing else.
    pub(crate) const fn enter(&mut self, value: u128) {
        self.entered = value;
    }

    /// Returns the state behind, for what does not go through revm.
    pub(crate) fn state(&mut self) -> &mut dyn StateAccess {
        self.state
    }

    /// Sets what execution sees of an account that was read before it, such as the sender less its storage fee.
    pub(crate) fn preload(&mut self, address: Address, key: StateKey, account: StoredAccount) {
        let loaded = Loaded {
            address,
            key,
            account: Some(account),
        };
        if let Err(place) = self.place(&address) {
            self.memory.loaded.insert(place, loaded);
        }
    }

    /// Returns where the account stands among the loaded ones, or where it is to be inserted.
    fn place(&self, address: &Address) -> Result<usize, usize> {
        self.memory
            .loaded
            .binary_search_by(|loaded| loaded.address.cmp(address))
    }

    /// Returns the first halt.
    pub(crate) const fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// V9: passes a halt on and remembers it, so that nothing revm does afterwards can hide it.
    pub(crate) fn read<T>(
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
        let place = match self.place(&address) {
            Ok(place) => return Ok(self.memory.loaded.get(place).and_then(|loaded| loaded.account)),
            Err(place) => place,
        };
        let key = key::account(&address);
        let account = self.read(|state| account_from_value(state.get(&key)?.as_ref()))?;
        let loaded = Loaded {
            address,
            key,
            account,
        };
        self.memory.loaded.insert(place, loaded);
        Ok(account)
    }

    /// Writes what a transaction changed, in ascending order of addresses and slots, and returns what it took out of
    /// circulation. `entered` is what a message brought, `left` what goes with those that were sent.
    pub(crate) fn commit(&mut self, changed: &EvmState, entered: u128, left: u128) -> Result<Outflow, Halt> {
        let (mut before, mut after) = (U256::from(entered), U256::from(left));
        for loaded in &self.memory.loaded {
            let Some(account) = changed
                .get(&loaded.address)
                .filter(|account| account.is_touched())
            else {
                continue;
            };
            let new = stored(account)?;
            // Below 2^128 each, and far fewer than 2^128 of them.
            before = before.saturating_add(U256::from(loaded.account.unwrap_or_default().balance));
            after = after.saturating_add(U256::from(new.unwrap_or_default().balance));
            write_account(self.state, self.memory, loaded, new, account)?;
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
    memory: &Memory,
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
        state.set(&memory.slot_key(&loaded.address, slot), slot_to_value(&value))?;
    }
    Ok(())
}

impl revm::Database for Database<'_> {
    type Error = StateHalt;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateHalt> {
        if address == FEE_RECIPIENT {
            return Ok(None);
        }
        if address == MESSENGER {
            let balance = U256::from(self.entered);
            return Ok((self.entered > 0).then(|| AccountInfo::from_balance(balance)));
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
        let code = self.read(|state| Ok(state.get(&key::code(&code_hash))?.ok_or(ReadError::Backend)?))?;
        let analysed = self.memory.codes.analysed(code_hash, code);
        self.read(|_| Ok(analysed?))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateHalt> {
        let key = key::storage(&address, &slot);
        let value = self.read(|state| Ok(slot_from_value(state.get(&key)?.as_ref())?))?;
        let name = (address, slot);
        if let Err(place) = self.memory.slots.binary_search_by(|(read, _)| read.cmp(&name)) {
            self.memory.slots.insert(place, (name, key));
        }
        Ok(value)
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
    fn analysed_code_is_used_for_its_own_bytes_only_and_is_bounded() {
        let mut codes = Codes::default();
        for code in [&[0x5b, 0x00][..], &[0x60, 0x5b], &[0x60, 0x5b]] {
            let analysed = codes.analysed(B256::ZERO, Value::copy_from_slice(code)).unwrap();
            assert_eq!(analysed.original_byte_slice(), code);
        }
        for i in 0..=u8::MAX {
            codes
                .analysed(B256::repeat_byte(i), Value::from_static(&[0]))
                .unwrap();
            assert!(codes.0.len() <= Codes::MOST);
        }
    }

    #[test]
    fn the_key_of_a_slot_is_the_same_read_before_or_not() {
        let mut state = FailsOnce(None);
        let mut memory = Memory::default();
        for slot in [3_u64, 1, 2, 1] {
            let mut database = Database {
                state: &mut state,
                memory: &mut memory,
                halt: None,
                entered: 0,
            };
            assert_eq!(database.storage(Address::ZERO, U256::from(slot)), Ok(U256::ZERO));
        }
        assert_eq!(memory.slots.len(), 3);
        for slot in 0..5_u64 {
            let slot = U256::from(slot);
            assert_eq!(
                memory.slot_key(&Address::ZERO, &slot),
                key::storage(&Address::ZERO, &slot)
            );
        }
    }

    #[test]
    fn v9_after_a_halt_nothing_is_answered() {
        for halt in [Halt::Limit, Halt::Read(ReadError::IncompleteWitness)] {
            let mut state = FailsOnce(Some(halt));
            let mut memory = Memory::default();
            let mut database = Database::new(&mut state, &mut memory);
            assert_eq!(database.basic(FEE_RECIPIENT), Ok(None));
            assert_eq!(database.basic(MESSENGER), Ok(None));
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
