//! From bytes to a value that is final.

use crate::error::{InvalidLight, LightError};
use crate::proof::LightProof;
use decex_core::id::{ConsensusNumber, DomainId};
use decex_core::state::{StateCommitment, StateKey};
use decex_receipt::{Anchor, Attested, Entry, FinalState, Finalized, attest};

/// The part of a domain's final state that a proof shows, and as of which block of the host.
#[derive(Debug)]
pub struct View {
    attested: Finalized<Attested>,
    state: Finalized<FinalState>,
}

impl View {
    /// The block of the host as of which the receipt is the last final one.
    #[must_use]
    pub fn at(&self) -> ConsensusNumber {
        self.attested.at
    }

    /// The receipt, how it became final, and where the head of the domain's chain is at that block.
    #[must_use]
    pub const fn attested(&self) -> &Finalized<Attested> {
        &self.attested
    }

    /// Returns what stands under a key.
    ///
    /// # Errors
    /// When the proof does not cover the key (Y5).
    pub fn entry<E>(&self, key: &StateKey) -> Result<Finalized<Entry>, LightError<E>> {
        Ok(self.state.entry(key)?)
    }
}

/// Verifies a proof about `domain` and opens it, for any number of keys. `commitment` is the state commitment of the domain.
///
/// # Errors
/// When the bytes are no proof (Y1), the anchor does not accept the header (Y2), the receipt is not the domain's last final one under it
/// (Y3), or the witness is not one of the receipt's state (Y4); or when the anchor cannot tell. In this order, cheapest to refuse first but for
/// the header, which everything hangs from.
pub fn open<A: Anchor>(
    anchor: &A,
    commitment: &dyn StateCommitment,
    bytes: &[u8],
    domain: DomainId,
) -> Result<View, LightError<A::Error>> {
    // Y1: one canonical value, within its bounds, before anything is hashed.
    let proof = LightProof::read(bytes).map_err(|error| LightError::Invalid(InvalidLight::Bytes(error)))?;
    // The last final receipt of the domain (Y2, Y3).
    let attested = attest(anchor, &proof.header, domain, &proof.finality, proof.receipt)?;
    // Y4: a witness of the state that it ends with.
    let state = attested
        .open(commitment, &proof.witness)
        .map_err(|error| LightError::Invalid(InvalidLight::Witness(error)))?;
    Ok(View { attested, state })
}

/// Verifies that a proof shows `key` in the final state of `domain`, and returns what stands there. How old the header may be is for the
/// anchor to say; a reader that must not go back compares [`Entry::number`] with the last one that it has seen.
///
/// # Errors
/// As [`open`]; and when the proof does not cover the key (Y5).
pub fn verify<A: Anchor>(
    anchor: &A,
    commitment: &dyn StateCommitment,
    bytes: &[u8],
    domain: DomainId,
    key: &StateKey,
) -> Result<Finalized<Entry>, LightError<A::Error>> {
    open(anchor, commitment, bytes, domain)?.entry(key)
}
