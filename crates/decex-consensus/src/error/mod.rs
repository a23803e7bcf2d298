//! Why a call did nothing. Each call has its own enum of broken rules; the host's own faults stand apart.

mod channel;
mod domain;
mod message;
mod operator;

pub use channel::{RefusedChannel, RefusedRelay};
pub use domain::{RefusedBlock, RefusedDomain, RefusedEndowment, RefusedOwnerCall};
pub use message::{RefusedBundle, RefusedEquivocation, RefusedProof};
pub use operator::{RefusedAbsence, RefusedDeregistration, RefusedRegistration, RefusedStake};

/// A call that did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<I, E> {
    /// A rule is broken. The store and the ledger are untouched.
    #[error(transparent)]
    Refused(I),
    /// The host failed. It discards what the call may have written.
    #[error("the host failed")]
    Host(StoreError<E>),
}

impl<I, E> From<StoreError<E>> for CallError<I, E> {
    fn from(error: StoreError<E>) -> Self {
        Self::Host(error)
    }
}

/// A fault of the host. Says nothing about the message that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError<E> {
    /// The host's own error, passed through.
    #[error("the host failed")]
    Host(E),
    /// The store holds what no accepted call wrote: it was damaged, or written to by somebody else.
    #[error("the store is corrupt at a key of kind {kind}")]
    Corrupt {
        /// The kind of the key: its first byte, see [`keys`](crate::keys).
        kind: u8,
    },
}
