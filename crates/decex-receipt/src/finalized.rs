//! Values that nothing can take back any more, and who may say so.

use crate::attest::Attested;
use crate::receipt::Receipt;
use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;
use decex_core::id::{DomainId, DomainNumber, StateRoot};
use decex_core::state::{InvalidWitness, ReadError, StateCommitment, StateKey, StateTree, Value};

/// A value of a receipt that nothing can remove any more. A function that takes it cannot be handed a root that is still disputed.
///
/// It begins at two doors and nowhere else. On the host itself the tracker opens it: [`confirm`](crate::confirm) and
/// [`last_final`](crate::last_final), which believe the host's [`ReceiptView`](crate::ReceiptView). Elsewhere a header of the host does:
/// [`attest`](crate::attest), which believes an [`Anchor`](crate::Anchor). From there only the methods below lead on: there is no
/// general `map`, because a closure may return anything.
///
/// ```compile_fail,E0423
/// let forged = decex_receipt::Finalized(7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finalized<T>(T);

impl<T> Finalized<T> {
    /// Says that a value is final. `tests/tests/house_finalized.rs` holds that only the two doors call it.
    pub(crate) const fn vouch(value: T) -> Self {
        Self(value)
    }

    /// Returns the value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Finalized<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Finalized<Attested> {
    /// Returns the receipt alone.
    #[must_use]
    pub fn into_receipt(self) -> Finalized<Receipt> {
        Finalized(self.0.receipt)
    }

    /// As [`Finalized<Receipt>::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(
        &self,
        commitment: &dyn StateCommitment,
        witness: &[u8],
    ) -> Result<Finalized<FinalState>, InvalidWitness> {
        FinalState::open(&self.0.receipt, commitment, witness).map(Finalized)
    }
}

impl Finalized<Receipt> {
    /// Returns the state root that the receipt ends with.
    #[must_use]
    pub const fn state(&self) -> Finalized<StateRoot> {
        Finalized(self.0.state)
    }

    /// Opens a witness at that root. `commitment` is the domain's: what its engine calls its own.
    ///
    /// # Errors
    /// When the witness does not open there (W rules of the commitment).
    pub fn open(
        &self,
        commitment: &dyn StateCommitment,
        witness: &[u8],
    ) -> Result<Finalized<FinalState>, InvalidWitness> {
        FinalState::open(&self.0, commitment, witness).map(Finalized)
    }
}

/// The part of a final state that a witness shows.
pub struct FinalState {
    domain: DomainId,
    number: DomainNumber,
    tree: Box<dyn StateTree>,
}

impl FinalState {
    fn open(
        receipt: &Receipt,
        commitment: &dyn StateCommitment,
        witness: &[u8],
    ) -> Result<Self, InvalidWitness> {
        Ok(Self {
            domain: receipt.domain,
            number: receipt.number,
            tree: commitment.open(&receipt.state, witness)?,
        })
    }
}

impl fmt::Debug for FinalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinalState")
            .field("domain", &self.domain)
            .field("number", &self.number)
            .field("root", &self.tree.root())
            .finish()
    }
}

/// What stands under one key of a domain's final state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The domain.
    pub domain: DomainId,
    /// The domain block after which it stands there.
    pub number: DomainNumber,
    /// The key.
    pub key: StateKey,
    /// What stands under it; `None` where nothing does, which is shown and not assumed.
    pub value: Option<Value>,
}

impl Finalized<FinalState> {
    /// Returns what stands under `key`.
    ///
    /// # Errors
    /// [`ReadError::IncompleteWitness`] when the witness does not cover the key: that is never "absent".
    pub fn entry(&self, key: &StateKey) -> Result<Finalized<Entry>, ReadError> {
        let FinalState { domain, number, tree } = &self.0;
        Ok(Finalized(Entry {
            domain: *domain,
            number: *number,
            key: *key,
            value: tree.get(key)?,
        }))
    }
}
