//! What a block does to a chain.

use crate::audit::{InvalidBlock, judge, record};
use crate::block::{Block, Origin};
use crate::host::DevHost;
use crate::ordering;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_consensus::{Consensus, Event};
use decex_core::Digest;
use decex_farmer::archive::SegmentHeader;
use parity_scale_codec::Encode;
use std::time::{Duration, Instant};

/// What executing a block brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Executed {
    /// What happened.
    pub events: Vec<Event>,
    /// The longest that the chain took for a fraud proof.
    pub verification: Option<Duration>,
    /// What it took for each fraud proof that removed something, by the name of the evidence.
    pub verified: Vec<(Digest, Duration)>,
    /// The longest that the chain took for a validity proof.
    pub validity: Option<Duration>,
}

/// Checks what can be said of a block without the chain under it: who made it, and that its slot `now` has come.
///
/// # Errors
/// When it is genesis, of the future, or not made by its farmer.
pub fn admit(block: &Block, now: u64) -> Result<(), InvalidBlock> {
    if matches!(block.origin, Origin::Genesis(_)) {
        return Err(InvalidBlock::Genesis);
    }
    if block.slot > now {
        return Err(InvalidBlock::Future {
            now,
            found: block.slot,
        });
    }
    block.author()?;
    Ok(())
}

/// Begins a block on `chain`: judges its solution, and tells the chain the randomness that it yields.
///
/// # Errors
/// The outer one when the host fails, the inner one when the block is invalid; then the chain is not to be used.
pub fn begin(
    setup: &Setup,
    chain: &mut Consensus<DevHost>,
    due: &[SegmentHeader],
    block: &Block,
) -> Result<Result<Vec<Event>, InvalidBlock>, Problem> {
    let output = match &block.origin {
        // Which block is final is the engine's to say, and it said so.
        Origin::Ordered { digest, .. } if setup.is_ordered => ordering::output(digest),
        Origin::Genesis(_) | Origin::Won { .. } | Origin::Ordered { .. } => {
            match judge(setup, chain.host(), due, block)? {
                Ok(audited) => audited.output(),
                Err(invalid) => return Ok(Err(invalid)),
            }
        }
    };
    record(setup, chain.host_mut(), block, &output);
    let begun = chain.begin_block(&block.info(output));
    Ok(begun.map_err(|error| refused("the block", error)))
}

/// Executes a whole block on `chain`.
///
/// # Errors
/// As [`begin`].
pub fn execute(
    setup: &Setup,
    chain: &mut Consensus<DevHost>,
    due: &[SegmentHeader],
    block: &Block,
) -> Result<Result<Executed, InvalidBlock>, Problem> {
    let mut executed = Executed::default();
    match begin(setup, chain, due, block)? {
        Ok(events) => executed.events = events,
        Err(invalid) => return Ok(Err(invalid)),
    }
    Ok(fill(chain, block, &mut executed).map(|()| executed))
}

/// Fraud proofs, then validity proofs, then messages, then bundles.
fn fill(chain: &mut Consensus<DevHost>, block: &Block, executed: &mut Executed) -> Result<(), InvalidBlock> {
    for bytes in &block.proofs {
        prove(chain, bytes, executed)?;
    }
    for bytes in &block.validity {
        show(chain, bytes, executed)?;
    }
    for message in &block.messages {
        let relayed = chain.relay_message(message);
        let events = relayed.map_err(|error| refused("a message", error))?;
        executed.events.extend(events);
    }
    for bundle in &block.bundles {
        let submitted = chain.submit_bundle(&bundle.encode());
        let events = submitted.map_err(|error| refused("a bundle", error))?;
        executed.events.extend(events);
    }
    Ok(())
}

/// Gives the chain a fraud proof.
///
/// # Errors
/// When the chain refuses it.
pub fn prove(
    chain: &mut Consensus<DevHost>,
    proof: &[u8],
    executed: &mut Executed,
) -> Result<(), InvalidBlock> {
    let start = Instant::now();
    let events = chain
        .submit_proof(proof)
        .map_err(|error| refused("a fraud proof", error))?;
    let time = start.elapsed();
    executed.verification = executed.verification.max(Some(time));
    executed.verified.extend(events.iter().find_map(|event| {
        if let Event::ReceiptsRemoved { evidence, .. } = event {
            Some((*evidence, time))
        } else {
            None
        }
    }));
    executed.events.extend(events);
    Ok(())
}

/// Gives the chain a validity proof.
///
/// # Errors
/// When the chain refuses it.
pub fn show(
    chain: &mut Consensus<DevHost>,
    proof: &[u8],
    executed: &mut Executed,
) -> Result<(), InvalidBlock> {
    let start = Instant::now();
    let events = chain
        .submit_validity_proof(proof)
        .map_err(|error| refused("a validity proof", error))?;
    executed.validity = executed.validity.max(Some(start.elapsed()));
    executed.events.extend(events);
    Ok(())
}

fn refused(what: &'static str, error: impl std::fmt::Display) -> InvalidBlock {
    InvalidBlock::Refused {
        what,
        why: error.to_string(),
    }
}
