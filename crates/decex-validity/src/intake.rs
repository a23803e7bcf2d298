//! Take a proof in as the bytes that travelled, cheapest check first.

use crate::error::{InvalidValidity, NotProven};
use crate::proof::{ValidityName, ValidityProof};
use crate::transition::TransitionVerifier;
use crate::verify::{Proven, verify};
use decex_core::codec::DecodeError;
use decex_core::id::VerifierId;
use decex_core::params::Validity;
use decex_fraud::{Claim, JudgeError, JudgeView, LoadError, pending};
use decex_receipt::{ReceiptView, Record};

/// What judging a validity proof needs of a host, beside what judging a fraud proof needs.
///
/// # Contract
/// That of [`JudgeView`]. A verifier never changes while the process runs.
pub trait ProofView: JudgeView {
    /// Returns the verifier with this id, `None` if the host has none.
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier>;
}

/// Judges a validity proof.
///
/// # Errors
/// When the bytes name nothing (Z5), no such receipt is pending (Z2), the domain's receipts are not proven (Z1), the receipt is
/// proven already (Z3) or the one before it is not (Z4), the bytes are too many or no proof (Z5), the host lacks engine or
/// verifier (Z7), the proof does not show the receipt to be right (Z6–Z14), or the host fails.
pub fn judge<V: ProofView>(view: &V, bytes: &[u8]) -> Result<Proven, JudgeError<NotProven, V::Error>> {
    let refused = JudgeError::Refused;
    // Z5: with the name of a receipt in front.
    let name = ValidityName::peek(bytes).map_err(|e| refused(NotProven::Bytes(e)))?;
    // Z2: a pending receipt of a domain of this host.
    let params = view.params(name.domain).map_err(JudgeError::Host)?;
    let params = params.ok_or(refused(NotProven::UnknownDomain { found: name.domain }))?;
    let record = pending(view, name.domain, &name.receipt).map_err(JudgeError::Host)?;
    let record = record.ok_or(refused(NotProven::NotPending))?;
    // Z1: of a domain whose receipts are proven.
    let Validity::Proven { verifier } = params.validity else {
        return Err(refused(NotProven::Proof(InvalidValidity::Optimistic)));
    };
    check_turn(view, &record)?;
    // Z5: no larger than a proof of this domain needs to be.
    let (limit, found) = (size(params.largest_validity_proof()), bytes.len());
    if found > limit {
        let error = DecodeError::TooLong { limit, found };
        return Err(refused(NotProven::Bytes(error)));
    }
    // Z7: by the rules that it was made under, and by the domain's verifier.
    let (engine, verifier) = (view.engine(&record.receipt.rules), view.verifier(&verifier));
    let (Some(engine), Some(verifier)) = (engine, verifier) else {
        return Err(refused(NotProven::NoVerifier));
    };
    // Z5: one canonical value, and nothing after it.
    let proof = ValidityProof::decode_bounded(bytes, limit).map_err(|e| refused(NotProven::Bytes(e)))?;
    let claim = Claim::of_record(view, &params, record).map_err(|error| match error {
        LoadError::NotPending => refused(NotProven::NotPending),
        LoadError::Inconsistent => JudgeError::Inconsistent,
        LoadError::Host(error) => JudgeError::Host(error),
    })?;
    verify(engine, verifier, &params, &claim, &proof).map_err(|e| refused(NotProven::Proof(e)))
}

/// Z3 and Z4: proofs come in the order of the receipts, each once.
fn check_turn<V: ReceiptView>(view: &V, record: &Record) -> Result<(), JudgeError<NotProven, V::Error>> {
    // Z3: not shown before.
    if record.proven {
        return Err(JudgeError::Refused(NotProven::Repeated));
    }
    let receipt = &record.receipt;
    let chain = view.chain(receipt.domain).map_err(JudgeError::Host)?;
    let parent = view.record(receipt.domain, &receipt.parent);
    let parent = parent
        .map_err(JudgeError::Host)?
        .ok_or(JudgeError::Inconsistent)?;
    let is_final = chain.is_some_and(|chain| parent.receipt.number <= chain.confirmed);
    // Z4: what stands before it is final, or will be.
    if !is_final && !parent.proven {
        let missing = parent.receipt.number;
        return Err(JudgeError::Refused(NotProven::OutOfOrder { missing }));
    }
    Ok(())
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
