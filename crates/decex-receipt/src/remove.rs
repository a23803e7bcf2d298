//! Rules R30 to R32: take a refuted receipt and all after it off the chain, and find everybody who backed them.

use crate::host::ReceiptView;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use decex_core::id::{DomainId, DomainNumber, OperatorId, ReceiptHash};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Receipts that are off the chain but still stored. The host moves the head at once, keeps this, and sweeps it in
/// bounded steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[must_use = "the head must move, and the removed receipts must be swept"]
pub struct Removal {
    domain: DomainId,
    first: DomainNumber,
    parent: ReceiptHash,
    cursor: ReceiptHash,
}

impl Removal {
    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the number of the refuted receipt: the lowest that is removed.
    #[must_use]
    pub const fn first(&self) -> DomainNumber {
        self.first
    }

    /// Returns the number of the new head.
    #[must_use]
    pub fn head(&self) -> DomainNumber {
        // Genesis is final, so `first` is at least 1.
        self.first.previous().unwrap_or_default()
    }

    /// Returns the hash of the new head.
    #[must_use]
    pub const fn head_hash(&self) -> ReceiptHash {
        self.parent
    }
}

/// Why a receipt is not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveError<H> {
    /// The host could not answer.
    #[error("the host failed")]
    Host(H),
    /// R30: it does not stand on the domain's chain: never submitted, removed before, or forgotten.
    #[error("the receipt is not on the chain")]
    NotHeld,
    /// R31: it is final.
    #[error("receipt {} is final", number.0)]
    Final {
        /// Its number.
        number: DomainNumber,
    },
}

impl<H> RemoveError<H> {
    /// Returns the stable code of a broken rule, `None` where the host failed.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Host(_) => None,
            Self::NotHeld => Some(30),
            Self::Final { .. } => Some(31),
        }
    }
}

/// Removes the receipt with this hash and all after it. The caller holds a proof against it. Costs the same however many
/// receipts go.
///
/// # Errors
/// When the receipt is not on the chain (R30) or final (R31), or the host fails.
pub fn remove<V: ReceiptView>(
    view: &V,
    domain: DomainId,
    hash: &ReceiptHash,
) -> Result<Removal, RemoveError<V::Error>> {
    // R30: it stands on the chain.
    let chain = view
        .chain(domain)
        .map_err(RemoveError::Host)?
        .ok_or(RemoveError::NotHeld)?;
    let record = view
        .record(domain, hash)
        .map_err(RemoveError::Host)?
        .ok_or(RemoveError::NotHeld)?;
    let number = record.receipt.number;
    let held = view.hash_at(domain, number).map_err(RemoveError::Host)?;
    if number > chain.head || held != Some(*hash) {
        return Err(RemoveError::NotHeld);
    }
    // R31: it is pending.
    if number <= chain.confirmed {
        return Err(RemoveError::Final { number });
    }
    Ok(Removal {
        domain,
        first: number,
        parent: record.receipt.parent,
        cursor: chain.head_hash,
    })
}

/// One step of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what is swept must be deleted, and its offenders punished"]
pub struct Swept {
    /// Receipts to delete, newest first. Their records go; what stands at their numbers by now is another receipt's.
    pub deleted: Vec<(DomainNumber, ReceiptHash)>,
    /// Everybody who backed one of them, ascending, each once.
    pub offenders: Vec<OperatorId>,
    /// What is left to sweep, `None` when it is done.
    pub rest: Option<Removal>,
}

/// Sweeps at most `limit` receipts of a removal, from the former head down to the refuted one (R32). Every record is
/// visited once over all steps, so every backer of every removed receipt is named, however the sweep is cut.
///
/// A view that breaks its contract and misses a record stops the sweep: nothing is deleted and the removal is returned
/// whole, so that the fault stays visible instead of letting offenders go.
///
/// # Errors
/// Only what the host returns.
pub fn sweep<V: ReceiptView>(view: &V, removal: &Removal, limit: u32) -> Result<Swept, V::Error> {
    let mut deleted = Vec::new();
    let mut offenders = BTreeSet::new();
    let mut rest = Some(*removal);
    for _ in 0..limit {
        let Some(left) = rest else { break };
        let Some(record) = view.record(left.domain, &left.cursor)? else {
            break;
        };
        offenders.extend(record.backers);
        deleted.push((record.receipt.number, left.cursor));
        // R32: down to the refuted receipt, and not below it.
        let more = record.receipt.number > left.first;
        rest = more.then_some(Removal {
            cursor: record.receipt.parent,
            ..left
        });
    }
    Ok(Swept {
        deleted,
        offenders: offenders.into_iter().collect(),
        rest,
    })
}
