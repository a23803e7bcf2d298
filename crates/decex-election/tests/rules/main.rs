//! Each rule of `spec/election.md`, accepted and refused, through the public interface.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests may panic, and measure in floats"
)]

mod absence;
mod adapting;
mod batch;
mod forgeries;
mod keys;
mod odds;
mod peer;
mod proofs;
mod splitting;
mod turnout;
mod windows;

use decex_core::{Balance, Digest, DomainId, Randomness, Window};
use decex_election::{Challenge, ElectionProof, FACTOR_ONE, Keypair, Odds, Share, try_elect};

/// The order of the group, little-endian.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Every output wins: what is refused is refused for another reason.
fn certain() -> (Odds, Share) {
    (
        Odds::new(1, 1, FACTOR_ONE).unwrap(),
        Share::new(Balance(7), Balance(7)).unwrap(),
    )
}

fn keypair(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

fn challenge(window: u64) -> Challenge {
    Challenge {
        domain: DomainId(3),
        window: Window(window),
        randomness: Randomness(Digest([9; 32])),
    }
}

/// A proof that verifies at [`certain`] odds.
fn proof(keypair: &Keypair, challenge: &Challenge) -> ElectionProof {
    let (odds, share) = certain();
    try_elect(keypair, challenge, &odds, &share).unwrap().1
}

/// Encodings that are no ristretto255 points other than the identity, by reason.
fn bad_points() -> Vec<(&'static str, [u8; 32])> {
    let hex = |text: &str| -> [u8; 32] {
        let nibble = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
        let bytes: Vec<u8> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
            .collect();
        bytes.try_into().unwrap()
    };
    // From RFC 9496, appendix A.2, and the small-order points of edwards25519 (in its own encoding).
    vec![
        ("identity", [0; 32]),
        (
            "field element not reduced: p + 0",
            hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ),
        (
            "field element not reduced",
            hex("00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        ),
        (
            "field element not reduced",
            hex("f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ),
        (
            "negative",
            hex("0100000000000000000000000000000000000000000000000000000000000000"),
        ),
        (
            "negative",
            hex("01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ),
        (
            "no square",
            hex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
        ),
        (
            "negative xy",
            hex("3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e"),
        ),
        (
            "s = -1, y = 0",
            hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ),
        (
            "order 8 of edwards25519",
            hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        ),
        (
            "order 8 of edwards25519",
            hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ),
        ("all ones", [0xff; 32]),
    ]
}
