//! The author's side: put a bundle together and seal it, never two different ones for one window.

use crate::body::{Bundle, Carried, Item};
use crate::check_body::sum_weights;
use crate::header::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader, VERSION};
use crate::host::SealingRecord;
use alloc::vec::Vec;
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::{DomainId, HeaderHash, OperatorId, ReceiptHash, Window};
use decex_core::transaction::Summary;
use decex_core::{label, list};
use decex_election::{ElectionProof, Keypair};

/// What a header says beside its commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The domain it is for.
    pub domain: DomainId,
    /// Who seals.
    pub operator: OperatorId,
    /// The won election. Its window is the one that the seal uses up.
    pub election: ElectionProof,
    /// The receipt whose state the transactions were judged at.
    pub base: ReceiptHash,
}

/// A sealed bundle. Record (domain, operator, window) → header hash durably *before* the bundle leaves the machine.
#[derive(Debug)]
#[must_use = "record the header hash durably before the bundle is sent"]
pub struct Sealed<R> {
    hash: HeaderHash,
    bundle: Bundle<R>,
}

impl<R> Sealed<R> {
    /// Returns the header hash to record.
    #[must_use]
    pub const fn header_hash(&self) -> HeaderHash {
        self.hash
    }

    /// Returns the domain to record.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.bundle.header.header.domain
    }

    /// Returns the operator to record.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.bundle.header.header.operator
    }

    /// Returns the window to record.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.bundle.header.header.election.window
    }

    /// Returns the bundle.
    #[must_use]
    pub const fn bundle(&self) -> &Bundle<R> {
        &self.bundle
    }

    /// Takes the bundle, once its hash is recorded.
    #[must_use]
    pub fn into_bundle(self) -> Bundle<R> {
        self.bundle
    }
}

/// Why a bundle is not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    /// B36: another header was sealed for this window. Sealing a second one would be equivocation.
    #[error("another header was sealed for window {}", window.0)]
    Sealed {
        /// The window.
        window: Window,
        /// What was sealed for it.
        sealed: HeaderHash,
    },
    /// B37: neither receipts nor transactions, and not meant as a heartbeat.
    #[error("there is nothing to seal")]
    Empty,
    /// B38: the same transaction twice.
    #[error("a transaction is repeated")]
    Repeated,
    /// B39: more receipts, transactions, bytes or weight than a header can commit to.
    #[error("the content passes what a header can commit to")]
    TooLarge,
}

impl Unsealable {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Sealed { .. } => 36,
            Self::Empty => 37,
            Self::Repeated => 38,
            Self::TooLarge => 39,
        }
    }
}

/// Why there is no sealed bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError<H> {
    /// The sealing record could not be read.
    #[error("the host failed")]
    Host(H),
    /// The content or the record forbids it.
    #[error(transparent)]
    Unsealable(Unsealable),
}

impl<H> From<Unsealable> for SealError<H> {
    fn from(unsealable: Unsealable) -> Self {
        Self::Unsealable(unsealable)
    }
}

/// Sorts the transactions, commits to everything and seals. Whether the content is legal and within the domain's limits
/// is the caller's to see to. Sealing what was sealed before gives the same bytes again.
///
/// # Errors
/// When another header was sealed for the window (B36), the content is empty (B37), repeats a transaction (B38) or is too
/// large for a header (B39), or the record cannot be read.
pub fn seal_bundle<R: Carried, V: SealingRecord>(
    record: &V,
    keypair: &Keypair,
    draft: &Draft,
    receipts: Vec<R>,
    items: Vec<Item>,
) -> Result<Sealed<R>, SealError<V::Error>> {
    // B37: something to seal.
    if receipts.is_empty() && items.is_empty() {
        return Err(Unsealable::Empty.into());
    }
    seal(record, keypair, draft, receipts, items)
}

/// Seals a bundle that carries nothing, for a domain that counts bundles ([`Terms::counts_bundles`](crate::Terms::counts_bundles)):
/// anywhere else it is refused (B8).
///
/// # Errors
/// When another header was sealed for the window (B36), or the record cannot be read.
pub fn seal_heartbeat<R: Carried, V: SealingRecord>(
    record: &V,
    keypair: &Keypair,
    draft: &Draft,
) -> Result<Sealed<R>, SealError<V::Error>> {
    seal(record, keypair, draft, Vec::new(), Vec::new())
}

fn seal<R: Carried, V: SealingRecord>(
    record: &V,
    keypair: &Keypair,
    draft: &Draft,
    receipts: Vec<R>,
    items: Vec<Item>,
) -> Result<Sealed<R>, SealError<V::Error>> {
    let (body, items) = commit_body(items)?;
    let leaves: Vec<Digest> = receipts.iter().map(Carried::compute_leaf).collect();
    // B39: few enough receipts.
    let receipts = BoundedVec::new(receipts).ok_or(Unsealable::TooLarge)?;
    let count = u32::try_from(receipts.len()).map_err(|_| Unsealable::TooLarge)?;
    let header = Header {
        version: VERSION,
        domain: draft.domain,
        operator: draft.operator,
        election: draft.election,
        base: draft.base,
        receipts: ReceiptsCommitment {
            root: list::root(&leaves),
            count,
        },
        body,
    };
    let (hash, window) = (header.compute_hash(), draft.election.window);
    // B36: one header per window, across restarts and forks.
    match record
        .has_sealed(draft.domain, draft.operator, window)
        .map_err(SealError::Host)?
    {
        Some(sealed) if sealed != hash => return Err(Unsealable::Sealed { window, sealed }.into()),
        Some(_) | None => {}
    }
    let seal = keypair.sign(&label::BUNDLE_SEAL, &hash.0);
    Ok(Sealed {
        hash,
        bundle: Bundle {
            header: SealedHeader { header, seal },
            receipts,
            body: items,
        },
    })
}

type Body = BoundedVec<Item, { decex_core::params::MAX_BUNDLE_TRANSACTIONS }>;

fn commit_body(items: Vec<Item>) -> Result<(BodyCommitment, Body), Unsealable> {
    let mut pairs: Vec<(Summary, Item)> = items
        .into_iter()
        .map(|item| (item.compute_summary(), item))
        .collect();
    pairs.sort_unstable_by_key(|(summary, _)| summary.body_key());
    let (summaries, items): (Vec<Summary>, Vec<Item>) = pairs.into_iter().unzip();
    // B38: each once.
    if summaries
        .iter()
        .zip(summaries.iter().skip(1))
        .any(|(a, b)| a.body_key() == b.body_key())
    {
        return Err(Unsealable::Repeated);
    }
    // B39: within what the commitment's fields hold.
    let items = Body::new(items).ok_or(Unsealable::TooLarge)?;
    let count = u32::try_from(summaries.len()).map_err(|_| Unsealable::TooLarge)?;
    let bytes = summaries
        .iter()
        .try_fold(0_u32, |sum, leaf| sum.checked_add(leaf.bytes));
    let bytes = bytes.ok_or(Unsealable::TooLarge)?;
    let weight = sum_weights(&summaries).ok_or(Unsealable::TooLarge)?;
    let leaves: Vec<Digest> = summaries.iter().map(Summary::leaf).collect();
    Ok((
        BodyCommitment {
            root: list::root(&leaves),
            count,
            bytes,
            weight,
        },
        items,
    ))
}
