//! Tells every lie about a block and looks at what answers it.

use super::view::{SUBMITTER, View};
use super::world::World;
use crate::mutant::{Answer, Mutant, ROWS, Row, every, mutate};
use alloc::boxed::Box;
use alloc::vec::Vec;
use decex_core::state::ReadError;
use decex_core::{AccountId, Digest};
use decex_fraud::{Claim, FraudProof, InvalidProof, ProveError, prove, verify};
use decex_receipt::{Accepted, Openings, Receipt, Submission, SubmitError, submit};

/// Who is paid for the proofs.
const REPORTER: AccountId = AccountId(Digest([9; 32]));

/// What breaks the matrix. Without a lie it is about the right receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Submission refuses the right receipt, by the rule R with this code.
    RightRefused(u16),
    /// The prover found a proof against the right receipt.
    RightRefuted(Box<FraudProof>),
    /// The receipt was accepted, but no claim is pending.
    NoClaim(Option<Mutant>),
    /// The prover failed.
    Prover(Option<Mutant>, ProveError<ReadError>),
    /// Submission accepts the lie, and the prover takes it for the truth.
    Unanswered(Mutant),
    /// The proof against the lie does not verify.
    Unverified(Mutant, InvalidProof),
    /// Another rule or family answers the lie than its row says.
    Answered {
        /// The lie.
        lie: Mutant,
        /// What answered it.
        found: Answer,
    },
    /// The proof against the lie, aimed at the right receipt, verifies.
    StandsAgainstRight(Mutant),
}

/// A lie that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The lie.
    pub lie: Mutant,
    /// What answered it: as its row says.
    pub answer: Answer,
    /// What refuted it, `None` if submission refused it.
    pub proof: Option<FraudProof>,
}

/// What [`every_lie`] told, all of it answered as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The lies that were told, in the order of [`every`].
    pub told: Vec<Told>,
    /// The lies that cannot be told about this block, such as less of a fee that is zero.
    pub untellable: Vec<Mutant>,
}

impl Report {
    /// Returns the proofs of the lies that submission accepted.
    pub fn proofs(&self) -> impl Iterator<Item = &FraudProof> {
        self.told.iter().filter_map(|told| told.proof.as_ref())
    }

    /// Returns how many lies of a row were told.
    #[must_use]
    pub fn count(&self, row: &Row) -> usize {
        let lies = self.told.iter().map(|told| told.lie.row());
        lies.filter(|told| told == row).count()
    }

    /// Returns the rows of the matrix of which no lie was told, as field and lie. A test names those that it expects, and why:
    /// whatever else is here, its block lacks.
    #[must_use]
    pub fn missing_rows(&self) -> Vec<(&'static str, &'static str)> {
        let missing = ROWS.iter().filter(|row| self.count(row) == 0);
        missing.map(|row| (row.field, row.lie)).collect()
    }
}

/// Tells every lie about the block, at every place. Each must be refused at submission by its row's rule, or be refuted by its row's
/// family with a proof that verifies against the lie and not against the right receipt; which is itself accepted and not refuted.
///
/// # Errors
/// The first thing that breaks the matrix.
pub fn every_lie(world: &mut World<'_>) -> Result<Report, Wrong> {
    let (receipt, openings) = (world.right().receipt.clone(), world.right().openings.clone());
    let right = submitted(world, None, &receipt, &openings)?.map_err(Wrong::RightRefused)?;
    let engine = world.engine;
    let found =
        prove(engine, &right, &openings, world, REPORTER).map_err(|error| Wrong::Prover(None, error))?;
    if let Some(proof) = found {
        return Err(Wrong::RightRefuted(Box::new(proof)));
    }
    let (mut told, mut untellable) = (Vec::new(), Vec::new());
    for lie in every(&receipt, world.inbox()) {
        match mutate(lie, &receipt, &openings, &world.inbox, &world.params) {
            None => untellable.push(lie),
            Some((receipt, openings)) => told.push(tell(world, &right, lie, &receipt, &openings)?),
        }
    }
    Ok(Report { told, untellable })
}

/// Tells one lie.
fn tell(
    world: &mut World<'_>,
    right: &Claim,
    lie: Mutant,
    receipt: &Receipt,
    openings: &Openings,
) -> Result<Told, Wrong> {
    let (answer, proof) = match submitted(world, Some(lie), receipt, openings)? {
        Err(code) => (Answer::Refused(code), None),
        Ok(claim) => {
            let engine = world.engine;
            let proof = prove(engine, &claim, openings, world, REPORTER)
                .map_err(|error| Wrong::Prover(Some(lie), error))?
                .ok_or(Wrong::Unanswered(lie))?;
            let refutation = verify(engine, &claim, &proof).map_err(|error| Wrong::Unverified(lie, error))?;
            let aimed = FraudProof {
                receipt: right.hash(),
                ..proof.clone()
            };
            if verify(engine, right, &aimed).is_ok() {
                return Err(Wrong::StandsAgainstRight(lie));
            }
            (Answer::Refuted(refutation.family()), Some(proof))
        }
    };
    if !agrees(lie.row().answer, answer) {
        return Err(Wrong::Answered { lie, found: answer });
    }
    Ok(Told { lie, answer, proof })
}

/// Submits a receipt. Returns the claim that it then makes, or the code of the rule that refuses it.
fn submitted(
    world: &World<'_>,
    lie: Option<Mutant>,
    receipt: &Receipt,
    openings: &Openings,
) -> Result<Result<Claim, u16>, Wrong> {
    let submission = Submission {
        receipt: receipt.clone(),
        openings: Some(openings.clone()),
    };
    let (domain, params) = (world.inbox.domain, &world.params);
    let before = View {
        world,
        accepted: None,
    };
    match submit(&before, before.now(), params, SUBMITTER, domain, &submission) {
        Ok(Accepted::Extended { .. }) => {}
        Ok(Accepted::Endorsed { .. } | Accepted::Known) => return Err(Wrong::NoClaim(lie)),
        Err(SubmitError::Invalid(invalid)) => return Ok(Err(invalid.code())),
    }
    let after = View {
        world,
        accepted: Some(receipt),
    };
    let claim = Claim::load(&after, params, domain, &receipt.compute_hash());
    claim.map(Ok).map_err(|_| Wrong::NoClaim(lie))
}

/// Returns whether what answered a lie is what its row says.
fn agrees(row: Answer, found: Answer) -> bool {
    match (row, found) {
        (Answer::Either(rule, _), Answer::Refused(found)) => rule == found,
        (Answer::Either(_, family), Answer::Refuted(found)) => family == found,
        (Answer::Refused(_) | Answer::Refuted(_) | Answer::Either(..), found) => row == found,
    }
}
