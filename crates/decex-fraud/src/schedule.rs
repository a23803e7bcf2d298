//! In what order: hashes only, no execution.

use crate::claim::Claim;
use crate::invalid::InvalidProof;
use alloc::vec::Vec;
use decex_bundle::Verdict;
use decex_shuffle::InboxBody;

/// Checks that the claimed schedule is not the one that the claimed verdicts make.
pub(crate) fn refutes(claim: &Claim, evidence: &decex_shuffle::Refutation) -> Result<(), InvalidProof> {
    let refuted = evidence.verify(&claim.receipt().schedule, &claim.inbox().seed, &bodies(claim));
    // F14: a refutation of exactly this schedule.
    refuted.map(drop).map_err(InvalidProof::Schedule)
}

/// Returns the inbox as the schedule's rules see it. Which bundles are valid is what the receipt itself says: a wrong
/// verdict is refuted as such, and a schedule is wrong if it does not follow from the receipt's own verdicts.
fn bodies(claim: &Claim) -> Vec<InboxBody> {
    let verdicts = claim.receipt().verdicts.iter();
    claim
        .inbox()
        .bundles
        .iter()
        .zip(verdicts)
        .map(|(bundle, verdict)| InboxBody {
            root: bundle.body.root,
            count: bundle.body.count,
            valid: *verdict == Verdict::Valid,
        })
        .collect()
}
