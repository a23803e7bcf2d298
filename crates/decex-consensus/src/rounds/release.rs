//! Release the stakes of operators that left.

use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::keys::Due;
use crate::model::{Operator, Status};
use crate::state::State;
use decex_core::{ConsensusNumber, OperatorId};

/// Releases at most `budget` stakes whose unlock period is over. A stake that a pending or removed receipt still stands
/// on waits for the next block, however long that goes on.
pub(crate) fn release_stakes<H: Store>(
    state: &mut State<'_, H>,
    now: ConsensusNumber,
    budget: u32,
) -> Result<(), StoreError<H::Error>> {
    for _ in 0..budget {
        let Some(id) = state.pop_due::<OperatorId>(Due::Unlock, now)? else {
            break;
        };
        let Some(mut operator) = state.operator(id)? else {
            continue;
        };
        // It was slashed in the meantime.
        if !matches!(operator.status, Status::Leaving { .. }) {
            continue;
        }
        if is_liable(state, &operator)? {
            state.push_due(Due::Unlock, ConsensusNumber(now.0.saturating_add(1)), &id)?;
            continue;
        }
        operator.status = Status::Left;
        state.set_operator(id, &operator);
        state.release(operator.account, operator.stake);
        state.emit(Event::StakeReleased {
            operator: id,
            amount: operator.stake,
        });
    }
    Ok(())
}

/// Whether anything that the operator vouches for can still be refuted, or was.
fn is_liable<H: Store>(state: &State<'_, H>, operator: &Operator) -> Result<bool, StoreError<H::Error>> {
    let Some((number, _)) = operator.backed else {
        return Ok(false);
    };
    Ok(number > state.expect_progress(operator.domain)?.confirmed)
}
