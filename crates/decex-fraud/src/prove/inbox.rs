//! Show a wrong verdict.

use super::ProveError;
use crate::account;
use crate::claim::Claim;
use crate::local::LocalExecution;
use crate::proof::{InboxEvidence, Shown};
use alloc::vec::Vec;
use decex_bundle::{Fault, Illegal, Inboxed, Item, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::execution::Engine;
use decex_core::list::{ListTree, RunProof};
use decex_core::transaction::Summary;

/// Returns evidence against the first wrong verdict, `None` if all are right.
pub(super) fn find<L: LocalExecution>(
    engine: &dyn Engine,
    claim: &Claim,
    local: &mut L,
) -> Result<Option<InboxEvidence>, ProveError<L::Error>> {
    let verdicts = claim.receipt().verdicts.iter().zip(&local.receipt().verdicts);
    let wrong = (0..=u16::MAX)
        .zip(verdicts)
        .find_map(|(bundle, (claimed, right))| Some((bundle, telling_fault(claimed, right)?)));
    let Some((bundle, fault)) = wrong else {
        return Ok(None);
    };
    let inboxed = claim
        .inbox()
        .bundles
        .get(usize::from(bundle))
        .ok_or(ProveError::OtherBlock)?;
    let shown = show(engine, inboxed, bundle, fault, local)?;
    Ok(Some(InboxEvidence { bundle, fault, shown }))
}

/// Returns the fault on whose presence two verdicts differ: the lesser one of theirs. `None` where they do not differ,
/// or in what submission checks (a removed base).
fn telling_fault(claimed: &Verdict, right: &Verdict) -> Option<Fault> {
    match (claimed, right) {
        (Verdict::Invalid(claimed), Verdict::Invalid(right)) => {
            (claimed != right).then(|| *claimed.min(right))
        }
        (Verdict::Valid, Verdict::Invalid(fault)) | (Verdict::Invalid(fault), Verdict::Valid) => Some(*fault),
        (Verdict::Valid, Verdict::Valid) | (Verdict::BaseRemoved, _) | (_, Verdict::BaseRemoved) => None,
    }
}

fn show<L: LocalExecution>(
    engine: &dyn Engine,
    inboxed: &Inboxed,
    bundle: u16,
    fault: Fault,
    local: &mut L,
) -> Result<Shown, ProveError<L::Error>> {
    let items = local.body(bundle).ok_or(ProveError::OtherBlock)?;
    let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
    let index = usize::try_from(fault.index).map_err(|_| ProveError::OtherBlock)?;
    match fault.rule {
        Illegal::Malformed | Illegal::Signature | Illegal::Claim => {
            let item = items.get(index).ok_or(ProveError::OtherBlock)?.clone();
            let (_, proof) = run(&summaries, index, index).ok_or(ProveError::OtherBlock)?;
            Ok(Shown::Transaction { item, proof })
        }
        Illegal::Nonce => show_account(engine, inboxed, &summaries, index..=index, local),
        Illegal::Fees => {
            let first = first_shown(&summaries, index).ok_or(ProveError::OtherBlock)?;
            show_account(engine, inboxed, &summaries, first..=index, local)
        }
    }
}

/// Returns where the run of the fee rule starts: one before the sender's first leaf, or at the start of the body.
fn first_shown(summaries: &[Summary], index: usize) -> Option<usize> {
    let sender = summaries.get(index)?.sender;
    let before = summaries
        .get(..index)?
        .iter()
        .rposition(|other| other.sender != sender);
    Some(before.unwrap_or(0))
}

fn show_account<L: LocalExecution>(
    engine: &dyn Engine,
    inboxed: &Inboxed,
    summaries: &[Summary],
    places: core::ops::RangeInclusive<usize>,
    local: &mut L,
) -> Result<Shown, ProveError<L::Error>> {
    let (leaves, proof) = run(summaries, *places.start(), *places.end()).ok_or(ProveError::OtherBlock)?;
    let sender = leaves.last().ok_or(ProveError::OtherBlock)?.sender;
    let state = local
        .base_state(&inboxed.base)
        .map_err(ProveError::Host)?
        .ok_or(ProveError::OtherBlock)?;
    let (_, touched) = account::read(engine, state, &sender)?;
    let witness = state.prove(&touched)?;
    Ok(Shown::Account {
        leaves: BoundedVec::new(leaves.to_vec()).ok_or(ProveError::OtherBlock)?,
        proof,
        witness: BoundedVec::new(witness).ok_or(ProveError::OtherBlock)?,
    })
}

/// Returns the leaves from `first` to `last` and the proof of their place in the body.
fn run(summaries: &[Summary], first: usize, last: usize) -> Option<(&[Summary], RunProof)> {
    let leaves = summaries.get(first..=last)?;
    let tree = ListTree::new(summaries.iter().map(Summary::leaf).collect());
    let proof = tree.prove(u32::try_from(first).ok()?, u32::try_from(leaves.len()).ok()?)?;
    Some((leaves, proof))
}
