//! What is run without std: one honest use of each part, and one dishonest one that must be refused.

use alloc::vec;
use alloc::vec::Vec;
use decex_core::{BoundedVec, DecodeError, codec, hash, label};

/// Runs everything. The error names what did not hold.
pub(crate) fn all() -> Result<(), &'static str> {
    hashing()?;
    decoding()
}

fn holds(condition: bool, name: &'static str) -> Result<(), &'static str> {
    if condition { Ok(()) } else { Err(name) }
}

fn hashing() -> Result<(), &'static str> {
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

fn decoding() -> Result<(), &'static str> {
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
