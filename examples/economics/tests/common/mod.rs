//! What the tests share.
#![allow(
    clippy::expect_used,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "tests"
)]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use economics::params::Params;
use std::path::PathBuf;

/// The folder of the example.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The sample of that name.
pub(crate) fn sample(name: &str) -> Params {
    Params::read(&folder().join(name)).expect("the sample is sound")
}

/// The ordinary sample.
pub(crate) fn params() -> Params {
    sample("params.toml")
}

/// Asserts that two figures agree to 12 digits, or are both without bound.
#[track_caller]
pub(crate) fn same(found: f64, expected: f64) {
    let size = found.abs().max(expected.abs());
    let alike = found == expected || (found - expected).abs() <= 1e-12 * size;
    assert!(alike, "found {found}, expected {expected}");
}

/// Pseudorandom numbers in [0, 1), the same in every run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// The next one.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
