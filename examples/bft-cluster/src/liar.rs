//! The operator that lies: it executes as everybody does, then claims something else, until one lie stands on the chain.

use crate::host::Chain;
use decex_bundle::Draft;
use decex_core::ReceiptHash;
use decex_core::params::CheckedParams;
use decex_election::Keypair;
use decex_receipt::{Bundle, Submission};
use decex_testkit::deceit::seal;
use decex_testkit::mutant::{Mutant, mutate};

/// A liar.
#[derive(Debug)]
pub struct Liar {
    keypair: Keypair,
    params: CheckedParams,
    from: u64,
    told: Option<ReceiptHash>,
    done: bool,
}

impl Liar {
    /// Makes one that falsifies receipts of domain block `from` and later ones, until one is accepted.
    #[must_use]
    pub const fn new(keypair: Keypair, params: CheckedParams, from: u64) -> Self {
        Self {
            keypair,
            params,
            from,
            told: None,
            done: false,
        }
    }

    /// Replaces the receipts in a bundle that the honest part of this operator made, and seals it again.
    pub fn corrupt(&mut self, chain: &Chain, bundle: Bundle) -> Bundle {
        let domain = bundle.header.header.domain;
        let on_chain = |hash: &ReceiptHash| chain.consensus().record(domain, hash).ok().flatten().is_some();
        // Others' right receipts may have come first: then it tries again with the next.
        if self.done || self.told.as_ref().is_some_and(on_chain) {
            self.done = true;
            return bundle;
        }
        let Some(lie) = bundle.receipts.iter().find_map(|right| self.invent(chain, right)) else {
            return bundle;
        };
        let number = lie.receipt.number;
        let mut receipts: Vec<Submission> = bundle.receipts.to_vec();
        receipts.retain(|right| right.receipt.number < number);
        let hash = lie.receipt.compute_hash();
        receipts.push(lie);
        let header = &bundle.header.header;
        let draft = Draft {
            domain: header.domain,
            operator: header.operator,
            election: header.election,
            base: hash,
        };
        let Ok(sealed) = seal(&self.keypair, &draft, receipts, Vec::new()) else {
            return bundle;
        };
        tracing::warn!(domain = header.domain.0, block = number.0, "told a lie");
        self.told = Some(hash);
        sealed
    }

    /// From the middle of the block on, another state. `None` if there is too little in the block to lie about.
    fn invent(&self, chain: &Chain, right: &Submission) -> Option<Submission> {
        let receipt = &right.receipt;
        if receipt.number.0 < self.from || receipt.schedule.count < 2 {
            return None;
        }
        let inbox = chain
            .consensus()
            .inbox(receipt.domain, receipt.number)
            .ok()
            .flatten()?;
        let mutant = Mutant::TraceFrom(receipt.trace.length / 2);
        let (receipt, openings) = mutate(mutant, receipt, right.openings.as_ref()?, &inbox, &self.params)?;
        Some(Submission {
            receipt,
            openings: Some(openings),
        })
    }
}
