//! Judge a proof.

use crate::claim::Claim;
use crate::invalid::InvalidProof;
use crate::proof::{Evidence, FraudProof};
use crate::{inbox, schedule, transition};
use decex_core::execution::Engine;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{AccountId, DomainId, DomainNumber, ReceiptHash};
use decex_core::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Which part of a claim was refuted, cheapest to check first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub enum Family {
    /// A verdict.
    Inbox,
    /// The schedule.
    Schedule,
    /// A trace entry or the outcome.
    Transition,
}

/// A receipt that was shown to be wrong. Only [`verify`] builds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Refutation {
    domain: DomainId,
    number: DomainNumber,
    receipt: ReceiptHash,
    family: Family,
    reporter: AccountId,
    evidence: Digest,
}

impl Refutation {
    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the number of the wrong receipt: it and all after it fall.
    #[must_use]
    pub const fn number(&self) -> DomainNumber {
        self.number
    }

    /// Returns the hash of the wrong receipt.
    #[must_use]
    pub const fn receipt(&self) -> ReceiptHash {
        self.receipt
    }

    /// Returns what was wrong.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Returns who gets the reporter's share.
    #[must_use]
    pub const fn reporter(&self) -> AccountId {
        self.reporter
    }

    /// Returns the name of the evidence. Two proofs against one inclusion of one receipt have the same name whatever
    /// they show and whoever reports, so slashing by it happens once.
    #[must_use]
    pub const fn evidence(&self) -> Digest {
        self.evidence
    }
}

/// Verifies that `proof` shows the claimed receipt to be wrong. Cheap structural checks come first; of the transition
/// family one step is executed, of the inbox family one legality rule is run.
///
/// # Errors
/// When the proof shows nothing of the kind (F2–F20). That says nothing in favour of the receipt.
pub fn verify(engine: &dyn Engine, claim: &Claim, proof: &FraudProof) -> Result<Refutation, InvalidProof> {
    // F2: made against this receipt.
    if proof.domain != claim.receipt().domain || proof.receipt != claim.hash() {
        return Err(InvalidProof::Foreign);
    }
    // F3: judged by the rules that the receipt was made under.
    if engine.rule_set() != claim.receipt().rules {
        return Err(InvalidProof::Rules);
    }
    // F4: no larger than a proof of this domain needs to be.
    let found = u64::try_from(proof.encoded_size()).unwrap_or(u64::MAX);
    if found > claim.largest_proof() {
        return Err(InvalidProof::TooLarge {
            limit: claim.largest_proof(),
            found,
        });
    }
    let family = match &proof.evidence {
        Evidence::Inbox(evidence) => {
            inbox::refutes(engine, claim, evidence)?;
            Family::Inbox
        }
        Evidence::Schedule(evidence) => {
            schedule::refutes(claim, evidence)?;
            Family::Schedule
        }
        Evidence::Transition(evidence) => {
            transition::refutes(engine, claim, evidence)?;
            Family::Transition
        }
    };
    Ok(Refutation {
        domain: proof.domain,
        number: claim.receipt().number,
        receipt: proof.receipt,
        family,
        reporter: proof.reporter,
        evidence: digest_encoded(
            &label::EVIDENCE,
            &(FRAUD, proof.domain, proof.receipt, claim.included_at()),
        ),
    })
}

/// Sets evidence of wrong receipts apart from other evidence under the same label.
const FRAUD: &[u8; 5] = b"fraud";
