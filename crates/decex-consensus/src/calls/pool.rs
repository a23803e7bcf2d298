//! Pools: nominate an operator, ask for the money back, claim it.

use crate::books::told;
use crate::consensus::Consensus;
use crate::error::{CallError, RefusedStake};
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::model::Operator;
use crate::state::State;
use alloc::vec::Vec;
use decex_core::{AccountId, Balance, OperatorId};
use decex_staking::{Changes, Extent, Payment, claim, nominate, withdraw};

type Answer<E> = Result<Vec<Event>, CallError<RefusedStake, E>>;

impl<H: ConsensusHost> Consensus<H> {
    /// Adds a deposit of `account` to an operator's pool: a nomination, or more of the operator's own. Its part of the storage
    /// fund can be used at once; the rest counts from the next epoch on.
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16), something is held against it (K18), the pool does not take
    /// the deposit (K38) or the account cannot cover it (K15), or the host fails.
    pub fn nominate(
        &mut self,
        account: AccountId,
        operator: OperatorId,
        deposit: Balance,
    ) -> Answer<H::Error> {
        let mut state = State::new(&self.host);
        let found = open(&state, operator)?;
        // K18: nobody joins a pool that is about to be slashed.
        if !state.is_clean(&found)? {
            return Err(CallError::Refused(RefusedStake::NotClean));
        }
        let now = state.staking_now(found.domain)?;
        let joined = nominate(&state, now, operator, account, deposit);
        // K38: by the rules of pools.
        let joined = told(joined)?.map_err(|e| CallError::Refused(RefusedStake::Pool(e)))?;
        state.book(joined)?;
        state.emit(Event::Nominated {
            operator,
            account,
            deposit,
        });
        let changes = state.into_changes();
        self.apply(changes).map_err(|error| match error {
            // K15: the deposit is covered.
            HoldError::Insufficient => CallError::Refused(RefusedStake::Funds { required: deposit }),
            HoldError::Host(error) => CallError::Host(error),
        })
    }

    /// Asks for shares of `account` to be paid back. They count until the epoch's end and answer until they are
    /// [claimed](Self::claim).
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16) or the pool does not allow it (K38), or the host fails.
    pub fn withdraw(&mut self, account: AccountId, operator: OperatorId, extent: Extent) -> Answer<H::Error> {
        let mut state = State::new(&self.host);
        let found = open(&state, operator)?;
        let now = state.staking_now(found.domain)?;
        let rules = self.staking_rules(&state, found.domain)?;
        let asked = withdraw(&state, now, &rules, operator, account, extent);
        // K38: by the rules of pools.
        let asked = told(asked)?.map_err(|e| CallError::Refused(RefusedStake::Pool(e)))?;
        state.book(asked)?;
        state.emit(Event::WithdrawalQueued { operator, account });
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// Pays what is due to `account` in an operator's pool: anybody may ask, for anybody. Nothing is due before the unlock
    /// period is over and nothing can be held against the stake any more (K35).
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16) or nothing is due (K38), or the host fails.
    pub fn claim(&mut self, operator: OperatorId, account: AccountId) -> Answer<H::Error> {
        let mut state = State::new(&self.host);
        let found = open(&state, operator)?;
        let now = state.staking_now(found.domain)?;
        // K38: by the rules of pools.
        let due = told(claim(&state, now, operator, account))?;
        let due = due.map_err(|e| CallError::Refused(RefusedStake::Pool(e)))?;
        let amount = released(&due);
        state.book(due)?;
        state.emit(Event::Claimed {
            operator,
            account,
            amount,
        });
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

pub(super) fn open<H: Store>(
    state: &State<'_, H>,
    operator: OperatorId,
) -> Result<Operator, CallError<RefusedStake, H::Error>> {
    // K3: a pool is in the epoch of a block.
    if state.clock()?.is_none() {
        return Err(CallError::Refused(RefusedStake::NotBegun));
    }
    // K16: an operator of this host.
    let unknown = CallError::Refused(RefusedStake::UnknownOperator { found: operator });
    state.operator(operator)?.ok_or(unknown)
}

fn released(changes: &Changes) -> Balance {
    let released = changes.payments.iter().find_map(|payment| match payment {
        Payment::Release { amount, .. } => Some(*amount),
        Payment::Hold { .. } | Payment::Treasury { .. } | Payment::Burn { .. } => None,
    });
    released.unwrap_or_default()
}
