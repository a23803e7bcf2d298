//! Punish an operator that sealed two different bundles for one window, or vouched for two different receipts of one
//! origin. The receipt chain is not touched.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedEquivocation};
use crate::event::Event;
use crate::host::ConsensusHost;
use crate::state::State;
use alloc::vec::Vec;
use decex_bundle::Equivocation;
use decex_core::{AccountId, Digest, DomainId, OperatorId, decode_exact};
use decex_election::OperatorKey;
use decex_receipt::ReceiptEquivocation;
use decex_staking::StakingView;
use parity_scale_codec::Decode;

type Refused<E> = CallError<RefusedEquivocation, E>;

/// What evidence of either kind proves of the operator that it accuses.
struct Offence {
    domain: DomainId,
    evidence: Digest,
}

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
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        let accused = |evidence: &Equivocation| evidence.first.header.operator;
        self.punish(reporter, bytes, accused, |evidence, key| {
            // K26: two seals under its key for one window.
            let proven = evidence.verify(key).map_err(RefusedEquivocation::Equivocation)?;
            Ok(Offence {
                domain: proven.domain(),
                evidence: proven.evidence(),
            })
        })
    }

    /// Judges two receipts in sealed headers, given as the bytes that travelled. `reporter` gets the reporter's share.
    ///
    /// # Errors
    /// When the bytes are no evidence (K19), the operator is unknown (K16), has no stake left (K28) or is of another
    /// domain (K27), the evidence does not hold (K30), or the host fails.
    pub fn submit_receipt_equivocation(
        &mut self,
        reporter: AccountId,
        bytes: &[u8],
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        let accused = |evidence: &ReceiptEquivocation| evidence.first.header.header.operator;
        self.punish(reporter, bytes, accused, |evidence, key| {
            // K30: two receipts of one origin under its key.
            let proven = evidence.verify(key).map_err(RefusedEquivocation::Receipts)?;
            Ok(Offence {
                domain: proven.domain(),
                evidence: proven.evidence(),
            })
        })
    }

    fn punish<T: Decode>(
        &mut self,
        reporter: AccountId,
        bytes: &[u8],
        accused: impl FnOnce(&T) -> OperatorId,
        judge: impl FnOnce(&T, &OperatorKey) -> Result<Offence, RefusedEquivocation>,
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        let mut state = State::new(&self.host);
        // K19: the bytes are evidence, and no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let evidence: T =
            decode_exact(bytes, limit).map_err(|e| CallError::Refused(RefusedEquivocation::Bytes(e)))?;
        let id = accused(&evidence);
        // K16: an operator of this host.
        let unknown = CallError::Refused(RefusedEquivocation::UnknownOperator { found: id });
        let operator = state.operator(id)?.ok_or(unknown)?;
        // K28: with something to lose. A second report of anything ends here.
        if state.pool(id)?.is_none_or(|pool| pool.status.is_over()) {
            return Err(CallError::Refused(RefusedEquivocation::NoStake));
        }
        let offence = judge(&evidence, &operator.key).map_err(CallError::Refused)?;
        // K27: in its own domain.
        let (expected, found) = (operator.domain, offence.domain);
        if expected != found {
            return Err(CallError::Refused(RefusedEquivocation::Domain {
                expected,
                found,
            }));
        }
        state.slash_operator(id, &self.config, Some(reporter), offence.evidence)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}
