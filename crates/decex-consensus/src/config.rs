//! What the host fixes for all domains.

use decex_core::params::HostLimits;
use decex_core::{AccountId, Balance};

/// What the host fixes for all domains. A domain keeps the limits that it was created under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the host can carry and promises. While there are domains, `message_bytes` never shrinks:
    /// their parameters were checked against it, so that every fraud proof fits (P4).
    pub limits: HostLimits,
    /// Held from a domain's owner at creation.
    pub domain_deposit: Balance,
    /// Held from a domain's owner for a channel, until nothing is left of it.
    pub channel_deposit: Balance,
    /// The least stake of an operator. Not zero: a slash must cost something.
    pub minimum_stake: Balance,
    /// The least that a pool may ask of who nominates: each position is a few hundred bytes in the store.
    pub minimum_nomination: Balance,
    /// Whom the treasury's parts are paid to.
    pub treasury: AccountId,
    /// The treasury's part of what is slashed and does not go to a reporter, in basis points; more than 10 000 count as
    /// 10 000. The rest is burned.
    pub treasury_share: u16,
    /// Epochs of its domain that an operator which was absent stays out at least.
    pub return_after: u64,
    /// How many receipts are confirmed, how many removed receipts are swept in one block at most, each. Leftovers are dealt with in the following blocks; a call that accepts a proof sweeps as many at
    /// once. More than the domains that grow by a receipt in each block, or confirmations fall behind without end.
    pub work_per_block: u32,
}
