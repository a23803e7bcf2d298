#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod account;
mod bound;
mod claim;
mod execute;
mod inbox;
mod intake;
mod invalid;
mod local;
mod pool;
mod proof;
mod prove;
mod schedule;
mod transition;
mod verify;

pub use account::{AccountError, read_account, touched_by_account};
pub use bound::largest_proof_of;
pub use claim::{Claim, LoadError, pending};
pub use execute::{Derived, ExecuteError, Executed, StepChanges, derive, execute};
pub use intake::{JudgeError, JudgeView, Located, Named, NotRefuted};
pub use invalid::InvalidProof;
pub use local::{BaseStates, JudgedAt, LocalExecution};
pub use pool::{Admitted, FraudPool, NotPooled, PoolLimits, Pooled, Urgency};
pub use proof::{
    Chunk, Evidence, FraudProof, InboxEvidence, MAX_SENDER_LEAVES, MAX_WITNESS, ProofName, ScheduledInput,
    Shown, TransitionEvidence,
};
pub use prove::{ProveError, prove};
pub use verify::{Family, Refutation, verify};

// Part of the signatures above.
pub use decex_bundle;
pub use decex_receipt;
pub use decex_shuffle;
