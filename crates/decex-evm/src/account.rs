//! Accounts and slots as they stand in the state.

use alloc::vec::Vec;
use decex_core::state::{Halt, ReadError, Value};
use parity_scale_codec::{Compact, Decode, Encode};
use revm::primitives::{B256, U256};

/// One account. The state holds none that is empty (EIP-161).
///
/// Encoded as compact nonce, compact balance, and the code hash if there is code: 2 to 59 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredAccount {
    /// The next nonce.
    pub nonce: u64,
    /// Balance in wei. The genesis bounds the sum over all accounts to 128 bits, and nothing adds to the sum.
    pub balance: u128,
    /// Keccak-256 of its code, `None` without code.
    pub code_hash: Option<B256>,
}

impl StoredAccount {
    /// Neither nonce nor balance nor code: not to be stored.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance == 0 && self.code_hash.is_none()
    }

    /// Returns the value to store: `None` for an empty account.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let (nonce, balance) = (Compact(self.nonce), Compact(self.balance));
        let code_hash = self.code_hash.as_ref().map_or(&[][..], |hash| hash.as_slice());
        // Exactly as long as the value: a longer vector would cost a second allocation.
        let length = [nonce.encoded_size(), balance.encoded_size(), code_hash.len()];
        let mut bytes = Vec::with_capacity(length.into_iter().sum());
        nonce.encode_to(&mut bytes);
        balance.encode_to(&mut bytes);
        bytes.extend_from_slice(code_hash);
        Some(bytes.into())
    }

    /// Reads a stored value.
    ///
    /// # Errors
    /// When the value is not one that [`to_value`](Self::to_value) writes: the state is not an EVM domain's.
    pub fn from_value(value: &[u8]) -> Result<Self, ReadError> {
        let mut rest = value;
        let Compact(nonce) = Compact::<u64>::decode(&mut rest).map_err(|_| ReadError::Backend)?;
        let Compact(balance) = Compact::<u128>::decode(&mut rest).map_err(|_| ReadError::Backend)?;
        let code_hash = match rest.len() {
            0 => None,
            _ => Some(B256::try_from(rest).map_err(|_| ReadError::Backend)?),
        };
        Ok(Self {
            nonce,
            balance,
            code_hash,
        })
    }
}

/// Returns the value to store for a slot: big endian without leading zeros, `None` for zero.
pub(crate) fn slot_to_value(slot: &U256) -> Option<Value> {
    (!slot.is_zero()).then(|| slot.to_be_bytes_trimmed_vec().into())
}

/// Reads a stored slot; an absent one is zero.
pub(crate) fn slot_from_value(value: Option<&Value>) -> Result<U256, ReadError> {
    let Some(value) = value else { return Ok(U256::ZERO) };
    U256::try_from_be_slice(value).ok_or(ReadError::Backend)
}

/// Reads an account from an answer of the state; an absent one is empty.
pub(crate) fn account_from_value(value: Option<&Value>) -> Result<Option<StoredAccount>, Halt> {
    Ok(value.map(|value| StoredAccount::from_value(value)).transpose()?)
}
