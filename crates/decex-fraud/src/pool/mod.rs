//! Keep proofs until a block carries them.

mod error;
mod failures;
mod room;

pub use error::NotPooled;

use crate::claim::pending;
use crate::intake::{JudgeError, JudgeView, Named, last_block, size};
use crate::proof::ProofName;
use crate::verify::Family;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_core::id::{AccountId, ConsensusNumber, DomainId, DomainNumber, ReceiptHash};
use failures::Failures;

/// The bounds of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// The host's message limit, as in its `HostLimits`: longer bytes are not looked at.
    pub message_bytes: u32,
    /// Most proofs. Counts as 1 if it is 0.
    pub proofs: u32,
    /// Most bytes of all proofs together. Counts as `message_bytes` if it is less: a pool that cannot hold the largest
    /// proof would refuse it for ever.
    pub bytes: u64,
    /// Most proofs of one domain. Counts as 1 if it is 0.
    pub per_domain: u32,
    /// How many failures are remembered.
    pub failures: u32,
}

/// The place of a proof in the pool: the one that has to be in a block first comes first. Of one domain, that is the
/// one against the lowest number, and it makes the others needless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// The last consensus block that can carry the proof: the receipt's inclusion plus the challenge period.
    pub last_block: ConsensusNumber,
    /// The domain.
    pub domain: DomainId,
    /// The number of the receipt.
    pub number: DomainNumber,
    /// The receipt.
    pub receipt: ReceiptHash,
}

/// A proof that was judged when it came in, and refuted a receipt that was pending then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooled {
    urgency: Urgency,
    reporter: AccountId,
    family: Family,
    bytes: Vec<u8>,
}

impl Pooled {
    /// Returns its place in the pool.
    #[must_use]
    pub const fn urgency(&self) -> &Urgency {
        &self.urgency
    }

    /// Returns what the proof is about.
    #[must_use]
    pub const fn name(&self) -> ProofName {
        ProofName {
            domain: self.urgency.domain,
            receipt: self.urgency.receipt,
            reporter: self.reporter,
        }
    }

    /// Returns the part of the receipt that it refutes.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Returns the proof as it travels.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn size(&self) -> u64 {
        size(&self.bytes)
    }
}

/// What taking a proof in changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Where the new proof stands.
    pub urgency: Urgency,
    /// What had to go, least worth keeping first.
    pub evicted: Vec<Urgency>,
}

/// Proofs of any number of domains that wait for inclusion, most urgent first. Each was judged when it came in.
///
/// It has no clock and no network: the host hands in bytes and a view of its chain, calls [`refresh`](Self::refresh) when the
/// chain has changed, and limits how many bytes one source may hand in ([`submit`](Self::submit) may cost a verification).
#[derive(Clone, Debug)]
pub struct FraudPool {
    limits: PoolLimits,
    by_urgency: BTreeMap<Urgency, Pooled>,
    /// The same proofs, by what they are about.
    by_receipt: BTreeMap<(DomainId, ReceiptHash), Urgency>,
    /// The sum of their sizes.
    bytes: u64,
    failures: Failures,
}

impl FraudPool {
    /// Makes an empty pool.
    #[must_use]
    pub fn new(limits: PoolLimits) -> Self {
        let limits = PoolLimits {
            proofs: limits.proofs.max(1),
            bytes: limits.bytes.max(limits.message_bytes.into()),
            per_domain: limits.per_domain.max(1),
            ..limits
        };
        Self {
            limits,
            by_urgency: BTreeMap::new(),
            by_receipt: BTreeMap::new(),
            bytes: 0,
            failures: Failures::new(usize::try_from(limits.failures).unwrap_or(usize::MAX)),
        }
    }

    /// Judges a proof, given as the bytes that travelled, and keeps it. Cheapest checks first: nothing of the evidence is
    /// decoded for a receipt that is not pending, that the pool has a proof against, or for which the pool has no room.
    ///
    /// A refused proof may come again: only bytes that were judged and failed are remembered, and only for the inclusion that they
    /// were judged against. So a proof that is here before its receipt is refused (F1) until the receipt is here too.
    ///
    /// # Errors
    /// When the proof is refused (F1–F26), or the host fails. Only the memory of failures has changed then.
    pub fn submit<V: JudgeView>(
        &mut self,
        view: &V,
        bytes: &[u8],
    ) -> Result<Admitted, JudgeError<NotPooled, V::Error>> {
        let refused = |refusal: NotPooled| JudgeError::Refused(refusal);
        let named = Named::read(bytes, self.limits.message_bytes).map_err(|e| refused(e.into()))?;
        let name = *named.name();
        // F23: one for each receipt.
        if self.get(name.domain, &name.receipt).is_some() {
            return Err(refused(NotPooled::Held));
        }
        let located = named.locate(view).map_err(JudgeError::widen)?;
        let urgency = Urgency {
            last_block: located.last_block(),
            domain: name.domain,
            number: located.number(),
            receipt: name.receipt,
        };
        let evicted = room::find_room(self, &urgency, size(bytes)).map_err(refused)?;
        // F26: not what failed before.
        let fingerprint = located.fingerprint();
        if self.failures.contains(&fingerprint) {
            return Err(refused(NotPooled::FailedBefore));
        }
        match located.judge(view) {
            Ok(refutation) => {
                evicted.iter().for_each(|urgency| self.take(urgency));
                self.put(Pooled {
                    urgency,
                    reporter: name.reporter,
                    family: refutation.family(),
                    bytes: bytes.to_vec(),
                });
                Ok(Admitted { urgency, evicted })
            }
            Err(error) => {
                if matches!(&error, JudgeError::Refused(refusal) if refusal.is_lasting()) {
                    self.failures.remember(fingerprint);
                }
                Err(error.widen())
            }
        }
    }

    /// Drops every proof whose receipt is not pending any more: removed, final, or of another branch. To be called when
    /// the chain has a new block or another branch. Costs a few reads for each proof held. Returns what was dropped.
    ///
    /// # Errors
    /// When the host fails. Nothing has changed then.
    pub fn refresh<V: JudgeView>(&mut self, view: &V) -> Result<Vec<ProofName>, V::Error> {
        let mut places = Vec::with_capacity(self.by_urgency.len());
        for urgency in self.by_urgency.keys() {
            places.push(place(view, urgency)?);
        }
        let mut dropped = Vec::new();
        let held = core::mem::take(&mut self.by_urgency);
        self.by_receipt.clear();
        self.bytes = 0;
        for (proof, place) in held.into_values().zip(places) {
            match place {
                // The receipt's hash binds all that a proof is judged against, so what held on one branch holds on another.
                Some(urgency) => self.put(Pooled { urgency, ..proof }),
                None => dropped.push(proof.name()),
            }
        }
        Ok(dropped)
    }

    /// Returns the proofs, most urgent first.
    pub fn iter(&self) -> impl Iterator<Item = &Pooled> {
        self.by_urgency.values()
    }

    /// Returns what the next block should carry if it has `bytes` left for proofs: most urgent first, what does not fit is
    /// passed over. Of a domain the most urgent alone, because it removes the receipts that the others are about.
    #[must_use]
    pub fn select(&self, bytes: u64) -> Vec<&Pooled> {
        let mut seen: BTreeSet<DomainId> = BTreeSet::new();
        let mut left = bytes;
        let mut chosen = Vec::new();
        for proof in self.iter() {
            // F27: one for each domain, while they fit.
            if !seen.insert(proof.urgency.domain) {
                continue;
            }
            if let Some(rest) = left.checked_sub(proof.size()) {
                left = rest;
                chosen.push(proof);
            }
        }
        chosen
    }

    /// Returns the proof held against a receipt.
    #[must_use]
    pub fn get(&self, domain: DomainId, receipt: &ReceiptHash) -> Option<&Pooled> {
        let urgency = self.by_receipt.get(&(domain, *receipt))?;
        self.by_urgency.get(urgency)
    }

    /// Takes the proof against a receipt out, for a host that has a reason of its own.
    pub fn remove(&mut self, domain: DomainId, receipt: &ReceiptHash) -> Option<Pooled> {
        let urgency = self.by_receipt.remove(&(domain, *receipt))?;
        let proof = self.by_urgency.remove(&urgency)?;
        self.bytes = self.bytes.saturating_sub(proof.size());
        Some(proof)
    }

    /// Returns how many proofs are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_urgency.len()
    }

    /// Returns whether no proof is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_urgency.is_empty()
    }

    /// Returns how many bytes the proofs take.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns how many failures are remembered.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    /// Returns the bounds.
    #[must_use]
    pub const fn limits(&self) -> &PoolLimits {
        &self.limits
    }

    /// Returns the places of a domain's proofs: at most its share.
    fn of_domain(&self, domain: DomainId) -> impl Iterator<Item = &Urgency> {
        let from = (domain, ReceiptHash::default());
        let held = self.by_receipt.range(from..);
        held.take_while(move |((of, _), _)| *of == domain)
            .map(|(_, urgency)| urgency)
    }

    fn size_of(&self, urgency: &Urgency) -> u64 {
        self.by_urgency.get(urgency).map_or(0, Pooled::size)
    }

    fn put(&mut self, proof: Pooled) {
        let urgency = proof.urgency;
        self.bytes = self.bytes.saturating_add(proof.size());
        self.by_receipt.insert((urgency.domain, urgency.receipt), urgency);
        self.by_urgency.insert(urgency, proof);
    }

    fn take(&mut self, urgency: &Urgency) {
        let _ = self.remove(urgency.domain, &urgency.receipt);
    }
}

/// Returns where a proof held stands now, `None` if its receipt is not pending.
fn place<V: JudgeView>(view: &V, held: &Urgency) -> Result<Option<Urgency>, V::Error> {
    let Some(params) = view.params(held.domain)? else {
        return Ok(None);
    };
    // F28: pending, on the present branch.
    let record = pending(view, held.domain, &held.receipt)?;
    Ok(record.map(|record| Urgency {
        last_block: last_block(&record, &params),
        ..*held
    }))
}
