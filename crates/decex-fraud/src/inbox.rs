//! What went in: run one legality rule on one transaction and compare with the verdict.

use crate::account::{AccountError, read_account};
use crate::claim::Claim;
use crate::invalid::InvalidProof;
use crate::proof::{InboxEvidence, Shown};
use alloc::vec::Vec;
use decex_bundle::{Base, Fault, Grounds, Illegal, Inboxed, Verdict, WrongGrounds, breaks};
use decex_core::execution::{Account, Engine};
use decex_core::hash::Digest;
use decex_core::list::{Position, RunProof};
use decex_core::transaction::Summary;

/// Checks that a verdict is wrong: an earlier fault than the claimed one, or no fault at exactly the claimed place.
pub(crate) fn refutes(
    engine: &dyn Engine,
    claim: &Claim,
    evidence: &InboxEvidence,
) -> Result<(), InvalidProof> {
    let index = usize::from(evidence.bundle);
    let bundle = claim.inbox().bundles.get(index);
    // F5: the inbox has the bundle, and the receipt a verdict on it.
    let (Some(bundle), Some(verdict)) = (bundle, claim.receipt().verdicts.get(index)) else {
        return Err(InvalidProof::UnknownBundle {
            bundle: evidence.bundle,
        });
    };
    // F13, before any work: evidence about this fault could matter to this verdict.
    let refuted_if_broken = match verdict {
        Verdict::Valid => true,
        Verdict::Invalid(claimed) if evidence.fault < *claimed => true,
        Verdict::Invalid(claimed) if evidence.fault == *claimed => false,
        Verdict::Invalid(_) | Verdict::BaseRemoved => return Err(InvalidProof::VerdictHolds),
    };
    let broken = evaluate(engine, bundle, evidence)?;
    // F13: a fault before the claimed one is there, or the claimed one is not.
    if broken == refuted_if_broken {
        Ok(())
    } else {
        Err(InvalidProof::VerdictHolds)
    }
}

/// Returns whether the transaction breaks the rule. Serves both directions, so they cannot differ.
fn evaluate(engine: &dyn Engine, bundle: &Inboxed, evidence: &InboxEvidence) -> Result<bool, InvalidProof> {
    let Fault { index, rule } = evidence.fault;
    match (rule, &evidence.shown) {
        (Illegal::Malformed | Illegal::Signature | Illegal::Claim, Shown::Transaction { item, proof }) => {
            let claimed = item.compute_summary();
            check_run(bundle, &[claimed], proof, index)?;
            let bytes = &item.bytes;
            breaks(
                engine,
                rule,
                &Grounds::Transaction {
                    bytes,
                    claimed: &claimed,
                },
            )
            .map_err(|WrongGrounds| InvalidProof::Kind)
        }
        (
            Illegal::Nonce,
            Shown::Account {
                leaves,
                proof,
                witness,
            },
        ) => {
            check_run(bundle, leaves, proof, index)?;
            // F9: the nonce rule reads one leaf.
            if leaves.len() != 1 {
                return Err(InvalidProof::Sender);
            }
            breaks_at_base(engine, bundle, rule, leaves, witness)
        }
        (
            Illegal::Fees,
            Shown::Account {
                leaves,
                proof,
                witness,
            },
        ) => {
            let position = check_run(bundle, leaves, proof, index)?;
            breaks_at_base(engine, bundle, rule, sender_leaves(leaves, &position)?, witness)
        }
        // F7: stateless rules read the transaction, the others the account.
        (Illegal::Malformed | Illegal::Signature | Illegal::Claim, Shown::Account { .. })
        | (Illegal::Nonce | Illegal::Fees, Shown::Transaction { .. }) => Err(InvalidProof::Kind),
    }
}

/// Returns whether the last leaf of a sender's run breaks a rule that reads the sender's account at the base.
fn breaks_at_base(
    engine: &dyn Engine,
    bundle: &Inboxed,
    rule: Illegal,
    run: &[Summary],
    witness: &[u8],
) -> Result<bool, InvalidProof> {
    let account = open_account(engine, &bundle.base, run, witness)?;
    let grounds = Grounds::Account {
        account: &account,
        byte_price: bundle.base.byte_price,
        run,
    };
    breaks(engine, rule, &grounds).map_err(|WrongGrounds| InvalidProof::Kind)
}

/// Checks that the leaves stand in the bundle's body and that the last of them is the one judged.
fn check_run(
    bundle: &Inboxed,
    leaves: &[Summary],
    proof: &RunProof,
    index: u32,
) -> Result<Position, InvalidProof> {
    let leaves: Vec<Digest> = leaves.iter().map(Summary::leaf).collect();
    // F6: they stand in the body.
    let position = proof
        .verify(&bundle.body.root, &leaves)
        .map_err(InvalidProof::Body)?;
    // F8: up to the judged one.
    let last = position.end().saturating_sub(1);
    if last != index {
        return Err(InvalidProof::Place {
            expected: index,
            found: last,
        });
    }
    Ok(position)
}

/// Returns the sender's leaves among those shown: all from its first one on, since bodies ascend by sender (rule B24) and
/// another sender's leaf, or the start of the body, stands right before them.
fn sender_leaves<'a>(leaves: &'a [Summary], position: &Position) -> Result<&'a [Summary], InvalidProof> {
    let last = leaves.last().ok_or(InvalidProof::Sender)?;
    let own = if position.is_first() && leaves.first().is_some_and(|leaf| leaf.sender == last.sender) {
        leaves
    } else {
        let (before, own) = leaves.split_first().ok_or(InvalidProof::Sender)?;
        // F9: the leaf before is another sender's.
        if before.sender == last.sender {
            return Err(InvalidProof::Sender);
        }
        own
    };
    // F9: and all others are the sender's.
    if own.iter().all(|leaf| leaf.sender == last.sender) {
        Ok(own)
    } else {
        Err(InvalidProof::Sender)
    }
}

/// Opens the witness at the bundle's base and reads from it the account of the run's sender.
fn open_account(
    engine: &dyn Engine,
    base: &Base,
    run: &[Summary],
    witness: &[u8],
) -> Result<Account, InvalidProof> {
    let sender = run.last().ok_or(InvalidProof::Sender)?.sender;
    // F10: the witness shows the base's state.
    let state = engine
        .commitment()
        .open(&base.root, witness)
        .map_err(InvalidProof::Witness)?;
    read_account(engine, state.as_ref(), &sender).map_err(|error| match error {
        // F11: unknown state is not evidence.
        AccountError::Read(_) => InvalidProof::IncompleteWitness,
        // F12: neither is an engine that breaks its contract.
        AccountError::System => InvalidProof::Engine,
    })
}
