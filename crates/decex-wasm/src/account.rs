//! Accounts as they stand in the state.

use alloc::vec::Vec;
use decex_core::Digest;
use decex_core::state::{ReadError, Value};
use parity_scale_codec::{Compact, Decode, Encode};

/// One account. The state holds none that is empty.
///
/// Encoded as compact nonce, compact balance, and the name of the code if there is any: 2 to 58 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredAccount {
    /// The next nonce.
    pub nonce: u64,
    /// What it has, in the smallest unit of value.
    pub balance: u128,
    /// The name of its code; `None` without code.
    pub code: Option<Digest>,
}

impl StoredAccount {
    /// Returns the value to store: `None` for an empty account.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        if *self == Self::default() {
            return None;
        }
        let mut bytes = Vec::with_capacity(58);
        Compact(self.nonce).encode_to(&mut bytes);
        Compact(self.balance).encode_to(&mut bytes);
        if let Some(code) = &self.code {
            bytes.extend_from_slice(code.as_bytes());
        }
        Some(bytes.into())
    }

    /// Reads a stored value; an absent one is empty.
    ///
    /// # Errors
    /// When the value is not one that [`to_value`](Self::to_value) writes: the state is not such a domain's.
    pub fn from_value(value: Option<&Value>) -> Result<Self, ReadError> {
        let Some(value) = value else {
            return Ok(Self::default());
        };
        let mut rest = value.as_ref();
        let Compact(nonce) = Compact::<u64>::decode(&mut rest).map_err(|_| ReadError::Backend)?;
        let Compact(balance) = Compact::<u128>::decode(&mut rest).map_err(|_| ReadError::Backend)?;
        let code = match rest.len() {
            0 => None,
            _ => Some(Digest(rest.try_into().map_err(|_| ReadError::Backend)?)),
        };
        Ok(Self { nonce, balance, code })
    }
}
