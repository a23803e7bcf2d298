//! Addresses of the chain as accounts of the consensus object.

use crate::error::ContractError;
use cosmwasm_std::Api;
use decex_core::{AccountId, Digest};

/// Longest canonical address.
const LENGTH: usize = 32;

/// Returns the account of an address. No two addresses have the same: one of 32 bytes (a contract's) is its account; a shorter one (a
/// key's) is filled up with zeros and ends with its length, and 32 bytes of that form are not found among hashes.
///
/// # Errors
/// When it is not an address of this chain.
pub fn account_of(api: &dyn Api, address: &str) -> Result<AccountId, ContractError> {
    let canonical = api.addr_canonicalize(address)?;
    let bytes = canonical.as_slice();
    let mut account = [0; LENGTH];
    if bytes.is_empty() || bytes.len() > LENGTH {
        return Err(ContractError::Address);
    }
    account.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    if bytes.len() < LENGTH
        && let (Some(last), Ok(length)) = (account.last_mut(), u8::try_from(bytes.len()))
    {
        *last = length;
    }
    Ok(AccountId(Digest(account)))
}
