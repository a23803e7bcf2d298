//! What the host fixes for all domains.

use decex_core::Balance;
use decex_core::params::HostLimits;

/// What the host fixes for all domains. A domain keeps the limits that it was created under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the host can carry and promises. While there are domains, `message_bytes` never shrinks:
    /// their parameters were checked against it, so that every fraud proof fits (P4).
    pub limits: HostLimits,
    /// Held from a domain's owner at creation.
    pub domain_deposit: Balance,
    /// The least stake of an operator. Not zero: a slash must cost something.
    pub minimum_stake: Balance,
    /// How many receipts are confirmed, how many removed receipts are swept, and how many stakes are released in one
    /// block at most, each. Leftovers are dealt with in the following blocks; a call that accepts a proof sweeps as many at
    /// once. More than the domains that grow by a receipt in each block, or confirmations fall behind without end.
    pub work_per_block: u32,
}
