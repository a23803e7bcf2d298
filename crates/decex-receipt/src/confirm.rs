//! Rules R28 and R29: when a receipt is final.

use crate::finalized::Finalized;
use crate::host::ReceiptView;
use crate::receipt::Receipt;
use alloc::vec::Vec;
use decex_core::id::{ConsensusNumber, DomainId, OperatorId, ReceiptHash};

/// A receipt becomes final: the host moves `confirmed` to its number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a confirmation that is not stored will be found again"]
pub struct Confirmed {
    hash: ReceiptHash,
    receipt: Finalized<Receipt>,
    backers: Vec<OperatorId>,
}

impl Confirmed {
    /// Returns the receipt's hash.
    #[must_use]
    pub const fn hash(&self) -> ReceiptHash {
        self.hash
    }

    /// Returns the receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Finalized<Receipt> {
        &self.receipt
    }

    /// Returns who submitted and endorsed it: whom its execution fees go to.
    #[must_use]
    pub fn backers(&self) -> &[OperatorId] {
        &self.backers
    }

    /// Takes the receipt and its backers.
    #[must_use]
    pub fn into_parts(self) -> (Finalized<Receipt>, Vec<OperatorId>) {
        (self.receipt, self.backers)
    }
}

/// Returns the last final receipt of a domain, `None` if there is no such domain (or the view breaks its contract and
/// misses the receipt). Genesis is final from the start.
///
/// # Errors
/// Only what the host returns.
pub fn last_final<V: ReceiptView>(
    view: &V,
    domain: DomainId,
) -> Result<Option<Finalized<Receipt>>, V::Error> {
    let Some(chain) = view.chain(domain)? else {
        return Ok(None);
    };
    // Nothing removes a receipt up to the confirmed number (R31), so what stands there is final.
    let Some(hash) = view.hash_at(domain, chain.confirmed)? else {
        return Ok(None);
    };
    let record = view.record(domain, &hash)?;
    Ok(record.map(|record| Finalized::vouch(record.receipt)))
}

/// Confirms the oldest pending receipt at consensus block `now`, if its challenge period is over. One receipt per call:
/// the caller bounds the work by how often it calls.
///
/// A receipt that was included at `n` is confirmed from `n + challenge_period + 1` on: a proof may stand in each of the
/// `challenge_period` blocks after its own, wherever in a block the host calls this function.
///
/// Returns `None` also for a view that breaks its contract and misses the receipt: nothing becomes final then.
///
/// # Errors
/// Only what the host returns.
pub fn confirm<V: ReceiptView>(
    view: &V,
    domain: DomainId,
    challenge_period: u64,
    now: ConsensusNumber,
) -> Result<Option<Confirmed>, V::Error> {
    let Some(chain) = view.chain(domain)? else {
        return Ok(None);
    };
    // R28: in order, never past the head.
    let Some(number) = chain.confirmed.next().filter(|number| *number <= chain.head) else {
        return Ok(None);
    };
    let Some(hash) = view.hash_at(domain, number)? else {
        return Ok(None);
    };
    let Some(record) = view.record(domain, &hash)? else {
        return Ok(None);
    };
    // R29: the challenge period has passed, counted in consensus blocks.
    let age = now.0.saturating_sub(record.included_at.0);
    if age <= challenge_period {
        return Ok(None);
    }
    Ok(Some(Confirmed {
        hash,
        receipt: Finalized::vouch(record.receipt),
        backers: record.backers,
    }))
}
