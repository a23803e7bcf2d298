//! Remove a refuted receipt and all after it, in one step; sweep what they leave behind, in bounded steps.

use crate::config::Config;
use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::keys;
use crate::model::PendingRemoval;
use crate::state::{State, corrupt};
use decex_fraud::Refutation;
use decex_receipt::{Record, RemoveError};

/// Moves the head below the refuted receipt and queues the rest for the sweep.
pub(crate) fn remove<H: Store>(
    state: &mut State<'_, H>,
    refutation: &Refutation,
    proof_bytes: u32,
) -> Result<(), StoreError<H::Error>> {
    let domain = refutation.domain();
    let to = state.expect_progress(domain)?.head;
    let hash = refutation.receipt();
    let removal = decex_receipt::remove(&*state, domain, &hash).map_err(|error| match error {
        RemoveError::Host(error) => error,
        // A refutation is of a pending receipt (K23), and nothing has happened since.
        RemoveError::NotHeld | RemoveError::Final { .. } => corrupt(&keys::record(domain, &hash)),
    })?;
    let record: Record = state.expect(&keys::record(domain, &hash))?;
    let mut progress = state.expect_progress(domain)?;
    progress.head = removal.head();
    progress.head_hash = removal.head_hash();
    progress.unswept = progress.unswept.saturating_add(1);
    state.set_progress(domain, &progress);
    state.follow_finality(domain)?;
    let (first, end): (u64, u64) = state.get(&keys::removals())?.unwrap_or_default();
    let (reporter, evidence) = (refutation.reporter(), refutation.evidence());
    state.set(
        keys::removal(end),
        &PendingRemoval {
            removal,
            submitter: record.backers.first().copied(),
            reporter,
            evidence,
        },
    );
    state.set(keys::removals(), &(first, end.saturating_add(1)));
    state.emit(Event::ReceiptsRemoved {
        domain,
        from: refutation.number(),
        to,
        hash,
        family: refutation.family(),
        proof_bytes,
        reporter,
        evidence,
    });
    Ok(())
}

/// Sweeps at most `work_per_block` removed receipts, and slashes everybody who vouches for them. The removals that wait take turns,
/// an equal part of the budget each: a long one in one domain holds up no other domain.
pub(crate) fn sweep<H: Store>(state: &mut State<'_, H>, config: &Config) -> Result<(), StoreError<H::Error>> {
    let budget = config.work_per_block.max(1);
    let (mut first, mut end): (u64, u64) = state.get(&keys::removals())?.unwrap_or_default();
    let waiting = u32::try_from(end.saturating_sub(first)).unwrap_or(u32::MAX);
    let share = budget.checked_div(waiting).unwrap_or_default().max(1);
    let mut left = budget;
    while left > 0 && first < end {
        left = left.saturating_sub(sweep_one(state, config, first, share.min(left))?);
        let key = keys::removal(first);
        let rest: Option<PendingRemoval> = state.get(&key)?;
        let alone = first.saturating_add(1) == end;
        if rest.is_some() && alone {
            continue;
        }
        // What is not done goes to the end, behind the others.
        if let Some(rest) = rest {
            state.remove(key);
            state.set(keys::removal(end), &rest);
            end = end.saturating_add(1);
        }
        first = first.saturating_add(1);
        state.set(keys::removals(), &(first, end));
    }
    Ok(())
}

/// Sweeps a part of one removal, and deletes it when nothing is left. Returns how many receipts went.
fn sweep_one<H: Store>(
    state: &mut State<'_, H>,
    config: &Config,
    index: u64,
    budget: u32,
) -> Result<u32, StoreError<H::Error>> {
    let key = keys::removal(index);
    let pending: PendingRemoval = state.expect(&key)?;
    let domain = pending.removal.domain();
    let swept = decex_receipt::sweep(&*state, &pending.removal, budget)?;
    let count = u32::try_from(swept.deleted.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Err(corrupt(&keys::record(domain, &pending.removal.head_hash())));
    }
    for (number, hash) in swept.deleted {
        state.remove(keys::record(domain, &hash));
        // Unless another receipt stands at the number by now.
        let at = keys::hash_at(domain, number);
        if state.get(&at)? == Some(hash) {
            state.remove(at);
        }
    }
    for operator in swept.offenders {
        // K40: for who made the wrong receipt, not for those who built on it: luring them must not pay.
        let reporter = Some(pending.reporter).filter(|_| pending.submitter == Some(operator));
        state.slash_operator(operator, config, reporter, pending.evidence)?;
    }
    match swept.rest {
        Some(removal) => state.set(key, &PendingRemoval { removal, ..pending }),
        None => {
            state.remove(key);
            let mut progress = state.expect_progress(domain)?;
            progress.unswept = progress.unswept.saturating_sub(1);
            state.set_progress(domain, &progress);
        }
    }
    Ok(count)
}
