//! Keys and accounts of operators, by their number.

use decex_core::hash::digest;
use decex_core::{AccountId, Digest, label};
use decex_election::Keypair;

/// Returns an operator's key.
#[must_use]
pub fn keypair(operator: u64) -> Keypair {
    let name = [b"simulated operator", &operator.to_le_bytes()[..]].concat();
    Keypair::from_seed(digest(&label::LEDGER_KEY, &name).as_bytes())
}

/// Returns an operator's account on the consensus chain.
#[must_use]
pub fn account(operator: u64) -> AccountId {
    let name = [b"simulated account", &operator.to_le_bytes()[..]].concat();
    AccountId(digest(&label::LEDGER_KEY, &name))
}

/// How many nominate operators.
pub const NOMINATORS: u64 = 4;

/// Returns a nominator's account.
#[must_use]
pub fn nominator(number: u64) -> AccountId {
    let name = [b"simulated nominator", &number.to_le_bytes()[..]].concat();
    AccountId(digest(&label::LEDGER_KEY, &name))
}

/// Who makes the blocks.
pub const FARMER: AccountId = AccountId(Digest([7; 32]));

/// Whom the treasury's parts go to.
pub const TREASURY: AccountId = AccountId(Digest([8; 32]));
