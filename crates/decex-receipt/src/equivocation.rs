//! Rules R34 to R42: evidence that an operator vouched for two different receipts of one origin.

use crate::receipt::{Origin, Receipt};
use decex_bundle::SealedHeader;
use decex_bundle::decex_election::{InvalidSignature, OperatorKey};
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{DomainId, OperatorId};
use decex_core::label;
use decex_core::list::{InvalidListProof, RunProof};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A receipt that a sealed header commits to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Vouched {
    /// The header.
    pub header: SealedHeader,
    /// The receipt.
    pub receipt: Receipt,
    /// Proves that the receipt's hash stands among the header's receipts: a run of one.
    pub place: RunProof,
}

/// Two receipts, claimed to equivocate. Complete evidence: nothing else is needed but the operator's key. The headers may be
/// for two windows, and may be the same one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ReceiptEquivocation {
    /// One receipt.
    pub first: Vouched,
    /// The other.
    pub second: Vouched,
}

/// A receipt equivocation that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ReceiptEquivocationProven {
    operator: OperatorId,
    origin: Origin,
    evidence: Digest,
}

impl ReceiptEquivocationProven {
    /// Returns the domain of headers and receipts.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.origin.domain
    }

    /// Returns the offender.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.operator
    }

    /// Returns the origin that has two receipts.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns what names the offence. All pairs of receipts of one origin name the same offence, whatever their order and
    /// whichever headers carry them, so it is punished once.
    #[must_use]
    pub const fn evidence(&self) -> Digest {
        self.evidence
    }
}

/// Why two receipts do not prove equivocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReceiptEquivocation {
    /// R34: the headers are for different domains.
    #[error("the headers are for domains {} and {}", first.0, second.0)]
    Domain {
        /// The first header's.
        first: DomainId,
        /// The second header's.
        second: DomainId,
    },
    /// R35: the headers are of different operators.
    #[error("the headers are of operators {} and {}", first.0, second.0)]
    Operator {
        /// The first header's.
        first: OperatorId,
        /// The second header's.
        second: OperatorId,
    },
    /// R36: the receipts have different origins, so both can be right.
    #[error("the receipts have different origins")]
    Origin,
    /// R37: the receipts are for another domain than the headers.
    #[error("the receipts are for domain {}, the headers for {}", found.0, expected.0)]
    Foreign {
        /// The headers'.
        expected: DomainId,
        /// The receipts'.
        found: DomainId,
    },
    /// R38: the same receipt twice. Vouching again is no offence.
    #[error("the receipts are the same")]
    Same,
    /// R39: the first receipt is not shown to stand in the first header.
    #[error("the first receipt's place: {0}")]
    FirstPlace(InvalidListProof),
    /// R40: the second receipt is not shown to stand in the second header.
    #[error("the second receipt's place: {0}")]
    SecondPlace(InvalidListProof),
    /// R41: the first header is not sealed under this key.
    #[error("the first seal: {0}")]
    FirstSeal(InvalidSignature),
    /// R42: the second header is not sealed under this key.
    #[error("the second seal: {0}")]
    SecondSeal(InvalidSignature),
}

impl InvalidReceiptEquivocation {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Domain { .. } => 34,
            Self::Operator { .. } => 35,
            Self::Origin => 36,
            Self::Foreign { .. } => 37,
            Self::Same => 38,
            Self::FirstPlace(_) => 39,
            Self::SecondPlace(_) => 40,
            Self::FirstSeal(_) => 41,
            Self::SecondSeal(_) => 42,
        }
    }
}

impl ReceiptEquivocation {
    /// Checks the evidence against `key`, which the host has looked up for the operator that the headers name.
    ///
    /// Neither receipt need have been submitted, and none is executed: at most one of the two is right.
    ///
    /// # Errors
    /// The first of R34 to R42 that does not hold.
    pub fn verify(&self, key: &OperatorKey) -> Result<ReceiptEquivocationProven, InvalidReceiptEquivocation> {
        let (first, second) = (&self.first.header.header, &self.second.header.header);
        // R34: one domain.
        if first.domain != second.domain {
            return Err(InvalidReceiptEquivocation::Domain {
                first: first.domain,
                second: second.domain,
            });
        }
        // R35: one operator.
        if first.operator != second.operator {
            return Err(InvalidReceiptEquivocation::Operator {
                first: first.operator,
                second: second.operator,
            });
        }
        // R36: one origin, from which one receipt follows.
        let origin = self.first.receipt.origin();
        if origin != self.second.receipt.origin() {
            return Err(InvalidReceiptEquivocation::Origin);
        }
        // R37: in the domain that the headers are for.
        if origin.domain != first.domain {
            return Err(InvalidReceiptEquivocation::Foreign {
                expected: first.domain,
                found: origin.domain,
            });
        }
        // R38: two receipts.
        if self.first.receipt == self.second.receipt {
            return Err(InvalidReceiptEquivocation::Same);
        }
        // R39, R40: each in its header.
        self.first
            .verify_place()
            .map_err(InvalidReceiptEquivocation::FirstPlace)?;
        self.second
            .verify_place()
            .map_err(InvalidReceiptEquivocation::SecondPlace)?;
        // R41, R42: both sealed by the operator.
        let (one, other) = (&self.first.header, &self.second.header);
        one.verify_seal(key)
            .map_err(InvalidReceiptEquivocation::FirstSeal)?;
        other
            .verify_seal(key)
            .map_err(InvalidReceiptEquivocation::SecondSeal)?;
        let operator = first.operator;
        let evidence = digest_encoded(&label::EVIDENCE, &("receipt equivocation", operator, &origin));
        Ok(ReceiptEquivocationProven {
            operator,
            origin,
            evidence,
        })
    }
}

impl Vouched {
    fn verify_place(&self) -> Result<(), InvalidListProof> {
        let leaf = self.receipt.compute_hash().0;
        self.place
            .verify(&self.header.header.receipts.root, &[leaf])
            .map(|_| ())
    }
}
