//! The state that a domain begins with.

use crate::account::StoredAccount;
use crate::key;
use decex_core::state::Changes;
use decex_core::{Balance, SenderId};

/// Why allocations are not a genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGenesis {
    /// J20: an account has two allocations.
    #[error("{0:?} has two allocations")]
    Repeated(SenderId),
    /// J20: all balances together do not fit in 128 bits.
    #[error("the balances do not fit in 128 bits together")]
    Supply,
}

/// Returns the changes that make the genesis state. Contracts are uploaded and made by transactions.
///
/// # Errors
/// J20 is broken.
pub fn genesis(allocations: &[(SenderId, Balance)]) -> Result<Changes, InvalidGenesis> {
    let mut changes = Changes::new();
    let mut supply: u128 = 0;
    for (address, balance) in allocations {
        // J20: then no balance and no sum of fees ever overflows by what happens inside the domain.
        supply = supply.checked_add(balance.0).ok_or(InvalidGenesis::Supply)?;
        let account = StoredAccount {
            balance: balance.0,
            ..StoredAccount::default()
        };
        // J20: one allocation each.
        if changes
            .insert(key::account(address), account.to_value())
            .is_some()
        {
            return Err(InvalidGenesis::Repeated(*address));
        }
    }
    changes.retain(|_, value| value.is_some());
    Ok(changes)
}
