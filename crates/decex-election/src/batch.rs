//! Verify many election proofs at once.

use crate::challenge::Challenge;
use crate::dleq::{Statement, all_hold};
use crate::key::OperatorKey;
use crate::odds::{Odds, Share};
use crate::proof::ElectionProof;
use crate::verify::{Elected, InvalidElection, check_all_but_equations};
use alloc::vec::Vec;

/// The arguments of one [`verify`](crate::verify()).
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Whose proof it is.
    pub key: &'a OperatorKey,
    /// What was to be won.
    pub challenge: &'a Challenge,
    /// How likely the domain wants it won.
    pub odds: &'a Odds,
    /// The operator's part of the stake.
    pub share: &'a Share,
    /// What the operator sent.
    pub proof: &'a ElectionProof,
}

/// Verifies many claims, of any keys and challenges, and returns one verdict for each, in their order. No claims, no
/// verdicts.
///
/// Each verdict is the one that [`verify`](crate::verify()) gives for its claim (E12). Large batches of right claims
/// take about half the time of single verification. If any well-formed winning claim is wrong, each is checked alone
/// after all, and the whole takes about a quarter more than single verification, however many are wrong.
///
/// Collect into `Result<Vec<Elected>, InvalidElection>` to take all or the first error.
#[must_use]
pub fn verify_batch(claims: &[Claim<'_>]) -> Vec<Result<Elected, InvalidElection>> {
    let checked: Vec<_> = claims
        .iter()
        .map(|claim| {
            check_all_but_equations(claim.key, claim.challenge, claim.odds, claim.share, claim.proof)
        })
        .collect();
    let statements: Vec<&Statement<'_>> = checked.iter().flatten().map(|(_, statement)| statement).collect();
    // E12: together if all hold, or else each on its own.
    let together = all_hold(&statements);
    checked
        .into_iter()
        .map(|checked| {
            let (elected, statement) = checked?;
            if together || statement.holds() {
                Ok(elected)
            } else {
                Err(InvalidElection::Proof)
            }
        })
        .collect()
}
