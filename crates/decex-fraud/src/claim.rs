//! What a proof is judged against.

use core::num::NonZeroU32;
use core::ops::Range;
use decex_bundle::Inbox;
use decex_core::execution::{Context, InputCounts};
use decex_core::id::{ConsensusNumber, DomainId, ReceiptHash, StateRoot};
use decex_core::message::Message;
use decex_core::params::CheckedParams;
use decex_receipt::{Receipt, ReceiptView, Record};

/// A pending receipt with everything it is judged by: parent state, inbox, and the domain's limits.
///
/// Prover and verifier both judge against this type, and [`Claim::new`] is the one function that builds it, so they
/// cannot disagree on which parent, rules or context apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    receipt: Receipt,
    hash: ReceiptHash,
    included_at: ConsensusNumber,
    parent_state: StateRoot,
    inbox: Inbox,
    trace_interval: NonZeroU32,
    witness_limit: u32,
    largest_proof: u64,
}

/// Why there is nothing to judge a proof against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError<E> {
    /// F1: the proof names no pending receipt of the domain. Nothing else of it was looked at.
    #[error("no such receipt is pending")]
    NotPending,
    /// The host holds a pending receipt without the parent or the inbox that it was accepted with. A fault of the
    /// host, like `Host`.
    #[error("the host misses the parent or the inbox of a pending receipt")]
    Inconsistent,
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

impl<E> LoadError<E> {
    /// Returns the stable code of a broken rule, `None` where the host is at fault.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::NotPending => Some(1),
            Self::Inconsistent | Self::Host(_) => None,
        }
    }
}

impl Claim {
    /// Puts together what the receipt is judged by. `None` if the parts do not belong together: another parent, another
    /// block's inbox, or not one verdict per bundle. Submission refuses such receipts, so no pending one has this.
    #[must_use]
    pub fn new(
        params: &CheckedParams,
        receipt: Receipt,
        included_at: ConsensusNumber,
        parent: &Receipt,
        inbox: Inbox,
    ) -> Option<Self> {
        let belongs = receipt.domain == inbox.domain
            && receipt.number == inbox.number
            && receipt.rules == inbox.rules
            && receipt.consensus_number == inbox.consensus_number
            && receipt.consensus_hash == inbox.consensus_hash
            && receipt.seed == inbox.seed
            && receipt.verdicts.len() == inbox.bundles.len()
            && receipt.parent == parent.compute_hash();
        belongs.then(|| Self {
            hash: receipt.compute_hash(),
            receipt,
            included_at,
            parent_state: parent.state,
            inbox,
            trace_interval: params.trace_interval(),
            witness_limit: params.witness_limit,
            largest_proof: params.largest_proof(),
        })
    }

    /// Loads the claim that `hash` names, if it is pending in `domain`.
    ///
    /// # Errors
    /// When no such receipt is pending (F1), or the host failed or misses what belongs to a pending receipt.
    pub fn load<V: ReceiptView>(
        view: &V,
        params: &CheckedParams,
        domain: DomainId,
        hash: &ReceiptHash,
    ) -> Result<Self, LoadError<V::Error>> {
        let record = pending(view, domain, hash)
            .map_err(LoadError::Host)?
            .ok_or(LoadError::NotPending)?;
        Self::of_record(view, params, record)
    }

    /// Adds what belongs to a pending receipt.
    pub(crate) fn of_record<V: ReceiptView>(
        view: &V,
        params: &CheckedParams,
        record: Record,
    ) -> Result<Self, LoadError<V::Error>> {
        let (domain, number) = (record.receipt.domain, record.receipt.number);
        let parent = view
            .record(domain, &record.receipt.parent)
            .map_err(LoadError::Host)?;
        let inbox = view.inbox(domain, number).map_err(LoadError::Host)?;
        let (Some(parent), Some(inbox)) = (parent, inbox) else {
            return Err(LoadError::Inconsistent);
        };
        Self::new(params, record.receipt, record.included_at, &parent.receipt, inbox)
            .ok_or(LoadError::Inconsistent)
    }

    /// Returns the receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Returns the receipt's hash.
    #[must_use]
    pub const fn hash(&self) -> ReceiptHash {
        self.hash
    }

    /// Returns the consensus block that included the receipt.
    #[must_use]
    pub const fn included_at(&self) -> ConsensusNumber {
        self.included_at
    }

    /// Returns the state that the block starts from.
    #[must_use]
    pub const fn parent_state(&self) -> StateRoot {
        self.parent_state
    }

    /// Returns what went into the block.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Returns what the block is executed in.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.inbox.context(self.receipt.parent)
    }

    /// Returns how many inputs the block has by its inbox and by what the receipt claims of its schedule.
    #[must_use]
    pub fn input_counts(&self) -> InputCounts {
        self.inbox.input_counts(self.receipt.schedule.count)
    }

    /// Returns some of the messages that the block takes in.
    pub(crate) fn messages(&self, range: &Range<u32>) -> &[Message] {
        messages(&self.inbox, range)
    }

    /// Returns the inputs per trace entry.
    #[must_use]
    pub const fn trace_interval(&self) -> NonZeroU32 {
        self.trace_interval
    }

    /// Returns the witness bytes that one input may cause.
    #[must_use]
    pub const fn witness_limit(&self) -> u32 {
        self.witness_limit
    }

    /// Returns the most bytes that a proof against this claim may take.
    #[must_use]
    pub const fn largest_proof(&self) -> u64 {
        self.largest_proof
    }
}

/// Returns the record of the receipt that `hash` names, if it is pending in `domain`.
pub(crate) fn pending<V: ReceiptView>(
    view: &V,
    domain: DomainId,
    hash: &ReceiptHash,
) -> Result<Option<Record>, V::Error> {
    let Some(record) = view.record(domain, hash)? else {
        return Ok(None);
    };
    let Some(chain) = view.chain(domain)? else {
        return Ok(None);
    };
    // F1: above the confirmed number, on the current chain. A removed receipt is not on it.
    let number = record.receipt.number;
    let pending =
        number > chain.confirmed && number <= chain.head && view.hash_at(domain, number)? == Some(*hash);
    Ok(pending.then_some(record))
}

/// Returns some of an inbox's messages; none if they are not all there.
pub(crate) fn messages<'a>(inbox: &'a Inbox, range: &Range<u32>) -> &'a [Message] {
    let place = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    inbox
        .messages
        .get(place(range.start)..place(range.end))
        .unwrap_or_default()
}
