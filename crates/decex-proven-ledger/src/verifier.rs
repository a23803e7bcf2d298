//! The verifier: from a block and a proof to the block's effects.

use crate::air::{ASSERTIONS, CONSTRAINTS, LedgerAir};
use crate::engine::{ProvenLedger, effects};
use crate::hash::Felt;
use crate::layout::{CYCLE, ROW_WIDTH};
use crate::statement::{MAX_TRANSFERS, Statement};
use crate::wire::has_shape;
use alloc::vec::Vec;
use decex_core::codec::{BoundedBytes, BoundedVec, decode_exact};
use decex_core::execution::{Effects, Engine};
use decex_core::id::{StateRoot, VerifierId};
use decex_core::params::MAX_TRANSITION_PROOF;
use decex_validity::{InvalidTransition, Transition, TransitionVerifier, verifier_id};
use parity_scale_codec::{Decode, Encode};
use winter_air::BatchingMethod;
use winter_air::proof::Context;
use winter_verifier::crypto::hashers::Blake3_256;
use winter_verifier::crypto::{DefaultRandomCoin, MerkleTree};
use winter_verifier::{
    AcceptableOptions, Deserializable, FieldExtension, Proof, ProofOptions, Serializable, TraceInfo, verify,
};

/// Bits of security that a proof has at least, as proven in the list-decoding regime, in the random-oracle model. By the conjecture that
/// the library also computes with it is 128.
pub const MINIMUM_SECURITY: u32 = 100;

/// Hash of the proof system's own commitments, and of its challenges.
pub(crate) type ProofHash = Blake3_256<Felt>;

/// Returns the parameters of every proof.
#[must_use]
pub const fn options() -> ProofOptions {
    // Chosen for what is proven, not for what is conjectured: about 1.5 bits a query, and 16 bits of work. The cubic extension has
    // 192 bits.
    ProofOptions::new(
        60,
        8,
        16,
        FieldExtension::Cubic,
        8,
        31,
        BatchingMethod::Linear,
        BatchingMethod::Linear,
    )
}

/// What a proof of a block consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct TransferProof {
    /// The state after each transfer.
    pub roots: BoundedVec<StateRoot, MAX_TRANSFERS>,
    /// The STARK, without the parameters in front, which are fixed. Empty for a block without transfers.
    pub stark: BoundedBytes<MAX_TRANSITION_PROOF>,
}

/// Checks proofs of blocks of one ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerVerifier(pub ProvenLedger);

impl TransitionVerifier for LedgerVerifier {
    fn id(&self) -> VerifierId {
        let system = "decex-proven-ledger/1 winterfell 0.13.1 rescue-prime-64-256 blake3-256";
        verifier_id(system, &(self.0.rule_set(), options().to_bytes()))
    }

    fn verify(&self, transition: &Transition<'_>, proof: &[u8]) -> Result<Effects, InvalidTransition> {
        let proof: TransferProof =
            decode_exact(proof, proof.len()).map_err(|_| InvalidTransition::Malformed)?;
        let Some(statement) = Statement::of(transition, &proof.roots)? else {
            // Nothing to prove, and no proof beside it.
            return if proof.stark.is_empty() {
                Ok(effects())
            } else {
                Err(InvalidTransition::Malformed)
            };
        };
        verify_statement(statement, &proof.stark)?;
        Ok(effects())
    }
}

/// Returns the bytes that stand in front of every proof of so many transfers: the table's shape and the parameters. They are put
/// there by the verifier and not read from the proof, as the library stops the program at others.
fn context(transfers: usize) -> Option<Vec<u8>> {
    let rows = transfers.checked_mul(CYCLE)?;
    let info = TraceInfo::new(ROW_WIDTH, rows);
    let context = Context::new::<Felt>(info, options(), CONSTRAINTS.saturating_add(ASSERTIONS));
    Some(context.to_bytes())
}

/// Takes the fixed bytes off the front of a proof of so many transfers. `None` if other bytes stand there.
#[must_use]
pub fn split_context(transfers: usize, proof: &[u8]) -> Option<&[u8]> {
    proof.strip_prefix(&context(transfers)?[..])
}

fn verify_statement(statement: Statement, stark: &[u8]) -> Result<(), InvalidTransition> {
    let malformed = InvalidTransition::Malformed;
    let transfers = statement.transfers.len();
    let rows = transfers.checked_mul(CYCLE).ok_or(malformed)?;
    if !has_shape(stark, rows) {
        return Err(malformed);
    }
    let mut bytes = context(transfers).ok_or(malformed)?;
    bytes.extend_from_slice(stark);
    let proof = Proof::read_from_bytes(&bytes).map_err(|_| malformed)?;
    // One encoding.
    if proof.to_bytes() != bytes {
        return Err(malformed);
    }
    let accepted = AcceptableOptions::OptionSet(Vec::from([options()]));
    verify::<LedgerAir, ProofHash, DefaultRandomCoin<ProofHash>, MerkleTree<ProofHash>>(
        proof, statement, &accepted,
    )
    .map_err(|_| InvalidTransition::Unproven)
}
