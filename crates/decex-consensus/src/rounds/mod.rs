//! What happens by itself or in bounded steps: closing inboxes, removing and sweeping receipts, slashing, confirming,
//! releasing stakes.

mod close;
mod confirm;
mod release;
mod remove;
mod slash;

pub(crate) use close::close_inboxes;
pub(crate) use confirm::confirm;
pub(crate) use release::release_stakes;
pub(crate) use remove::{remove, sweep};
