//! The operator that lies: it executes as everybody does, then claims something else.

use crate::args::Lie;
use crate::domains::EVM;
use crate::host::DevHost;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::setup::Setup;
use crate::tree::Tree;
use decex_bundle::{Draft, Illegal, SealingRecord, seal_bundle};
use decex_consensus::Consensus;
use decex_core::params::MAX_RECEIPTS_PER_BUNDLE;
use decex_core::{DomainId, DomainNumber, HeaderHash, Host, OperatorId, ReceiptHash, Window};
use decex_operator::Operator;
use decex_receipt::{Bundle, Receipt, Submission};
use decex_testkit::mutant::{Mutant, mutate};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What the liar does, and what it has told so far.
#[derive(Clone, Debug)]
pub struct Liar {
    /// What it lies about.
    pub lie: Lie,
    /// The first domain block that it lies about.
    pub from: u64,
    /// What it claimed, by domain block.
    pub told: Told,
}

/// The receipts that the liar made up or built on one it made up, by domain block.
pub type Told = BTreeMap<u64, ReceiptHash>;

/// A liar keeps no record of what it sealed.
struct NoRecord;

impl Host for NoRecord {
    type Error = Infallible;
}

impl SealingRecord for NoRecord {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(None)
    }
}

impl Liar {
    /// Replaces the receipts in a bundle that the honest part of this operator made, and seals it again.
    ///
    /// # Errors
    /// When the bundle cannot be sealed.
    pub fn corrupt(
        &mut self,
        setup: &Setup,
        chain: &Consensus<DevHost>,
        operator: &Operator<Rules, Tree>,
        bundle: Bundle,
    ) -> Result<Bundle, Problem> {
        let submissions = if bundle.receipts.is_empty() {
            self.more_of_the_same(chain, operator)
        } else {
            self.falsify(setup, chain, &bundle.receipts)
        };
        let Some(last) = submissions.last() else {
            return Ok(bundle);
        };
        let base = last.receipt.compute_hash();
        let header = &bundle.header.header;
        let draft = Draft {
            domain: header.domain,
            operator: header.operator,
            election: header.election,
            base,
        };
        let keypair = u32::try_from(header.operator.0).map(|index| setup.keypair(index));
        let keypair = keypair.map_err(|error| Problem::new("the liar's key", error))?;
        let sealed = seal_bundle(
            &NoRecord,
            &keypair,
            &draft,
            submissions,
            bundle.body.clone().into_inner(),
        );
        sealed
            .map(decex_bundle::Sealed::into_bundle)
            .map_err(|error| Problem::new("the liar's bundle", error))
    }

    /// Once a lie is the head, goes on building on it.
    fn more_of_the_same(
        &mut self,
        chain: &Consensus<DevHost>,
        operator: &Operator<Rules, Tree>,
    ) -> Vec<Submission> {
        let Some((head, hash)) = chain.head(EVM).ok().flatten() else {
            return Vec::new();
        };
        if self.told.get(&head.0) != Some(&hash) {
            return Vec::new();
        }
        let most = u64::from(MAX_RECEIPTS_PER_BUNDLE);
        let numbers = (1..=most)
            .map_while(|ahead| head.0.checked_add(ahead))
            .map(DomainNumber);
        let own = numbers.map_while(|number| operator.receipt(number).zip(operator.openings(number)));
        let mut parent = hash;
        own.map(|(receipt, openings)| {
            let receipt = Receipt {
                parent,
                ..receipt.clone()
            };
            parent = receipt.compute_hash();
            self.told.insert(receipt.number.0, parent);
            Submission {
                receipt,
                openings: Some(openings.clone()),
            }
        })
        .collect()
    }

    /// Makes the first receipt false that there is enough in to lie about, and lets the later ones stand on it. Empty if
    /// there is none.
    fn falsify(
        &mut self,
        setup: &Setup,
        chain: &Consensus<DevHost>,
        right: &[Submission],
    ) -> Vec<Submission> {
        let mut parent = None;
        let mut submissions = Vec::new();
        for submission in right {
            let mut submission = submission.clone();
            if let Some(parent) = parent {
                submission.receipt.parent = parent;
            } else if let Some(lie) = self.invent(setup, chain, &submission) {
                submission = lie;
                parent = Some(submission.receipt.compute_hash());
            }
            if parent.is_some() {
                parent = Some(submission.receipt.compute_hash());
                self.told
                    .extend(parent.map(|hash| (submission.receipt.number.0, hash)));
            }
            submissions.push(submission);
        }
        if parent.is_some() { submissions } else { Vec::new() }
    }

    fn invent(&self, setup: &Setup, chain: &Consensus<DevHost>, right: &Submission) -> Option<Submission> {
        if right.receipt.number.0 < self.from {
            return None;
        }
        let mutant = self.mutant(right)?;
        let inbox = chain.inbox(EVM, right.receipt.number).ok().flatten()?;
        let (receipt, openings) = mutate(
            mutant,
            &right.receipt,
            right.openings.as_ref()?,
            &inbox,
            &setup.evm().params,
        )?;
        Some(Submission {
            receipt,
            openings: Some(openings),
        })
    }

    /// Chooses what to change in this receipt; `None` if there is too little in it to lie about.
    fn mutant(&self, submission: &Submission) -> Option<Mutant> {
        let receipt = &submission.receipt;
        if receipt.schedule.count < 2 {
            return None;
        }
        let middle = receipt.trace.length / 2;
        match self.lie {
            Lie::State => Some(Mutant::TraceFrom(middle)),
            Lie::Entry => Some(Mutant::TraceEntry(middle.saturating_sub(1))),
            Lie::Schedule => Some(Mutant::Swap(0)),
            Lie::Omit => Some(Mutant::Omit(0)),
            Lie::Repeat => Some(Mutant::Repeat(0)),
            Lie::Verdict => Some(Mutant::Reject(0, 0, Illegal::Signature)),
            Lie::Fees => Some(Mutant::ExecutionFees),
            Lie::None => None,
        }
    }
}
