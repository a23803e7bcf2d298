//! What is run without std: one honest use of each part, and one dishonest use that must be refused.

mod bundle;
mod commitments;
mod election;
mod evm;
mod light;
mod messaging;
mod receipt;
mod schedule;
mod staking;
mod storage;
mod validity;
mod wasm;

/// Runs everything. The error names what did not hold.
pub(crate) fn all() -> Result<(), &'static str> {
    commitments::hashing()?;
    commitments::decoding()?;
    commitments::lists()?;
    election::window()?;
    election::signature()?;
    election::turnout()?;
    bundle::equivocation()?;
    receipt::equivocation()?;
    light::final_state()?;
    schedule::order_and_refutation()?;
    staking::reward_and_slash()?;
    messaging::relayed_once()?;
    storage::audit()?;
    validity::block_without_transfers()?;
    evm::block_over_state_and_witness()?;
    wasm::block_over_state_and_witness()
}

fn holds(condition: bool, name: &'static str) -> Result<(), &'static str> {
    if condition { Ok(()) } else { Err(name) }
}
