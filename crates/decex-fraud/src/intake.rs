//! Take a proof in as the bytes that travelled, cheapest check first.
//!
//! ```text
//!  bytes --(C1, C2)--> Named --(F1, F4)--> Located --(C2, C3, F2 to F20)--> Refutation
//! ```
//!
//! A consensus chain takes the three steps one after the other, a pool looks into itself between them: one path for both.

use crate::claim::{Claim, LoadError, pending};
use crate::invalid::InvalidProof;
use crate::proof::{FraudProof, ProofName};
use crate::verify::{Refutation, verify};
use decex_core::codec::DecodeError;
use decex_core::execution::Engine;
use decex_core::hash::{Digest, Hash};
use decex_core::id::{ConsensusNumber, DomainId, DomainNumber, RuleSet};
use decex_core::label;
use decex_core::params::CheckedParams;
use decex_receipt::{ReceiptView, Record};

/// What judging a proof needs of a host: its pending receipts, the parameters of their domains, and the engines.
///
/// # Contract
/// That of [`ReceiptView`]. A domain's parameters never change, and neither does an engine while the process runs.
pub trait JudgeView: ReceiptView {
    /// Returns a domain's parameters, `None` if there is no such domain.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Self::Error>;
    /// Returns the engine with these rules, `None` if the host has none.
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine>;
}

impl<V: JudgeView + ?Sized> JudgeView for &V {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Self::Error> {
        (**self).params(domain)
    }
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        (**self).engine(rules)
    }
}

/// Why bytes refute no receipt of this host. None of these says that the receipt is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRefuted {
    /// F1: there is no such domain, so none of its receipts is pending.
    #[error("no domain {}", found.0)]
    UnknownDomain {
        /// The domain named.
        found: DomainId,
    },
    /// F1: no such receipt is pending. Nothing of the evidence was looked at.
    #[error("no such receipt is pending")]
    NotPending,
    /// F21: the bytes are over the host's limit, or are not one canonical proof (C1–C3).
    #[error("not a fraud proof: {0}")]
    Bytes(DecodeError),
    /// F22: the host has no engine for the rules that the receipt was made under.
    #[error("the host has no engine for the receipt's rules")]
    NoEngine,
    /// F2–F20: the evidence does not refute. F4 is checked before anything of the evidence is decoded.
    #[error(transparent)]
    Proof(InvalidProof),
}

impl NotRefuted {
    /// Returns the stable code of this error: the number of the rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::UnknownDomain { .. } | Self::NotPending => 1,
            Self::Bytes(_) => 21,
            Self::NoEngine => 22,
            Self::Proof(invalid) => invalid.code(),
        }
    }

    /// Returns whether the same bytes fail again wherever the same receipt is pending.
    pub(crate) const fn is_lasting(&self) -> bool {
        match self {
            Self::UnknownDomain { .. } | Self::NotPending | Self::NoEngine => false,
            // F3: which engine the host gave for the rules is the host's, not the proof's.
            Self::Proof(InvalidProof::Rules) => false,
            Self::Bytes(_) | Self::Proof(_) => true,
        }
    }
}

/// A proof that was not taken: refused, or the host failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError<I, E> {
    /// A rule is broken.
    #[error(transparent)]
    Refused(I),
    /// The host holds a pending receipt without the parent or the inbox that it was accepted with. A fault of the
    /// host, like `Host`.
    #[error("the host misses the parent or the inbox of a pending receipt")]
    Inconsistent,
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

impl<E> JudgeError<NotRefuted, E> {
    /// Says the same of another kind of refusal.
    pub(crate) fn widen<I: From<NotRefuted>>(self) -> JudgeError<I, E> {
        match self {
            Self::Refused(refusal) => JudgeError::Refused(refusal.into()),
            Self::Inconsistent => JudgeError::Inconsistent,
            Self::Host(error) => JudgeError::Host(error),
        }
    }
}

/// Bytes within the host's limit that begin with a proof's name. Nothing else of them was looked at.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is judged yet"]
pub struct Named<'b> {
    name: ProofName,
    bytes: &'b [u8],
}

impl<'b> Named<'b> {
    /// Reads the name of a proof of at most `limit` bytes: the host's message limit.
    ///
    /// # Errors
    /// When the bytes are over the limit (C1) or too short for a name (C2).
    pub fn read(bytes: &'b [u8], limit: u32) -> Result<Self, NotRefuted> {
        // F21: no longer than the host carries.
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = bytes.len();
        if found > limit {
            return Err(NotRefuted::Bytes(DecodeError::TooLong { limit, found }));
        }
        let name = FraudProof::peek(bytes).map_err(NotRefuted::Bytes)?;
        Ok(Self { name, bytes })
    }

    /// Returns what the proof is about.
    #[must_use]
    pub const fn name(&self) -> &ProofName {
        &self.name
    }

    /// Finds the pending receipt that the proof names, and checks the proof's size by its domain.
    ///
    /// # Errors
    /// When no such receipt is pending (F1), the bytes are more than any proof of the domain takes (F4), or the host
    /// fails.
    pub fn locate<V: JudgeView>(self, view: &V) -> Result<Located<'b>, JudgeError<NotRefuted, V::Error>> {
        let ProofName { domain, receipt, .. } = self.name;
        // F1: of a domain of this host.
        let params = view.params(domain).map_err(JudgeError::Host)?;
        let unknown = JudgeError::Refused(NotRefuted::UnknownDomain { found: domain });
        let params = params.ok_or(unknown)?;
        let record = pending(view, domain, &receipt).map_err(JudgeError::Host)?;
        let record = record.ok_or(JudgeError::Refused(NotRefuted::NotPending))?;
        // F4: before anything of the evidence is decoded.
        let (limit, found) = (params.largest_proof(), size(self.bytes));
        if found > limit {
            let large = InvalidProof::TooLarge { limit, found };
            return Err(JudgeError::Refused(NotRefuted::Proof(large)));
        }
        Ok(Located {
            name: self.name,
            bytes: self.bytes,
            params,
            record,
        })
    }
}

/// Bytes that name a pending receipt and are no more than a proof of its domain takes. The evidence was not looked at.
#[derive(Clone, Debug)]
#[must_use = "nothing is judged yet"]
pub struct Located<'b> {
    name: ProofName,
    bytes: &'b [u8],
    params: CheckedParams,
    record: Record,
}

impl Located<'_> {
    /// Returns what the proof is about.
    #[must_use]
    pub const fn name(&self) -> &ProofName {
        &self.name
    }

    /// Returns the number of the receipt.
    #[must_use]
    pub const fn number(&self) -> DomainNumber {
        self.record.receipt.number
    }

    /// Returns the last consensus block that can carry the proof (R29).
    #[must_use]
    pub fn last_block(&self) -> ConsensusNumber {
        last_block(&self.record, &self.params)
    }

    /// Returns the name of these very bytes, judged against this inclusion of the receipt.
    pub(crate) fn fingerprint(&self) -> Digest {
        Hash::new(&label::FAILED_PROOF)
            .chain_encoded(&self.record.included_at)
            .chain(self.bytes)
            .finish()
    }

    /// Decodes the evidence and judges it: the only part that runs an engine.
    ///
    /// # Errors
    /// When the host has no engine (F22), the bytes are not one canonical proof (C2, C3), the evidence does not refute
    /// (F2–F20), or the host fails.
    pub fn judge<V: JudgeView>(self, view: &V) -> Result<Refutation, JudgeError<NotRefuted, V::Error>> {
        let refused = JudgeError::Refused;
        // F22: by the rules that the receipt was made under.
        let engine = view.engine(&self.record.receipt.rules);
        let engine = engine.ok_or(refused(NotRefuted::NoEngine))?;
        // F21: one canonical value, and nothing after it.
        let proof = FraudProof::decode_bounded(self.bytes, self.bytes.len())
            .map_err(|e| refused(NotRefuted::Bytes(e)))?;
        let claim = Claim::of_record(view, &self.params, self.record).map_err(|error| match error {
            LoadError::NotPending => refused(NotRefuted::NotPending),
            LoadError::Inconsistent => JudgeError::Inconsistent,
            LoadError::Host(error) => JudgeError::Host(error),
        })?;
        verify(engine, &claim, &proof).map_err(|e| refused(NotRefuted::Proof(e)))
    }
}

/// Returns the last consensus block that can carry a proof against this inclusion (R29).
pub(crate) fn last_block(record: &Record, params: &CheckedParams) -> ConsensusNumber {
    ConsensusNumber(record.included_at.0.saturating_add(params.challenge_period))
}

/// Returns how many bytes these are.
pub(crate) fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
