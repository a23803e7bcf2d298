//! Show a wrong schedule.

use super::ProveError;
use crate::claim::Claim;
use crate::local::LocalExecution;
use alloc::vec::Vec;
use decex_bundle::{Item, Verdict};
use decex_core::list::ListTree;
use decex_core::transaction::Summary;
use decex_receipt::Openings;
use decex_shuffle::{InboxContent, Refutation};

/// Returns evidence against the schedule, `None` if it is right. Expects right verdicts.
pub(super) fn find<L: LocalExecution>(
    claim: &Claim,
    openings: &Openings,
    local: &L,
) -> Result<Option<Refutation>, ProveError<L::Error>> {
    if claim.receipt().schedule == local.receipt().schedule {
        return Ok(None);
    }
    let bodies = summarize(claim, local).ok_or(ProveError::OtherBlock)?;
    let trees: Vec<ListTree> = bodies
        .iter()
        .map(|body| ListTree::new(body.iter().map(Summary::leaf).collect()))
        .collect();
    let inbox: Vec<InboxContent<'_>> = bodies
        .iter()
        .zip(&trees)
        .zip(&claim.receipt().verdicts)
        .map(|((summaries, tree), verdict)| InboxContent {
            summaries,
            tree,
            valid: *verdict == Verdict::Valid,
        })
        .collect();
    Ok(decex_shuffle::find(
        &claim.inbox().seed,
        &inbox,
        &openings.schedule,
    ))
}

/// Returns the summaries of every body of the inbox, or `None` if one is missing.
fn summarize(claim: &Claim, local: &impl LocalExecution) -> Option<Vec<Vec<Summary>>> {
    (0..=u16::MAX)
        .zip(&claim.inbox().bundles)
        .map(|(bundle, _)| Some(local.body(bundle)?.iter().map(Item::compute_summary).collect()))
        .collect()
}
