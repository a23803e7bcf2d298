//! What an operator claims of one domain block.

use decex_bundle::{Carried, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::execution::Effects;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::id::{
    ConsensusHash, ConsensusNumber, DomainId, DomainNumber, ListRoot, ReceiptHash, RuleSet, Seed, StateRoot,
};
use decex_core::label;
use decex_core::params::MAX_BUNDLES_PER_BLOCK;
use decex_core::schedule::{Entry, ScheduleClaim};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The version of receipt that this crate writes and accepts (rule R1).
pub const VERSION: u8 = 1;

/// What a receipt claims of its trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct TraceClaim {
    /// Root over the state roots.
    pub root: ListRoot,
    /// How many.
    pub length: u32,
}

/// What a receipt follows from: everything that execution reads is a function of it, so one right receipt has this origin.
///
/// The parent's hash determines all ancestors, hence the state before the block and which bases were removed (L0). The
/// consensus block's hash determines the bundles with their bases, slot, time and price. The seed is apart because its
/// randomness may come from a later block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Origin {
    /// The version of receipt.
    pub version: u8,
    /// The rules.
    pub rules: RuleSet,
    /// The domain.
    pub domain: DomainId,
    /// The block.
    pub number: DomainNumber,
    /// The preceding receipt.
    pub parent: ReceiptHash,
    /// The consensus block.
    pub consensus_number: ConsensusNumber,
    /// Its hash.
    pub consensus_hash: ConsensusHash,
    /// The seed of the schedule.
    pub seed: Seed,
}

/// A claim about one domain block. Constant size apart from the verdicts; its hash is the domain block's hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Receipt {
    /// [`VERSION`].
    pub version: u8,
    /// The rules it is judged by, whatever is upgraded since.
    pub rules: RuleSet,
    /// The domain.
    pub domain: DomainId,
    /// The block.
    pub number: DomainNumber,
    /// The preceding receipt.
    pub parent: ReceiptHash,
    /// The consensus block it derives from.
    pub consensus_number: ConsensusNumber,
    /// Its hash.
    pub consensus_hash: ConsensusHash,
    /// The seed of its schedule. It comes from a later block than the one above, which a fork of the consensus chain can
    /// replace: a receipt made on one branch does not pass for one of the other.
    pub seed: Seed,
    /// One verdict per inboxed bundle, in the inbox's order.
    pub verdicts: BoundedVec<Verdict, MAX_BUNDLES_PER_BLOCK>,
    /// In what order.
    pub schedule: ScheduleClaim,
    /// Through which states.
    pub trace: TraceClaim,
    /// With what state at the end.
    pub state: StateRoot,
    /// And with what effects beside it.
    pub effects: Effects,
}

impl Receipt {
    /// Hashes the receipt.
    #[must_use]
    pub fn compute_hash(&self) -> ReceiptHash {
        ReceiptHash(digest_encoded(&label::RECEIPT, self))
    }

    /// Returns what the receipt follows from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        // Whole, so that a new field has to be put on one side or the other.
        let Self {
            version,
            rules,
            domain,
            number,
            parent,
            consensus_number,
            consensus_hash,
            seed,
            verdicts: _,
            schedule: _,
            trace: _,
            state: _,
            effects: _,
        } = *self;
        Origin {
            version,
            rules,
            domain,
            number,
            parent,
            consensus_number,
            consensus_hash,
            seed,
        }
    }
}

/// What must be published beside a new receipt so that anybody can open its commitments: without it a liar could keep
/// the content of a wrong schedule or trace to himself, and nobody could refute it. Checked against the roots at
/// submission, then forgotten by the host's state; watchers read it from the block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Openings {
    /// The schedule's entries.
    pub schedule: BoundedVec<Entry, MAX_OPENINGS>,
    /// The trace's state roots.
    pub trace: BoundedVec<StateRoot, MAX_OPENINGS>,
}

/// Most entries of one opened list: all bundles of a block at their largest, with a trace entry each and two more.
pub const MAX_OPENINGS: u32 = (1 << 22) + 2;

/// A receipt on its way to consensus.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Submission {
    /// The claim.
    pub receipt: Receipt,
    /// Required where the receipt is new to the chain; where it is not, only their length is looked at.
    pub openings: Option<Openings>,
}

impl Carried for Submission {
    fn compute_leaf(&self) -> Digest {
        self.receipt.compute_hash().0
    }
}

/// A bundle as it travels: with receipts of this crate.
pub type Bundle = decex_bundle::Bundle<Submission>;

/// Returns the receipt of a domain's genesis: computed by everyone, submitted by nobody.
#[must_use]
pub fn genesis_receipt(
    domain: DomainId,
    rules: RuleSet,
    state: StateRoot,
    created: ConsensusNumber,
) -> Receipt {
    Receipt {
        version: VERSION,
        rules,
        domain,
        number: DomainNumber(0),
        parent: ReceiptHash(Digest::ZERO),
        consensus_number: created,
        consensus_hash: ConsensusHash(Digest::ZERO),
        seed: Seed(Digest::ZERO),
        verdicts: BoundedVec::default(),
        schedule: ScheduleClaim {
            root: decex_core::list::root(&[]),
            count: 0,
        },
        trace: TraceClaim {
            root: decex_core::list::root(&[]),
            length: 0,
        },
        state,
        effects: Effects {
            outbox: decex_core::list::root(&[]),
            ..Effects::default()
        },
    }
}
