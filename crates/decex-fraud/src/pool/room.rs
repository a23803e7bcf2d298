//! What a pool gives up for a new proof.

use super::error::NotPooled;
use super::{FraudPool, Urgency};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use decex_core::id::DomainId;

/// Returns which proofs go so that one of this urgency and size can stay. Changes nothing: whether the proof is good is
/// not known yet.
pub(super) fn find_room(pool: &FraudPool, new: &Urgency, bytes: u64) -> Result<Vec<Urgency>, NotPooled> {
    let mut leaving = Vec::new();
    // F24: the domain's share.
    let limit = pool.limits.per_domain;
    let mut last = None;
    let mut count = 0_u32;
    for urgency in pool.of_domain(new.domain) {
        count = count.saturating_add(1);
        last = last.max(Some(*urgency));
    }
    if count >= limit
        && let Some(last) = last
    {
        if last < *new {
            let domain = new.domain;
            return Err(NotPooled::Share { domain, limit });
        }
        leaving.push(last);
    }
    let mut after = Size {
        proofs: pool.len(),
        bytes: pool.bytes,
    }
    .plus(bytes);
    for urgency in &leaving {
        after = after.minus(pool.size_of(urgency));
    }
    if after.fits(pool) {
        return Ok(leaving);
    }
    // F25: the bounds of the whole pool.
    for (urgency, bytes) in last_to_go_first(pool, &leaving, new, bytes).into_iter().rev() {
        if after.fits(pool) {
            break;
        }
        if urgency == *new {
            return Err(NotPooled::Full);
        }
        after = after.minus(bytes);
        leaving.push(urgency);
    }
    Ok(leaving)
}

/// Puts the proofs in the order in which they are worth keeping: each domain's most urgent one, then all others, both by
/// urgency.
fn last_to_go_first(pool: &FraudPool, leaving: &[Urgency], new: &Urgency, bytes: u64) -> Vec<(Urgency, u64)> {
    let held = pool.by_urgency.iter();
    let mut all: Vec<(Urgency, u64)> = held
        .filter(|(urgency, _)| !leaving.contains(urgency))
        .map(|(urgency, held)| (*urgency, held.size()))
        .chain([(*new, bytes)])
        .collect();
    all.sort_unstable();
    let mut seen: BTreeSet<DomainId> = BTreeSet::new();
    let (mut firsts, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(urgency, _)| seen.insert(urgency.domain));
    firsts.extend(others);
    firsts
}

#[derive(Clone, Copy)]
struct Size {
    proofs: usize,
    bytes: u64,
}

impl Size {
    const fn plus(self, bytes: u64) -> Self {
        Self {
            proofs: self.proofs.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
        }
    }

    const fn minus(self, bytes: u64) -> Self {
        Self {
            proofs: self.proofs.saturating_sub(1),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }

    fn fits(self, pool: &FraudPool) -> bool {
        u32::try_from(self.proofs).is_ok_and(|proofs| proofs <= pool.limits.proofs)
            && self.bytes <= pool.limits.bytes
    }
}
