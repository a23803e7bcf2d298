//! What the host fixes for all domains.

use decex_core::Balance;
use decex_core::params::HostLimits;

/// What the host fixes for all domains. A domain keeps the limits that it was created under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the host can carry and promises.
    pub limits: HostLimits,
    /// Held from a domain's owner at creation.
    pub domain_deposit: Balance,
    /// The least stake of an operator. Not zero: a slash must cost something.
    pub minimum_stake: Balance,
    /// How many receipts are confirmed, how many removed receipts are swept, and how many stakes are released in one
    /// block at most, each. Leftovers are dealt with in the following blocks.
    pub work_per_block: u32,
}
