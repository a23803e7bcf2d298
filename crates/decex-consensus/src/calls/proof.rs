//! Refute a receipt: everything from it on is removed, everybody who vouches for any of it loses the stake.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedProof, StoreError};
use crate::event::Event;
use crate::host::{ConsensusHost, Engines, Store};
use crate::keys;
use crate::rounds;
use crate::state::{State, corrupt};
use alloc::vec::Vec;
use decex_core::execution::Engine;
use decex_core::params::CheckedParams;
use decex_core::{DomainId, RuleSet};
use decex_fraud::{JudgeError, JudgeView, Named, NotRefuted};

impl<H: ConsensusHost> Consensus<H> {
    /// Judges a fraud proof, given as the bytes that travelled. If it holds, the head moves below the refuted receipt at
    /// once, whatever the number of receipts above; what they leave behind is swept in bounded steps, the first of them
    /// here.
    ///
    /// # Errors
    /// When the bytes are too long or name nothing (K19), the domain is unknown (K8), the receipt is not pending (K23), the
    /// proof is larger than any of the domain (K25: F4), the host has no engine for the receipt's rules (K24), the bytes are no
    /// proof (K19), the evidence does not refute (K25), or the host fails.
    pub fn submit_proof(&mut self, bytes: &[u8]) -> Result<Vec<Event>, CallError<RefusedProof, H::Error>> {
        let mut state = State::new(&self.host);
        // K19: no longer than the host carries, and with the name of a receipt in front.
        let named = Named::read(bytes, self.config.limits.message_bytes).map_err(refuse)?;
        // K8: a domain of this host.
        // K23: against a pending receipt. Nothing of the evidence is decoded before this, nor before its size is checked (F4).
        let located = named.locate(&state).map_err(fail)?;
        // K24: by the rules that it was made under.
        // K19: the rest is one canonical value.
        // K25: refuted.
        let refutation = located.judge(&state).map_err(fail)?;
        let proof_bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        rounds::remove(&mut state, &refutation, proof_bytes)?;
        rounds::sweep(&mut state, &self.config)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

impl<H: Store + Engines + ?Sized> JudgeView for State<'_, H> {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Self::Error> {
        State::params(self, domain)
    }

    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.host.engine(rules)
    }
}

fn fail<E>(error: JudgeError<NotRefuted, StoreError<E>>) -> CallError<RefusedProof, E> {
    match error {
        JudgeError::Refused(refusal) => refuse(refusal),
        JudgeError::Inconsistent => CallError::Host(corrupt(&keys::clock())),
        JudgeError::Host(error) => CallError::Host(error),
    }
}

const fn refuse<E>(refusal: NotRefuted) -> CallError<RefusedProof, E> {
    CallError::Refused(match refusal {
        NotRefuted::UnknownDomain { found } => RefusedProof::UnknownDomain { found },
        NotRefuted::NotPending => RefusedProof::NotPending,
        NotRefuted::Bytes(error) => RefusedProof::Bytes(error),
        NotRefuted::NoEngine => RefusedProof::NoEngine,
        NotRefuted::Proof(invalid) => RefusedProof::Proof(invalid),
    })
}
