//! Take out who is absent; take it back.

use crate::books::told;
use crate::consensus::Consensus;
use crate::error::{CallError, RefusedAbsence, RefusedStake};
use crate::event::Event;
use crate::host::ConsensusHost;
use crate::state::State;
use alloc::vec::Vec;
use decex_core::{AccountId, OperatorId};
use decex_staking::{deactivate, reactivate};

impl<H: ConsensusHost> Consensus<H> {
    /// Takes an operator that is absent out of the elections. Anybody may ask; nobody loses anything.
    ///
    /// One that was accused since it was last reported could not bundle for a while, whoever was right: its record begins anew
    /// instead, and a later call judges that.
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16), something is held against it (K18), it does not take
    /// part (K38) or is not absent (K39), or the host fails.
    pub fn report_absence(
        &mut self,
        operator: OperatorId,
    ) -> Result<Vec<Event>, CallError<RefusedAbsence, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: an operator is absent from epochs that a block has ended.
        if state.clock()?.is_none() {
            return Err(CallError::Refused(RefusedAbsence::NotBegun));
        }
        // K16: an operator of this host.
        let unknown = CallError::Refused(RefusedAbsence::UnknownOperator { found: operator });
        let mut found = state.operator(operator)?.ok_or(unknown)?;
        // K18: it could have bundled.
        if !state.is_clean(&found)? {
            return Err(CallError::Refused(RefusedAbsence::NotClean));
        }
        let now = state.staking_now(found.domain)?;
        let out = told(deactivate(&state, now, operator))?;
        // K38: it takes part.
        let out = out.map_err(|e| CallError::Refused(RefusedAbsence::Pool(e)))?;
        // K39: it is absent.
        let absent = state.check_absent(found.domain, operator)?;
        absent.map_err(|e| CallError::Refused(RefusedAbsence::Present(e)))?;
        if found.accused.take().is_some() {
            // K39: not for the time in which it was accused.
            state.forgive(found.domain, operator)?;
            state.set_operator(operator, &found);
            state.emit(Event::AbsenceForgiven { operator });
        } else {
            state.book(out)?;
            state.emit(Event::OperatorDeactivated { operator });
        }
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// Takes an operator that was taken out for absence back, from the next epoch on.
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16), or `caller` is not its account, it is not out or may not return
    /// yet (K38), or the host fails.
    pub fn reactivate_operator(
        &mut self,
        caller: AccountId,
        operator: OperatorId,
    ) -> Result<Vec<Event>, CallError<RefusedStake, H::Error>> {
        let mut state = State::new(&self.host);
        let found = super::pool::open(&state, operator)?;
        let now = state.staking_now(found.domain)?;
        let rules = self.staking_rules(&state, found.domain)?;
        let back = reactivate(&state, now, &rules, operator, caller);
        // K38: by the rules of pools.
        let back = told(back)?.map_err(|e| CallError::Refused(RefusedStake::Pool(e)))?;
        state.book(back)?;
        state.forgive(found.domain, operator)?;
        state.emit(Event::OperatorReactivated { operator });
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}
