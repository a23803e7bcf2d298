//! Count the bytes of a transaction's witness a second time (V10).

use decex_core::state::Meter;
use decex_evm::{Address, B256, FEE_RECIPIENT, U256};
use parity_scale_codec::{Compact, Encode};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::KECCAK_EMPTY;
use revm::state::{AccountInfo, EvmState};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What a transaction touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The block's accumulators.
    Totals,
    Account(Address),
    Slot(Address, U256),
    Code(B256),
    BlockHash(u64),
}

/// revm's database, and the size of everything that is read from it.
pub(super) struct Witnessed<'d> {
    database: &'d mut CacheDB<EmptyDB>,
    /// Bytes that stood under each key when it was first touched.
    touched: BTreeMap<Key, usize>,
}

impl<'d> Witnessed<'d> {
    /// Every transaction touches the accumulators, and its sender before it pays anything.
    pub(super) fn new(
        database: &'d mut CacheDB<EmptyDB>,
        totals: usize,
        sender: Address,
        before: &AccountInfo,
    ) -> Self {
        let touched = [
            (Key::Totals, totals),
            (Key::Account(sender), account_length(before)),
        ];
        Self {
            database,
            touched: touched.into(),
        }
    }

    /// Returns the witness bytes of what was read, and of what `changed` writes.
    pub(super) fn bytes(mut self, changed: Option<&EvmState>) -> u64 {
        for (address, account) in changed.into_iter().flatten() {
            let gone = account.is_selfdestructed() || account.is_empty();
            if gone || !account.is_touched() || *address == FEE_RECIPIENT {
                continue;
            }
            let before = self
                .database
                .cache
                .accounts
                .get(address)
                .map_or(KECCAK_EMPTY, |entry| entry.info.code_hash);
            let hash = account.info.code_hash;
            if hash != KECCAK_EMPTY && hash != before {
                self.touch_code(hash);
            }
            for (slot, _) in account.changed_storage_slots() {
                let Ok(value) = self.database.storage(*address, *slot);
                self.touch(Key::Slot(*address, *slot), value.byte_len());
            }
        }
        let lengths = self
            .touched
            .values()
            .map(|length| u64::try_from(*length).unwrap_or(u64::MAX));
        lengths.fold(0, |sum: u64, length| {
            sum.saturating_add(length).saturating_add(Meter::KEY_BYTES.into())
        })
    }

    fn touch(&mut self, key: Key, length: usize) {
        self.touched.entry(key).or_insert(length);
    }

    fn touch_code(&mut self, hash: B256) {
        let code = self.database.cache.contracts.get(&hash);
        let length = code.map_or(0, |code| code.original_bytes().len());
        self.touch(Key::Code(hash), length);
    }
}

/// Writes an account as it stands in the domain's state.
pub(super) fn account_value(nonce: u64, balance: u128, code_hash: Option<B256>) -> Vec<u8> {
    let mut value = Compact(nonce).encode();
    Compact(balance).encode_to(&mut value);
    value.extend(code_hash.iter().flatten());
    value
}

fn account_length(info: &AccountInfo) -> usize {
    if info.is_empty() {
        return 0;
    }
    let code_hash = (info.code_hash != KECCAK_EMPTY).then_some(info.code_hash);
    account_value(info.nonce, info.balance.saturating_to(), code_hash).len()
}

impl Database for Witnessed<'_> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let info = self.database.basic(address)?;
        if address != FEE_RECIPIENT {
            self.touch(Key::Account(address), info.as_ref().map_or(0, account_length));
        }
        // Code is asked for by its hash: only what needs it reads it.
        Ok(info.map(|info| AccountInfo {
            code: info.is_empty_code_hash().then(Bytecode::default),
            ..info
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        self.touch_code(hash);
        self.database.code_by_hash(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let value = self.database.storage(address, slot)?;
        self.touch(Key::Slot(address, slot), value.byte_len());
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        self.touch(Key::BlockHash(number), 32);
        self.database.block_hash(number)
    }
}
