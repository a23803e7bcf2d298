//! A bounded memory of proofs that failed.

use alloc::collections::{BTreeSet, VecDeque};
use decex_core::hash::Digest;

/// The last so many fingerprints of bytes that failed. Forgetting one costs another verification, nothing else.
#[derive(Clone, Debug)]
pub(super) struct Failures {
    limit: usize,
    /// Oldest first; the same digests as in `known`.
    order: VecDeque<Digest>,
    known: BTreeSet<Digest>,
}

impl Failures {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            known: BTreeSet::new(),
        }
    }

    pub(super) fn contains(&self, fingerprint: &Digest) -> bool {
        self.known.contains(fingerprint)
    }

    pub(super) fn remember(&mut self, fingerprint: Digest) {
        if !self.known.insert(fingerprint) {
            return;
        }
        self.order.push_back(fingerprint);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
