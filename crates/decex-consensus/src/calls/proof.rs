//! Refute a receipt: everything from it on is removed, everybody who vouches for any of it loses the stake.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedProof};
use crate::event::Event;
use crate::host::ConsensusHost;
use crate::rounds;
use crate::state::State;
use alloc::vec::Vec;
use decex_core::decode_exact;
use decex_fraud::{Claim, FraudProof, LoadError, verify};

impl<H: ConsensusHost> Consensus<H> {
    /// Judges a fraud proof, given as the bytes that travelled. If it holds, the head moves below the refuted receipt at
    /// once, whatever the number of receipts above; what they leave behind is swept in bounded steps, the first of them
    /// here.
    ///
    /// # Errors
    /// When the bytes are no proof (K19), the domain is unknown (K8), the receipt is not pending (K23), the host has no
    /// engine for the receipt's rules (K24), the evidence does not refute (K25), or the host fails.
    pub fn submit_proof(&mut self, bytes: &[u8]) -> Result<Vec<Event>, CallError<RefusedProof, H::Error>> {
        let mut state = State::new(&self.host);
        // K19: the bytes are one proof, and no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let proof: FraudProof =
            decode_exact(bytes, limit).map_err(|e| CallError::Refused(RefusedProof::Bytes(e)))?;
        // K8: a domain of this host.
        let unknown = CallError::Refused(RefusedProof::UnknownDomain { found: proof.domain });
        let params = state.params(proof.domain)?.ok_or(unknown)?;
        // K23: against a pending receipt. Nothing is executed before this.
        let claim =
            Claim::load(&state, &params, proof.domain, &proof.receipt).map_err(|error| match error {
                LoadError::NotPending => CallError::Refused(RefusedProof::NotPending),
                LoadError::Inconsistent => CallError::Host(crate::state::corrupt(&crate::keys::clock())),
                LoadError::Host(error) => CallError::Host(error),
            })?;
        // K24: by the rules that it was made under.
        let engine = self.host.engine(&claim.receipt().rules);
        let engine = engine.ok_or(CallError::Refused(RefusedProof::NoEngine))?;
        // K25: refuted.
        let refutation =
            verify(engine, &claim, &proof).map_err(|e| CallError::Refused(RefusedProof::Proof(e)))?;
        let proof_bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        rounds::remove(&mut state, &refutation, proof_bytes)?;
        rounds::sweep(&mut state, self.config.work_per_block.max(1))?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}
