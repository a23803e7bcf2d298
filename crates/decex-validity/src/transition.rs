//! The hook: what a proof system decides, and nothing else.

use alloc::vec::Vec;
use core::num::NonZeroU32;
use decex_core::execution::{Context, Effects, Input, InputCounts};
use decex_core::hash::digest_encoded;
use decex_core::id::{StateRoot, VerifierId};
use decex_core::label;
use decex_core::message::Message;
use parity_scale_codec::Encode;

/// A state transition that is claimed: these messages and inputs, taken in this order to the state under `parent`, lead through the states of
/// `trace`.
///
/// Everything here is known to be as the receipt commits to it, and the inputs to be the legal ones in the right order. A
/// proof is of all of it: one that leaves out a message, an input, a state or the context says nothing.
#[derive(Clone, Debug)]
pub struct Transition<'a> {
    /// The state before the block.
    pub parent: StateRoot,
    /// What the block is executed in.
    pub context: &'a Context,
    /// The messages that the block takes in first, as consensus put them into the inbox.
    pub messages: &'a [Message],
    /// The inputs in the order of the schedule. Their signatures were checked.
    pub inputs: Vec<Input<'a>>,
    /// Messages, and inputs, per trace entry.
    pub trace_interval: NonZeroU32,
    /// Witness bytes that one input may cause: an input that passes them fails (X3).
    pub witness_limit: u32,
    /// The state after `begin`, after each chunk, and after `finish`: as many as these inputs make.
    pub trace: &'a [StateRoot],
}

impl Transition<'_> {
    /// Returns how many messages and inputs there are.
    #[must_use]
    pub fn input_counts(&self) -> InputCounts {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        InputCounts {
            messages: count(self.messages.len()),
            transactions: count(self.inputs.len()),
        }
    }
}

/// The proof does not show the transition. That says nothing about the receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransition {
    /// The bytes are not a proof of this system.
    #[error("not a proof of this system")]
    Malformed,
    /// The block is not one that this verifier has proofs of.
    #[error("the block is not one that this verifier has proofs of")]
    Unsupported,
    /// The proof does not hold.
    #[error("the proof does not hold")]
    Unproven,
}

/// Checks proofs of the state transitions of one kind of domain.
///
/// # Contract
/// - Sound: if [`verify`](Self::verify) returns effects, then the engine with the domain's rules, run over the inputs from the parent
///   state, reaches exactly the states of the trace and returns exactly these effects. A verifier that is wrong about this
///   makes wrong receipts final, and no fraud proof comes after finality.
/// - Deterministic and total: no bytes make it panic or run without bound, and every node answers the same.
/// - Its id changes whenever its answer could.
pub trait TransitionVerifier {
    /// Names the verifier: what it proves, by which system, at which security level ([`verifier_id`]).
    fn id(&self) -> VerifierId;
    /// Checks that `proof` shows `transition`, and returns the block's effects.
    ///
    /// # Errors
    /// When it does not.
    fn verify(&self, transition: &Transition<'_>, proof: &[u8]) -> Result<Effects, InvalidTransition>;
}

/// Returns the id of the verifier that `code` names, with its `configuration`.
#[must_use]
pub fn verifier_id<T: Encode + ?Sized>(code: &str, configuration: &T) -> VerifierId {
    VerifierId(digest_encoded(&label::VERIFIER, &(code, configuration.encode())))
}
