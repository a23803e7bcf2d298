//! What stands in the store.

use alloc::vec::Vec;
use decex_bundle::Inboxed;
use decex_core::params::{DomainParams, HostLimits};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, OperatorId,
    Randomness, ReceiptHash, Slot, Timestamp,
};
use decex_election::OperatorKey;
use decex_receipt::Removal;
use parity_scale_codec::{Decode, Encode};

/// What the host says of a block when it begins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockInfo {
    /// Its number.
    pub number: ConsensusNumber,
    /// The hash of the block before it.
    pub parent_hash: ConsensusHash,
    /// Its slot.
    pub slot: Slot,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// The randomness that this block brought (its storage-audit output). Seeds schedules, elects nobody.
    pub randomness: Randomness,
    /// What a byte of blockspace costs in it.
    pub byte_price: Balance,
}

/// Where the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Clock {
    /// The block being made.
    pub block: BlockInfo,
}

/// The next free ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Counters {
    /// Of a domain.
    pub domain: DomainId,
    /// Of an operator.
    pub operator: OperatorId,
}

/// Who may register operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Access {
    /// Everybody.
    Open,
    /// Accounts that the owner lists.
    Listed,
}

/// A domain, as it was created, and whether it is paused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Domain {
    /// Who may pause it and keep its list.
    pub owner: AccountId,
    /// Held from the owner.
    pub deposit: Balance,
    /// When it was created.
    pub created: ConsensusNumber,
    /// Whether bundles with transactions are accepted.
    pub active: bool,
    /// Who may register operators.
    pub access: Access,
    /// Its parameters.
    pub params: DomainParams,
    /// The host's limits that they were checked against.
    pub limits: HostLimits,
}

/// How far a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Progress {
    /// The last final receipt.
    pub confirmed: DomainNumber,
    /// The last accepted receipt.
    pub head: DomainNumber,
    /// Its hash.
    pub head_hash: ReceiptHash,
    /// The last domain block that a consensus block made, executed or not.
    pub last: DomainNumber,
    /// The block that included the last bundle with transactions.
    pub included_at: ConsensusNumber,
    /// How many of them it included.
    pub included: u32,
    /// Whether the domain waits in the queue of confirmations.
    pub awaits_confirmation: bool,
    /// Removals that are not swept to the end.
    pub unswept: u32,
    /// The last block in which a receipt was due and the host had no engine to judge proofs against it; zero if there was none.
    pub unheard: ConsensusNumber,
}

/// The total stake of a domain in three adjacent stake epochs of its own. Read through [`at`](Self::at), which brings it up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Stakes {
    /// The epoch that `current` is of.
    pub epoch: u64,
    /// The epoch before.
    pub previous: Balance,
    /// The total in `epoch`.
    pub current: Balance,
    /// The epoch after, as far as is known.
    pub next: Balance,
}

impl Stakes {
    /// Returns the totals seen from `epoch`. Costs the same however many epochs have passed.
    #[must_use]
    pub const fn at(self, epoch: u64) -> Self {
        match epoch.saturating_sub(self.epoch) {
            0 => self,
            1 => Self {
                epoch,
                previous: self.current,
                current: self.next,
                next: self.next,
            },
            _ => Self {
                epoch,
                previous: self.next,
                current: self.next,
                next: self.next,
            },
        }
    }
}

/// A registered operator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Operator {
    /// Whose money is at stake.
    pub account: AccountId,
    /// Its domain.
    pub domain: DomainId,
    /// Its key.
    pub key: OperatorKey,
    /// What it registered with. Kept when it is gone, so that snapshots stay what they were.
    pub stake: Balance,
    /// The first epoch in which the stake counts.
    pub from_epoch: u64,
    /// What became of it.
    pub status: Status,
    /// The highest receipt that it vouched for.
    pub backed: Option<(DomainNumber, ReceiptHash)>,
}

/// What became of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Status {
    /// Takes part.
    Active,
    /// Left; liable until the block named.
    Leaving {
        /// When the stake is released.
        unlock: ConsensusNumber,
    },
    /// Left, with its stake.
    Left,
    /// Lost its stake.
    Slashed {
        /// Names the evidence.
        evidence: Digest,
    },
}

/// An inbox that is not closed yet: its block's hash or its seed is not known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenInbox {
    /// The block that included the bundles.
    pub block: BlockInfo,
    /// The bundles so far, strictly ascending by header hash.
    pub bundles: Vec<Inboxed>,
}

/// A removal whose receipts are not all swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingRemoval {
    /// What is left to sweep.
    pub removal: Removal,
    /// Who gets the reporter's share.
    pub reporter: AccountId,
    /// Names the evidence.
    pub evidence: Digest,
}
