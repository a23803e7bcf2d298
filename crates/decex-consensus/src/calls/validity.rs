//! Mark a receipt as proven: it becomes final in its turn, whatever its age.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedValidity, StoreError};
use crate::event::Event;
use crate::host::{ConsensusHost, Engines, Store, Verifiers};
use crate::keys::{self, Due};
use crate::state::{State, corrupt};
use alloc::vec::Vec;
use decex_core::{ConsensusNumber, DecodeError, VerifierId};
use decex_fraud::JudgeError;
use decex_receipt::Record;
use decex_validity::{NotProven, ProofView, Proven, TransitionVerifier, judge};

impl<H: ConsensusHost> Consensus<H> {
    /// Judges a validity proof, given as the bytes that travelled. If it holds, the receipt is marked, and becomes final when the
    /// next block begins, as does everything before it.
    ///
    /// # Errors
    /// When no block has begun (K3), the bytes are too long (K19), they do not show a pending receipt to be right (K41), or the
    /// host fails.
    pub fn submit_validity_proof(
        &mut self,
        bytes: &[u8],
    ) -> Result<Vec<Event>, CallError<RefusedValidity, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: a proof comes in a block.
        let clock = state
            .clock()?
            .ok_or(CallError::Refused(RefusedValidity::NotBegun))?;
        // K19: no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let found = bytes.len();
        if found > limit {
            let error = DecodeError::TooLong { limit, found };
            return Err(CallError::Refused(RefusedValidity::Bytes(error)));
        }
        // K41: the proof shows it.
        let proven = judge(&state, bytes).map_err(fail)?;
        let proof_bytes = u32::try_from(found).unwrap_or(u32::MAX);
        mark(&mut state, &proven, proof_bytes, clock.block.number)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

/// Marks the receipt's record, and queues the domain for confirmation unless it waits there.
fn mark<H: Store>(
    state: &mut State<'_, H>,
    proven: &Proven,
    proof_bytes: u32,
    now: ConsensusNumber,
) -> Result<(), StoreError<H::Error>> {
    let (domain, number, hash) = (proven.domain(), proven.number(), proven.receipt());
    let key = keys::record(domain, &hash);
    // The mark stands in the record: whatever forgets the receipt forgets it too.
    let record: Record = state.expect(&key)?;
    state.set(
        key,
        &Record {
            proven: true,
            ..record
        },
    );
    state.emit(Event::ReceiptProven {
        domain,
        number,
        hash,
        proof_bytes,
    });
    let mut progress = state.expect_progress(domain)?;
    // K43: a domain of this kind waits only for receipts that are proven.
    if !progress.awaits_confirmation {
        progress.awaits_confirmation = true;
        state.set_progress(domain, &progress);
        state.push_due(
            Due::Confirmation,
            ConsensusNumber(now.0.saturating_add(1)),
            &domain,
        )?;
    }
    Ok(())
}

impl<H: Store + Engines + Verifiers + ?Sized> ProofView for State<'_, H> {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        self.host.verifier(id)
    }
}

fn fail<E>(error: JudgeError<NotProven, StoreError<E>>) -> CallError<RefusedValidity, E> {
    match error {
        JudgeError::Refused(refusal) => CallError::Refused(RefusedValidity::Proof(refusal)),
        JudgeError::Inconsistent => CallError::Host(corrupt(&keys::clock())),
        JudgeError::Host(error) => CallError::Host(error),
    }
}
