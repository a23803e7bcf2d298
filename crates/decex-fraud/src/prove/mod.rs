//! Find what is wrong with a receipt and show it.

mod inbox;
mod schedule;
mod transition;

use crate::account::AccountError;
use crate::claim::Claim;
use crate::invalid::InvalidProof;
use crate::local::LocalExecution;
use crate::proof::{Evidence, FraudProof};
use crate::verify::verify;
use decex_core::execution::{Engine, StepError, trace_root};
use decex_core::id::AccountId;
use decex_core::list::ListTree;
use decex_core::schedule::Entry;
use decex_core::state::ReadError;
use decex_receipt::{Openings, Receipt};

/// Why no proof was made although the receipt is not the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The local execution is of another block, or its parts contradict each other.
    #[error("the local execution is of another block")]
    OtherBlock,
    /// The openings are not those of the claimed receipt. Submission refuses such openings.
    #[error("the openings are not the claimed receipt's")]
    Openings,
    /// The receipt differs only where submission checks it: consensus cannot have accepted it.
    #[error("the receipt differs only in what submission checks")]
    Unacceptable,
    /// The local state could not answer, or the engine broke its contract.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The proof that was made does not verify: claim, engine and local execution do not fit together.
    #[error("the proof does not verify: {0}")]
    Rejected(InvalidProof),
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

impl<E> From<AccountError> for ProveError<E> {
    fn from(error: AccountError) -> Self {
        Self::Step(match error {
            AccountError::Read(error) => StepError::Read(error),
            AccountError::System => StepError::System,
        })
    }
}

impl<E> From<ReadError> for ProveError<E> {
    fn from(error: ReadError) -> Self {
        Self::Step(StepError::Read(error))
    }
}

/// Finds the first divergence of the claimed receipt from the right one, in the order inbox, schedule, transition, and
/// returns a proof of it that [`verify`] accepts; `None` if the claimed receipt is the right one.
///
/// `openings` are the claimed receipt's, as published in the block that included it. Entries are compared one by one; only
/// the first wrong step is run again, to learn which keys its witness must cover.
///
/// # Errors
/// When the parts do not belong together, a state cannot answer, or the receipt is one that submission refuses.
pub fn prove<L: LocalExecution>(
    engine: &dyn Engine,
    claim: &Claim,
    openings: &Openings,
    local: &mut L,
    reporter: AccountId,
) -> Result<Option<FraudProof>, ProveError<L::Error>> {
    if claim.receipt() == local.receipt() {
        return Ok(None);
    }
    if !same_block(claim.receipt(), local.receipt()) {
        return Err(ProveError::OtherBlock);
    }
    if !opens(claim.receipt(), openings) {
        return Err(ProveError::Openings);
    }
    let evidence = find(engine, claim, openings, local)?.ok_or(ProveError::Unacceptable)?;
    let proof = FraudProof {
        domain: claim.receipt().domain,
        receipt: claim.hash(),
        reporter,
        evidence,
    };
    let _refutation = verify(engine, claim, &proof).map_err(ProveError::Rejected)?;
    Ok(Some(proof))
}

fn find<L: LocalExecution>(
    engine: &dyn Engine,
    claim: &Claim,
    openings: &Openings,
    local: &mut L,
) -> Result<Option<Evidence>, ProveError<L::Error>> {
    if let Some(evidence) = inbox::find(engine, claim, local)? {
        return Ok(Some(Evidence::Inbox(evidence)));
    }
    if let Some(evidence) = schedule::find(claim, openings, local)? {
        return Ok(Some(Evidence::Schedule(evidence)));
    }
    Ok(transition::find(engine, claim, openings, local)?.map(Evidence::Transition))
}

/// Returns whether two receipts are about one block: same rules, parent and inbox.
fn same_block(claimed: &Receipt, right: &Receipt) -> bool {
    claimed.domain == right.domain
        && claimed.number == right.number
        && claimed.parent == right.parent
        && claimed.rules == right.rules
        && claimed.consensus_number == right.consensus_number
        && claimed.consensus_hash == right.consensus_hash
        && claimed.seed == right.seed
        && claimed.verdicts.len() == right.verdicts.len()
}

/// Returns whether the openings hash to what the receipt commits to.
fn opens(receipt: &Receipt, openings: &Openings) -> bool {
    entry_tree(openings).root() == receipt.schedule.root && trace_root(&openings.trace) == receipt.trace.root
}

/// Returns the tree over the entries of an opened schedule.
fn entry_tree(openings: &Openings) -> ListTree {
    ListTree::new(openings.schedule.iter().map(Entry::compute_leaf).collect())
}
