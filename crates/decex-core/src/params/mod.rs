//! The parameters of a domain, checked as a set.
//!
//! A set that passes [`DomainParams::check`] against a host's [`HostLimits`] becomes [`CheckedParams`]; nothing else
//! builds one. An unsafe set is refused with the broken inequality in the error.

mod check;
mod error;

pub use error::UnsafeParams;

use crate::id::{RuleSet, Slot, StateRoot, Weight, Window};
use core::num::NonZeroU32;
use core::ops::Deref;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Most bundles of one domain in one consensus block. Bounds verdicts, inboxes and schedule references.
pub const MAX_BUNDLES_PER_BLOCK: u32 = 64;
/// Most transactions in one bundle.
pub const MAX_BUNDLE_TRANSACTIONS: u32 = 65_536;
/// Longest transaction, in bytes.
pub const MAX_TRANSACTION_BYTES: u32 = 131_072;
/// Most receipts in one bundle: how fast operators catch up.
pub const MAX_RECEIPTS_PER_BUNDLE: u32 = 16;
/// Most transactions of one sender in one bundle: bounds the evidence for the fee rule.
pub const MAX_SENDER_TRANSACTIONS: u32 = 64;
/// The most that the adaptive factor may be.
pub const MAX_FACTOR: u32 = 1 << 16;
/// The least score at which an operator may count as absent, in nats: e^-14 is less than one in a million.
pub const MIN_ABSENCE: u32 = 14;
/// The highest such score.
pub const MAX_ABSENCE: u32 = 100;
/// Longest trace interval.
pub const MAX_TRACE_INTERVAL: u32 = 4_096;
/// Longest seed delay, in consensus blocks.
pub const MAX_SEED_DELAY: u32 = 256;
/// The most of a slashed stake that a reporter may get, in basis points: proving one's own fraud must not pay.
pub const MAX_REPORTER_SHARE: u16 = 1_000;
/// The whole ring, as a portion: every operator may bundle every sender.
pub const WHOLE_RING: u64 = 1 << 32;
/// Bytes of a proof beside witness and transactions: header, list paths, trace entries, sender runs.
pub const PROOF_OVERHEAD: u32 = 16 * 1024;

/// How a domain's operators are elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ElectionParams {
    /// Expected bundles per window, numerator.
    pub numerator: u64,
    /// Expected bundles per window, denominator.
    pub denominator: u64,
    /// Slots per window: the re-election interval.
    pub interval: u64,
    /// Windows that a bundle may be old at inclusion.
    pub longevity: u64,
    /// Windows per stake epoch: epoch E is windows `E · epoch` up to `(E + 1) · epoch`. Stakes change between epochs only.
    pub epoch: u64,
    /// The most by which the adaptive factor may raise the probability of a bundle; 1 keeps it constant.
    pub max_factor: u32,
    /// The score at which an operator counts as absent, in nats: the probability that it is reached within n epochs by an
    /// operator that bundles in every window that it wins is at most `n · e^-absence`. 0: nobody counts as absent.
    pub absence: u32,
}

impl ElectionParams {
    /// Returns the window that a slot belongs to.
    #[must_use]
    pub fn window_of(&self, slot: Slot) -> Window {
        // The interval of parameters that were checked is not zero.
        Window(slot.0.checked_div(self.interval).unwrap_or_default())
    }

    /// Returns the stake epoch that a window belongs to.
    #[must_use]
    pub fn epoch_of(&self, window: Window) -> u64 {
        window.0.checked_div(self.epoch).unwrap_or_default()
    }

    /// Returns the stake epoch that a slot belongs to.
    #[must_use]
    pub fn epoch_at(&self, slot: Slot) -> u64 {
        self.epoch_of(self.window_of(slot))
    }

    /// Returns the slots of a stake epoch and of the windows that may be old at inclusion: an upper bound of how long after
    /// the beginning of an epoch something may be included that its stake was elected for. `None` beyond the range.
    #[must_use]
    pub const fn liable_slots(&self) -> Option<u64> {
        match self.epoch.checked_add(self.longevity) {
            Some(windows) => windows.checked_mul(self.interval),
            None => None,
        }
    }
}

/// Limits of one bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BundleLimits {
    /// Transactions in a body.
    pub transactions: u32,
    /// Bytes of all transactions of a body.
    pub bytes: u32,
    /// Weight of all transactions of a body.
    pub weight: Weight,
    /// Bytes of one transaction.
    pub transaction_bytes: u32,
    /// Transactions of one sender in a body.
    pub sender_transactions: u32,
}

/// Limits of one domain block, from which a bundle's are derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BlockLimits {
    /// Transactions in a domain block.
    pub transactions: u32,
    /// Bytes of all transactions of a domain block.
    pub bytes: u32,
    /// Weight of all transactions of a domain block.
    pub weight: Weight,
}

/// Who checks a transaction's legality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum LegalityMode {
    /// Farmers check every transaction at inclusion; an illegal one makes the bundle unincludable.
    Enforced,
    /// Farmers check structure only; operators judge in their receipts; a wrong judgement is fraud.
    Deferred,
}

/// What a domain is created with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct DomainParams {
    /// The rules its receipts are judged by.
    pub rules: RuleSet,
    /// Root of its genesis state: published by whoever creates the domain, as nobody can execute or challenge without it. No
    /// value in it is longer than [`MAX_VALUE_BYTES`](crate::state::MAX_VALUE_BYTES); one that is makes every step that touches it unprovable.
    pub genesis: StateRoot,
    /// How its operators are elected.
    pub election: ElectionParams,
    /// Limits of a domain block.
    pub block: BlockLimits,
    /// Bytes of one transaction at most.
    pub transaction_bytes: u32,
    /// Transactions of one sender in one bundle at most.
    pub sender_transactions: u32,
    /// Bundles included in one consensus block at most.
    pub bundles_per_block: u32,
    /// Who checks legality.
    pub legality: LegalityMode,
    /// Consensus blocks between a receipt's inclusion and its confirmation.
    pub challenge_period: u64,
    /// Consensus blocks between an inbox and the randomness of its schedule. 0 trades safety for latency.
    pub seed_delay: u32,
    /// Inputs per trace entry.
    pub trace_interval: u32,
    /// Domain blocks that a bundle's base may lie behind the receipt head.
    pub max_base_lag: u32,
    /// Unexecuted domain blocks beyond which only bundles without transactions are accepted.
    pub max_gap: u32,
    /// Messages of other chains in one domain block at most; 0: the domain has no channels.
    pub messages: u32,
    /// Witness bytes that one input may cause.
    pub witness_limit: u32,
    /// Share of the sender ring that one election lets an operator bundle, of [`WHOLE_RING`].
    pub portion: u64,
    /// Share of a slashed stake that goes to the reporter, in basis points.
    pub reporter_share: u16,
}

/// What the host can carry and promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct HostLimits {
    /// Bytes that one message (bundle or proof) may take in a block.
    pub message_bytes: u32,
    /// Probability that a slot has a block, numerator.
    pub slot_numerator: u64,
    /// Probability that a slot has a block, denominator.
    pub slot_denominator: u64,
    /// Consensus blocks for which an adversary is assumed able to keep a proof out, plus the time to make one.
    pub censorship: u64,
    /// Consensus blocks between an operator's leaving and the release of its stake.
    pub unlock_period: u64,
    /// Consensus blocks that a submission may lag behind what it was made on.
    pub submission_lag: u64,
}

/// Parameters that passed [`DomainParams::check`], with the limits derived from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedParams {
    params: DomainParams,
    bundle: BundleLimits,
    trace_interval: NonZeroU32,
    message_bytes: u32,
}

impl CheckedParams {
    /// Returns the limits of one bundle: the block's, divided by the expected bundles per block, at least one of each.
    #[must_use]
    pub const fn bundle_limits(&self) -> &BundleLimits {
        &self.bundle
    }

    /// Returns the stake epoch that a window belongs to.
    #[must_use]
    pub fn epoch_of(&self, window: Window) -> u64 {
        self.params.election.epoch_of(window)
    }

    /// Returns the stake epoch that a slot belongs to.
    #[must_use]
    pub fn epoch_at(&self, slot: Slot) -> u64 {
        self.params.election.epoch_at(slot)
    }

    /// Returns the inputs per trace entry.
    #[must_use]
    pub const fn trace_interval(&self) -> NonZeroU32 {
        self.trace_interval
    }

    /// Returns the bytes that one message may take on the host that the parameters were checked against.
    #[must_use]
    pub const fn message_bytes(&self) -> u32 {
        self.message_bytes
    }

    /// Returns the bytes that the largest fraud proof of this domain can take, saturating.
    #[must_use]
    pub fn largest_proof(&self) -> u64 {
        self.params.largest_proof()
    }
}

impl Deref for CheckedParams {
    type Target = DomainParams;

    fn deref(&self) -> &DomainParams {
        &self.params
    }
}
