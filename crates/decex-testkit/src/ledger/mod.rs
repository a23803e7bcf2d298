//! A toy ledger as a domain.

mod engine;
mod state;
mod transaction;

pub use engine::{LedgerEngine, answer_slot};
pub use state::{account_key, genesis, slot_key};
pub use transaction::{BYTES_LIMIT, Call, Transaction, sender_of};
