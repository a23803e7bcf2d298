//! A prover: it shows the receipts of the operator beside it to be right, in a domain where they are final only then. Anybody may; one is
//! enough, and what it shows is true or refused.

use crate::host::DevHost;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::tree::Tree;
use decex_consensus::Consensus;
use decex_core::{DomainNumber, ReceiptHash};
use decex_ledger_prover::{ProveError, prove};
use decex_operator::Operator;
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a prover keeps: the proofs of receipts that are not final, so that each is made once. They depend on the receipt alone, so what is
/// lost by a restart comes out the same again.
#[derive(Clone, Debug, Default)]
pub struct Prover {
    proofs: BTreeMap<(DomainNumber, ReceiptHash), Vec<u8>>,
    /// The longest that it took for one.
    pub longest: Option<Duration>,
}

impl Prover {
    /// Returns the proofs of the receipts that wait for one, lowest first.
    ///
    /// # Errors
    /// When the chain or the state cannot be read, or a right receipt cannot be proven: a bug.
    pub fn due(
        &mut self,
        operator: &mut Operator<Rules, Tree>,
        chain: &Consensus<DevHost>,
    ) -> Result<Vec<(ReceiptHash, Vec<u8>)>, Problem> {
        let view = chain.state();
        let waiting = operator.unproven(&view);
        let waiting = waiting.map_err(|error| Problem::new("the receipts to prove", error))?;
        let found = chain.chain(operator.domain()).ok().flatten();
        let confirmed = found.map_or_else(DomainNumber::default, |found| found.confirmed);
        self.proofs.retain(|(number, _), _| *number > confirmed);
        let mut due = Vec::new();
        for (number, hash) in waiting {
            if !self.proofs.contains_key(&(number, hash)) {
                let start = Instant::now();
                let proof = operator.show(&view, number, |before, transition| match before {
                    Tree::Rescue(before) => prove(before, transition).map_err(Unproven::Prover),
                    Tree::Compact(_) => Err(Unproven::NoProver),
                });
                let what = || format!("the proof of receipt {}", number.0);
                let proof = proof.map_err(|error| Problem::new(what(), format!("{error:?}")))?;
                self.longest = self.longest.max(Some(start.elapsed()));
                self.proofs.insert((number, hash), proof.encode());
            }
            due.extend(
                self.proofs
                    .get(&(number, hash))
                    .map(|proof| (hash, proof.clone())),
            );
        }
        Ok(due)
    }
}

/// Why there is no proof of a transition.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// The prover failed.
    #[error(transparent)]
    Prover(ProveError),
    /// No prover is for this domain's state.
    #[error("no prover is for this domain's state")]
    NoProver,
}
