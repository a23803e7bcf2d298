//! What stands in the store.

use alloc::vec::Vec;
use decex_bundle::Inboxed;
use decex_core::message::{ChannelId, Message};
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
    /// Who made it: the blockspace of its bundles is paid to this account.
    pub farmer: AccountId,
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
    /// Of a channel.
    pub channel: ChannelId,
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
    /// The block that made it.
    pub made_at: ConsensusNumber,
    /// How many bundles with transactions that block included.
    pub included: u32,
    /// Whether the domain waits in the queue of confirmations.
    pub awaits_confirmation: bool,
    /// Removals that are not swept to the end.
    pub unswept: u32,
    /// The last block in which a receipt was due and the host had no engine to judge proofs against it; zero if there was none.
    pub unheard: ConsensusNumber,
}

impl Progress {
    /// Whether the last domain block is still being filled in consensus block `now`.
    #[must_use]
    pub fn is_filled_at(&self, now: ConsensusNumber) -> bool {
        // Genesis was made by nobody.
        self.last > DomainNumber(0) && self.made_at == now
    }
}

/// A registered operator. Its money stands in its pool ([`Pool`](decex_staking::Pool)).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Operator {
    /// Its domain.
    pub domain: DomainId,
    /// Its key.
    pub key: OperatorKey,
    /// The highest receipt that it vouched for.
    pub backed: Option<(DomainNumber, ReceiptHash)>,
    /// The highest domain block that it bundled transactions for, or vouched for a receipt of.
    pub acted: DomainNumber,
    /// The receipt that calls a bundle of its invalid; the lowest one, if there are several. It need not be pending any more.
    pub accused: Option<(DomainNumber, ReceiptHash)>,
}

/// An inbox that is not closed yet: its block's hash or its seed is not known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenInbox {
    /// The block that included the bundles.
    pub block: BlockInfo,
    /// The bundles so far, strictly ascending by header hash.
    pub bundles: Vec<Inboxed>,
    /// What each of them was paid for, in their order.
    pub paid: Vec<Balance>,
    /// The messages so far, in the order in which they came.
    pub messages: Vec<Message>,
}

/// A removal whose receipts are not all swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingRemoval {
    /// What is left to sweep.
    pub removal: Removal,
    /// Who submitted the refuted receipt: the reporter's share is of its stake (K40).
    pub submitter: Option<OperatorId>,
    /// Who gets the reporter's share.
    pub reporter: AccountId,
    /// Names the evidence.
    pub evidence: Digest,
}
