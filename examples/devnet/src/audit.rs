//! What the chain keeps of its storage audit, and how a block changes it.

use crate::block::{Block, Origin, farmer_id};
use crate::entropy::Entropy;
use crate::host::DevHost;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::{Digest, Randomness, Slot};
use decex_election::InvalidSignature;
use decex_farmer::archive::SegmentHeader;
use decex_storage_audit::{
    AuditChallenge, AuditError, Audited, Era, HistorySize, InvalidSolution, SolutionRange, verify,
};
use parity_scale_codec::{Decode, Encode};

/// What the chain keeps of its storage audit, beside the roots of segments and the entropies of epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuditState {
    /// How many segments history has.
    pub segments: HistorySize,
    /// What tickets must be below.
    pub range: SolutionRange,
    /// The slot that the era is counted from.
    pub era_slot: u64,
    /// Blocks of the era so far.
    pub era_blocks: u32,
    /// What slots draw their randomness from.
    pub entropy: Entropy,
}

/// A chain before its genesis: nothing wins.
impl Default for AuditState {
    fn default() -> Self {
        Self {
            segments: HistorySize(0),
            range: SolutionRange(0),
            era_slot: 0,
            era_blocks: 0,
            entropy: Entropy::default(),
        }
    }
}

/// Why a block is none of this chain. A node that is given one stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
    /// There is one genesis.
    #[error("a second genesis")]
    Genesis,
    /// It says that an engine ordered it, on a chain of farmers.
    #[error("a block that no farmer won")]
    NotWon,
    /// Its slot has not come.
    #[error("a block of slot {found} in slot {now}")]
    Future {
        /// The slot that it is.
        now: u64,
        /// The block's.
        found: u64,
    },
    /// Its farmer did not make it.
    #[error("the seal: {0}")]
    Seal(#[from] InvalidSignature),
    /// Its farmer did not win the slot (A2 to A9).
    #[error("the solution: {0}")]
    Solution(#[from] InvalidSolution),
    /// It does not carry the headers of the segments that are due, or carries others.
    #[error("headers of segments: {} are due, {} found, or others", expected.len(), found.len())]
    Headers {
        /// What the node's own archiver made.
        expected: Vec<SegmentHeader>,
        /// What is in the block.
        found: Vec<SegmentHeader>,
    },
    /// Height, parent or slot does not follow, or something in it is refused.
    #[error("{what}: {why}")]
    Refused {
        /// What.
        what: &'static str,
        /// By which rule.
        why: String,
    },
}

impl AuditState {
    /// Begins a chain: writes down the segments that genesis fills.
    pub fn begin(host: &mut DevHost, entropy: Digest, range: SolutionRange, headers: &[SegmentHeader]) {
        let mut state = Self {
            range,
            entropy: Entropy::new(entropy),
            ..Self::default()
        };
        state.settle(host, 0);
        state.grow(host, headers);
        host.set_audit(&state);
    }

    /// Settles the entropies that a block at `slot` comes too late for.
    fn settle(&mut self, host: &mut DevHost, slot: u64) {
        for (epoch, entropy) in self.entropy.settle(slot) {
            host.set_entropy(epoch, &entropy);
        }
    }

    /// Adds segments to history.
    fn grow(&mut self, host: &mut DevHost, headers: &[SegmentHeader]) {
        for header in headers {
            host.set_segment_root(header.index, &header.root);
            self.segments = HistorySize(self.segments.0.saturating_add(1));
        }
    }

    /// Counts a block at `slot`; at the end of an era, sets the range anew.
    fn count(&mut self, era: &Era, slot: u64) {
        self.era_blocks = self.era_blocks.saturating_add(1);
        if self.era_blocks >= era.blocks() {
            self.range = era.retarget(self.range, slot.saturating_sub(self.era_slot));
            self.era_slot = slot;
            self.era_blocks = 0;
        }
    }
}

/// Judges headers and solution of a block on top of the chain that `host` has. `due` are the headers that the node's own archiver
/// made. Whether the farmer sealed the block is checked before.
///
/// # Errors
/// The outer one when the host breaks its contract, the inner one when the block is invalid.
pub fn judge(
    setup: &Setup,
    host: &DevHost,
    due: &[SegmentHeader],
    block: &Block,
) -> Result<Result<Audited, InvalidBlock>, Problem> {
    let (farmer, solution) = match &block.origin {
        Origin::Genesis(_) => return Ok(Err(InvalidBlock::Genesis)),
        Origin::Ordered { .. } => return Ok(Err(InvalidBlock::NotWon)),
        Origin::Won { farmer, solution } => (farmer, solution),
    };
    if block.headers != due {
        return Ok(Err(InvalidBlock::Headers {
            expected: due.to_vec(),
            found: block.headers.clone(),
        }));
    }
    let challenge = AuditChallenge::new(&host.next_randomness(block.slot), Slot(block.slot));
    let range = host.audit().range;
    let verdict = verify(
        &setup.audit,
        host,
        &farmer_id(farmer),
        &challenge,
        range,
        solution,
    );
    match verdict {
        Ok(audited) => Ok(Ok(audited)),
        Err(AuditError::Invalid(rule)) => Ok(Err(rule.into())),
        Err(AuditError::MissingRoot { segment }) => {
            let why = format!("the root of segment {segment} is missing");
            Err(Problem::new("the chain's history", why))
        }
        Err(AuditError::Host(never)) => match never {},
    }
}

/// Writes down what a block changes that was judged.
pub fn record(setup: &Setup, host: &mut DevHost, block: &Block, output: &Randomness) {
    let mut state = host.audit();
    // A block does not count for epochs that it comes too late for.
    state.settle(host, block.slot);
    state.entropy.gather(output);
    state.grow(host, &block.headers);
    state.count(&setup.era, block.slot);
    host.set_audit(&state);
}
