//! What happens by itself or in bounded steps: closing inboxes, removing and sweeping receipts, slashing, confirming,
//! paying.

mod close;
mod confirm;
mod pay;
mod remove;
mod slash;

pub(crate) use close::close_inboxes;
pub(crate) use confirm::confirm;
pub(crate) use pay::{has_invalid, invalid_authors};
pub(crate) use remove::{remove, sweep};
