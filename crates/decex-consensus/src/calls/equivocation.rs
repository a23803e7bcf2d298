//! Punish an operator that sealed two different bundles for one window. The receipt chain is not touched.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedEquivocation};
use crate::event::Event;
use crate::host::ConsensusHost;
use crate::model::Status;
use crate::state::State;
use alloc::vec::Vec;
use decex_bundle::Equivocation;
use decex_core::{AccountId, decode_exact};

impl<H: ConsensusHost> Consensus<H> {
    /// Judges two sealed headers, given as the bytes that travelled. `reporter` gets the reporter's share.
    ///
    /// # Errors
    /// When the bytes are no evidence (K19), the operator is unknown (K16), has no stake left (K28) or is of another
    /// domain (K27), the evidence does not hold (K26), or the host fails.
    pub fn submit_equivocation(
        &mut self,
        reporter: AccountId,
        bytes: &[u8],
    ) -> Result<Vec<Event>, CallError<RefusedEquivocation, H::Error>> {
        let mut state = State::new(&self.host);
        // K19: the bytes are two headers, and no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let evidence: Equivocation =
            decode_exact(bytes, limit).map_err(|e| CallError::Refused(RefusedEquivocation::Bytes(e)))?;
        let id = evidence.first.header.operator;
        // K16: an operator of this host.
        let unknown = CallError::Refused(RefusedEquivocation::UnknownOperator { found: id });
        let operator = state.operator(id)?.ok_or(unknown)?;
        // K28: with something to lose. A second report of anything ends here.
        if matches!(operator.status, Status::Left | Status::Slashed { .. }) {
            return Err(CallError::Refused(RefusedEquivocation::NoStake));
        }
        // K26: two seals under its key for one window.
        let proven = evidence
            .verify(&operator.key)
            .map_err(|e| CallError::Refused(RefusedEquivocation::Equivocation(e)))?;
        // K27: in its own domain.
        let (expected, found) = (operator.domain, proven.domain());
        if expected != found {
            return Err(CallError::Refused(RefusedEquivocation::Domain {
                expected,
                found,
            }));
        }
        state.slash_operator(proven.operator(), reporter, proven.evidence())?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}
