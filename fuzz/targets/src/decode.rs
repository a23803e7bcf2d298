//! Decoders of what travels: what decodes is canonical, whole, and no larger in memory than its bytes allow.

use decex_bundle::{Equivocation, Header, Item, SealedHeader};
use decex_core::codec::{DecodeError, decode_exact};
use decex_core::list::{Absence, RunProof};
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_BUNDLES_PER_BLOCK, MAX_RECEIPTS_PER_BUNDLE};
use decex_core::transaction::Summary;
use decex_election::{Challenge, ElectionProof, OperatorKey, Signature};
use decex_fraud::{Evidence, FraudProof, Shown};
use decex_receipt::{Bundle, MAX_OPENINGS, Openings, Receipt, ReceiptEquivocation, Submission, Vouched};
use decex_shuffle::Refutation;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use std::fmt::Debug;
use std::mem::{size_of, size_of_val};

/// The host's message limit in these targets: small, so that a fuzzer reaches it.
pub(crate) const LIMIT: usize = 64 * 1024;

/// A decoded value takes at most this many bytes of memory for each byte that it was decoded from. The worst is a verdict:
/// one byte that becomes twelve. Vectors grow by doubling, so twice this is the most that decoding ever holds.
pub(crate) const BYTES_PER_BYTE: usize = 16;

/// Decodes `data` and asserts all that must hold whether or not it is a value.
pub(crate) fn exact<T: Decode + Encode + PartialEq + Debug>(data: &[u8], limit: usize) -> Option<T> {
    let value = match decode_exact::<T>(data, limit) {
        Ok(value) => value,
        Err(DecodeError::TooLong { limit: said, found }) => {
            assert!(
                found == data.len() && said == limit && found > limit,
                "C1 without reason"
            );
            return None;
        }
        Err(DecodeError::Trailing { found }) => {
            // C3: what stands before the rest is a value by itself.
            let (whole, _) = data.split_at(data.len() - found);
            assert!(
                decode_exact::<T>(whole, limit).is_ok(),
                "C3 after what is no value"
            );
            return None;
        }
        Err(DecodeError::Malformed) => return None,
    };
    assert!(data.len() <= limit, "C1: over the limit");
    assert_eq!(value.encode(), data, "C2: two encodings of one value");
    assert_eq!(value.encoded_size(), data.len());
    let longer = [data, &[0]].concat();
    let trailing = decode_exact::<T>(&longer, usize::MAX).err();
    assert_eq!(
        trailing,
        Some(DecodeError::Trailing { found: 1 }),
        "C3: a byte too many"
    );
    if let Some((_, shorter)) = data.split_last() {
        assert_eq!(
            decode_exact::<T>(shorter, limit).err(),
            Some(DecodeError::Malformed),
            "C2: a prefix"
        );
        let tight = decode_exact::<T>(data, data.len() - 1);
        assert!(matches!(tight, Err(DecodeError::TooLong { .. })), "C1: one less");
    }
    Some(value)
}

/// The same for a type of bounded length.
pub(crate) fn bounded<T: Decode + Encode + MaxEncodedLen + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let value = exact::<T>(data, LIMIT)?;
    assert!(
        data.len() <= T::max_encoded_len(),
        "longer than its type says it can be"
    );
    Some(value)
}

/// Asserts that the value, with `heap` bytes behind it, is not larger than its encoding allows.
pub(crate) fn fits<T>(value: &T, heap: usize, data: &[u8]) {
    let held = size_of_val(value) + heap;
    let allowed = size_of::<T>() + BYTES_PER_BYTE * data.len();
    assert!(held <= allowed, "{held} bytes from {}", data.len());
}

fn of_items(items: &[Item]) -> usize {
    size_of_val(items) + items.iter().map(|item| item.bytes.len()).sum::<usize>()
}

fn of_receipt(receipt: &Receipt) -> usize {
    size_of_val(&receipt.verdicts[..])
}

fn of_openings(openings: &Openings) -> usize {
    size_of_val(&openings.schedule[..]) + size_of_val(&openings.trace[..])
}

fn of_submission(submission: &Submission) -> usize {
    of_receipt(&submission.receipt) + submission.openings.as_ref().map_or(0, of_openings)
}

/// A bundle with receipts.
pub(crate) fn bundle(data: &[u8]) {
    let Some(bundle) = exact::<Bundle>(data, LIMIT) else {
        return;
    };
    let receipts: usize = bundle.receipts.iter().map(of_submission).sum();
    let heap = size_of_val(&bundle.receipts[..]) + receipts + of_items(&bundle.body);
    fits(&bundle, heap, data);
    assert!(bundle.receipts.len() <= MAX_RECEIPTS_PER_BUNDLE as usize);
    assert!(bundle.body.len() <= MAX_BUNDLE_TRANSACTIONS as usize);
}

/// A header, sealed or not.
pub(crate) fn header(data: &[u8]) {
    let sealed = bounded::<SealedHeader>(data);
    let unsealed = bounded::<Header>(data);
    assert!(sealed.is_none() || unsealed.is_none(), "one message, one meaning");
}

/// A receipt. Whatever it says, its hash names it.
pub(crate) fn receipt(data: &[u8]) {
    let Some(receipt) = exact::<Receipt>(data, LIMIT) else {
        return;
    };
    fits(&receipt, of_receipt(&receipt), data);
    assert!(receipt.verdicts.len() <= MAX_BUNDLES_PER_BLOCK as usize);
    let mut other = receipt.clone();
    other.state.0.0[0] ^= 1;
    assert_ne!(receipt.compute_hash(), other.compute_hash());
}

/// A receipt with openings, and openings alone.
pub(crate) fn submission(data: &[u8]) {
    if let Some(submission) = exact::<Submission>(data, LIMIT) {
        fits(&submission, of_submission(&submission), data);
    }
    if let Some(openings) = exact::<Openings>(data, LIMIT) {
        fits(&openings, of_openings(&openings), data);
        let most = MAX_OPENINGS as usize;
        assert!(openings.schedule.len() <= most && openings.trace.len() <= most);
    }
}

/// A fraud proof of any family, and its evidence alone.
pub(crate) fn fraud_proof(data: &[u8]) {
    if let Some(proof) = exact::<FraudProof>(data, LIMIT) {
        fits(&proof, of_evidence(&proof.evidence), data);
        assert_eq!(FraudProof::decode_bounded(data, LIMIT), Ok(proof));
    }
    if let Some(evidence) = exact::<Evidence>(data, LIMIT) {
        fits(&evidence, of_evidence(&evidence), data);
    }
}

fn of_evidence(evidence: &Evidence) -> usize {
    match evidence {
        Evidence::Inbox(inbox) => match &inbox.shown {
            Shown::Transaction { item, proof } => item.bytes.len() + of_run(proof),
            Shown::Account {
                leaves,
                proof,
                witness,
            } => size_of_val(&leaves[..]) + of_run(proof) + witness.len(),
        },
        // At most nine paths of 64 digests.
        Evidence::Schedule(_) => 0,
        Evidence::Transition(evidence) => {
            let chunk = evidence.chunk.as_ref().map_or(0, |chunk| {
                let inputs = chunk
                    .inputs
                    .iter()
                    .map(|input| input.item.bytes.len() + size_of_val(&input.siblings[..]));
                size_of_val(&chunk.inputs[..]) + inputs.sum::<usize>() + of_run(&chunk.schedule)
            });
            of_run(&evidence.trace) + chunk + evidence.witness.len()
        }
    }
}

fn of_run(proof: &RunProof) -> usize {
    size_of_val(&proof.siblings[..])
}

/// Two sealed headers.
pub(crate) fn equivocation(data: &[u8]) {
    bounded::<Equivocation>(data);
}

/// Two receipts in their headers, and one.
pub(crate) fn receipt_equivocation(data: &[u8]) {
    if let Some(evidence) = bounded::<ReceiptEquivocation>(data) {
        let heap = of_vouched(&evidence.first) + of_vouched(&evidence.second);
        fits(&evidence, heap, data);
    }
    if let Some(vouched) = bounded::<Vouched>(data) {
        fits(&vouched, of_vouched(&vouched), data);
    }
}

fn of_vouched(vouched: &Vouched) -> usize {
    of_receipt(&vouched.receipt) + of_run(&vouched.place)
}

/// Proofs about lists.
pub(crate) fn list_proof(data: &[u8]) {
    if let Some(proof) = bounded::<RunProof>(data) {
        fits(&proof, of_run(&proof), data);
    }
    bounded::<Absence<Summary>>(data);
    bounded::<Summary>(data);
}

/// Evidence against a schedule.
pub(crate) fn refutation(data: &[u8]) {
    bounded::<Refutation>(data);
}

/// What the election crate reads: proofs, keys, signatures, challenges.
pub(crate) fn election(data: &[u8]) {
    // Any bytes of the right length are a proof, a signature, a challenge. Not so a key.
    let fixed = |found: bool, length: usize| assert_eq!(found, data.len() == length);
    fixed(bounded::<ElectionProof>(data).is_some(), 136);
    fixed(bounded::<Signature>(data).is_some(), 64);
    fixed(bounded::<Challenge>(data).is_some(), 44);
    let key = bounded::<OperatorKey>(data);
    if let Ok(bytes) = <[u8; 32]>::try_from(data) {
        assert_eq!(OperatorKey::try_from_bytes(bytes).ok(), key);
    }
    if let Some(key) = key {
        assert_eq!(key.as_bytes()[..], *data);
        assert_ne!(*key.as_bytes(), [0; 32], "E2: the identity");
    }
}
