//! decex-core: hashing, decoding, list commitments.

use super::holds;
use alloc::vec;
use alloc::vec::Vec;
use decex_core::list::ListTree;
use decex_core::{BoundedVec, DecodeError, Digest, codec, hash, label};

pub(super) fn hashing() -> Result<(), &'static str> {
    // Long enough for the widest SIMD path that the machine has.
    let bytes = vec![7; 1 << 16];
    let whole = hash::digest(&label::TRANSACTION, &bytes);
    let (left, right) = bytes.split_at(1000);
    holds(
        hash::Hash::new(&label::TRANSACTION)
            .chain(left)
            .chain(right)
            .finish()
            == whole,
        "hash in two parts",
    )?;
    holds(hash::digest(&label::SUMMARY, &bytes) != whole, "labels separate")
}

pub(super) fn decoding() -> Result<(), &'static str> {
    type Three = BoundedVec<u8, 3>;
    let good = codec::decode_exact::<Three>(&[8, 1, 2], 16).map(BoundedVec::into_inner);
    holds(good == Ok(Vec::from([1, 2])), "decode")?;
    let trailing = codec::decode_exact::<Three>(&[8, 1, 2, 3], 16);
    holds(
        trailing == Err(DecodeError::Trailing { found: 1 }),
        "decode refuses trailing bytes",
    )?;
    let over = codec::decode_exact::<Three>(&[16, 1, 2, 3, 4], 16);
    holds(
        over == Err(DecodeError::Malformed),
        "decode refuses a list over its bound",
    )
}

pub(super) fn lists() -> Result<(), &'static str> {
    let leaves: Vec<Digest> = (0..1000_u32)
        .map(|leaf| hash::digest_encoded(&label::TRACE, &leaf))
        .collect();
    let tree = ListTree::new(leaves.clone());
    let proof = tree.prove(998, 2).ok_or("prove the end of a list")?;
    let position = proof
        .verify(&tree.root(), &leaves[998..])
        .map_err(|_| "verify the end of a list")?;
    holds(position.is_last(), "the end is the end")?;
    holds(
        proof.verify(&tree.root(), &leaves[997..999]).is_err(),
        "a list proof refuses other leaves",
    )
}
