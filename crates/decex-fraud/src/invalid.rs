//! Why evidence does not refute.

use decex_core::list::InvalidListProof;
use decex_core::state::InvalidWitness;

/// Why a proof refutes nothing. None of these says that the receipt is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProof {
    /// F2: made against another receipt than the one it is judged against.
    #[error("the proof names another receipt")]
    Foreign,
    /// F3: the engine at hand runs other rules than the receipt was made under.
    #[error("the engine runs other rules than the receipt's")]
    Rules,
    /// F4: larger than any proof of this domain needs to be.
    #[error("{found} bytes exceed the domain's largest proof of {limit}")]
    TooLarge {
        /// The most bytes that a proof of this domain takes.
        limit: u64,
        /// The bytes given.
        found: u64,
    },
    /// F5: the inbox has no such bundle.
    #[error("the inbox has no bundle {bundle}")]
    UnknownBundle {
        /// The bundle named.
        bundle: u16,
    },
    /// F6: the transactions shown do not stand in the bundle's body where they must.
    #[error("the transactions are not in the body: {0}")]
    Body(InvalidListProof),
    /// F7: what is shown is not what the rule reads.
    #[error("the evidence is not of the kind that the rule reads")]
    Kind,
    /// F8: proven at another index than the one that matters.
    #[error("proven at index {found}, not {expected}")]
    Place {
        /// Where it must stand.
        expected: u32,
        /// Where it was proven.
        found: u32,
    },
    /// F9: the leaves shown are not the sender's transactions from its first one on.
    #[error("not all of the sender's transactions are shown")]
    Sender,
    /// F10: the witness does not open under the root it must show.
    #[error("the witness does not open: {0}")]
    Witness(InvalidWitness),
    /// F11: the witness does not cover everything that is read or written. Says nothing of the claim.
    #[error("the witness is incomplete")]
    IncompleteWitness,
    /// F12: the engine passed its allowance, which breaks its contract. Says nothing of the claim.
    #[error("the engine passed its allowance")]
    Engine,
    /// F13: the verdict agrees with what is shown.
    #[error("the verdict agrees with the evidence")]
    VerdictHolds,
    /// F14: not a refutation of the claimed schedule.
    #[error("the schedule is not refuted: {0}")]
    Schedule(decex_shuffle::InvalidRefutation),
    /// F15: the block has no such step.
    #[error("step {step} is beyond the trace of {length} entries")]
    UnknownStep {
        /// The step named.
        step: u32,
        /// The entries that the block's trace has.
        length: u32,
    },
    /// F16: the trace entries shown do not stand in the claimed trace where they must.
    #[error("the entries are not in the trace: {0}")]
    Trace(InvalidListProof),
    /// F17: the step takes inputs and none are shown, or the other way round, or not as many.
    #[error("the step takes {expected} inputs, {found} are shown")]
    Inputs {
        /// How many the step takes.
        expected: u32,
        /// How many are shown.
        found: u32,
    },
    /// F18: the entries shown do not stand in the claimed schedule where they must.
    #[error("the entries are not in the schedule: {0}")]
    Entries(InvalidListProof),
    /// F19: an entry names a bundle that the receipt does not call valid. The schedule family refutes that.
    #[error("an entry names a bundle that the receipt does not call valid")]
    NotScheduled,
    /// F20: the step leads where the receipt says.
    #[error("the step agrees with the receipt")]
    StepHolds,
}

impl InvalidProof {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Foreign => 2,
            Self::Rules => 3,
            Self::TooLarge { .. } => 4,
            Self::UnknownBundle { .. } => 5,
            Self::Body(_) => 6,
            Self::Kind => 7,
            Self::Place { .. } => 8,
            Self::Sender => 9,
            Self::Witness(_) => 10,
            Self::IncompleteWitness => 11,
            Self::Engine => 12,
            Self::VerdictHolds => 13,
            Self::Schedule(_) => 14,
            Self::UnknownStep { .. } => 15,
            Self::Trace(_) => 16,
            Self::Inputs { .. } => 17,
            Self::Entries(_) => 18,
            Self::NotScheduled => 19,
            Self::StepHolds => 20,
        }
    }
}
