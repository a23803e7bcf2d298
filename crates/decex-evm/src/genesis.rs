//! The state that a domain starts from.

use crate::account::{StoredAccount, slot_to_value};
use crate::database::FEE_RECIPIENT;
use crate::key;
use crate::messenger::MESSENGER;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use decex_core::Balance;
use decex_core::state::Changes;
use revm::primitives::{Address, Bytes, U256, eip170, keccak256};

/// One account of the genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Its address.
    pub address: Address,
    /// Its balance in wei.
    pub balance: Balance,
    /// Its next nonce. A contract's starts at 1 whatever stands here (EIP-161).
    pub nonce: u64,
    /// Its runtime bytecode; empty for an ordinary account.
    pub code: Bytes,
    /// Its slots; only with code.
    pub storage: Vec<(U256, U256)>,
}

/// Why allocations are not a genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGenesis {
    /// G1: an address has one allocation.
    #[error("allocation {index} repeats an address")]
    Repeated {
        /// Which allocation.
        index: usize,
    },
    /// G2: all balances together fit in 128 bits, so that no sum of balances or fees ever overflows.
    #[error("the supply does not fit in 128 bits at allocation {index}")]
    Supply {
        /// Which allocation.
        index: usize,
    },
    /// G3: code is at most 24,576 bytes long (EIP-170) and does not begin with 0xEF (EIP-3541).
    #[error("allocation {index} has code that no transaction could deploy")]
    Code {
        /// Which allocation.
        index: usize,
    },
    /// G4: only a contract has slots, and each once.
    #[error("allocation {index} has slots without code, or a slot twice")]
    Storage {
        /// Which allocation.
        index: usize,
    },
    /// G5: no account stands at the fee recipient's address.
    #[error("allocation {index} is for the fee recipient")]
    FeeRecipient {
        /// Which allocation.
        index: usize,
    },
    /// G6: no account stands at the messenger's address.
    #[error("allocation {index} is for the messenger")]
    Messenger {
        /// Which allocation.
        index: usize,
    },
}

impl InvalidGenesis {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Repeated { .. } => 101,
            Self::Supply { .. } => 102,
            Self::Code { .. } => 103,
            Self::Storage { .. } => 104,
            Self::FeeRecipient { .. } => 105,
            Self::Messenger { .. } => 106,
        }
    }
}

/// Returns the changes that make the genesis of an empty state.
///
/// # Errors
/// When a rule of G1 to G6 is broken.
pub fn genesis(allocations: &[Allocation]) -> Result<Changes, InvalidGenesis> {
    let mut changes = Changes::new();
    let mut addresses = BTreeSet::new();
    let mut supply = Balance::ZERO;
    for (index, allocation) in allocations.iter().enumerate() {
        // G1
        if !addresses.insert(allocation.address) {
            return Err(InvalidGenesis::Repeated { index });
        }
        // G2
        supply = supply
            .checked_add(allocation.balance)
            .ok_or(InvalidGenesis::Supply { index })?;
        // G5
        if allocation.address == FEE_RECIPIENT {
            return Err(InvalidGenesis::FeeRecipient { index });
        }
        // G6
        if allocation.address == MESSENGER {
            return Err(InvalidGenesis::Messenger { index });
        }
        allocate(index, allocation, &mut changes)?;
    }
    Ok(changes)
}

fn allocate(index: usize, allocation: &Allocation, changes: &mut Changes) -> Result<(), InvalidGenesis> {
    let Allocation {
        address,
        balance,
        nonce,
        code,
        storage,
    } = allocation;
    // G3
    if code.len() > eip170::MAX_CODE_SIZE || code.first() == Some(&0xef) {
        return Err(InvalidGenesis::Code { index });
    }
    // G4
    let slots: BTreeSet<&U256> = storage.iter().map(|(slot, _)| slot).collect();
    if slots.len() != storage.len() || (code.is_empty() && !storage.is_empty()) {
        return Err(InvalidGenesis::Storage { index });
    }
    let mut account = StoredAccount {
        nonce: *nonce,
        balance: balance.0,
        code_hash: None,
    };
    if !code.is_empty() {
        let hash = keccak256(code);
        account.code_hash = Some(hash);
        account.nonce = account.nonce.max(1);
        changes.insert(key::code(&hash), Some(code.0.clone()));
    }
    if let Some(value) = account.to_value() {
        changes.insert(key::account(address), Some(value));
    }
    for (slot, value) in storage {
        if let Some(value) = slot_to_value(value) {
            changes.insert(key::storage(address, slot), Some(value));
        }
    }
    Ok(())
}
