//! Derive the seed, and from it the place of every transaction.

use alloc::vec::Vec;
use decex_core::hash::{Hash, digest_pairs};
use decex_core::id::{
    ConsensusNumber, DomainId, ListRoot, Nonce, Randomness, Seed, SenderId, TransactionHash,
};
use decex_core::transaction::Summary;
use decex_core::{Digest, label};

/// Returns the seed of a domain block's schedule (rule S1).
///
/// `randomness` is the output that the host vouches for, of a block strictly after the one that closed the inbox unless
/// the domain chose otherwise; `consensus_number` is the block that closed the inbox; `inbox_root` commits to its bundles in
/// canonical order.
#[must_use]
pub fn compute_seed(
    randomness: &Randomness,
    domain: DomainId,
    consensus_number: ConsensusNumber,
    inbox_root: &ListRoot,
) -> Seed {
    let hash = Hash::new(&label::SCHEDULE_SEED)
        .chain(randomness.0)
        .chain(domain.0.to_le_bytes())
        .chain(consensus_number.0.to_le_bytes())
        .chain(inbox_root.0);
    Seed(hash.finish())
}

/// Returns the place of a sender among all senders of one schedule (rule S2). One draw per sender, not per transaction.
#[must_use]
pub fn rank(seed: &Seed, sender: &SenderId) -> Digest {
    Hash::new(&label::SCHEDULE_RANK)
        .chain(seed.0)
        .chain(sender.0)
        .finish()
}

/// Returns the rank of each of `senders`, in their order.
pub(crate) fn ranks(seed: &Seed, senders: impl Iterator<Item = SenderId>) -> Vec<Digest> {
    let pairs: Vec<[Digest; 2]> = senders.map(|sender| [seed.0, sender.0]).collect();
    digest_pairs(&label::SCHEDULE_RANK, &pairs)
}

/// The place of a transaction in a schedule (rule S3). Ordered field by field.
///
/// Nothing in it is anybody's choice once the seed is known, except the transaction's own sender, nonce and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleKey {
    /// The sender's [rank].
    pub rank: Digest,
    /// The sender: decides only between senders of equal rank, so that the order is total by construction.
    pub sender: SenderId,
    /// The transaction's place in the sender's own sequence.
    pub nonce: Nonce,
    /// Decides between transactions of one sender and nonce, of which at most one can succeed.
    pub hash: TransactionHash,
}

impl ScheduleKey {
    pub(crate) const fn new(rank: Digest, summary: &Summary) -> Self {
        Self {
            rank,
            sender: summary.sender,
            nonce: summary.nonce,
            hash: summary.hash,
        }
    }
}

/// Returns the place of a transaction in the schedule with this seed.
#[must_use]
pub fn key(seed: &Seed, summary: &Summary) -> ScheduleKey {
    ScheduleKey::new(rank(seed, &summary.sender), summary)
}
