//! The consensus side of channels: it opens and closes them, judges what relayers bring, and passes it on.
//!
//! Every message goes through here, so order, replay, closed channels, deadlines and money are settled before a destination spends
//! anything on it; a destination need not verify what consensus puts into its inbox.

mod channel;
mod host;
mod manage;
mod relay;

pub use channel::{Channel, MAX_CAPACITY, Sender, Side, Stage, Waiting};
pub use host::{HubChanges, HubView, Move, Outcome, Purse, Room};
pub use manage::{Opening, close, open};
pub use relay::{Relayed, relay, send};
