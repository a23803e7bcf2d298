//! How large a proof can get.

use crate::proof::{ACCOUNT_ALLOWANCE, MAX_SENDER_LEAVES};
use crate::verify::Family;
use decex_core::execution::{EXCEED_ALLOWANCE, REFUSE_ALLOWANCE, SYSTEM_ALLOWANCE};
use decex_core::list::RunProof;
use decex_core::params::CheckedParams;
use decex_core::schedule::Entry;
use decex_core::state::{MAX_VALUE_BYTES, Meter};
use decex_core::transaction::Summary;
use parity_scale_codec::MaxEncodedLen;

/// Domain, receipt, reporter, and the tags and length prefixes of the evidence.
const ENVELOPE: u64 = 4 + 32 + 32 + 64;
/// Claims and length prefix of a transaction.
const CLAIMS: u64 = 32 + 8 + 8 + 4;
/// Siblings of one leaf, with their length prefix.
const SIBLINGS: u64 = 32 * 32 + 4;

/// Returns the most bytes that a proof of `family` needs in a domain with these parameters, saturating. Never more than
/// [`CheckedParams::largest_proof`], which parameters are checked against and which [`verify`](crate::verify) enforces.
///
/// A witness takes no more than what its step was charged for ([`Meter`]), and for each input twice a key with the
/// longest value: the access that passes the input's limit, and the one that passes the limit of its charge.
#[must_use]
pub fn largest_proof_of(family: Family, params: &CheckedParams) -> u64 {
    let run = bytes::<RunProof>();
    let transaction = u64::from(params.transaction_bytes).saturating_add(CLAIMS);
    let evidence = match family {
        Family::Inbox => {
            let leaves = bytes::<Summary>().saturating_mul(MAX_SENDER_LEAVES.into());
            transaction
                .max(leaves.saturating_add(ACCOUNT_ALLOWANCE.into()))
                .saturating_add(run)
        }
        Family::Schedule => bytes::<decex_shuffle::Refutation>(),
        Family::Transition => {
            let failing = u64::from(Meter::KEY_BYTES)
                .saturating_add(u64::try_from(MAX_VALUE_BYTES).unwrap_or(u64::MAX));
            let witness = u64::from(params.witness_limit).saturating_add(failing.saturating_mul(2));
            let input = bytes::<Entry>()
                .saturating_add(transaction)
                .saturating_add(SIBLINGS)
                .saturating_add(witness)
                .saturating_add(EXCEED_ALLOWANCE.into());
            let chunk = input.saturating_mul(params.trace_interval.into());
            // Messages stand in the inbox: only their witnesses are shown.
            let message = witness.saturating_add(REFUSE_ALLOWANCE.into());
            let received = message.saturating_mul(params.trace_interval.min(params.messages).into());
            chunk
                .max(received)
                .max(SYSTEM_ALLOWANCE.into())
                .saturating_add(run.saturating_mul(2))
        }
    };
    evidence.saturating_add(ENVELOPE)
}

fn bytes<T: MaxEncodedLen>() -> u64 {
    u64::try_from(T::max_encoded_len()).unwrap_or(u64::MAX)
}
