//! Confirm receipts whose challenge period is over, and forget what only a challenge needed.

use crate::config::Config;
use crate::error::StoreError;
use crate::event::Event;
use crate::host::{Engines, Store};
use crate::keys::{self, Due};
use crate::model::Progress;
use crate::rounds::pay::pay;
use crate::state::State;
use decex_core::params::CheckedParams;
use decex_core::{ConsensusNumber, DomainId, DomainNumber};
use decex_receipt::Record;

/// Confirms at most `work_per_block` receipts of the domains that are due. A domain that has more of them, or that a later one
/// of them is not due in, is queued again: each domain with pending receipts stands in the queue exactly once.
pub(crate) fn confirm<H: Store + Engines>(
    state: &mut State<'_, H>,
    config: &Config,
    now: ConsensusNumber,
) -> Result<(), StoreError<H::Error>> {
    let mut left = config.work_per_block.max(1);
    while left > 0 {
        let Some(domain) = state.pop_due(Due::Confirmation, now)? else {
            break;
        };
        // A domain costs a step even if nothing of it is confirmed.
        left = left.saturating_sub(1);
        left = left.saturating_sub(confirm_domain(state, config, domain, now, left)?);
        state.follow_finality(domain)?;
        queue_again(state, domain, now)?;
    }
    Ok(())
}

/// Confirms one receipt and up to `more` after it. Returns how many of those.
fn confirm_domain<H: Store + Engines>(
    state: &mut State<'_, H>,
    config: &Config,
    domain: DomainId,
    now: ConsensusNumber,
    more: u32,
) -> Result<u32, StoreError<H::Error>> {
    let params = state.expect_params(domain)?;
    for count in 0..=more {
        let mut progress = state.expect_progress(domain)?;
        // While a removal is unswept nothing is confirmed: see `State::is_offender`.
        if progress.unswept > 0 {
            return Ok(count);
        }
        let Some(confirmed) = decex_receipt::confirm(&*state, domain, params.challenge_period, now)? else {
            return Ok(count);
        };
        let receipt = confirmed.receipt();
        // K31: a proof against it could have been judged, for a whole challenge period.
        if state.host.engine(&receipt.rules).is_none() {
            progress.unheard = now;
            state.set_progress(domain, &progress);
        }
        if is_unheard(&progress, &params, now) {
            return Ok(count);
        }
        let (number, hash, root) = (receipt.number, confirmed.hash(), receipt.state);
        progress.confirmed = number;
        state.set_progress(domain, &progress);
        state.emit(Event::ReceiptConfirmed {
            domain,
            number,
            hash,
            state: root,
        });
        pay(state, config, &confirmed)?;
        forget(state, domain, number, &params)?;
    }
    Ok(more)
}

/// Whether the host had no engine to judge proofs of the domain within the last challenge period.
fn is_unheard(progress: &Progress, params: &CheckedParams, now: ConsensusNumber) -> bool {
    progress.unheard > ConsensusNumber(0)
        && now.0.saturating_sub(progress.unheard.0) <= params.challenge_period
}

/// A final receipt needs no inbox any more. Its record stays as long as a bundle may be based on it or carry it again.
fn forget<H: Store>(
    state: &mut State<'_, H>,
    domain: DomainId,
    confirmed: DomainNumber,
    params: &CheckedParams,
) -> Result<(), StoreError<H::Error>> {
    state.remove(keys::inbox(domain, confirmed));
    state.remove(keys::paid(domain, confirmed));
    let kept = u64::from(params.max_base_lag).saturating_add(params.max_gap.into());
    let Some(old) = confirmed.0.checked_sub(kept.saturating_add(1)).map(DomainNumber) else {
        return Ok(());
    };
    let key = keys::hash_at(domain, old);
    if let Some(hash) = state.get(&key)? {
        state.remove(keys::record(domain, &hash));
        state.remove(key);
    }
    Ok(())
}

/// Queues the domain for its oldest pending receipt, if it has one.
fn queue_again<H: Store>(
    state: &mut State<'_, H>,
    domain: DomainId,
    now: ConsensusNumber,
) -> Result<(), StoreError<H::Error>> {
    let mut progress = state.expect_progress(domain)?;
    let next = progress.confirmed.next().filter(|next| *next <= progress.head);
    let Some(next) = next else {
        progress.awaits_confirmation = false;
        state.set_progress(domain, &progress);
        return Ok(());
    };
    let hash = state.expect(&keys::hash_at(domain, next))?;
    let record: Record = state.expect(&keys::record(domain, &hash))?;
    let period = state.expect_params(domain)?.challenge_period;
    // Not later after a block without an engine: each such block is to be noticed (K31).
    let due = record
        .included_at
        .0
        .saturating_add(period)
        .max(now.0)
        .saturating_add(1);
    state.push_due(Due::Confirmation, ConsensusNumber(due), &domain)
}
