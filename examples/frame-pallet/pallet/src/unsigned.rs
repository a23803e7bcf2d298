//! What the pool takes without a signature: bundles and fraud proofs, and in which order it offers them.
//!
//! # What a stranger can make a node do
//! The pool judges whatever it takes, once when it comes and once before it is in a block; nothing of it is stored and nobody pays.
//! - A *bundle* is judged in the protocol's order, cheapest first: bytes, domain, operator, window used, and then one VRF and one
//!   signature, as much as any signed transaction costs a pool. Whatever costs more stands behind the seal of an elected operator
//!   with stake, who gets one bundle per window into the pool and is slashed for a second one.
//! - A *fraud proof* needs no key, and judging one may execute a step of a domain. Before that: it must carry work
//!   ([`Config::ProofWork`](crate::Config::ProofWork) bits of a hash over its bytes), as much as
//!   [`Config::MaxReplay`](crate::Config::MaxReplay) takes, so that who sends has spent what who judges may have to; it must name a
//!   pending receipt; and it must be no larger than any proof of that domain. Who has money needs no work: the same call, signed, pays
//!   a fee that comes back if the proof holds.

use crate::pallet::{Config, Pallet};
use decex_consensus::decex_fraud::Named;
use decex_consensus::{CallError, Event, Refused, StoreError};
use decex_core::{DomainId, Window};
use frame_support::storage::with_transaction_unchecked;
use frame_support::traits::Get;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionLongevity, TransactionPriority, TransactionValidity,
    TransactionValidityError, UnknownTransaction, ValidTransaction,
};
use sp_runtime::{DispatchError, TransactionOutcome};

type Judged = Result<alloc::vec::Vec<Event>, CallError<Refused, DispatchError>>;

/// The work of a proof was not done (no K rule: the pallet's own).
pub const NO_WORK: u8 = 200;
/// The host failed; says nothing about the message.
pub const HOST_FAILED: u8 = 201;
/// The block that is being made has not begun for the domains.
pub const NOT_BEGUN: u8 = 202;

/// Makes the call and takes it back: the whole judgement, and no trace of it.
pub(crate) fn judge(
    call: impl FnOnce() -> Judged,
) -> Result<alloc::vec::Vec<Event>, TransactionValidityError> {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(call())).map_err(|error| refuse(&error))
}

/// A bundle that is refused today may be right tomorrow (its receipt's parent is on the way, the next epoch begins), so a pool that
/// bans what is invalid must not ban it: only bytes that nothing can make right are *invalid*, the rest is *unknown*.
fn refuse(error: &CallError<Refused, DispatchError>) -> TransactionValidityError {
    match error {
        CallError::Refused(refused) => {
            let rule = crate::Rule::of(refused);
            if is_lasting(refused) {
                InvalidTransaction::Custom(rule.k).into()
            } else {
                UnknownTransaction::Custom(rule.k).into()
            }
        }
        CallError::Host(StoreError::Host(_) | StoreError::Corrupt { .. }) => {
            UnknownTransaction::Custom(HOST_FAILED).into()
        }
    }
}

const fn is_lasting(refused: &Refused) -> bool {
    use decex_consensus::{RefusedBundle, RefusedProof};
    matches!(
        refused,
        Refused::Bundle(RefusedBundle::Bytes(_))
            | Refused::Proof(RefusedProof::Bytes(_) | RefusedProof::Proof(_))
    )
}

/// Judges a bundle for the pool. One bundle per operator and window: no more can be in a block.
pub(crate) fn bundle<T: Config>(bytes: &[u8]) -> TransactionValidity {
    let events = judge(|| Pallet::<T>::submit_bundle_now(bytes))?;
    let included = events.iter().find_map(|event| {
        if let Event::BundleIncluded {
            domain,
            operator,
            window,
            ..
        } = event
        {
            return Some((*domain, *operator, *window));
        }
        None
    });
    // An accepted bundle says which window it used.
    let (domain, operator, window) = included.ok_or(UnknownTransaction::Custom(HOST_FAILED))?;
    let left = slots_left::<T>(domain, window);
    // The window that is over first goes first.
    let age = u64::from(u32::MAX).saturating_sub(left);
    ValidTransaction::with_tag_prefix("DecexBundle")
        .priority(T::BundlePriority::get().saturating_add(age))
        .longevity(left.max(1))
        .and_provides((domain, operator, window))
        .propagate(true)
        .build()
}

/// Returns how many slots a bundle of this window can still be included in. A block takes at least one slot.
fn slots_left<T: Config>(domain: DomainId, window: Window) -> TransactionLongevity {
    let consensus = Pallet::<T>::consensus();
    let (Ok(Some(found)), Ok(Some(clock))) = (consensus.domain(domain), consensus.clock()) else {
        return 1;
    };
    let election = found.params.election;
    let last = window.0.saturating_add(election.longevity).saturating_add(1);
    last.saturating_mul(election.interval)
        .saturating_sub(clock.block.slot.0)
}

/// Judges a fraud proof for the pool. One per receipt: the first that holds, whoever is named as its reporter.
pub(crate) fn proof<T: Config>(work: u64, bytes: &[u8]) -> TransactionValidity {
    if !is_worked(bytes, work, T::ProofWork::get()) {
        return Err(InvalidTransaction::Custom(NO_WORK).into());
    }
    let consensus = Pallet::<T>::consensus();
    let state = consensus.state();
    let limit = consensus.config().limits.message_bytes;
    // Judging says why it is not to be found, and costs no more where it is not.
    let located = Named::read(bytes, limit)
        .ok()
        .and_then(|named| named.locate(&state).ok());
    let last = located.map(|located| {
        (
            located.name().domain,
            located.name().receipt,
            located.last_block(),
        )
    });
    judge(|| Pallet::<T>::submit_proof_now(bytes))?;
    let (domain, receipt, last) = last.ok_or(UnknownTransaction::Custom(HOST_FAILED))?;
    let now = consensus
        .clock()
        .ok()
        .flatten()
        .map_or(0, |clock| clock.block.number.0);
    let left = last.0.saturating_sub(now);
    // Above everything else, and the receipt that becomes final first goes first.
    let priority = TransactionPriority::MAX.saturating_sub(left);
    ValidTransaction::with_tag_prefix("DecexProof")
        .priority(priority)
        .longevity(left.max(1))
        .and_provides((domain, receipt))
        .propagate(true)
        .build()
}

/// Returns whether the hash over a proof and the nonce found for it begins with `bits` zeros.
#[must_use]
pub fn is_worked(bytes: &[u8], nonce: u64, bits: u8) -> bool {
    if bits == 0 {
        return true;
    }
    // The proof is hashed once, so that who searches pays per nonce what who checks pays once.
    let inner = sp_io::hashing::blake2_256(bytes);
    is_worked_on(&inner, nonce, bits)
}

fn is_worked_on(inner: &[u8; 32], nonce: u64, bits: u8) -> bool {
    let mut input = alloc::vec::Vec::from(*inner);
    input.extend_from_slice(&nonce.to_le_bytes());
    let hash = sp_io::hashing::blake2_256(&input);
    let mut zeros = 0_u32;
    for byte in hash {
        zeros = zeros.saturating_add(byte.leading_zeros());
        if byte != 0 {
            break;
        }
    }
    zeros >= u32::from(bits)
}

/// Searches the nonce of a proof: 2^`bits` hashes on average. For operators, not for runtimes.
#[must_use]
pub fn work(bytes: &[u8], bits: u8) -> u64 {
    let inner = sp_io::hashing::blake2_256(bytes);
    let found = (0..u64::MAX).find(|nonce| bits == 0 || is_worked_on(&inner, *nonce, bits));
    found.unwrap_or_default()
}
